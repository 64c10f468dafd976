// Which definition a room id has, and the events that it may carry.
import type { DefinedRoom, Definitions } from "./answers.js";

/** "topic-{name}" as an expression over ids. */
const expressionOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]*\}/g, ".+")}$`);

/** The definition of a room; a room that was made at run time has none. */
export const definitionOf = ({ rooms }: Definitions, id: string): DefinedRoom | undefined =>
  rooms.find(({ pattern }) => pattern === id) ?? rooms.find(({ pattern }) => expressionOf(pattern).test(id));

/** The events that a room may carry: those of its definition, or all of them. */
export const eventsOf = (definitions: Definitions, id: string): readonly string[] =>
  definitionOf(definitions, id)?.events ?? Object.keys(definitions.events);

/** Ids that can be offered: rooms that are not patterns. */
export const roomIds = ({ rooms }: Definitions): string[] =>
  rooms.filter(({ isPattern }) => !isPattern).map(({ pattern }) => pattern);

// The rooms that this tab is in and how far they were read, for as long as the tab lives: after a reload it goes back into all of
// them, so that what waits to be sent there is sent, and what is new is counted.
import type { Position } from "dialogue-client";
import { keep, load } from "./storage.js";

const key = "dialogue-chat-rooms";

const kept = load(key);
const visited = new Map<string, Position>(
  Array.isArray(kept) ? kept.map(([id, { epoch, seq }]) => [`${id}`, { epoch, seq }]) : [],
);

export const visitedRooms = (): string[] => [...visited.keys()];

/** How far a room was read; undefined when the tab was not there. */
export const readUpTo = (roomId: string): Position | undefined => visited.get(roomId);

export function keepVisited(roomId: string, read: Position): void {
  const before = visited.get(roomId);
  if (before?.epoch === read.epoch && before.seq === read.seq) return;
  visited.set(roomId, read);
  keep(key, [...visited]);
}

export function forgetVisited(roomId: string): void {
  if (visited.delete(roomId)) keep(key, [...visited]);
}

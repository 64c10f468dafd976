// What tabs send each other. A tab's requests are for one holder; what a holder sends is for all tabs, or one.
import { DialogueError } from "../api/errors.js";
import type { ClientState } from "../api/events.js";
import type { Message, Position, Recovery } from "../api/messages.js";
import type { TriggerOptions } from "../api/room.js";

export const roomsMax = 1000; // of a tab
export const requestsMax = 1000; // of a tab, without an answer
export const tabsMax = 64; // of a room
export const ringMax = 256; // events that the holder keeps for tabs that missed some
export const catchUpMax = 10_000; // events that a tab receives at once

/** Where a join starts, as its tab has read it: a `last` of 0 is for new events only. */
export type From = { readonly last?: number; readonly since?: Position } | undefined;

/** An error as a message. */
export interface WireError {
  code: string;
  text: string;
  /** The other fields of a DialogueError. */
  [field: string]: unknown;
}

/** A tab's requests. `holder` is the one that it is for. */
export type Request = { tab: string; holder: string; n: number } & (
  | { ask: "join"; room: string; from: From }
  | { ask: "leave"; room: string }
  | { ask: "trigger"; room: string; event: string; data: unknown; options: Omit<TriggerOptions, "signal"> }
  | { ask: "abort" }
  | { ask: "gone" }
  | { ask: "ping" }
);

/** An event of the log, with the place of the one before it, by which a tab sees that it missed some. */
export interface Relayed {
  message: Message;
  before: Position;
}

/** A room as its joiner receives it: complete up to `head`. */
export interface Joined {
  name: string;
  events: Message[];
  head: Position;
  missed?: Recovery | undefined;
}

/** What a holder sends. */
export type Report = { from: string } & (
  | { report: "lead"; term: number; state: ClientState; userId: string | undefined }
  | { report: "event"; relayed: Relayed }
  | { report: "recover"; room: string; recovery: Recovery }
  | { report: "left"; room: string; error: WireError | undefined }
  | { report: "error"; error: WireError }
  | { report: "answer"; to: string; n: number; value?: unknown; error?: WireError }
);

/** All messages of the channel: also a tab that asks who holds the connection. */
export type Wire = Request | Report | { hello: true };

/** Whether `one` comes after `place`, or is of another epoch. */
export const isNews = (one: Position, place: Position | undefined) => one.epoch !== place?.epoch || one.seq > place.seq;

/** Whether it is an error of a client: each entry of the package has its own class. */
export const isOurs = (error: any): error is DialogueError => error?.name === "DialogueError";

/** Of anything that was thrown. */
export const packError = (error: unknown): WireError =>
  isOurs(error) ? { ...error, text: error.message } : { code: "internal", text: `${error}` };

export const unpackError = ({ text, ...fields }: WireError): DialogueError =>
  Object.assign(new DialogueError("internal", text), fields);

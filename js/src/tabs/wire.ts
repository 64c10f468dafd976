// What tabs send each other. A tab's requests are for one holder; what a holder sends is for all tabs, or one.
import { DialogueError } from "../api/errors.js";
import type { ClientState } from "../api/events.js";
import type { Message, Position, Recovery } from "../api/messages.js";
import type { JoinOptions, TriggerOptions } from "../api/room.js";

export const roomsMax = 1000; // of a tab
export const requestsMax = 1000; // of a tab, without an answer
export const tabsMax = 64; // of a room
export const ringMax = 256; // events that the holder keeps for tabs that missed some
export const catchUpMax = 10_000; // events that a tab receives at once

export type From = JoinOptions["from"];

/** An error as a message. */
export interface WireError {
  code: string;
  text: string;
  path: string | undefined;
  retryAfterMs: number | undefined;
  roomId: string | undefined;
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

export const packError = (error: unknown): WireError => {
  const { code, message, path, retryAfterMs, roomId } = error as DialogueError;
  return { code: code ?? "internal", text: message, path, retryAfterMs, roomId };
};

export const unpackError = ({ code, text, path, retryAfterMs, roomId }: WireError) =>
  new DialogueError(code as never, text, path, retryAfterMs, roomId);

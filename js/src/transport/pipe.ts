// The carrier of a client's messages, as its socket sees it. A WebSocket is one; fallback/ makes others of HTTP
// requests.
import type { TransportAttempt, TransportName, TransportReason } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";

/** What carries messages, in the form of a WebSocket. */
export interface Pipe extends WebSocketLike {
  /** Which transport it is; without one, a WebSocket. */
  readonly transport?: TransportName;
  /** Why it is this one. */
  readonly reason?: TransportReason;
  /** Which transports had been of no use before it. */
  readonly attempts?: readonly TransportAttempt[];
  /** Of one that was sent HELLO beside the pipe in use: its first message, which begins with WELCOME. */
  readonly welcome?: string;
}

/** A WebSocket that was opened before the fallbacks were loaded, and has not answered yet. */
export interface Pending {
  readonly webSocket: WebSocketLike;
  /** When it was opened, in Unix ms. */
  readonly began: number;
  /** Whether it is open, and has had all messages. */
  readonly isOpen: boolean;
}

/** What fallback/ gives a socket. */
export interface PipeOpener {
  /** A WebSocket works: remembered failures of this network no longer apply. */
  forget(): void;
  /**
   * Opens a pipe. `messages` are the first ones, HELLO before all; `protocols` are what a WebSocket offers. A `pending`
   * WebSocket takes part in the race.
   */
  open(url: string, protocols: string[], messages: readonly string[], pending?: Pending): Pipe;
}

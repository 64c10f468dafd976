// The carrier of a client's messages, as its socket sees it. A WebSocket is one; fallback/ makes others of HTTP
// requests.
import type { TransportAttempt, TransportName, TransportReason } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";

/** What carries messages, in the form of a WebSocket. */
export interface Pipe extends WebSocketLike {
  /** The transport. Default: a WebSocket. */
  readonly transport?: TransportName;
  /** Why this transport was chosen. */
  readonly reason?: TransportReason;
  /** The transports that failed before it. */
  readonly attempts?: readonly TransportAttempt[];
  /** The first message of a pipe that was sent HELLO beside the pipe in use; it begins with WELCOME. */
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

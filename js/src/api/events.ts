// The events of a client, and the values that their handlers receive.
import type { DialogueErrorCode } from "../generated/tables.js";
import type { DialogueError } from "./errors.js";
import type { Receipt } from "./messages.js";
import type { Room } from "./room.js";

/** A wait that the server has asked the client for. */
export interface Waiting {
  /**
   * Why: `rate_limited` while events or joins wait for a limit, `hook_unavailable` while they wait for the application's
   * hook, `server_full` or `draining` while a connection waits, and so on.
   */
  readonly code: DialogueErrorCode;
  /** Until when, in milliseconds since 1970 by this machine's clock. */
  readonly until: number;
}

/**
 * `"connecting"` until the first connection is established, then `"connected"` or `"reconnecting"`. `"failed"`: the
 * client cannot start, since its WebAssembly is blocked or broken; the next use tries again. `"closed"`: by `close()`,
 * or by a refusal that a retry cannot fix; `connect()` begins again after such a refusal.
 */
export type ClientState = "connecting" | "connected" | "reconnecting" | "failed" | "closed";

/** What a handler of "state" receives besides the state. */
export interface StateChange {
  /** The reason, if any: the kind of failure, or the code of the error. */
  readonly reason?: string | undefined;
  /** How many attempts have failed since the last connection. */
  readonly attempt?: number;
}

/**
 * Why a connection could not be made or was lost: no network; a server that is down, refuses the WebSocket (for example
 * for the page's origin) or has an invalid certificate, which a browser does not distinguish; no answer in time; closed
 * by the other side; silence; a token function that failed; a browser that does not allow it (content security policy).
 */
export type ConnectFailure = "offline" | "unreachable" | "timeout" | "closed" | "silent" | "token" | "refused";

/** What handlers of "connect_error" receive. */
export interface ConnectError {
  /** Why there is no connection. */
  readonly kind: ConnectFailure;
  /** How many attempts have failed since the last connection, including this attempt. */
  readonly attempt: number;
  /** When the next attempt is made, in milliseconds since 1970. */
  readonly retryAt: number;
  /** The WebSocket's close code, if a WebSocket was closed. */
  readonly closeCode: number | undefined;
  /** The transports that failed and why, if several were tried. */
  readonly attempts: readonly TransportAttempt[] | undefined;
  /** The failure as an error, whose sentence is for the operator of the page. */
  readonly error: DialogueError;
}

/** A transport for a connection; the option `transports` selects and orders them. */
export type TransportName = "websocket" | "stream" | "polling";

/**
 * Why a transport is in use. `preferred`: it is the first of the allowed ones. `fallback`: those before it failed (see
 * `attempts`). `remembered`: WebSocket failed several times in this browser. `moved`: the client has switched to a better
 * transport that works now.
 */
export type TransportReason = "preferred" | "fallback" | "remembered" | "moved";

/**
 * Why a transport failed: the server was unreachable or the connection was lost; no data arrived in time; the response ended
 * without data; it was not from a Dialogue server; other tabs use all of the browser's connections; or it had this
 * HTTP status.
 */
export type TransportFailure = "unreachable" | "silent" | "ended" | "malformed" | "crowded" | `status ${number}`;

/** A transport that was tried and failed. */
export interface TransportAttempt {
  /** The transport. */
  readonly transport: TransportName;
  /** Why it failed. */
  readonly reason: TransportFailure;
  /** How long after the attempt to connect had begun, in milliseconds. */
  readonly afterMs: number;
}

/** What handlers of "transport" receive. */
export interface TransportChange {
  /** The transport in use; null while there is no connection. */
  readonly transport: TransportName | null;
  /** The previous transport. */
  readonly previous: TransportName | null;
  /** Why the transport is in use; if it is null, why the connection ended, like `reason` of "state". */
  readonly reason: TransportReason | string | undefined;
  /** Why other transports are not in use, in the order in which they failed. */
  readonly attempts: readonly TransportAttempt[];
}

/** The result of an event that was triggered. */
export interface Settled extends Partial<Receipt> {
  /** The event's `id` in `client.unsent()`. */
  readonly id: string;
  /** The room that it was for. */
  readonly roomId: string;
  /** The event's name. */
  readonly event: string;
  /** Why it was not published. Without an error it was published, and the fields of a receipt are its position. */
  readonly error?: DialogueError;
}

/** Which definitions differ, by fingerprint: 13 hexadecimal digits. */
export interface DefinitionsChange {
  /** The page's, `app.fingerprint`. */
  readonly page: string;
  /** The server's, which the client uses from now on. */
  readonly server: string;
}

/** The events of a client, and the value that their handlers receive. */
export interface ClientEvents {
  /** `client.state` has changed. The handler's second argument gives the reason. */
  state: ClientState;
  /**
   * A connection could not be made, or was lost; the client tries again at `retryAt`. Without a handler, the first
   * failure in a row is a warning on the console.
   */
  connect_error: ConnectError;
  /**
   * An error that no promise reports, such as missed events. An exception in a handler of yours goes to `reportError`
   * or the console, and does not stop other handlers.
   */
  error: DialogueError;
  /** `client.unsent()` has changed, and probably `client.pending`. Emitted at most once per turn of the event loop. */
  pending: number;
  /**
   * An event that was triggered was published, or will not be; volatile events excepted. Also an event that an earlier page
   * has triggered, whose promise no longer exists: compare `id` with that of `client.unsent()`.
   */
  settled: Settled;
  /**
   * The client has loaded: if the outbox is in IndexedDB, `client.unsent()` has from now on the events that earlier pages
   * have left. Emitted once per client.
   */
  loaded: undefined;
  /** `client.waiting` has changed; `undefined` when the wait is over. */
  waiting: Waiting | undefined;
  /**
   * The server's definitions differ from those of `app`: most likely the server was deployed since the page was built.
   * The client uses the server's definitions; the page's types and code may be out of date.
   */
  definitions: DefinitionsChange;
  /** The transport in use has changed: which it is now, and why. */
  transport: TransportChange;
  /** The server has joined this client to a room on its own initiative. */
  room: Room;
}

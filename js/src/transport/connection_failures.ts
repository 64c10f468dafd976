// Why there is no connection: decides the kind of a failure, counts attempts, and makes the value of "connect_error".
import { DialogueError } from "../api/errors.js";
import type { ConnectError, ConnectFailure, TransportAttempt } from "../api/events.js";

const sentences: Record<ConnectFailure, string> = {
  offline: "There is no network",
  unreachable: "The server cannot be reached: is it up, its certificate good, this page allowed?",
  timeout: "The server does not answer in time",
  closed: "The connection was closed",
  silent: "The server went silent",
  token: "The token function failed",
  refused: "The browser does not allow the connection",
};

/** The kind of failure of a socket that was lost, or of an attempt that threw `error`. */
export const kindOfLoss = (wasOpen: boolean, error: unknown): ConnectFailure =>
  error ? (error instanceof DOMException ? "refused" : "token") : wasOpen ? "closed" : "unreachable";

export class ConnectionFailures {
  /** Attempts that failed since the last connection. */
  attempt = 0;
  #last: (Pick<ConnectError, "kind" | "closeCode" | "attempts"> & { cause: unknown }) | undefined;

  get kind(): ConnectFailure | undefined {
    return this.#last?.kind;
  }

  /**
   * Counts a failure; take() gives its error, once the time of the next attempt is known. Without a network it is
   * "offline".
   */
  add(kind: ConnectFailure, closeCode?: number, cause?: unknown, attempts?: readonly TransportAttempt[]): void {
    const isOffline = globalThis.navigator?.onLine === false;
    this.#last = { kind: isOffline ? "offline" : kind, closeCode: closeCode || undefined, cause, attempts };
    this.attempt += 1;
  }

  /** The value for handlers of "connect_error"; undefined where it was taken before. */
  take(retryAt: number): ConnectError | undefined {
    const last = this.#last;
    this.#last = undefined;
    if (!last) return undefined;
    const { cause, ...facts } = last;
    const { kind, closeCode } = facts;
    const message = `${sentences[kind]}${closeCode ? ` (${closeCode})` : ""}${cause ? `: ${cause}` : ""}`;
    const error = new DialogueError(kind === "token" ? "identity_unavailable" : "connection_lost", message);
    return { ...facts, attempt: this.attempt, retryAt, error };
  }
}

// What keeps the connection from standing: why, how often in a row, and when it is tried again.
import { DialogueError } from "./errors.js";
import type { ConnectError, ConnectFailure } from "./types.js";

const failureSentences: Record<ConnectFailure, string> = {
  offline: "There is no network",
  unreachable: "The server cannot be reached: is it up, its certificate good, this page allowed?",
  timeout: "The server does not answer in time",
  closed: "The connection was closed",
  silent: "The server went silent",
  token: "The token function failed",
  refused: "The browser does not allow the connection",
};

export class Failures {
  /** Attempts that failed since the last connection. */
  attempt = 0;
  #last: { kind: ConnectFailure; closeCode: number | undefined; cause: unknown } | undefined;

  get kind(): ConnectFailure | undefined {
    return this.#last?.kind;
  }

  /** One more; what is to be told of it comes from take(), once it is known when the next attempt is made. */
  add(kind: ConnectFailure, closeCode?: number, cause?: unknown): void {
    const isOffline = globalThis.navigator?.onLine === false;
    this.#last = { kind: isOffline ? "offline" : kind, closeCode: closeCode || undefined, cause };
    this.attempt += 1;
  }

  /** What handlers of "connect_error" are given; nothing where that has been taken. */
  take(retryAt: number): ConnectError | undefined {
    const last = this.#last;
    this.#last = undefined;
    if (!last) return undefined;
    const { kind, closeCode, cause } = last;
    const message = `${failureSentences[kind]}${closeCode ? ` (${closeCode})` : ""}${cause ? `: ${cause}` : ""}`;
    const error = new DialogueError(kind === "token" ? "identity_unavailable" : "connection_lost", message);
    return { kind, attempt: this.attempt, retryAt, closeCode, error };
  }
}

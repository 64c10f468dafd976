// Why there is no connection: decides the kind of a failure, counts attempts, and makes the value of "connect_error".
import { DialogueError } from "../api/errors.js";
import type { ConnectError, ConnectFailure, TransportAttempt } from "../api/events.js";

const sentences: Record<ConnectFailure, string> = {
  offline: "No network",
  unreachable: "The server is down or it refused",
  timeout: "No answer in time",
  closed: "The connection was closed",
  silent: "The server went silent",
  token: "The token function failed",
  refused: "The browser refused",
};

const finalCloseCode = 4508; // as of token_invalid

const wordsOf = (thrown: unknown) => (thrown as Error)?.message || String(thrown);

/** The error of a token function, as an error of the client. */
export const tokenError = (thrown: unknown) =>
  new DialogueError("identity_unavailable", `${sentences.token}: ${wordsOf(thrown)}`);

/** The kind of failure of a socket that was lost, or of an attempt that threw `error`. */
export const kindOfLoss = (wasOpen: boolean, error: unknown): ConnectFailure =>
  error ? (error instanceof DOMException ? "refused" : "token") : wasOpen ? "closed" : "unreachable";

export class ConnectionFailures {
  /** Attempts that failed since the last connection. */
  attempt = 0;
  /** What the server has said at the end of the newest connection. */
  declare bye: DialogueError | undefined;
  #expired: unknown;
  #last: (Pick<ConnectError, "kind" | "closeCode" | "attempts"> & { cause: unknown }) | undefined;

  get kind(): ConnectFailure | undefined {
    return this.#last?.kind;
  }

  /** The close code that counts: a token that is a string, and has expired a second time, never becomes valid. */
  endsBy(closeCode: number, auth: any): number {
    const token = auth?.token;
    if (this.bye?.code !== "token_expired" || typeof token !== "string") return closeCode;
    if (token === this.#expired) return finalCloseCode;
    this.#expired = token;
    return closeCode;
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

  /** Returns the value for handlers of "connect_error" once, then undefined. */
  take(retryAt: number): ConnectError | undefined {
    const last = this.#last;
    const { bye } = this;
    this.#last = this.bye = undefined;
    if (!last) return undefined;
    const { cause, ...facts } = last;
    const { kind, closeCode } = facts;
    const message = `${sentences[kind]}${closeCode ? ` (${closeCode})` : ""}${cause ? `: ${wordsOf(cause)}` : ""}`;
    const error = bye ?? new DialogueError(kind === "token" ? "identity_unavailable" : "connection_lost", message);
    return { ...facts, attempt: this.attempt, retryAt, error };
  }
}

// Waits that a client's end, or a signal, cuts short.
import { type DialogueError, makeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";

export class Waits {
  readonly #ends = new Set<(error: unknown) => void>();

  /** What `promise` gives, unless end() is called or `signal` aborted before. With `isOver` there is no end any more. */
  until<T>(promise: Promise<T>, signal: AbortSignal | undefined, isOver: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(makeError(ErrorCode.aborted));
      if (signal?.aborted) return abort();
      if (!isOver) this.#ends.add(reject);
      signal?.addEventListener("abort", abort);
      const done = () => {
        this.#ends.delete(reject);
        signal?.removeEventListener("abort", abort);
      };
      promise.then(resolve, reject).then(done);
    });
  }

  /** The client is closed. */
  end(error: unknown): void {
    for (const reject of this.#ends) reject(error);
  }
}

/** What is asked for, again after the wait that the server asks for where it has had too many requests. */
export async function patiently(ask: () => Promise<any>): Promise<any> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { retryAfterMs } = error as DialogueError;
      if (!retryAfterMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  }
}

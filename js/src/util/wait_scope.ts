// Waits that the end of a client, or a signal, cuts short.
import { fault } from "./fault.js";

export abstract class WaitScope {
  readonly #rejects = new Set<(error: unknown) => void>();
  abstract readonly state: string;

  /**
   * Settles as `promise`, unless endWaits() is called or `signal` aborts first. After the end (`isOver`) only the signal
   * counts. Another value in its place rejects with `request_invalid`.
   */
  until<T>(promise: Promise<T>, signal?: AbortSignal, isOver = this.state === "closed"): Promise<T> {
    const isBad = signal != null && !signal.addEventListener;
    if (isBad) signal = undefined;
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#rejects.delete(reject);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        reject(signal!.reason);
        done();
      };
      if (!isOver) this.#rejects.add(reject);
      signal?.addEventListener("abort", abort);
      promise.then(resolve, reject).then(done);
      if (signal?.aborted) abort();
      if (isBad) reject(fault("$.signal"));
    });
  }

  /** Rejects all waits: the client is closed. */
  protected endWaits(error: unknown): void {
    for (const reject of this.#rejects) reject(error);
    this.#rejects.clear();
  }
}

// Repeats a request after the time that the server asks for, if it has had too many.
import type { DialogueError } from "../api/errors.js";

/** What it asks of the client. */
interface Waiting {
  until<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T>;
}

/**
 * Settles as `request`; while that rejects with `retryAfterMs`, waits for this time and calls it again. Ends with the
 * client, and by `signal`: then nothing is asked any more.
 */
export async function retryWhenLimited(host: Waiting, request: () => Promise<any>, signal?: AbortSignal): Promise<any> {
  for (;;) {
    try {
      return await host.until(request(), signal);
    } catch (error) {
      const { retryAfterMs } = Object(error) as DialogueError;
      if (!retryAfterMs) throw error;
      let timer: any;
      const pause = new Promise((resolve) => (timer = setTimeout(resolve, retryAfterMs)));
      await host.until(pause, signal).finally(() => clearTimeout(timer));
    }
  }
}

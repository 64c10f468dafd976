// Repeats a request after the time that the server asks for, where it has had too many.
import type { DialogueError } from "../api/errors.js";

/** Settles as `request`; while that rejects with `retryAfterMs`, waits for this time and calls it again. */
export async function retryWhenLimited(request: () => Promise<any>): Promise<any> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const { retryAfterMs } = error as DialogueError;
      if (!retryAfterMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  }
}

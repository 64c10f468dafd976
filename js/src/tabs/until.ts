// A wait that a signal ends.

/** `waited`, unless the signal ends the wait before: that calls `end`, and rejects with the signal's reason. */
export const until = (waited: Promise<unknown>, signal: AbortSignal | undefined, end: () => void) =>
  new Promise((resolve, reject) => {
    const abort = () => {
      end();
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", abort);
    waited.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
  });

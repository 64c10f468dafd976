// The bounded queue that `for await` reads.
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";

const unreadMax = 1e5; // far more than credit grants and what is in flight: the server ignores its credit

export interface AsyncQueue<T> extends AsyncIterableIterator<T> {
  /** The number of unread messages. */
  size: number;
  /** Adds a message. The queue ends with `slow_consumer` at 100,000 unread messages. */
  push(message: T): void;
  /** No more messages: readers get the unread ones, then the end or the error. */
  end(error?: unknown): void;
}

/** A queue. `onEnd` is called once, at the end; `onSize` when a message waits for its reader, and when it is read. */
export function asyncQueue<T>(onEnd: () => void, onSize: () => void): AsyncQueue<T> {
  let messages: T[] = [];
  let wake: (() => void) | undefined;
  let isEnded = false;
  let failure: unknown;

  async function* read(): AsyncGenerator<T, undefined> {
    for (;;) {
      const batch = messages;
      messages = []; // shifting a long queue for each message would be slow
      for (const message of batch) {
        queue.size -= 1;
        onSize();
        yield message;
      }
      if (batch.length) continue;
      if (failure) throw failure;
      if (isEnded) return;
      await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
    }
  }

  const reader = read();
  const finish = reader.return.bind(reader);
  const queue = Object.assign(reader, {
    size: 0,
    push(message: T) {
      messages.push(message);
      if (++queue.size >= unreadMax) queue.end(makeError(ErrorCode.slow_consumer));
      else if (wake) wake();
      else onSize();
    },
    end(error?: unknown) {
      if (isEnded) return;
      isEnded = true;
      failure = error;
      onEnd();
      wake?.();
    },
    return() {
      messages = [];
      failure = queue.size = 0;
      queue.end();
      return finish(undefined);
    },
  });
  return queue;
}

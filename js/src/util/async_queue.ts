// The bounded queue behind `for await`.
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";

const unreadMax = 1e5; // far more than credit grants and what is in flight: the server ignores its credit
const readMax = 1000; // read messages that may still be held

/** Messages that wait to be read. At 100,000 unread messages the queue ends with `slow_consumer`. */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  readonly #messages: T[] = [];
  #read = 0; // how many of them were read: shifting a long queue for each message would be slow
  #readers: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = [];
  #isEnded = false;
  #error: unknown;
  readonly #onEnd: () => void;
  readonly #onSize: () => void;

  /** `onEnd` is called once, when nobody reads any more; `onSize` when the number of unread messages has changed. */
  constructor(onEnd: () => void, onSize: () => void) {
    this.#onEnd = onEnd;
    this.#onSize = onSize;
  }

  /** How many messages are unread. */
  get size(): number {
    return this.#messages.length - this.#read;
  }

  /** Adds a message. */
  push(message: T): void {
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ value: message, done: false });
    else if (this.#messages.push(message) < unreadMax) this.#onSize();
    else this.end(makeError(ErrorCode.slow_consumer));
  }

  /** No more messages: readers get the unread ones, then the end or the error. */
  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    this.#onEnd();
    for (const { resolve, reject } of this.#readers.splice(0)) error ? reject(error) : resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      if (this.size) {
        resolve({ value: this.#messages[this.#read++]!, done: false });
        if (this.#read === readMax) this.#messages.splice(0, readMax);
        this.#read %= readMax;
        return this.#onSize();
      }
      if (!this.#isEnded) return void this.#readers.push({ resolve, reject });
      const error = this.#error;
      this.#error = undefined; // thrown once
      error ? reject(error) : resolve({ value: undefined, done: true });
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#messages.length = this.#read = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

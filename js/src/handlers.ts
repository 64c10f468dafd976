// Sets of handlers by name, where one that throws does not stop the others, and the bounded queue behind `for await`.
import { makeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";
import type { Off } from "./types.js";

const unreadMax = 1e5; // by far more than credit grants and what is under way: the server does not keep to it
const readMax = 1000; // read messages that may still be held

/** What nobody else is there to hear: an uncaught error to a page, a line on the console of Node. */
export const tellPlatform = (error: unknown) => (globalThis.reportError ?? console.error)(error);

/** A handler, until it is taken out. */
interface Entry {
  handler: ((value: any, more?: any) => void) | undefined;
}

/** Handlers by event name. */
export class Handlers {
  /** A list is never changed: who adds or takes out makes another, so that a round is made with those who were there. */
  readonly #byName = new Map<string, readonly Entry[]>();

  /** Adds a handler; the result takes it out again. */
  on(name: string, handler: (value: any, more?: any) => void): Off {
    const own: Entry = { handler }; // of its own, so that adding a handler twice makes two that are taken out one by one
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), own]);
    return () => {
      if (!own.handler) return;
      own.handler = undefined;
      const others = this.#byName.get(name)!.filter((entry) => entry !== own);
      if (others.length) this.#byName.set(name, others);
      else this.#byName.delete(name);
    };
  }

  /** As on(), for the next time only. */
  once(name: string, handler: (value: any) => void): Off {
    const off = this.on(name, (value) => {
      off();
      handler(value);
    });
    return off;
  }

  /** Calls every handler of `name`; false when there is none. */
  emit(name: string, value: unknown, more?: unknown): boolean {
    const entries = this.#byName.get(name);
    if (!entries) return false;
    for (const { handler } of entries) {
      try {
        handler?.(value, more);
      } catch (error) {
        tellPlatform(error);
      }
    }
    return true;
  }
}

/** Messages that wait to be read by `for await`. */
export class Unread<T> implements AsyncIterableIterator<T> {
  readonly #messages: T[] = [];
  #read = 0; // how many of them were read: moving all of a long queue for each one would take its time
  #waiting: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = [];
  #ended = false;
  #error: unknown;

  declare readonly stop: () => void;
  declare readonly changed: () => void;

  /** `stop` is called once, when nobody reads any more; `changed` when another count of messages waits. */
  constructor(stop: () => void, changed: () => void) {
    this.stop = stop;
    this.changed = changed;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#messages.length - this.#read;
  }

  /** One message more. */
  push(message: T): void {
    const reader = this.#waiting.shift();
    if (reader) reader.resolve({ value: message, done: false });
    else if (this.#messages.push(message) < unreadMax) this.changed();
    else this.end(makeError(ErrorCode.slow_consumer));
  }

  /** No more messages: readers get what is there, then the end or the error. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.stop();
    for (const { resolve, reject } of this.#waiting.splice(0)) error ? reject(error) : resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      if (this.size) {
        resolve({ value: this.#messages[this.#read++]!, done: false });
        if (this.#read === readMax) this.#messages.splice(0, readMax);
        this.#read %= readMax;
        return this.changed();
      }
      if (!this.#ended) return void this.#waiting.push({ resolve, reject });
      const error = this.#error;
      this.#error = undefined; // told once
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

// Handlers by name. One that throws does not stop the others.
import type { Off } from "../api/room.js";

/** Reports an error that no handler takes: an uncaught error of the page, a line on the console of Node. */
export const reportUncaught = (error: unknown) => (globalThis.reportError ?? console.error)(error);

/** A handler, until it is removed. */
interface Entry {
  handler: ((value: any, more?: any) => void) | undefined;
}

export class Emitter {
  /**
   * Lists are replaced, never changed: a handler that is added while an event is emitted does not receive that event.
   */
  readonly #byName = new Map<string, readonly Entry[]>();

  /** Adds a handler; the result removes it. */
  on(name: string, handler: (value: any, more?: any) => void): Off {
    const own: Entry = { handler }; // a handler that is added twice makes two entries, which are removed one by one
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), own]);
    return () => {
      if (!own.handler) return;
      own.handler = undefined;
      const others = this.#byName.get(name)!.filter((entry) => entry !== own);
      if (others.length) this.#byName.set(name, others);
      else this.#byName.delete(name);
    };
  }

  /** As on(), for the next event only. */
  once(name: string, handler: (value: any) => void): Off {
    const off = this.on(name, (value) => {
      off();
      handler(value);
    });
    return off;
  }

  /** Calls every handler of `name`; false when there is none. */
  emit(name: string, value?: unknown, more?: unknown): boolean {
    const entries = this.#byName.get(name);
    if (!entries) return false;
    for (const { handler } of entries) {
      try {
        handler?.(value, more);
      } catch (error) {
        reportUncaught(error);
      }
    }
    return true;
  }
}

// Handlers by name. One that throws does not stop the others.
import type { Off } from "../api/room.js";
import { fault } from "./fault.js";

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

  /** Adds a handler; the result removes it. Throws `request_invalid` for what cannot be called. */
  on(name: string, handler: (value: any, more?: any) => void): Off {
    if (typeof handler !== "function") throw fault("$.handler");
    const own: Entry = { handler }; // a handler that is added twice makes two entries, which are removed one by one
    this.#byName.set(name, [...this.#entries(name), own]);
    return () => {
      own.handler = undefined;
      this.#byName.set(
        name,
        this.#entries(name).filter((entry) => entry !== own),
      );
    };
  }

  /** Like on(), but for the next event only. */
  once(name: string, handler: (value: any) => void): Off {
    const off = this.on(name, (value) => {
      off();
      handler(value);
    });
    return off;
  }

  /** Calls every handler of `name`. Returns false if it has none. */
  emit(name: string, value?: unknown, more?: unknown): boolean {
    const entries = this.#entries(name);
    for (const { handler } of entries) {
      try {
        handler?.(value, more);
      } catch (error) {
        reportUncaught(error);
      }
    }
    return entries.length > 0;
  }

  #entries(name: string): readonly Entry[] {
    return this.#byName.get(name) ?? [];
  }
}

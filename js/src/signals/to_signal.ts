// A store as a signal of Preact.
import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Store } from "../store/types.js";

/**
 * The value of a store as a signal, which is up to date while something watches it: an effect, a computed signal that is
 * watched, or a component.
 *
 * @example
 * const chat = toSignal(roomStore(client, "chat", { last: 50 }));
 * effect(() => show(chat.value.messages));
 */
export function toSignal<T>(store: Store<T>): ReadonlySignal<T> {
  let off: (() => void) | undefined;
  const value = signal(store.snapshot(), {
    watched() {
      const read = () => {
        value.value = store.snapshot();
      };
      off = store.subscribe(read);
      read();
    },
    unwatched: () => off?.(),
  });
  return value;
}

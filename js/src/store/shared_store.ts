// A store of one value, which works while it has subscribers and notifies them at most once per turn of the event loop.
import type { Off } from "../api/room.js";
import type { Store } from "./types.js";

/** Whether two values have the same members. */
export const isSame = (one: any, other: any): boolean =>
  Object.is(one, other) ||
  (!!one &&
    !!other &&
    typeof one === "object" &&
    typeof other === "object" &&
    Object.keys(one).length === Object.keys(other).length &&
    Object.keys(one).every((key) => Object.is(one[key], other[key])));

/** `start` is called for the first subscriber, with the function that sets the value; its result when the last one leaves. */
export function sharedStore<T>(first: T, start: (set: (value: T) => void) => Off): Store<T> {
  const subscribers = new Set<() => void>();
  let value = first;
  let next = first;
  let isDue = false;
  let stop: Off | undefined;
  const set = (given: T) => {
    next = given;
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      if (isSame(value, next) || !subscribers.size) return;
      value = next;
      for (const changed of subscribers) changed();
    });
  };
  return {
    subscribe(changed) {
      const listener = () => changed();
      subscribers.add(listener);
      stop ??= start(set);
      return () => {
        subscribers.delete(listener);
        queueMicrotask(() => {
          if (subscribers.size || !stop) return;
          stop();
          stop = undefined;
          value = first;
        });
      };
    },
    snapshot: () => value,
    serverSnapshot: () => first,
  };
}

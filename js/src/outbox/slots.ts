// Slots of an outbox: each page has its own, under a Web Lock.
import { resultOf, tables } from "./database.js";
import { slotOrder } from "./slot_order.js";

export const slotLock = (name: string, slot: number) => `${name} ${slot}`;

/** A slot that this page has locked. `others` are the other slots with unsent publications. */
export interface TakenSlot {
  readonly slot: number;
  readonly release: () => void;
  readonly others: readonly number[];
}

/**
 * Takes the lock of this name. Resolves with the function that releases it, or with undefined if another page holds it and
 * does not release it within `waitMs`.
 */
export function tryLock(name: string, waitMs = 0): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const hold = (held: unknown) => (held ? new Promise<void>((release) => resolve(release)) : resolve(undefined));
    const aborter = new AbortController();
    const options = waitMs ? { signal: aborter.signal } : { ifAvailable: true };
    const timer = waitMs && setTimeout(() => aborter.abort(), waitMs);
    const request = navigator.locks.request(name, options, (held) => {
      clearTimeout(timer);
      return hold(held);
    });
    request.catch((error) => (aborter.signal.aborted ? resolve(undefined) : reject(error)));
  });
}

/** Takes a slot that no page has, a new one if all are taken. */
export async function takeSlot(database: IDBDatabase, name: string): Promise<TakenSlot> {
  const view = database.transaction(tables);
  const [keys, publications] = await Promise.all([
    resultOf(view.objectStore("slots").getAllKeys()),
    resultOf(view.objectStore("publications").getAllKeys()) as Promise<[number, number][]>,
  ]);
  const unsent = new Set(publications.map(([slot]) => slot));
  const known = keys.filter((key): key is number => typeof key === "number");
  const slots = slotOrder([...new Set([...known, ...unsent])], unsent); // one whose producer was not to be shared has no key
  for (let i = 0, next = Math.max(0, ...slots); ; ++i) {
    const slot = slots[i] ?? ++next;
    const release = await tryLock(slotLock(name, slot));
    if (release) return { slot, release, others: [...unsent].filter((other) => other !== slot) };
  }
}

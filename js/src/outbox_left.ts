// What pages leave in localStorage when they end, where that takes no time, and how the next page reads it: once, as the mark of
// what was taken is written into "slots" in the transaction that takes it. outbox_store.ts decides who takes what.
import type { Publication } from "./pending.js";

/** A publication as it is kept. */
export interface SavedPublication extends Publication {
  readonly id: number;
  readonly time: number;
  /** Whose it is; unknown until the server has said it. */
  userId: string | undefined;
  /** What the next page comes back with, where this one was given its user by chance: then the numbers are still its own. */
  resume?: string | undefined;
  /** Its number and the log in which it counts; 0 until it is sent. */
  number: number;
  epoch: number;
}

/** What a page has left in localStorage, and the mark that says that it was taken. */
export interface Left {
  readonly mark: string;
  readonly publications: readonly SavedPublication[];
}

export const resultOf = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Where the page of a slot leaves what it could not write any more. */
export const leftKey = (name: string, slot: number) => `${name} left ${slot}`;
/** Where pages without a slot do, each with the time and an id behind it: driver.ts. */
export const earlyKey = (name: string) => `${name} early `;

/** localStorage, where there is one. */
export function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** What was left under this key. None of it was sent: a frame leaves when it is written. */
export function leftAt(key: string): Left {
  try {
    const left = JSON.parse(storage()!.getItem(key)!);
    const isEarly = Array.isArray(left); // then the key says when, and makes the mark
    const more = { number: 0, epoch: 0, ...(isEarly && { id: 0, time: timeOf(key), userId: undefined }) };
    const publications: SavedPublication[] = isEarly ? left : left.publications;
    return { mark: isEarly ? key : left.mark, publications: publications.map((saved) => ({ ...saved, ...more })) };
  } catch {
    return { mark: "", publications: [] }; // nothing, or somebody else's text
  }
}

/** When a page without a slot has left something under this key. */
export const timeOf = (key: string) => Number(key.split(" ").at(-2));

/** The keys of localStorage that begin so. */
export const keysOf = (prefix: string) => Object.keys(storage() ?? {}).filter((key) => key.startsWith(prefix));

/** Every publication of a slot, and what is left under `key`; that alone where there is no slot. */
export async function publicationsOf(view: IDBTransaction, key: string, slot?: number): Promise<[SavedPublication[], Left]> {
  const { mark, publications } = leftAt(key);
  const range = slot === undefined ? undefined : IDBKeyRange.bound([slot], [slot, []]);
  const [isTaken, written] = await Promise.all([
    resultOf(view.objectStore("slots").get(mark)),
    range ? (resultOf(view.objectStore("publications").getAll(range)) as Promise<SavedPublication[]>) : [],
  ]);
  const ids = new Set(range && written.map(({ id }) => id));
  const left = { mark, publications: isTaken ? [] : publications.filter(({ id }) => !ids.has(id)) };
  return [[...written, ...left.publications], left];
}

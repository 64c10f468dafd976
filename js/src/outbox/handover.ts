// Publications that a page hands over in localStorage, which takes no time when the page ends. Each handover has its own
// entry, which only a page that has read it removes: a browser may show an entry to another process late. A publication
// has a key and is taken once: not if the database has it, or had it a moment ago.
import { resultOf } from "./database.js";
import type { SavedPublication } from "./saved_publication.js";

/** How long a browser may show an entry that was removed. */
const staleMsMax = 60_000;

/** The lock that a page holds while it may still take its handover back. */
export const pageLock = (name: string, page: string) => `${name} page ${page}`;

/** localStorage, if available. */
export function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** The entries of an outbox, the oldest first, with the pages that wrote them. */
export function handovers(name: string): { readonly entry: string; readonly page: string }[] {
  const prefix = `${name} left `;
  return Object.keys(storage() ?? {})
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => [entry, ...entry.slice(prefix.length).split(" ")] as [string, string, string])
    .sort((a, b) => +a[2] - +b[2])
    .map(([entry, page]) => ({ entry, page }));
}

/** What an entry contains. None of its publications was sent: a frame leaves when it is written. */
export function readHandover(entry: string): SavedPublication[] {
  try {
    const publications: SavedPublication[] = JSON.parse(storage()!.getItem(entry)!);
    return publications.map((saved) => ({ ...saved, id: 0, number: 0, epoch: 0 }));
  } catch {
    return []; // nothing, or text of another program
  }
}

/** Where the page of a slot puts the keys of publications that it could not delete from the database. */
export const settledKey = (name: string, slot: number) => `${name} settled ${slot}`;

/** The keys that stand there. */
export function settledKeys(name: string, slot: number): Set<string> {
  try {
    return new Set(JSON.parse(storage()!.getItem(settledKey(name, slot))!));
  } catch {
    return new Set();
  }
}

/** The keys of publications that a page has taken, as `transaction` sees it: they wait, or were settled a moment ago. */
export async function takenKeys(transaction: IDBTransaction): Promise<Set<unknown>> {
  const [written, settled] = await Promise.all([
    resultOf(transaction.objectStore("publications").getAll()) as Promise<SavedPublication[]>,
    resultOf(transaction.objectStore("slots").getAllKeys()),
  ]);
  return new Set<unknown>([...written.map(({ key }) => key), ...settled]);
}

/** What an entry contains that no page has taken, as `transaction` sees it. */
export async function untaken(transaction: IDBTransaction, entry: string): Promise<SavedPublication[]> {
  const taken = await takenKeys(transaction);
  return readHandover(entry).filter(({ key }) => !taken.has(key));
}

/** The keys of settled publications in "slots" that no entry can bring back. `times` are their values. */
export function outdated(name: string, keys: readonly IDBValidKey[], times: readonly unknown[]): string[] {
  const shown = new Set<unknown>(handovers(name).flatMap(({ entry }) => readHandover(entry).map(({ key }) => key)));
  const isOld = (time: unknown) => typeof time === "number" && Math.abs(Date.now() - time) > staleMsMax;
  return keys.filter((key, i): key is string => typeof key === "string" && isOld(times[i]) && !shown.has(key));
}

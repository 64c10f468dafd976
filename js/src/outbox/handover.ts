// Publications that a page hands over to the next one in localStorage, which takes no time when the page ends. Each
// handover has a mark, which the page that takes it writes into "slots" in the same transaction, so that it is taken
// once.
import { resultOf, slotRange } from "./database.js";
import type { SavedPublication } from "./saved_publication.js";

/** What a page has handed over. */
export interface Handover {
  readonly mark: string;
  readonly publications: readonly SavedPublication[];
}

/** Where the page of a slot puts publications that it could not write. */
export const handoverKey = (name: string, slot: number | "") => `${name} left ${slot}`;
/** Where pages without a slot put theirs, each with the time and an id behind it: staged_publications.ts. */
export const stagedKey = (name: string) => `${name} early `;

/** localStorage, if available. */
export function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** The handover under this key. None of its publications was sent: a frame leaves when it is written. */
export function readHandover(key: string): Handover {
  try {
    const value = JSON.parse(storage()!.getItem(key)!);
    const isStaged = Array.isArray(value); // then the key has the time, and is the mark
    const more = { number: 0, epoch: 0, ...(isStaged && { id: 0, userId: undefined }) };
    const publications: SavedPublication[] = isStaged ? value : value.publications;
    return { mark: isStaged ? key : value.mark, publications: publications.map((saved) => ({ ...saved, ...more })) };
  } catch {
    return { mark: "", publications: [] }; // nothing, or text of another program
  }
}

/** When a page without a slot has ended, by its key. */
export const timeOf = (key: string) => Number(key.split(" ").at(-2));

/** The keys of localStorage that begin so. */
export const storageKeys = (prefix: string) => Object.keys(storage() ?? {}).filter((key) => key.startsWith(prefix));

/** Every publication of a slot with the handover under `key`; only the handover if the slot is missing. */
export async function publicationsOf(
  view: IDBTransaction,
  key: string,
  slot?: number,
): Promise<[publications: SavedPublication[], handover: Handover]> {
  const { mark, publications } = readHandover(key);
  const range = slot === undefined ? undefined : slotRange(slot);
  const [isTaken, written] = await Promise.all([
    resultOf(view.objectStore("slots").get(mark)),
    range ? (resultOf(view.objectStore("publications").getAll(range)) as Promise<SavedPublication[]>) : [],
  ]);
  const ids = new Set(range && written.map(({ id }) => id));
  const handover = { mark, publications: isTaken ? [] : publications.filter(({ id }) => !ids.has(id)) };
  return [[...written, ...handover.publications], handover];
}

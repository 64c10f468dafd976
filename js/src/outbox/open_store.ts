// Opens the outbox of a page: the database, a slot, what earlier pages have left there and elsewhere.
import type { Publication } from "../publications/publication.js";
import { adoptUnsent } from "./adoption.js";
import { openDatabase, resultOf, slotRange, tables, userKey } from "./database.js";
import { outdated, pageLock, settledKeys, takenKeys } from "./handover.js";
import type { SavedPublication } from "./saved_publication.js";
import { takeSlot, tryLock } from "./slots.js";
import { type SavedRoom, Store } from "./store.js";

/** Another page that takes what this one has handed over is waited for. */
const takingMsMax = 2000;

/**
 * Opens the outbox of this name for a page of this id and takes a slot. Throws if it cannot; `failed` is called once,
 * if it fails later. Another page may have taken some of `staged` while this one was kept.
 */
export async function openStore(
  name: string,
  page: string,
  staged: Iterable<Publication>,
  failed: (error: unknown) => void,
): Promise<Store> {
  const database = await openDatabase(name);
  let release = () => {};
  let store: Store | undefined;
  try {
    const leavePage = await tryLock(pageLock(name, page), takingMsMax);
    release = () => leavePage?.();
    const { slot, release: leaveSlot, others } = await takeSlot(database, name);
    release = () => {
      leaveSlot();
      leavePage?.();
    };
    const view = database.transaction(tables);
    const slots = view.objectStore("slots");
    const [producer, user, keys, values, publications, rooms] = await Promise.all([
      resultOf(slots.get(slot)) as Promise<string | undefined>,
      resultOf(slots.get(userKey)) as Promise<string | undefined>,
      resultOf(slots.getAllKeys()),
      resultOf(slots.getAll()),
      resultOf(view.objectStore("publications").getAll(slotRange(slot))) as Promise<SavedPublication[]>,
      resultOf(view.objectStore("rooms").getAll(slotRange(slot))) as Promise<SavedRoom[]>,
    ]);
    store = new Store(database, name, slot, page, release, failed, publications, user);
    store.removeSettled(settledKeys(name, slot));
    // If nothing waits, a new producer spares the server the memory of an old one.
    if (producer && publications.length) store.continueAs(producer, rooms);
    else store.replaceProducer();
    for (const key of outdated(name, keys, values)) store.setMark(key, undefined);
    await adoptUnsent(database, name, others, store);
    const taken = await takenKeys(database.transaction(tables));
    for (const publication of staged) if (taken.has(publication.key)) publication.isTaken = true;
    return store;
  } catch (error) {
    if (store) store.close(false);
    else {
      release();
      database.close();
    }
    throw error;
  }
}

// Opens the outbox of a page: the database, a slot, what earlier pages have left there and elsewhere.
import { randomId } from "../util/random_id.js";
import { adoptUnsent } from "./adoption.js";
import { openDatabase, resultOf, slotRange, tables, userKey } from "./database.js";
import { outdated, pageLock, settledKeys } from "./handover.js";
import type { SavedPublication } from "./saved_publication.js";
import { takeSlot, tryLock } from "./slots.js";
import { type SavedRoom, Store } from "./store.js";

/**
 * Opens the outbox of this name and takes a slot. Throws where it cannot; `failed` is called once, where it fails
 * later.
 */
export async function openStore(name: string, failed: (error: unknown) => void): Promise<Store> {
  const database = await openDatabase(name);
  const page = randomId();
  let release = () => {};
  let store: Store | undefined;
  try {
    const leavePage = (await tryLock(pageLock(name, page)))!;
    release = leavePage;
    const { slot, release: leaveSlot, others } = await takeSlot(database, name);
    release = () => {
      leaveSlot();
      leavePage();
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
    // Where nothing waits, a new producer spares the server the memory of an old one.
    if (producer && publications.length) store.continueAs(producer, rooms);
    else store.replaceProducer();
    for (const key of outdated(name, keys, values)) store.setMark(key, undefined);
    await adoptUnsent(database, name, others, store);
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

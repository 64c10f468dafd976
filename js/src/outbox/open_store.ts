// Opens the outbox of a page: the database, a slot, what earlier pages have left there and elsewhere.
import { adoptUnsent } from "./adoption.js";
import { openDatabase, resultOf, slotRange, tables, userKey } from "./database.js";
import { handoverKey, publicationsOf, readHandover, stagedKey, storageKeys } from "./handover.js";
import { takeSlot } from "./slots.js";
import { type SavedRoom, Store } from "./store.js";

/**
 * Opens the outbox of this name and takes a slot. Throws where it cannot; `failed` is called once, where it fails
 * later.
 */
export async function openStore(name: string, failed: (error: unknown) => void): Promise<Store> {
  const database = await openDatabase(name);
  let releaseSlot = () => {};
  try {
    const { slot, release, others } = await takeSlot(database, name);
    releaseSlot = release;
    const view = database.transaction(tables);
    const slots = view.objectStore("slots");
    const [producer, user, keys, [publications, handover], rooms] = await Promise.all([
      resultOf(slots.get(slot)) as Promise<string | undefined>,
      resultOf(slots.get(userKey)) as Promise<string | undefined>,
      resultOf(slots.getAllKeys()),
      publicationsOf(view, handoverKey(name, slot), slot),
      resultOf(view.objectStore("rooms").getAll(slotRange(slot))) as Promise<SavedRoom[]>,
    ]);
    const store = new Store(database, name, slot, release, failed, publications, user);
    // Where nothing waits, a new producer spares the server the memory of an old one.
    if (producer && publications.length) store.continueAs(producer, rooms);
    else store.replaceProducer([]);
    store.importHandover(handover);
    const handovers = [...storageKeys(handoverKey(name, "")), ...storageKeys(stagedKey(name))];
    const marks = new Set([userKey, ...handovers.map((key) => readHandover(key).mark)]);
    for (const key of keys) if (typeof key === "string" && !marks.has(key)) store.setMark(key, undefined);
    await adoptUnsent(database, name, slot, others, store);
    return store;
  } catch (error) {
    releaseSlot();
    database.close();
    throw error;
  }
}

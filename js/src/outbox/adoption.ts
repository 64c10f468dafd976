// Moves what other pages have left unsent into this page's slot.
import { resultOf, slotRange, tables } from "./database.js";
import { handovers, pageLock, settledKeys, storage, untaken } from "./handover.js";
import type { SavedPublication } from "./saved_publication.js";
import { slotLock, tryLock } from "./slots.js";
import type { Store } from "./store.js";

/** Pages that have handed something over are ending: they are waited for, all together. */
const endingMsMax = 1000;

/** Adopts what `find` returns, in one transaction with what that reads and changes. */
async function adopt(
  database: IDBDatabase,
  store: Store,
  find: (transaction: IDBTransaction) => Promise<readonly SavedPublication[]>,
): Promise<void> {
  const transaction = database.transaction(tables, "readwrite", { durability: "strict" });
  const written = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  written.catch(() => {}); // find() reports it first
  const own = (await find(transaction)).map((saved) => store.asOwn(saved));
  for (const saved of own) transaction.objectStore("publications").put(saved, [store.slot, saved.id]);
  await written;
  store.adopt(own);
}

/**
 * Moves publications that were never sent: of other slots, and of pages that have handed them over. One that may have
 * been sent has a number of its slot's producer, and waits for a page that takes that slot.
 */
export async function adoptUnsent(database: IDBDatabase, name: string, others: readonly number[], store: Store): Promise<void> {
  const releases: (() => void)[] = [];
  try {
    const entries: string[] = [];
    const deadline = performance.now() + endingMsMax;
    for (const { entry, page } of handovers(name)) {
      if (page === store.page) continue; // it was kept while this was opened, and takes that back
      const release = await tryLock(pageLock(name, page), Math.max(0, deadline - performance.now()));
      if (release) entries.push(entry) && releases.push(release);
    }
    for (const other of others) {
      const release = await tryLock(slotLock(name, other));
      if (!release) continue;
      releases.push(release);
      await adopt(database, store, async (transaction) => {
        const publications = transaction.objectStore("publications");
        const settled = settledKeys(name, other);
        const found: SavedPublication[] = await resultOf(publications.getAll(slotRange(other)));
        const unsent = found.filter(({ number }) => !number);
        for (const { id } of unsent) publications.delete([other, id]);
        return unsent.filter(({ key }) => !settled.has(key));
      });
    }
    for (const entry of entries) {
      await adopt(database, store, (transaction) => untaken(transaction, entry));
      storage()?.removeItem(entry);
    }
  } finally {
    for (const release of releases) release();
  }
}

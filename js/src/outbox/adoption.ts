// Moves what other pages have left unsent into this page's slot.
import { tables } from "./database.js";
import { handoverKey, publicationsOf, stagedKey, storage, storageKeys, timeOf } from "./handover.js";
import { tryLock } from "./slots.js";
import type { Store } from "./store.js";

/** A page that has handed something over is ending, and so is one that ends while it adopts: they are waited for. */
const endingMsMax = 1000;

/**
 * Moves publications that were never sent. One that may have been sent has a number of its slot's producer, and waits
 * for a page that takes that slot.
 */
export async function adoptUnsent(
  database: IDBDatabase,
  name: string,
  slot: number,
  others: readonly number[],
  store: Store,
): Promise<void> {
  const staged = storageKeys(stagedKey(name)).sort((a, b) => timeOf(a) - timeOf(b));
  const sources: [lock: string, key: string, slot?: number][] = [
    ...others.map((other): [string, string, number] => [`${name} ${other}`, handoverKey(name, other), other]),
    ...staged.map((key): [string, string] => [key, key]),
  ];
  for (const [lockName, key, other] of sources) {
    const release = other === slot ? undefined : await tryLock(lockName, storage()?.getItem(key) ? endingMsMax : 0);
    if (!release) continue;
    try {
      const [found, { mark }] = await publicationsOf(database.transaction(tables), key, other);
      const unsent = found.filter(({ number }) => !number);
      if (unsent.length) {
        const transaction = database.transaction(tables, "readwrite", { durability: "strict" });
        const publications = transaction.objectStore("publications");
        for (const saved of unsent) {
          const own = store.adopt(saved);
          publications.put(own, [slot, own.id]);
          if (other !== undefined) publications.delete([other, saved.id]);
        }
        if (mark) transaction.objectStore("slots").put(1, mark);
        await new Promise((resolve, reject) => {
          transaction.oncomplete = resolve;
          transaction.onabort = () => reject(transaction.error);
        });
      }
      storage()?.removeItem(key);
    } finally {
      release();
    }
  }
}

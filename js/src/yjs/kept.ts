// A copy of a document in IndexedDB: what was added to it, each edit in the transaction that also says which log it belongs to.
// Tabs may share it, since updates merge. A file of its own, which the option `persist` loads.
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";

const addsMax = 500; // before they become one
const openMsMax = 5000;

/** The store of updates, and that of the epoch. */
const updatesTable = "updates";
const factsTable = "facts";
const epochKey = "epoch";

export interface KeptCopy {
  /** The updates that it had when it was opened. */
  readonly updates: readonly Uint8Array[];
  /** The epoch of the log that the updates belong to; 0: not known. */
  readonly epoch: number;
  /** Adds an update to the copy of the log with this epoch. */
  add(update: Uint8Array, epoch: number): void;
  /** Merges all updates into one, without deleted text. */
  compact(): void;
  /** Forgets everything. */
  drop(): void;
  close(): void;
}

const resultOf = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(updatesTable, { autoIncrement: true });
    request.result.createObjectStore(factsTable);
  };
  const opening = resultOf(request);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject("IndexedDB does not open"), openMsMax);
  });
  late.catch(() => opening.then((database) => database.close()).catch(() => {}));
  return Promise.race([opening, late]).finally(() => clearTimeout(timer));
}

/** Opens the copy of this name. Rejects if the browser cannot keep one. `failed` is called once writing fails. */
export async function openKept(name: string, failed: (error: unknown) => void): Promise<KeptCopy> {
  if (!globalThis.indexedDB) throw "no IndexedDB";
  const database = await openDatabase(name);
  database.onversionchange = () => database.close(); // the user clears the site's data
  const reading = database.transaction([updatesTable, factsTable]);
  const [updates, epoch] = await Promise.all([
    resultOf<Uint8Array[]>(reading.objectStore(updatesTable).getAll()),
    resultOf<number | undefined>(reading.objectStore(factsTable).get(epochKey)),
  ]);
  let count = updates.length;
  let hasFailed = false;
  const fail = (error: unknown) => {
    if (!hasFailed) failed(error);
    hasFailed = true;
  };
  const write = (use: (updates: IDBObjectStore, facts: IDBObjectStore) => void, isAll = true) => {
    if (hasFailed) return;
    try {
      const writing = database.transaction([updatesTable, factsTable], "readwrite");
      writing.onabort = () => fail(writing.error);
      use(writing.objectStore(updatesTable), writing.objectStore(factsTable));
      if (isAll) writing.commit(); // without it the browser rolls back a transaction whose page ends
    } catch (error) {
      fail(error); // it was closed
    }
  };
  const compact = () => {
    count = 1;
    write((table) => {
      const all = table.getAll();
      all.onsuccess = () => {
        if (all.result.length < 2) return;
        const copy = new Doc();
        for (const update of all.result) applyUpdate(copy, update);
        table.clear();
        table.add(encodeStateAsUpdate(copy));
        copy.destroy();
      };
    }, false);
  };
  return {
    updates,
    epoch: epoch ?? 0,
    add(update, newEpoch) {
      write((table, facts) => {
        table.add(update);
        facts.put(newEpoch, epochKey);
      });
      if (++count > addsMax) compact();
    },
    compact,
    drop() {
      write((table, facts) => {
        table.clear();
        facts.clear();
      });
    },
    close() {
      hasFailed = true;
      database.close(); // once what is written is written
    },
  };
}

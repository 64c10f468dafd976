// The outbox's database in IndexedDB: opening it, its tables, and requests as promises.

const openMsMax = 5000;
const retriesMax = 4;
const retryMsMin = 100; // doubles: all retries take one and a half seconds

/** "slots": a producer for each slot, and further facts by name. "publications" and "rooms": by slot and id. */
export const tables = ["slots", "publications", "rooms"];
/** In "slots", the user whom the server has named last. */
export const userKey = "user";

/** All keys of one slot. */
export const slotRange = (slot: number) => IDBKeyRange.bound([slot], [slot, []]);

export const resultOf = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Opens the database. Throws if IndexedDB is missing, or if it does not open in time. */
export async function openDatabase(name: string): Promise<IDBDatabase> {
  if (!globalThis.indexedDB || !globalThis.navigator?.locks) throw "no IndexedDB or no Web Locks";
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => tables.map((table) => request.result.createObjectStore(table));
  const opening = resultOf(request);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject("IndexedDB does not open"), openMsMax);
  });
  late.catch(() => opening.then((database) => database.close()).catch(() => {}));
  return Promise.race([opening, late]).finally(() => clearTimeout(timer));
}

/** Like openDatabase(), but retries: a browser that is deleting a database does not open one. */
export async function openWithRetries(name: string): Promise<IDBDatabase> {
  for (let attempt = 0; ; ++attempt) {
    try {
      return await openDatabase(name);
    } catch (error) {
      if (attempt === retriesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMsMin * 2 ** attempt));
    }
  }
}

// IndexedDB behind the outbox: one slot for each page, with its producer, what it has not sent, and which numbers its rooms are
// at. What changes in one turn is written in one transaction. After the first failure writing is still tried, so that what stays
// there is as new as can be, but nobody waits for it.
import type { Publication } from "./pending.js";
import { randomId } from "./random_id.js";

const openMsMax = 5000;
const tables = ["slots", "publications", "rooms"];

/** A publication as it is kept. */
export interface SavedPublication extends Publication {
  readonly id: number;
  readonly time: number;
  readonly userId: string | undefined;
  /** What the next page comes back with, where this one was given its user by chance: then the numbers are still its own. */
  resume?: string | undefined;
  /** Its number and the log in which it counts; 0 until it is sent. */
  number: number;
  epoch: number;
}

/** The newest number that a publication of a room has, and in which log. */
interface SavedRoom {
  readonly roomId: string;
  readonly epoch: number;
  readonly numbered: number;
}

/** What one transaction writes. */
interface Batch {
  readonly written: Map<number, SavedPublication>;
  readonly gone: Set<number>;
  readonly rooms: Set<string>;
  /** To be called when it is written. */
  readonly after: (() => void)[];
  isRenewed: boolean;
}

const resultOf = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function openDatabase(name: string): Promise<IDBDatabase> {
  if (!globalThis.indexedDB || !globalThis.navigator?.locks) throw "no IndexedDB or no Web Locks here";
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

/** The lock of this name, if nobody has it: what gives it back. */
function lock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const hold = (held: unknown) => (held ? new Promise<void>((release) => resolve(release)) : resolve(undefined));
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}

/** A slot that no page has: one with unsent publications before an empty one, and that before a new one. */
async function takeSlot(database: IDBDatabase, name: string): Promise<{ slot: number; release: () => void }> {
  const view = database.transaction(tables);
  const [slots, keys] = await Promise.all([
    resultOf(view.objectStore("slots").getAllKeys()) as Promise<number[]>,
    resultOf(view.objectStore("publications").getAllKeys()) as Promise<[number, number][]>,
  ]);
  const unsent = new Set(keys.map(([slot]) => slot));
  slots.sort((a, b) => +unsent.has(b) - +unsent.has(a));
  for (let i = 0, next = Math.max(0, ...slots); ; ++i) {
    const slot = slots[i] ?? ++next;
    const release = await lock(`${name} ${slot}`);
    if (release) return { slot, release };
  }
}

/** Opens the outbox of this name and takes a slot. Throws where that cannot be; `failed` is called once, where it fails later. */
export async function openStore(address: string, failed: (error: unknown) => void): Promise<Store> {
  const name = `dialogue-outbox ${address}`;
  const database = await openDatabase(name);
  let giveBack = () => {};
  try {
    const { slot, release } = await takeSlot(database, name);
    giveBack = release;
    const view = database.transaction(tables);
    const all = IDBKeyRange.bound([slot], [slot, []]);
    const [producer, publications, rooms] = await Promise.all([
      resultOf(view.objectStore("slots").get(slot)) as Promise<string | undefined>,
      resultOf(view.objectStore("publications").getAll(all)) as Promise<SavedPublication[]>,
      resultOf(view.objectStore("rooms").getAll(all)) as Promise<SavedRoom[]>,
    ]);
    const store = new Store(database, slot, release, failed, publications);
    // Where nothing waits, a new producer spares the server the memory of an old one.
    if (producer && publications.length) store.goOn(producer, rooms);
    else store.renew([]);
    return store;
  } catch (error) {
    giveBack();
    database.close();
    throw error;
  }
}

export class Store {
  producer = "";
  readonly rooms = new Map<string, SavedRoom>();
  #lastId: number;
  #batch: Batch | undefined;
  #hasFailed = false;
  /** What waits for transactions under way, in order. */
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly database: IDBDatabase,
    readonly slot: number,
    readonly release: () => void,
    readonly failed: (error: unknown) => void,
    /** What an earlier page left. */
    readonly publications: SavedPublication[],
  ) {
    this.#lastId = Math.max(0, ...publications.map(({ id }) => id));
    database.onclose = () => this.#fail("the database was removed");
    database.onversionchange = () => {
      database.close();
      this.#fail("the database is being removed");
    };
  }

  goOn(producer: string, rooms: SavedRoom[]): void {
    this.producer = producer;
    for (const room of rooms) this.rooms.set(room.roomId, room);
  }

  /** Another producer: no room has a number yet, nor have the publications that are there. */
  renew(publications: SavedPublication[]): void {
    this.producer = randomId();
    this.rooms.clear();
    const batch = this.#open();
    batch.isRenewed = true;
    batch.rooms.clear();
    for (const saved of publications) batch.written.set(saved.id, saved);
  }

  add(publication: Omit<SavedPublication, "id">): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.#open().written.set(saved.id, saved);
    return saved;
  }

  /** Writes that a publication has its number; calls `after` then, in the order of the calls. */
  put(saved: SavedPublication, after: () => void): void {
    const { roomId, number, epoch } = saved;
    const before = this.rooms.get(roomId);
    const numbered = Math.max(number, before?.epoch === epoch ? before.numbered : 0);
    this.rooms.set(roomId, { roomId, epoch, numbered });
    const batch = this.#open();
    batch.rooms.add(roomId);
    batch.written.set(saved.id, saved);
    if (this.#hasFailed) after();
    else batch.after.push(after);
  }

  forget({ id }: SavedPublication): void {
    const batch = this.#open();
    batch.written.delete(id);
    batch.gone.add(id);
  }

  close(): void {
    this.#write();
    this.#hasFailed = true; // what comes now is nobody's concern any more
    this.database.onclose = null;
    this.database.close();
    this.release();
  }

  #open(): Batch {
    if (!this.#batch) {
      this.#batch = { written: new Map(), gone: new Set(), rooms: new Set(), after: [], isRenewed: false };
      queueMicrotask(() => this.#write());
    }
    return this.#batch;
  }

  #write(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.#batch = undefined;
    const { slot } = this;
    this.#waiting.push(...batch.after);
    try {
      // What is sent next must outlive the machine; what is forgotten is only sent again in vain.
      const durability = batch.after.length ? "strict" : "relaxed";
      const transaction = this.database.transaction(tables, "readwrite", { durability });
      const [slots, publications, rooms] = tables.map((table) => transaction.objectStore(table)) as [
        IDBObjectStore,
        IDBObjectStore,
        IDBObjectStore,
      ];
      if (batch.isRenewed) {
        rooms.delete(IDBKeyRange.bound([slot], [slot, []]));
        slots.put(this.producer, slot);
      }
      for (const roomId of this.#hasFailed ? this.rooms.keys() : batch.rooms) rooms.put(this.rooms.get(roomId), [slot, roomId]);
      for (const [id, saved] of batch.written) publications.put(saved, [slot, id]);
      for (const id of batch.gone) publications.delete([slot, id]);
      transaction.oncomplete = () => {
        for (const after of this.#waiting.splice(0, batch.after.length)) after();
      };
      transaction.onabort = () => this.#fail(transaction.error);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.failed(error);
    for (const after of this.#waiting.splice(0)) after();
  }
}

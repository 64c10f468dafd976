// IndexedDB behind the outbox: one slot for each page, with its producer, what it has not sent, and which numbers its rooms are
// at. What changes in one turn is written in one transaction. After the first failure writing is still tried, so that what stays
// there is as new as can be, but nobody waits for it. What is not written when the page ends goes to localStorage, which takes no
// time, and from there into the slot of whoever opens it next.
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

/** Where a page leaves what it could not write any more. */
const leftKey = (name: string, slot: number) => `${name} left ${slot}`;

/** What the last page of a slot left there. None of it was sent: a frame leaves when it is written. */
function leftBehind(name: string, slot: number): SavedPublication[] {
  try {
    const left: SavedPublication[] = JSON.parse(globalThis.localStorage?.getItem(leftKey(name, slot)) ?? "[]");
    return left.map((saved) => ({ ...saved, number: 0, epoch: 0 }));
  } catch {
    return []; // no storage here, or somebody else's text
  }
}

/** Deletes what was left behind, once it is written. */
function takeBehind(name: string, slot: number): void {
  try {
    globalThis.localStorage?.removeItem(leftKey(name, slot));
  } catch {
    // no storage here
  }
}

/** Every publication of a slot, with what was left behind. */
async function publicationsOf(view: IDBTransaction, name: string, slot: number): Promise<SavedPublication[]> {
  const range = IDBKeyRange.bound([slot], [slot, []]);
  const written = (await resultOf(view.objectStore("publications").getAll(range))) as SavedPublication[];
  const ids = new Set(written.map(({ id }) => id));
  return [...written, ...leftBehind(name, slot).filter(({ id }) => !ids.has(id))];
}

/**
 * Moves what other pages have left into this one's slot, as far as it was never sent: what may have been has a number of
 * its slot's producer, and waits for a page that takes that slot.
 */
async function adopt(database: IDBDatabase, name: string, slot: number, others: number[], store: Store): Promise<void> {
  for (const other of others) {
    const release = other === slot ? undefined : await lock(`${name} ${other}`);
    if (!release) continue;
    try {
      const found = await publicationsOf(database.transaction(tables), name, other);
      const unsent = found.filter(({ number }) => !number);
      if (!unsent.length) continue;
      const transaction = database.transaction(tables, "readwrite", { durability: "strict" });
      const publications = transaction.objectStore("publications");
      for (const saved of unsent) {
        const own = store.adopted(saved);
        publications.put(own, [slot, own.id]);
        publications.delete([other, saved.id]);
      }
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      takeBehind(name, other);
    } finally {
      release();
    }
  }
}

/** A slot that no page has: one with unsent publications before an empty one, and that before a new one. */
async function takeSlot(database: IDBDatabase, name: string): Promise<{ slot: number; release: () => void; others: number[] }> {
  const view = database.transaction(tables);
  const [slots, keys] = await Promise.all([
    resultOf(view.objectStore("slots").getAllKeys()) as Promise<number[]>,
    resultOf(view.objectStore("publications").getAllKeys()) as Promise<[number, number][]>,
  ]);
  const unsent = new Set([...keys.map(([slot]) => slot), ...slots.filter((slot) => leftBehind(name, slot).length)]);
  slots.sort((a, b) => +unsent.has(b) - +unsent.has(a));
  for (let i = 0, next = Math.max(0, ...slots); ; ++i) {
    const slot = slots[i] ?? ++next;
    const release = await lock(`${name} ${slot}`);
    if (release) return { slot, release, others: [...unsent] };
  }
}

/** Opens the outbox of this name and takes a slot. Throws where that cannot be; `failed` is called once, where it fails later. */
export async function openStore(address: string, failed: (error: unknown) => void): Promise<Store> {
  const name = `dialogue-outbox ${address}`;
  const database = await openDatabase(name);
  let giveBack = () => {};
  try {
    const { slot, release, others } = await takeSlot(database, name);
    giveBack = release;
    const view = database.transaction(tables);
    const all = IDBKeyRange.bound([slot], [slot, []]);
    const [producer, publications, rooms] = await Promise.all([
      resultOf(view.objectStore("slots").get(slot)) as Promise<string | undefined>,
      publicationsOf(view, name, slot),
      resultOf(view.objectStore("rooms").getAll(all)) as Promise<SavedRoom[]>,
    ]);
    const store = new Store(database, name, slot, release, failed, publications);
    // Where nothing waits, a new producer spares the server the memory of an old one.
    if (producer && publications.length) store.goOn(producer, rooms);
    else store.renew([]);
    store.rewrite(leftBehind(name, slot));
    await adopt(database, name, slot, others, store);
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
  /** Batches that are being written. */
  readonly #underway = new Set<Batch>();
  #hasLeft = false;
  #hasFailed = false;
  /** What waits for transactions under way, in order. */
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly database: IDBDatabase,
    readonly name: string,
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

  /** Writes again what came from where pages leave things behind; it is deleted there when that is done. */
  rewrite(left: SavedPublication[]): void {
    this.#hasLeft = left.length > 0;
    for (const saved of this.publications) if (left.some(({ id }) => id === saved.id)) this.#open().written.set(saved.id, saved);
  }

  /** What another page left, as this page's. */
  adopted(publication: SavedPublication): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.publications.push(saved);
    return saved;
  }

  /** The page may end now: what is not written yet, and what was never handed over, goes where that takes no time. */
  leaveBehind(more: readonly Omit<SavedPublication, "id">[]): void {
    const rest = new Map<number, SavedPublication>();
    for (const { written, gone } of [...this.#underway, ...(this.#batch ? [this.#batch] : [])]) {
      // A frame leaves when it is written; where storage has failed, at once.
      for (const [id, saved] of written) if (!this.#hasFailed || !saved.number) rest.set(id, saved);
      for (const id of gone) rest.delete(id);
    }
    let id = this.#lastId;
    const all = [...rest.values(), ...more.map((publication) => ({ ...publication, id: ++id }))];
    if (!all.length && !this.#hasLeft) return;
    try {
      localStorage.setItem(leftKey(this.name, this.slot), JSON.stringify(all));
      this.#hasLeft = true;
    } catch {
      // no storage here, or no place: what is under way may still be written
    }
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
    this.#underway.add(batch);
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
        this.#underway.delete(batch);
        if (this.#hasLeft && !this.#underway.size && !this.#batch) {
          this.#hasLeft = false; // the page lives on, or what was left is written
          takeBehind(this.name, this.slot);
        }
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

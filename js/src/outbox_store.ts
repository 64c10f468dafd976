// IndexedDB behind the outbox: one slot for each page, with its producer, what it has not sent, and which numbers its rooms are
// at. What changes in one turn is written in one transaction. A connection that the browser has closed is opened again, and all
// is written anew. Where that fails too, writing is still tried, so that what stays there is as new as can be, but nobody waits
// for it. What is not written when the page ends goes to localStorage, which takes no time, and from there into the slot of
// whoever opens it next; that it was taken is written in the same transaction, so that it is taken once.
import {
  earlyKey,
  keysOf,
  type Left,
  leftAt,
  leftKey,
  publicationsOf,
  resultOf,
  type SavedPublication,
  storage,
  timeOf,
} from "./outbox_left.js";
import { randomId } from "./random_id.js";

const openMsMax = 5000;
const againMax = 4;
const againMsMin = 100; // doubles: all of it is one and a half second

/** In "slots", the user whom the server has named last. */
const userKey = "user";
const tables = ["slots", "publications", "rooms"];

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
  /** Other keys of "slots" and what they say from now on; undefined: nothing more. */
  readonly marks: Map<string, unknown>;
}

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

/** As openDatabase(), some times: while the browser deletes what there was, it opens nothing. */
async function openAgain(name: string): Promise<IDBDatabase> {
  for (let attempt = 0; ; ++attempt) {
    try {
      return await openDatabase(name);
    } catch (error) {
      if (attempt === againMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, againMsMin * 2 ** attempt));
    }
  }
}

/** The lock of this name, if nobody has it: what gives it back. */
function lock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const hold = (held: unknown) => (held ? new Promise<void>((release) => resolve(release)) : resolve(undefined));
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}

/**
 * Moves what other pages have left into this one's slot, as far as it was never sent: what may have been has a number of
 * its slot's producer, and waits for a page that takes that slot.
 */
async function adopt(database: IDBDatabase, name: string, slot: number, others: number[], store: Store): Promise<void> {
  const early = keysOf(earlyKey(name)).sort((a, b) => timeOf(a) - timeOf(b));
  const sources: [string, string, number?][] = [
    ...others.map((other): [string, string, number] => [`${name} ${other}`, leftKey(name, other), other]),
    ...early.map((key): [string, string] => [key, key]),
  ];
  for (const [lockName, key, other] of sources) {
    const release = other === slot ? undefined : await lock(lockName);
    if (!release) continue;
    try {
      const [found, { mark }] = await publicationsOf(database.transaction(tables), key, other);
      const unsent = found.filter(({ number }) => !number);
      if (unsent.length) {
        const transaction = database.transaction(tables, "readwrite", { durability: "strict" });
        const publications = transaction.objectStore("publications");
        for (const saved of unsent) {
          const own = store.adopted(saved);
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

/** A slot that no page has: one with unsent publications before an empty one, and that before a new one. */
async function takeSlot(database: IDBDatabase, name: string): Promise<{ slot: number; release: () => void; others: number[] }> {
  const view = database.transaction(tables);
  const [all, keys] = await Promise.all([
    resultOf(view.objectStore("slots").getAllKeys()),
    resultOf(view.objectStore("publications").getAllKeys()) as Promise<[number, number][]>,
  ]);
  const prefix = leftKey(name, 0).slice(0, -1);
  const left = keysOf(prefix).map((key) => Number(key.slice(prefix.length)));
  const unsent = new Set([...keys.map(([slot]) => slot), ...left]);
  const slots = [...new Set([...(all.filter((key) => typeof key === "number") as number[]), ...left])];
  slots.sort((a, b) => +unsent.has(b) - +unsent.has(a));
  for (let i = 0, next = Math.max(0, ...slots); ; ++i) {
    const slot = slots[i] ?? ++next;
    const release = await lock(`${name} ${slot}`);
    if (release) return { slot, release, others: [...unsent] };
  }
}

/** Opens the outbox of this name and takes a slot. Throws where that cannot be; `failed` is called once, where it fails later. */
export async function openStore(name: string, failed: (error: unknown) => void): Promise<Store> {
  const database = await openDatabase(name);
  let giveBack = () => {};
  try {
    const { slot, release, others } = await takeSlot(database, name);
    giveBack = release;
    const view = database.transaction(tables);
    const all = IDBKeyRange.bound([slot], [slot, []]);
    const slots = view.objectStore("slots");
    const [producer, user, keys, [publications, left], rooms] = await Promise.all([
      resultOf(slots.get(slot)) as Promise<string | undefined>,
      resultOf(slots.get(userKey)) as Promise<string | undefined>,
      resultOf(slots.getAllKeys()),
      publicationsOf(view, leftKey(name, slot), slot),
      resultOf(view.objectStore("rooms").getAll(all)) as Promise<SavedRoom[]>,
    ]);
    const store = new Store(database, name, slot, release, failed, publications, user);
    // Where nothing waits, a new producer spares the server the memory of an old one.
    if (producer && publications.length) store.goOn(producer, rooms);
    else store.renew([]);
    store.rewrite(left);
    const marks = new Set([userKey, ...[...keysOf(`${name} left `), ...keysOf(earlyKey(name))].map((key) => leftAt(key).mark)]);
    for (const key of keys) if (typeof key === "string" && !marks.has(key)) store.mark(key, undefined);
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
  /** What the slot should have. */
  readonly #kept: Map<number, SavedPublication>;
  #database: IDBDatabase;
  /** The connection was lost, and nothing has been written since. */
  #isLost = false;
  #isOpening = false;
  #isClosed = false;
  #connection = 1;

  constructor(
    database: IDBDatabase,
    readonly name: string,
    readonly slot: number,
    readonly release: () => void,
    readonly failed: (error: unknown) => void,
    /** What an earlier page left. */
    readonly publications: SavedPublication[],
    /** Whom the server has named last, to any page. */
    public user: string | undefined,
  ) {
    this.#lastId = Math.max(0, ...publications.map(({ id }) => id));
    this.#kept = new Map(publications.map((saved) => [saved.id, saved]));
    this.#database = this.#hear(database);
  }

  #hear(database: IDBDatabase): IDBDatabase {
    database.onclose = () => this.#lose("the database was closed");
    database.onversionchange = () => {
      database.close();
      this.#lose("the database is being removed");
    };
    return database;
  }

  /** The connection is of no use any more: another one, and everything anew. The second time in a row it is a failure. */
  #lose(error: unknown): void {
    if (this.#isOpening) return;
    if (this.#isLost || this.#hasFailed) return this.#fail(error);
    this.#isLost = this.#isOpening = true;
    this.#connection += 1; // what is still under way there counts no more
    this.#database.onclose = this.#database.onversionchange = null;
    this.#database.close();
    const again = (database: IDBDatabase) => {
      this.#isOpening = false;
      if (this.#isClosed) return database.close();
      this.#database = this.#hear(database);
      const batch = this.#open();
      batch.isRenewed = true;
      for (const roomId of this.rooms.keys()) batch.rooms.add(roomId);
      for (const { gone, marks } of this.#underway) {
        for (const id of gone) batch.gone.add(id);
        for (const [key, value] of marks) if (!batch.marks.has(key)) batch.marks.set(key, value);
      }
      for (const saved of this.#kept.values()) batch.written.set(saved.id, saved);
      if (this.user) batch.marks.set(userKey, this.user);
      batch.after.unshift(...this.#waiting.splice(0));
      this.#underway.clear();
      this.#write();
    };
    openAgain(this.name).then(again, (reason) => {
      this.#isOpening = false;
      this.#fail(reason);
    });
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
  rewrite({ mark, publications }: Left): void {
    this.#hasLeft = mark !== "";
    if (!publications.length) return;
    this.mark(mark, 1);
    for (const saved of publications) this.#open().written.set(saved.id, saved);
  }

  /** The server has named this page's user. */
  welcomed(userId: string): void {
    if (userId !== this.user) this.mark(userKey, (this.user = userId));
  }

  /** Says something beside the slots from now on; undefined: nothing more. */
  mark(key: string, value: unknown): void {
    this.#open().marks.set(key, value);
  }

  /** What another page left, as this page's. */
  adopted(publication: SavedPublication): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.publications.push(saved);
    this.#kept.set(saved.id, saved);
    return saved;
  }

  /** The page may end now: what is not written yet, and what was never handed over, goes where that takes no time. */
  leaveBehind(more: readonly Omit<SavedPublication, "id">[]): void {
    const rest = new Map<number, SavedPublication>();
    if (this.#isOpening || this.#hasFailed) for (const saved of this.#kept.values()) if (!saved.number) rest.set(saved.id, saved);
    for (const { written, gone } of [...this.#underway, ...(this.#batch ? [this.#batch] : [])]) {
      // A frame leaves when it is written; where storage has failed, at once.
      for (const [id, saved] of written) if (!this.#hasFailed || !saved.number) rest.set(id, saved);
      for (const id of gone) rest.delete(id);
    }
    let id = this.#lastId;
    const all = [...rest.values(), ...more.map((publication) => ({ ...publication, id: ++id }))];
    if (!all.length && !this.#hasLeft) return;
    try {
      const left: Left = { mark: randomId(), publications: all };
      localStorage.setItem(leftKey(this.name, this.slot), JSON.stringify(left));
      this.#hasLeft = true;
    } catch {
      // no storage here, or no place: what is under way may still be written
    }
  }

  add(publication: Omit<SavedPublication, "id">): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.#kept.set(saved.id, saved);
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
    this.#kept.delete(id);
  }

  close(): void {
    this.#write();
    this.#isClosed = this.#hasFailed = true; // what comes now is nobody's concern any more
    this.#database.onclose = null;
    this.#database.close();
    this.release();
  }

  #open(): Batch {
    if (!this.#batch) {
      this.#batch = { written: new Map(), gone: new Set(), rooms: new Set(), after: [], isRenewed: false, marks: new Map() };
      queueMicrotask(() => this.#write());
    }
    return this.#batch;
  }

  #write(): void {
    const batch = this.#batch;
    if (!batch || this.#isOpening) return;
    this.#batch = undefined;
    const { slot } = this;
    this.#waiting.push(...batch.after);
    this.#underway.add(batch);
    try {
      // What is sent next must outlive the machine; what is forgotten is only sent again in vain.
      const durability = batch.after.length ? "strict" : "relaxed";
      const connection = this.#connection;
      const transaction = this.#database.transaction(tables, "readwrite", { durability });
      const [slots, publications, rooms] = tables.map((table) => transaction.objectStore(table)) as [
        IDBObjectStore,
        IDBObjectStore,
        IDBObjectStore,
      ];
      if (batch.isRenewed) {
        rooms.delete(IDBKeyRange.bound([slot], [slot, []]));
        slots.put(this.producer, slot);
      }
      for (const [key, value] of batch.marks) value ? slots.put(value, key) : slots.delete(key);
      for (const roomId of this.#hasFailed ? this.rooms.keys() : batch.rooms) rooms.put(this.rooms.get(roomId), [slot, roomId]);
      for (const [id, saved] of batch.written) publications.put(saved, [slot, id]);
      for (const id of batch.gone) publications.delete([slot, id]);
      transaction.oncomplete = () => {
        if (connection !== this.#connection) return;
        this.#underway.delete(batch);
        this.#isLost = false;
        if (this.#hasLeft && !this.#underway.size && !this.#batch) {
          this.#hasLeft = false; // the page lives on, or what was left is written
          storage()?.removeItem(leftKey(this.name, this.slot));
        }
        for (const after of this.#waiting.splice(0, batch.after.length)) after();
      };
      transaction.onabort = () => connection === this.#connection && this.#lose(transaction.error);
    } catch (error) {
      this.#lose(error);
    }
  }

  #fail(error: unknown): void {
    this.#underway.clear();
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.failed(error);
    for (const after of this.#waiting.splice(0)) after();
  }
}

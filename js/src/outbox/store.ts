// IndexedDB behind the outbox: a slot with its producer, its unsent publications, and the newest number of each room.
// The changes of one turn are one transaction. A connection that the browser has closed is opened again, and everything
// is rewritten. If that fails several times in a row, writing is still tried, so that the database is as new as it
// can be, but nothing waits for it.
import { randomId } from "../util/random_id.js";
import { type Batch, emptyBatch } from "./batch.js";
import { openWithRetries, slotRange, tables, userKey } from "./database.js";
import { type Handover, handoverKey, storage } from "./handover.js";
import type { SavedPublication } from "./saved_publication.js";
import { unwritten } from "./unwritten.js";

const failuresMax = 4; // in a row
const pauseMs = 100; // longer by this with each

/** The newest number of a room's publications, and in which log. */
export interface SavedRoom {
  readonly roomId: string;
  readonly epoch: number;
  readonly numbered: number;
}

export class Store {
  producer = "";
  readonly rooms = new Map<string, SavedRoom>();
  #lastId: number;
  /** The batch of this turn. */
  #batch: Batch | undefined;
  /** Batches that are being written. */
  readonly #underway = new Set<Batch>();
  #hasHandover = false;
  #hasFailed = false;
  /** Callbacks of transactions that are being written, in order. */
  readonly #waiting: (() => void)[] = [];
  /** What the slot should contain. */
  readonly #contents: Map<number, SavedPublication>;
  #database: IDBDatabase;
  /** How often the connection was lost since something was written last. */
  #failures = 0;
  #isOpening = false;
  #isClosed = false;
  #connection = 1;

  constructor(
    database: IDBDatabase,
    readonly name: string,
    readonly slot: number,
    readonly release: () => void,
    readonly failed: (error: unknown) => void,
    /** The publications of earlier pages. */
    readonly publications: SavedPublication[],
    /** The user whom the server has named last, to any page. */
    public user: string | undefined,
  ) {
    this.#lastId = Math.max(0, ...publications.map(({ id }) => id));
    this.#contents = new Map(publications.map((saved) => [saved.id, saved]));
    this.#database = this.#watch(database);
  }

  #watch(database: IDBDatabase): IDBDatabase {
    database.onclose = () => this.#reconnect("the database was closed");
    database.onversionchange = () => {
      database.close();
      this.#reconnect("the database is being removed");
    };
    return database;
  }

  /**
   * The connection is lost: opens another one and writes everything again. A browser that wipes a site may close several
   * connections in a row, the last of them before it has deleted the database.
   */
  #reconnect(error: unknown): void {
    if (this.#isOpening) return;
    if (this.#failures === failuresMax || this.#hasFailed) return this.#fail(error);
    this.#isOpening = true;
    this.#connection += 1; // results of its transactions are ignored
    this.#database.onclose = this.#database.onversionchange = null;
    this.#database.close();
    const reopened = (database: IDBDatabase) => {
      this.#isOpening = false;
      if (this.#isClosed) return database.close();
      this.#database = this.#watch(database);
      const batch = this.#openBatch();
      batch.isRenewed = true;
      for (const roomId of this.rooms.keys()) batch.rooms.add(roomId);
      for (const { deleted, marks } of this.#underway) {
        for (const id of deleted) batch.deleted.add(id);
        for (const [key, value] of marks) if (!batch.marks.has(key)) batch.marks.set(key, value);
      }
      for (const saved of this.#contents.values()) batch.written.set(saved.id, saved);
      if (this.user) batch.marks.set(userKey, this.user);
      batch.after.unshift(...this.#waiting.splice(0));
      this.#underway.clear();
      this.#write();
    };
    const reopen = () =>
      openWithRetries(this.name).then(reopened, (reason) => {
        this.#isOpening = false;
        this.#fail(reason);
      });
    if (this.#failures) setTimeout(reopen, pauseMs * this.#failures);
    else reopen();
    this.#failures += 1;
  }

  /** Continues with the producer and the numbers of an earlier page. */
  continueAs(producer: string, rooms: SavedRoom[]): void {
    this.producer = producer;
    for (const room of rooms) this.rooms.set(room.roomId, room);
  }

  /** Begins with a new producer: no room has a number yet, nor have these publications. */
  replaceProducer(publications: SavedPublication[]): void {
    this.producer = randomId();
    this.rooms.clear();
    const batch = this.#openBatch();
    batch.isRenewed = true;
    batch.rooms.clear();
    for (const saved of publications) batch.written.set(saved.id, saved);
  }

  /** Writes what an earlier page has handed over; the handover is deleted when that is done. */
  importHandover({ mark, publications }: Handover): void {
    this.#hasHandover = mark !== "";
    if (!publications.length) return;
    this.setMark(mark, 1);
    for (const saved of publications) this.#openBatch().written.set(saved.id, saved);
  }

  /** The server has named this page's user. */
  setUser(userId: string): void {
    if (userId !== this.user) this.setMark(userKey, (this.user = userId));
  }

  /** Writes a further key of "slots"; undefined deletes it. */
  setMark(key: string, value: unknown): void {
    this.#openBatch().marks.set(key, value);
  }

  /** A publication of another page, as this page's. */
  adopt(publication: SavedPublication): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.publications.push(saved);
    this.#contents.set(saved.id, saved);
    return saved;
  }

  /** The page may end now: hands over unwritten publications, and `more`, which was never stored. */
  saveForNextPage(more: readonly Omit<SavedPublication, "id">[]): void {
    const rest = unwritten({
      contents: this.#contents.values(),
      batches: [...this.#underway, ...(this.#batch ? [this.#batch] : [])],
      isOpening: this.#isOpening,
      hasFailed: this.#hasFailed,
    });
    let id = this.#lastId;
    const all = [...rest, ...more.map((publication) => ({ ...publication, id: ++id }))];
    if (!all.length && !this.#hasHandover) return;
    try {
      const handover: Handover = { mark: randomId(), publications: all };
      localStorage.setItem(handoverKey(this.name, this.slot), JSON.stringify(handover));
      this.#hasHandover = true;
    } catch {
      // no storage, or no space: pending writes may still succeed
    }
  }

  /** Stores a publication. */
  add(publication: Omit<SavedPublication, "id">): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.#contents.set(saved.id, saved);
    this.#openBatch().written.set(saved.id, saved);
    return saved;
  }

  /** Writes that a publication has its number; calls `after` then, in the order of the calls. */
  put(saved: SavedPublication, after: () => void): void {
    const { roomId, number, epoch } = saved;
    const before = this.rooms.get(roomId);
    const numbered = Math.max(number, before?.epoch === epoch ? before.numbered : 0);
    this.rooms.set(roomId, { roomId, epoch, numbered });
    const batch = this.#openBatch();
    batch.rooms.add(roomId);
    batch.written.set(saved.id, saved);
    if (this.#hasFailed) after();
    else batch.after.push(after);
  }

  /** Deletes a publication, which is settled. */
  remove({ id }: SavedPublication): void {
    const batch = this.#openBatch();
    batch.written.delete(id);
    batch.deleted.add(id);
    this.#contents.delete(id);
  }

  close(): void {
    this.#write();
    this.#isClosed = this.#hasFailed = true; // later calls have no effect
    this.#database.onclose = null;
    this.#database.close();
    this.release();
  }

  #openBatch(): Batch {
    if (!this.#batch) {
      this.#batch = emptyBatch();
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
      // What is sent next must survive a power cut; a deletion that is lost costs only a duplicate.
      const durability = batch.after.length ? "strict" : "relaxed";
      const connection = this.#connection;
      const transaction = this.#database.transaction(tables, "readwrite", { durability });
      const [slots, publications, rooms] = tables.map((table) => transaction.objectStore(table)) as [
        IDBObjectStore,
        IDBObjectStore,
        IDBObjectStore,
      ];
      if (batch.isRenewed) {
        rooms.delete(slotRange(slot));
        slots.put(this.producer, slot);
      }
      for (const [key, value] of batch.marks) value ? slots.put(value, key) : slots.delete(key);
      for (const roomId of this.#hasFailed ? this.rooms.keys() : batch.rooms) rooms.put(this.rooms.get(roomId), [slot, roomId]);
      for (const [id, saved] of batch.written) publications.put(saved, [slot, id]);
      for (const id of batch.deleted) publications.delete([slot, id]);
      transaction.oncomplete = () => {
        if (connection !== this.#connection) return;
        this.#underway.delete(batch);
        this.#failures = 0;
        if (this.#hasHandover && !this.#underway.size && !this.#batch) {
          this.#hasHandover = false; // the page lives on, or the handover is written
          storage()?.removeItem(handoverKey(this.name, this.slot));
        }
        for (const after of this.#waiting.splice(0, batch.after.length)) after();
      };
      transaction.onabort = () => connection === this.#connection && this.#reconnect(transaction.error);
    } catch (error) {
      this.#reconnect(error);
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

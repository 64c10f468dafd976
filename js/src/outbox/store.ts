// The outbox in IndexedDB: a slot with its producer, its unsent publications, and the newest number of each room.
// The changes of one turn are a batch, and one transaction. A connection that the browser has closed is opened again, and
// the slot is rewritten. If that fails several times in a row, nothing waits for the database any more: a batch rewrites
// the slot if it still can.
import { Limit } from "../generated/tables.js";
import { randomId } from "../util/random_id.js";
import { type Batch, emptyBatch } from "./batch.js";
import { openWithRetries, slotRange, tables, userKey } from "./database.js";
import { settledKey, settledKeys, storage } from "./handover.js";
import type { SavedPublication } from "./saved_publication.js";
import { handoverKey } from "./staged_publications.js";
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
  /** Up to this one, publications are those of earlier pages. */
  #lastOfOthers = 0;
  /** The batch that is being filled. */
  #batch: Batch | undefined;
  /** Batches that are being written, in order. */
  readonly #underway = new Set<Batch>();
  /** The entry of what this page has handed over. */
  #handover: string | undefined;
  #hasFailed = false;
  /** Up to this one, the database may have publications that are settled. */
  #lastStored: number;
  /** localStorage has keys of such. */
  #hasSettled = false;
  /** The producer is one that no later page continues: numbers need not be written. */
  #isUnshared = false;
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
    readonly page: string,
    readonly release: () => void,
    readonly failed: (error: unknown) => void,
    /** The publications of earlier pages. */
    readonly publications: SavedPublication[],
    /** The user whom the server has named last, to any page. */
    public user: string | undefined,
  ) {
    this.#lastOfOthers = this.#lastStored = this.#lastId = Math.max(0, ...publications.map(({ id }) => id));
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
    if (this.#failures === failuresMax || this.#hasFailed) return this.#giveUp(error);
    this.#isOpening = true;
    this.#connection += 1; // results of its transactions are ignored
    this.#database.onclose = this.#database.onversionchange = null;
    this.#database.close();
    const reopened = (database: IDBDatabase) => {
      this.#isOpening = false;
      if (this.#isClosed) return database.close();
      this.#database = this.#watch(database);
      const batches = this.#takeBatches();
      const batch = this.#openBatch();
      batch.isWhole = true;
      for (const { written, deleted, marks, after } of batches) {
        for (const [id, saved] of written) if (this.#contents.has(id)) batch.written.set(id, saved);
        for (const [id, key] of deleted) batch.deleted.set(id, key);
        for (const [key, value] of marks) batch.marks.set(key, value);
        batch.after.push(...after);
      }
      this.#write();
    };
    const reopen = () =>
      openWithRetries(this.name).then(reopened, (reason) => {
        this.#isOpening = false;
        this.#giveUp(reason);
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

  /** Begins with a new producer: no room has a number yet, and no publication. */
  replaceProducer(): void {
    this.producer = randomId();
    this.rooms.clear();
    this.#isUnshared = this.#hasFailed;
    this.#openBatch().isWhole = true;
  }

  /** The server has named this page's user. */
  setUser(userId: string): void {
    if (userId !== this.user) this.setMark(userKey, (this.user = userId));
  }

  /** Writes a further key of "slots"; undefined deletes it. */
  setMark(key: string, value: unknown): void {
    this.#openBatch().marks.set(key, value);
  }

  /** A publication of another page, with an id of this page. */
  asOwn(publication: SavedPublication): SavedPublication {
    this.#lastOfOthers = ++this.#lastId;
    return { ...publication, id: this.#lastId };
  }

  /** Removes what an earlier page has settled and could not delete, by these keys. */
  removeSettled(keys: ReadonlySet<string>): void {
    this.#hasSettled = keys.size > 0;
    const publications = this.publications.splice(0);
    for (const saved of publications)
      if (keys.has(saved.key)) this.remove(saved);
      else this.publications.push(saved);
  }

  /** What asOwn() returned is in the database. */
  adopt(publications: readonly SavedPublication[]): void {
    this.#lastStored = this.#lastId;
    this.publications.push(...publications);
    for (const saved of publications) this.#contents.set(saved.id, saved);
  }

  /**
   * Called when the page may end now: hands over unwritten publications, and `more`, which was never stored. Returns the
   * function that cancels the handover, for a page that does not end.
   */
  saveForNextPage(more: readonly Omit<SavedPublication, "id">[]): () => void {
    this.#keepDeleted();
    const rest = unwritten({
      contents: this.#contents.values(),
      batches: this.#batches,
      isOpening: this.#isOpening,
      hasFailed: this.#hasFailed,
    });
    const takeBack = () => {
      if (this.#handover) storage()?.removeItem(this.#handover);
      this.#handover = undefined;
    };
    takeBack();
    if (!rest.length && !more.length) return takeBack;
    const entry = handoverKey(this.name, this.page);
    try {
      localStorage.setItem(entry, JSON.stringify([...rest, ...more]));
      this.#handover = entry;
    } catch {
      // no storage, or no space: pending writes may still succeed
    }
    return takeBack;
  }

  /** Stores a publication. */
  add(publication: Omit<SavedPublication, "id">): SavedPublication {
    const saved = { ...publication, id: ++this.#lastId };
    this.#contents.set(saved.id, saved);
    this.rewrite(saved);
    return saved;
  }

  /** Stores what has changed of a publication. */
  rewrite(saved: SavedPublication): void {
    this.#openBatch().written.set(saved.id, saved);
  }

  /**
   * Writes that a publication has its number; calls `after` then, in the order of the calls, or with false if it is
   * given up: then a later page may use the number again.
   */
  put(saved: SavedPublication, after: (isWritten: boolean) => void): void {
    const { roomId, number, epoch } = saved;
    const before = this.rooms.get(roomId);
    const numbered = Math.max(number, before?.epoch === epoch ? before.numbered : 0);
    this.rooms.set(roomId, { roomId, epoch, numbered });
    const batch = this.#openBatch();
    batch.rooms.add(roomId);
    batch.written.set(saved.id, saved);
    if (!this.#hasFailed) return void batch.after.push(after);
    if (this.#isUnshared) this.#keepSettled([[saved.id, saved.key]]); // it leaves now: no later page may send it again
    after(this.#isUnshared);
  }

  /** The number of this publication was not used. */
  unnumber({ roomId, number }: SavedPublication): void {
    const room = this.rooms.get(roomId);
    if (room) this.rooms.set(roomId, { ...room, numbered: Math.min(room.numbered, number - 1) });
  }

  /** Deletes a publication, which is settled. */
  remove({ id, key }: SavedPublication): void {
    const batch = this.#openBatch();
    // It may be in a handover: of the page that left it, or of this one.
    if (this.#handover || id <= this.#lastOfOthers) batch.marks.set(key, Date.now());
    batch.written.delete(id);
    batch.deleted.set(id, key);
    this.#contents.delete(id);
    if (this.#hasFailed) this.#keepSettled([[id, key]]);
  }

  /** What is still to be deleted may never be. */
  #keepDeleted(): void {
    for (const { deleted } of this.#batches) this.#keepSettled(deleted);
  }

  /** These are settled, by id and key, and the database may have them until something is written to it. */
  #keepSettled(deleted: Iterable<[number, string]>): void {
    // Where a transaction is under way, what it stores is not known yet.
    const stored = [...deleted].filter(([id]) => id <= this.#lastStored || this.#underway.size);
    if (!stored[0]) return;
    try {
      const keys = settledKeys(this.name, this.slot);
      for (const [, key] of stored) keys.add(key);
      const newest = [...keys].slice(-Limit.pendingMax); // the database has no more
      localStorage.setItem(settledKey(this.name, this.slot), JSON.stringify(newest));
      this.#hasSettled = true;
    } catch {
      // no storage, or no space
    }
  }

  /** `isOpen`: whether what is to be written still is. */
  close(isOpen = true): void {
    this.#keepDeleted();
    if (isOpen) this.#write();
    this.#batch = undefined;
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
    const lastId = this.#lastId;
    if (!this.#hasFailed) this.#lastStored = lastId;
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
      const isWhole = batch.isWhole || this.#hasFailed;
      if (isWhole) {
        if (this.#isUnshared) slots.delete(slot);
        else slots.put(this.producer, slot);
        if (this.user) slots.put(this.user, userKey);
        rooms.delete(slotRange(slot));
        publications.delete(slotRange(slot));
      }
      for (const [key, value] of batch.marks) value ? slots.put(value, key) : slots.delete(key);
      for (const roomId of isWhole ? this.rooms.keys() : batch.rooms) rooms.put(this.rooms.get(roomId), [slot, roomId]);
      for (const [id, saved] of isWhole ? this.#contents : batch.written) publications.put(saved, [slot, id]);
      for (const id of batch.deleted.keys()) publications.delete([slot, id]);
      transaction.oncomplete = () => {
        if (connection !== this.#connection) return;
        this.#underway.delete(batch);
        this.#failures = 0;
        if (isWhole) this.#lastStored = Math.max(this.#lastStored, lastId); // later batches may be under way
        if (this.#hasSettled && !this.#underway.size && !this.#batch && !this.#isClosed) {
          this.#hasSettled = false;
          storage()?.removeItem(settledKey(this.name, this.slot));
        }
        for (const after of batch.after) after(true);
      };
      transaction.onabort = () => connection === this.#connection && this.#reconnect(transaction.error);
    } catch (error) {
      this.#reconnect(error);
    }
  }

  /** All that are not written, in order. */
  get #batches(): Batch[] {
    return [...this.#underway, ...(this.#batch ? [this.#batch] : [])];
  }

  /** As #batches, of which there are none afterwards. */
  #takeBatches(): Batch[] {
    const batches = this.#batches;
    this.#underway.clear();
    this.#batch = undefined;
    return batches;
  }

  #giveUp(error: unknown): void {
    this.#connection += 1; // results of its transactions are ignored
    this.#keepDeleted();
    const batches = this.#takeBatches();
    if (!this.#hasFailed) this.failed(error);
    this.#hasFailed = true;
    for (const { after } of batches) for (const each of after) each(false);
  }
}

// The outbox in IndexedDB, a file of its own that is loaded when it is asked for. Each page has a slot, under a Web Lock, with a
// producer of its own; a publication is written before its frame leaves, so that after a reload it is sent with the same number.
// Where storage fails, everything goes on in memory.
import { Call } from "./calls.js";
import type { Core } from "./core.js";
import type { Driver } from "./driver.js";
import type { makeError as MakeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";
import type { SavedPublication } from "./outbox_left.js";
import { openStore, type Store } from "./outbox_store.js";
import type { Publication } from "./pending.js";
import type { OutboxOptions } from "./types.js";

const weekMs = 7 * 24 * 60 * 60 * 1000;

/** Opens the outbox `name`. Throws where it cannot be; `unavailable` is called where it fails later. */
export async function openOutbox(
  driver: Driver,
  options: Partial<OutboxOptions>,
  name: string,
  makeError: typeof MakeError,
  unavailable: (error: unknown) => void,
): Promise<Outbox> {
  // With the validator's file, so that what is triggered once the network is gone can be checked and written.
  const [store] = await Promise.all([openStore(name, unavailable), import("./validator.js").catch(() => {})]);
  driver.pendingMax = Math.min(driver.pendingMax, options.maxEvents ?? driver.pendingMax);
  driver.pendingBytesMax = options.maxBytes ?? driver.pendingBytesMax;
  return new Outbox(driver, store, options.maxAge ?? weekMs, makeError);
}

export class Outbox {
  /** By ticket: publications of this page, and those of an earlier one once they are handed to the core. */
  readonly #saved = new Map<number, SavedPublication>();
  /** What an earlier page left, until the server has said who this is. */
  #left: SavedPublication[];
  #core: Core | undefined;
  #generation = 0;

  constructor(
    readonly driver: Driver,
    readonly store: Store,
    readonly maxAge: number,
    readonly makeError: typeof MakeError,
  ) {
    // In the order in which they were sent, and then in which they were triggered.
    this.#left = store.publications.sort((a, b) => (a.number || Infinity) - (b.number || Infinity) || a.id - b.id);
  }

  /** Before the connection is opened: goes on with the numbers of the earlier page. */
  begin(core: Core): void {
    this.#core = core;
    this.driver.resume = this.#left.find(({ resume }) => resume)?.resume;
    for (const { roomId, epoch, numbered } of this.store.rooms.values())
      core.wasm[Call.restore_numbers](this.driver.rooms.known(roomId).handle, epoch, numbered);
    for (const left of this.#left) this.driver.countPending(1, left.bytes);
  }

  /** The id for HELLO. Another generation is another producer, whose numbers begin anew. */
  producer(generation: number): string {
    if (generation !== this.#generation) {
      this.#generation = generation;
      for (const saved of this.#saved.values()) saved.number = 0;
      this.store.renew([...this.#saved.values()]);
    }
    return this.store.producer;
  }

  /** WELCOME: what an earlier page left goes to the core, unless it is too old or somebody else's. */
  welcome(userId: string): void {
    const { driver, store } = this;
    const core = this.#core!;
    const oldest = Date.now() - this.maxAge;
    for (const [ticket, { time, number }] of this.#saved)
      if (time < oldest && !number) driver.abort(ticket, this.makeError(ErrorCode.connection_lost));
    for (const left of this.#left.splice(0)) {
      driver.countPending(-1, -left.bytes);
      const event = core.eventNumber(left.event, false);
      if (core.isVolatile(event)) {
        store.forget(left); // its page did not know yet that it is worth nothing later
        continue;
      }
      const room = store.rooms.get(left.roomId);
      // Where its page has not heard who it was, it was whoever had been here last.
      const owner = left.userId ?? store.user ?? userId;
      const code =
        owner !== userId && !(isGuest(owner) && isGuest(userId))
          ? ErrorCode.forbidden
          : left.time < oldest
            ? ErrorCode.connection_lost
            : left.number && left.epoch !== room?.epoch
              ? ErrorCode.outcome_unknown
              : ErrorCode.ok;
      const tell = (error: { message: string; code: string }) => this.#tell(left, error);
      if (code) {
        store.forget(left);
        tell(this.makeError(code));
        continue;
      }
      const { handle } = driver.rooms.known(left.roomId);
      const ticket = core.wasm[Call.restore](handle, event, left.number, left.userId === userId ? left.time : 0);
      this.#saved.set(ticket >>> 0, left);
      driver.request(ticket, left).catch(tell);
    }
    store.welcomed(userId);
  }

  /** A publication that the core has just taken. */
  keep(ticket: number, publication: Publication): void {
    if (publication.isVolatile || this.#saved.has(ticket)) return;
    const { roomId, event, json, bytes } = publication;
    const saved = { roomId, event, json, bytes, number: 0, epoch: 0, time: Date.now(), userId: this.driver.userId };
    this.#saved.set(ticket, this.store.add(saved));
  }

  /** A publication is to be sent: `send` is called when it is written. */
  leave(ticket: number, number: number, epoch: number, send: () => void): void {
    const saved = this.#saved.get(ticket);
    if (!saved) return send(); // a volatile event
    saved.number = number;
    saved.epoch = epoch;
    saved.userId = this.driver.userId;
    saved.resume = this.driver.resume;
    this.store.put(saved, send);
  }

  /** What an earlier page left, and nobody has taken yet. */
  get left(): readonly Publication[] {
    return this.#left;
  }

  /** The page may end now: `early` are publications that the core does not have yet. */
  leaveBehind(early: Iterable<Publication>): void {
    const { userId } = this.driver;
    const time = Date.now();
    this.store.leaveBehind(Array.from(early, (publication) => ({ ...publication, number: 0, epoch: 0, time, userId })));
  }

  /** A publication is settled. */
  forget(ticket: number): void {
    const saved = this.#saved.get(ticket);
    if (saved) this.store.forget(saved);
    this.#saved.delete(ticket);
  }

  /** The page needs its slot no more. */
  close(): void {
    this.store.close();
  }

  /** Nobody waits for what an earlier page triggered: it is told with all that the application needs to do something about it. */
  #tell({ roomId, event, json }: SavedPublication, error: object): void {
    const unsent = { roomId, event, data: JSON.parse(json) };
    this.driver.report(Object.assign(error, { roomId, unsent }) as any);
  }
}

/** The server names those who do not say who they are anew at each connection. */
const isGuest = (userId?: string) => userId?.startsWith("guest-");

// The outbox in IndexedDB, in a separate file that is loaded when the option requires it. Each page has a slot, under a
// Web Lock, with its own producer. A publication is written before its frame is sent, so that after a reload it is sent
// with the same number. If storage fails, the outbox continues in memory.
import type { OutboxOptions } from "../api/options.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import type { makeError as MakeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { namedBy, type Publication, unsentOf } from "../publications/publication.js";
import { byAge, inheritedVerdict } from "./inherited_verdict.js";
import { openStore } from "./open_store.js";
import type { OutboxHost } from "./outbox_host.js";
import type { SavedPublication } from "./saved_publication.js";
import type { Store } from "./store.js";

const weekMs = 7 * 24 * 60 * 60 * 1000;

/** Opens the outbox `name` for `page`. Throws if it cannot; `unavailable` is called if it fails later. */
export async function open(
  host: OutboxHost,
  options: Partial<OutboxOptions>,
  name: string,
  page: string,
  makeError: typeof MakeError,
  unavailable: (error: unknown) => void,
): Promise<PersistentOutbox> {
  // With the validator's file, so that events triggered offline can be validated and written, and refusals have names.
  const validator = import("../validator/validator.js").then(({ verdictTable }) => (makeError.verdicts = verdictTable));
  const [store] = await Promise.all([openStore(name, page, host.staged.keys(), unavailable), validator.catch(() => {})]);
  host.pendingMax = Math.min(host.pendingMax, options.maxEvents ?? host.pendingMax);
  host.pendingBytesMax = options.maxBytes ?? host.pendingBytesMax;
  return new PersistentOutbox(host, store, options.maxAge ?? weekMs, makeError);
}

export class PersistentOutbox {
  /** By ticket: publications of this page, and those of earlier pages once the core has them. */
  readonly #saved = new Map<number, SavedPublication>();
  /** Publications of earlier pages, until the server has named the user. */
  readonly #inherited: SavedPublication[];
  /** Publications whose number is written, or was: their frames may have been sent. */
  readonly #sent = new WeakSet<SavedPublication>();
  #core: Core | undefined;
  #generation = 0;

  constructor(
    readonly host: OutboxHost,
    readonly store: Store,
    readonly maxAge: number,
    readonly makeError: typeof MakeError,
  ) {
    this.#inherited = store.publications.sort(byAge);
  }

  /** Before the connection is opened: continues with the numbers of the earlier page. */
  restoreNumbers(core: Core): void {
    this.#core = core;
    this.host.resume ??= this.#inherited.find(({ resume }) => resume)?.resume;
    for (const { roomId, epoch, numbered } of this.store.rooms.values())
      core.wasm[Call.restore_numbers](this.host.rooms.register(roomId).handle, epoch, numbered);
    for (const { bytes } of this.#inherited) this.host.countPending(1, bytes);
  }

  /** The id for HELLO. Another generation is another producer, whose numbers start again. */
  producerId(generation: number): string {
    if (generation !== this.#generation) {
      this.#generation = generation;
      for (const saved of this.#saved.values()) {
        saved.number = 0;
        this.#sent.delete(saved);
      }
      this.store.replaceProducer();
    }
    return this.store.producer;
  }

  /** WELCOME has named the user: inherited publications go to the core, or fail with an error. */
  sendInherited(userId: string): void {
    const { host, store } = this;
    const core = this.#core!;
    const oldest = Date.now() - this.maxAge;
    for (const [ticket, { time, number }] of this.#saved)
      if (time < oldest && !number) host.abort(ticket, this.makeError(ErrorCode.connection_lost));
    for (const saved of this.#inherited.splice(0)) {
      host.countPending(-1, -saved.bytes);
      const event = core.eventNumber(saved.event, false);
      if (core.isVolatile(event)) {
        store.remove(saved); // its page did not know yet that it is worthless later
        continue;
      }
      const { epoch } = store.rooms.get(saved.roomId) ?? {};
      const code = inheritedVerdict(saved, { userId, named: namedBy(host.options.auth), lastUser: store.user, oldest, epoch });
      const report = (error: { message: string; code: string }) => this.#report(saved, error);
      if (code) {
        store.remove(saved);
        report(this.makeError(code));
        continue;
      }
      const { handle } = host.rooms.register(saved.roomId);
      const restore = () => {
        const ticket = core.wasm[Call.restore](handle, event, saved.number, saved.userId === userId ? saved.time : 0);
        this.#saved.set(ticket >>> 0, saved);
        return ticket;
      };
      if (saved.number) this.#sent.add(saved);
      host.request(core, restore, saved).then((receipt) => host.settled(saved, receipt as object), report);
    }
    store.setUser(userId);
    for (const saved of this.#saved.values()) {
      if (saved.userId) continue;
      saved.userId = userId;
      store.rewrite(saved);
    }
  }

  /** Stores a publication that the core has just accepted. */
  add(ticket: number, publication: Publication): void {
    if (publication.isVolatile || this.#saved.has(ticket)) return;
    const { key, time, roomId, event, json, bytes, deletes, named, userId = this.host.userId } = publication;
    const saved = { key, time, roomId, event, json, bytes, deletes, named, number: 0, epoch: 0, userId };
    this.#saved.set(ticket, this.store.add(saved));
  }

  /** Writes the number that a publication has received, then calls `send`. If that fails, the core must not use the number. */
  persistThenSend(ticket: number, number: number, epoch: number, send: () => void): void {
    const saved = this.#saved.get(ticket);
    if (!saved) return send(); // a volatile event
    if (number !== saved.number) saved.userId = this.host.userId; // it keeps the user whom it is sent for first
    saved.number = number;
    saved.epoch = epoch;
    saved.resume = this.host.resume;
    const { producer } = this.store;
    this.store.put(saved, (isWritten) => {
      const isOver = this.#saved.get(ticket) !== saved || saved.number !== number || this.store.producer !== producer;
      if (isWritten && !isOver) this.#sent.add(saved);
      if (isWritten || this.#sent.has(saved)) return send();
      if (isOver) return; // settled, or numbered afresh
      this.store.unnumber(saved);
      saved.number = 0;
      this.host.withCore(({ wasm }) => wasm[Call.unwritten](ticket, Date.now()));
    });
  }

  /** Publications of earlier pages that are not sent yet. */
  get inherited(): readonly Publication[] {
    return this.#inherited;
  }

  /**
   * Called when the page may end now: hands unwritten publications over to the next page, also `staged`, which the core does
   * not have yet. Returns the function that cancels this, if this page does not end.
   */
  saveForNextPage(staged: Iterable<Publication>): () => void {
    const { userId } = this.host;
    return this.store.saveForNextPage(
      Array.from(staged, (publication) => ({ ...publication, number: 0, epoch: 0, userId: publication.userId ?? userId })),
    );
  }

  /** Deletes a publication, which is settled. */
  remove(ticket: number): void {
    const saved = this.#saved.get(ticket);
    if (saved) this.store.remove(saved);
    this.#saved.delete(ticket);
  }

  /** Gives the slot back, with what no server has seen. */
  close(): void {
    for (const { bytes } of this.#core ? this.#inherited.splice(0) : []) this.host.countPending(-1, -bytes);
    this.#saved.clear();
    this.store.close();
  }

  /** No promise waits for what an earlier page triggered: the error carries the event. */
  #report(saved: SavedPublication, error: object): void {
    this.host.settled(saved, { error });
    this.host.report(Object.assign(error, { roomId: saved.roomId, unsent: unsentOf(saved) }) as any);
  }
}

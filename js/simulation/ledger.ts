// What a world has seen, and the promises that it holds against: it predicts nothing, it rejects what must not happen.
//
//   - Each promise settles, once the network and the server work again.
//   - An acknowledged event is in the log once, where the answer said, from the user who triggered it. One that was refused
//     is not in it, and none is in it twice. What a page with an outbox leaves behind, a later page sends or refuses.
//   - A member receives each event once and in order, and is told of none that is missing while the log has it.
//   - A history is what the log has.
//   - Neither end finds fault with what the other one made by itself (frames.ts).
//   - No publication is repeated before it was answered.
import type { DialogueError, Message, Position, Receipt } from "../src/index.js";

/** An event that a page has triggered. */
export interface Triggered {
  readonly id: number;
  readonly room: string;
  /** Who may be its sender. */
  readonly users: ReadonlySet<string>;
  readonly page: string;
  readonly atMs: number;
  /** It waits for the end of a membership, and is only in memory. */
  readonly isStaged: boolean;
  /** What `settled` calls it. */
  key?: string | undefined;
  receipt?: Receipt;
  /** The code or name of the error, and when it was refused. */
  refusal?: string;
  refusedMs?: number;
  /** A connection that had carried it was lost, or its membership: nobody can know what came of it. */
  isDoubtful?: boolean;
}

/** How a page has ended. */
export interface PageEnd {
  readonly atMs: number;
  /** Of what it had triggered before, and had not settled, nothing may be lost. */
  readonly safeUntilMs: number;
  /** Nor what was only in memory. */
  readonly isHandedOver: boolean;
  /** What it had refused until then is deleted. */
  readonly deletedUntilMs: number;
}

/** An event of the server's log. */
export interface Logged {
  readonly seq: number;
  readonly from: string;
  readonly data: { readonly id: number };
}

/** What waits, and for what it does. */
interface Promised {
  readonly page: string;
  readonly what: string;
}

/** Errors about what the client itself made: an application cannot cause them. */
export const ownFaults: ReadonlySet<string> = new Set([
  "frame_malformed",
  "frame_unknown",
  "frame_too_large",
  "hello_required",
  "hello_repeated",
  "request_invalid",
  "room_not_joined",
  "event_unknown",
  "producer_conflict",
  "producer_hole",
  "binary_unsupported",
  "credit_invalid",
  "internal",
]);
/** After these the event may be in the log or not. */
const undecided = new Set(["outcome_unknown", "AbortError"]);

export class Ledger {
  readonly triggered = new Map<number, Triggered>();
  readonly waiting = new Set<Promised>();
  readonly #ends = new Map<string, PageEnd>();
  readonly #byKey = new Map<string, Triggered>();
  /** What pages have read of rooms' histories: the events by their sequence. */
  readonly #read = new Map<string, Map<number, number>>();
  /** The first fault. */
  violation: string | undefined;
  acknowledged = 0;
  delivered = 0;

  constructor(
    readonly nowMs: () => number,
    /** Says what has settled. */
    readonly note: (line: string) => void,
  ) {}

  violate(what: string): void {
    this.violation ??= what;
  }

  /** Follows a promise until it settles; `settled` gets its error or undefined, and its value. */
  follow<T>(page: string, what: string, promise: Promise<T>, settled?: (error: any, value?: T) => void): void {
    const promised = { page, what };
    this.waiting.add(promised);
    promise.then(
      (value) => {
        this.waiting.delete(promised);
        settled?.(undefined, value);
      },
      (error) => {
        this.waiting.delete(promised);
        this.note(`${page}: ${what}: ${error.code} ${error.message}`);
        this.sawError(`${page}: ${what}`, error);
        settled?.(error);
      },
    );
  }

  /** An error that an application got. */
  sawError(where: string, error: DialogueError): void {
    const { code, name } = error;
    if (name !== "DialogueError" && name !== "AbortError") this.violate(`${where}: ${error.stack ?? error}`);
    else if (ownFaults.has(code)) this.violate(`${where}: ${code}: ${error.message}`);
  }

  /** The page ends: its promises never settle. */
  ended(page: string, end: PageEnd): void {
    this.#ends.set(page, end);
    for (const promised of [...this.waiting]) if (promised.page === page) this.waiting.delete(promised);
  }

  trigger(event: Triggered, publishing: Promise<Receipt>): void {
    this.triggered.set(event.id, event);
    this.follow(event.page, `trigger ${event.id} in ${event.room}`, publishing, (error, receipt) => {
      this.#settle(event, error, receipt);
      if (event.refusal === "outcome_unknown" && !event.isDoubtful)
        this.violate(`event ${event.id} in ${event.room}: its outcome is unknown, though no connection was lost`);
    });
  }

  /** What the client calls an event. */
  named(id: number, key: string | undefined): void {
    const event = this.triggered.get(id)!;
    event.key = key;
    if (key) this.#byKey.set(key, event);
  }

  /** A page has told what came of an event, which may be that of an earlier one. */
  settled(page: string, key: string, error: DialogueError | undefined, receipt: Receipt): void {
    const event = this.#byKey.get(key);
    if (!event) return; // it was refused at once
    if (event.page !== page && !this.#ends.has(event.page)) event.isDoubtful = true; // taken from a page that is kept
    if (event.page !== page) this.#settle(event, error, receipt);
  }

  #settle(event: Triggered, error: any, receipt: Receipt | undefined): void {
    if (error) {
      event.refusal = error.name === "DialogueError" ? error.code : error.name;
      event.refusedMs = this.nowMs();
      return;
    }
    if (event.receipt && event.receipt.seq !== receipt!.seq)
      this.violate(`event ${event.id} was acknowledged as ${event.receipt.seq} and as ${receipt!.seq}`);
    event.receipt = receipt!;
    this.acknowledged += 1;
  }

  /** Whether there are events of ended pages of which nobody has heard since. */
  get hasLeftovers(): boolean {
    return [...this.triggered.values()].some(({ page, receipt, refusal }) => !receipt && !refusal && this.#ends.has(page));
  }

  /** A connection that has carried these events is lost. */
  lost(events: Iterable<number>): void {
    for (const id of events) this.triggered.get(id)!.isDoubtful = true;
  }

  /** Nobody knows what comes of what a page has triggered, in a room or in all. */
  doubt(page: string, room?: string): void {
    for (const event of this.triggered.values())
      if (event.page === page && (!room || event.room === room)) event.isDoubtful = true;
  }

  /** The page gives up what it has triggered; its end may be sooner than the rejections. */
  givenUp(page: string): void {
    for (const event of this.triggered.values())
      if (event.page === page && !event.receipt && !event.refusal)
        Object.assign(event, { refusal: "AbortError", refusedMs: this.nowMs() });
  }

  /** An event of the room's history, as a page has read it. */
  read(room: string, seq: number, id: number): void {
    const read = this.#read.get(room) ?? new Map();
    if (read.has(seq) && read.get(seq) !== id) this.violate(`two histories of ${room} differ at ${seq}`);
    this.#read.set(room, read.set(seq, id));
  }

  /** Compares what was triggered and read in a room with its log, whole and in order. */
  checkLog(room: string, log: readonly Logged[]): void {
    const found = new Map<number, Logged>();
    for (const logged of log) {
      const { id } = logged.data;
      const read = this.#read.get(room)?.get(logged.seq);
      if (read !== undefined && read !== id)
        this.violate(`the history of ${room} had ${read} at ${logged.seq}, the log has ${id}`);
      if (!id) continue; // the server's own
      const event = this.triggered.get(id);
      if (found.has(id)) this.violate(`event ${id} is in the log of ${room} twice: ${found.get(id)!.seq} and ${logged.seq}`);
      found.set(id, logged);
      if (!event || event.room !== room) this.violate(`nobody has triggered event ${id} in ${room}`);
      else if (!event.users.has(logged.from))
        this.violate(`event ${id} of ${[...event.users].join(" or ")} is in the log as one of ${logged.from}`);
    }
    for (const event of this.triggered.values()) if (event.room === room) this.#checkEvent(event, found.get(event.id)?.seq);
  }

  /** `seq`: where the log has it. */
  #checkEvent({ id, page, atMs, isStaged, receipt, refusal, refusedMs }: Triggered, seq: number | undefined): void {
    const end = this.#ends.get(page);
    if (receipt && receipt.seq !== seq)
      this.violate(`event ${id} was acknowledged as ${receipt.seq}, and is in the log as ${seq}`);
    if (refusal && seq && !undecided.has(refusal) && !(end && refusedMs! > end.deletedUntilMs))
      this.violate(`event ${id} was refused (${refusal}), and is in the log as ${seq}`);
    if (!receipt && !refusal && !seq && end && atMs <= end.safeUntilMs && (end.isHandedOver || !isStaged))
      this.violate(`event ${id} of ${page} was neither sent nor refused by a later page`);
  }
}

/** What one member has received of a room. */
export class Reader {
  /** The newest event of the stretch; undefined where it has none yet. */
  #at: Position | undefined;
  readonly #ledger: Ledger;
  readonly #who: string;

  constructor(ledger: Ledger, who: string) {
    this.#ledger = ledger;
    this.#who = who;
  }

  /** The next stretch begins behind this place. */
  begin(at: Position): void {
    this.#at = at.epoch ? at : undefined;
  }

  received({ epoch, seq }: Message): void {
    const at = this.#at;
    this.#ledger.delivered += 1;
    if (at && epoch !== at.epoch) this.#ledger.violate(`${this.#who}: ${seq} is of another log`);
    else if (at && seq !== at.seq + 1) this.#ledger.violate(`${this.#who}: ${seq} follows ${at.seq}`);
    this.#at = { epoch, seq };
  }

  /** All is read up to here. */
  finish(head: number): void {
    if (this.#at && this.#at.seq !== head) this.#ledger.violate(`${this.#who}: it has read up to ${this.#at.seq} of ${head}`);
  }
}

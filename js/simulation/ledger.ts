// What a world has seen, and the promises that it holds against: it predicts nothing, it rejects what must not happen.
//
//   - Each promise settles, once the network and the server work again.
//   - An acknowledged event is in the log once, where the answer said, from the user who triggered it. One that was refused
//     is not in it, and none is in it twice.
//   - A member receives each event once and in order, and is told of none that is missing while the log has it.
//   - The server refuses nothing that the client made by itself.
//   - No frame is repeated within a round trip.
import type { DialogueError, Message, Position, Receipt } from "../src/index.js";

/** An event that a page has triggered. */
export interface Triggered {
  readonly id: number;
  readonly room: string;
  /** Who may be its sender. */
  readonly users: ReadonlySet<string>;
  readonly page: string;
  /** How often its page had lost a connection when it was triggered. */
  readonly losses: number;
  receipt?: Receipt;
  /** The code or name of the error. */
  refusal?: string;
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
const ownFaults = new Set(
  "frame_malformed frame_unknown frame_too_large hello_required hello_repeated request_invalid room_not_joined event_unknown"
    .split(" ")
    .concat("producer_conflict producer_hole binary_unsupported credit_invalid internal"),
);
/** After these the event may be in the log or not. */
const undecided = new Set(["outcome_unknown", "AbortError"]);

/** A fault, as run() reports it. */
export class Violation extends Error {}

export class Ledger {
  readonly triggered = new Map<number, Triggered>();
  readonly waiting = new Set<Promised>();
  /** Pages that have ended: what they refused may still be in their outbox, if they had no time to delete it. */
  readonly #gone = new Set<string>();
  /** The first fault. */
  violation: string | undefined;
  acknowledged = 0;
  delivered = 0;

  /** `note` says what has settled. */
  constructor(readonly note: (line: string) => void) {}

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

  /** The page ends: nothing of it settles any more. */
  forget(page: string): void {
    this.#gone.add(page);
    for (const promised of [...this.waiting]) if (promised.page === page) this.waiting.delete(promised);
  }

  /** `losses`: how often the page has lost a connection by now. */
  trigger(event: Triggered, publishing: Promise<Receipt>, losses: () => number): void {
    this.triggered.set(event.id, event);
    this.follow(event.page, `trigger ${event.id} in ${event.room}`, publishing, (error, receipt) => {
      if (error) event.refusal = error.name === "DialogueError" ? error.code : error.name;
      if (event.refusal === "outcome_unknown" && event.losses === losses())
        this.violate(`event ${event.id} in ${event.room}: its outcome is unknown, though no connection was lost`);
      if (!error) {
        event.receipt = receipt!;
        this.acknowledged += 1;
      }
    });
  }

  /** Compares what was triggered in a room with its log, whole and in order. */
  checkLog(room: string, log: readonly Logged[]): void {
    const found = new Map<number, Logged>();
    for (const logged of log) {
      const { id } = logged.data;
      if (!id) continue; // the server's own
      const event = this.triggered.get(id);
      if (found.has(id)) this.violate(`event ${id} is in the log of ${room} twice: ${found.get(id)!.seq} and ${logged.seq}`);
      found.set(id, logged);
      if (!event || event.room !== room) this.violate(`nobody has triggered event ${id} in ${room}`);
      else if (!event.users.has(logged.from))
        this.violate(`event ${id} of ${[...event.users].join(" or ")} is in the log as one of ${logged.from}`);
    }
    for (const { id, room: its, page, receipt, refusal } of this.triggered.values()) {
      if (its !== room) continue;
      const seq = found.get(id)?.seq;
      if (receipt && receipt.seq !== seq)
        this.violate(`event ${id} was acknowledged as ${receipt.seq}, and is in the log as ${seq}`);
      if (refusal && seq && !undecided.has(refusal) && !this.#gone.has(page))
        this.violate(`event ${id} was refused (${refusal}), and is in the log as ${seq}`);
    }
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

  /** The next stretch begins behind this place, or anywhere. */
  begin(at?: Position): void {
    this.#at = at?.epoch ? at : undefined;
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

// The driver's part about rooms: which ids have which handles, what JOIN says, and what becomes of a room's frames.
import type { Core } from "./core.js";
import type { Driver } from "./driver.js";
import { codeName, makeError } from "./errors.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "./generated/tables.js";
import { RoomMembership } from "./room.js";
import type { HistoryOptions, JoinOptions, Message, Position, Receipt, TriggerOptions } from "./types.js";

const pageMax = 100; // events that a server gives at once
const priorities = ["high", "normal", "low"];

/** What is kept of a room id, for good: its handle, and what JOIN says after the integers. */
export interface RoomRecord {
  readonly id: string;
  readonly handle: number;
  /** What is subscribed to, where that is not what the definition says. */
  events?: readonly string[] | undefined;
  token?: JoinOptions["token"];
  room?: RoomMembership;
  /** What join() gave out, while there is a membership or the wish for one. */
  membership?: Promise<RoomMembership> | undefined;
  leaving?: Promise<void> | undefined;
}

export class Rooms {
  readonly #driver: Driver;
  readonly #byHandle: RoomRecord[] = [];
  readonly #byId = new Map<string, RoomRecord>();

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** The record of a room id; a new one where it was not seen before. */
  record(id: string): RoomRecord {
    let record = this.#byId.get(id);
    if (!record) {
      record = { id, handle: this.#core.wasm.add_room(id) };
      this.#byId.set(id, record);
      this.#byHandle[record.handle] = record;
    }
    return record;
  }

  async join(id: string, { from, events, token }: JoinOptions = {}): Promise<RoomMembership> {
    const { wasm } = await this.#driver.start();
    const record = this.record(id);
    if (record.membership && !record.leaving) return record.membership;
    let [kind, epoch, seq] = [0, 0, 0];
    if (from && from !== "tail") {
      if ("last" in from) [kind, seq] = [1, from.last];
      else [kind, epoch, seq] = [2, from.since.epoch, from.since.seq];
    }
    if (!record.leaving) Object.assign(record, { events, token });
    const joining = this.#driver.request(wasm.join(record.handle, kind, epoch, seq, Date.now())).then(() => record.room!);
    if (record.leaving) return joining; // the core has refused it
    joining.catch(() => (record.membership = undefined));
    return (record.membership = joining);
  }

  /**
   * Sends what JOIN says after its integers, at once where it has no token, so that it leaves with what is before it. A token is
   * asked for once the socket is `opened`. Where it cannot be had, that is an empty one: the server refuses the join.
   */
  sendJoin(handle: number, opened: Promise<unknown>, send: (tail: unknown[]) => void, failed: (error: unknown) => void): void {
    const { id, events, token: ask } = this.#byHandle[handle]!;
    const join = (token?: string) => send([id, { events, token }]);
    if (!ask) return join();
    opened.then(ask).then(join, (error) => {
      failed(error);
      join("");
    });
  }

  leave(handle: number): Promise<void> {
    const record = this.#byHandle[handle]!;
    record.leaving ??= this.#driver
      .request(this.#core.wasm.leave(handle))
      .catch(() => {}) // it has ended another way
      .then(() => (record.leaving = undefined));
    return record.leaving;
  }

  /** Publishes; `signal` ends the wait, not an event that is already under way. */
  async publish(handle: number, event: string, data: unknown, options: TriggerOptions = {}): Promise<Receipt> {
    const { signal, priority = "normal" } = options;
    const driver = this.#driver;
    const core = this.#core;
    core.eventNumber(event);
    const json = toJson(data);
    let validator = driver.ready;
    if (!validator) {
      const chars = json?.length ?? 0; // as good as its bytes, until they are counted
      driver.admit(chars);
      driver.countPending(1, chars);
      try {
        // Those who wait go on in their order, and before whoever comes meanwhile.
        validator = driver.ready = await driver.until(driver.validator(), signal);
      } finally {
        driver.countPending(-1, chars);
      }
    }
    const number = core.eventNumber(event);
    const bytes = validator.validate(number, json, driver.messageBytesMax - Limit.eventEnvelopeBytesMax);
    if (signal?.aborted) throw makeError(ErrorCode.aborted);
    driver.admit(bytes);
    const isVolatile = core.isVolatile(number);
    const ticket = core.wasm.publish(handle, number, priorities.indexOf(priority), Date.now(), +isVolatile);
    const publication = { roomId: this.#byHandle[handle]!.id, event, json: json!, bytes, isVolatile };
    const answer = driver.request(ticket, publication);
    if (!signal) return answer;
    const abort = () => driver.abort(ticket);
    signal.addEventListener("abort", abort);
    return answer.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Without an event: all of the room's. */
  async subscribe(handle: number, type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE, event?: string): Promise<void> {
    const core = this.#core;
    const record = this.#byHandle[handle]!;
    const validator = await this.#driver.until(this.#driver.validator()); // first: nothing comes between answer and record
    const number = event === undefined ? 0 : core.eventNumber(event);
    await this.#driver.request(core.wasm.subscribe(handle, type, number, Date.now()));
    // What JOIN has to ask for after a reconnection.
    const events = new Set((event !== undefined && record.events) || validator.roomEvents(record.id, event === undefined));
    if (type === FrameType.UNSUBSCRIBE) events.delete(event!);
    else if (event !== undefined) events.add(event);
    record.events = [...events];
  }

  /** The newest `limit` events before `before`, oldest first. */
  async *history(handle: number, { limit = pageMax, before }: HistoryOptions = {}): AsyncGenerator<Message> {
    const core = this.#core;
    const { id } = this.#byHandle[handle]!;
    const from: Partial<Position> = typeof before === "object" ? before : { seq: before! };
    let { epoch, seq = 2 ** 53 } = from;
    let left = Math.floor(limit);
    // All is read forwards. A number of events is counted backwards, since some of the log's sequences may be gone.
    const isForward = limit === Infinity;
    const pages: Message[][] = [];
    for (let at = isForward ? 1 : seq - 1; left > 0 && at > 0; ) {
      const ticket = core.wasm.history(handle, at, Math.min(left, pageMax), +isForward, Date.now());
      const page = await this.#driver.request(ticket);
      epoch ??= page.epoch as number;
      if (page.epoch !== epoch) throw makeError(ErrorCode.events_missed, "all so far (epoch_changed)", "", id);
      seq = Math.min(seq, page.head + 1);
      const messages: Message[] = [];
      for (const [number, eventSeq, timestamp, from, data] of page.events) {
        const event = core.events[number - 1];
        if (event && eventSeq < seq) messages.push({ event, roomId: id, data, from, timestamp, seq: eventSeq, epoch });
      }
      if (isForward) yield* messages;
      else pages.unshift(messages);
      left -= page.events.length;
      const next: number = isForward ? page.last + 1 : page.first - 1;
      if (isForward ? !(next > at && next < seq) : !(next < at && next >= page.base)) break;
      at = next;
    }
    for (const messages of pages) yield* messages;
  }

  position(handle: number): Position {
    const { wasm, numbers } = this.#core;
    wasm.position(handle);
    return { epoch: numbers[0]!, seq: numbers[1]! };
  }

  /** Carries out a decision about one room; `frame` is the one that it is about. */
  carryOut({ events, numbers }: Core, kind: ActionKind, handle: number, frame: any[], first: number, second: number): void {
    const record = this.#byHandle[handle]!;
    if (kind === ActionKind.deliver) {
      const { 2: number, 3: seq, 4: timestamp, 5: from, 7: data } = frame; // by index: a list's iterator would take its time
      const event = events[number - 1];
      if (!event) throw new RangeError(); // a number that the catalogue does not have
      // Literals: with a spread in it, a message would cost three times as much.
      if (record)
        return record.room!.deliver({ event, data, from, timestamp, roomId: record.id, seq, epoch: record.room!.epoch });
      return void this.#driver.ownEvents.emit(event, { event, data, from, timestamp }); // sent to the user, and to no room
    }
    const { id } = record;
    if (kind === ActionKind.joined) return this.#joined(record, frame);
    const room = record.room!;
    if (kind === ActionKind.presence) {
      room.changed(frame[3]);
    } else if (kind === ActionKind.gap) {
      room.recovered = false;
      const which = first ? `${first} to ${second}` : "all so far";
      const code = numbers[4]!;
      const reason = frame[0] === FrameType.JOINED ? frame[7]?.reason : code && codeName(code);
      if (code === ErrorCode.history_trimmed) room.recoveredReason = "trimmed";
      this.#driver.report(makeError(ErrorCode.events_missed, which + (reason ? ` (${reason})` : ""), "", id));
    } else {
      record.membership = undefined;
      const reason = first && first !== ErrorCode.closed ? makeError(first, "", "", id) : undefined;
      if (!room.end(reason) && reason) this.#driver.report(reason);
    }
  }

  get #core(): Core {
    return this.#driver.core!;
  }

  #joined(record: RoomRecord, frame: any[]): void {
    if (!record.room?.joined) {
      record.room = new RoomMembership(this.#driver, record.handle, record.id);
      this.#driver.hold();
    }
    const { room } = record;
    room.took(frame[7], frame[3], frame[6] === 1);
    if (record.membership) return;
    record.membership = Promise.resolve(room);
    this.#driver.handlers.emit("room", room);
  }
}

/** Nothing where it cannot be: a cycle, a BigInt, a function. */
function toJson(data: unknown): string | undefined {
  try {
    return JSON.stringify(data === undefined ? null : data);
  } catch {
    return undefined;
  }
}

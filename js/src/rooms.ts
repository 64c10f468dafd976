// The driver's part about rooms: which ids have which handles, what JOIN says, and what becomes of a room's frames.
import type { Core } from "./core.js";
import type { Driver } from "./driver.js";
import { makeError } from "./errors.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "./generated/tables.js";
import { RoomMembership } from "./room.js";
import type { JoinOptions, Position, Receipt } from "./types.js";

/** What is kept of a room id, for good: its handle, and what JOIN says after the integers. */
export interface RoomRecord {
  readonly id: string;
  readonly handle: number;
  /** What is subscribed to, where that is not what the definition says. */
  events?: readonly string[] | undefined;
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
      record = { id, handle: this.#core.wasm.add_room() };
      this.#byId.set(id, record);
      this.#byHandle[record.handle] = record;
    }
    return record;
  }

  async join(id: string, { from, events }: JoinOptions = {}): Promise<RoomMembership> {
    const { wasm } = await this.#driver.start();
    const record = this.record(id);
    if (record.membership && !record.leaving) return record.membership;
    let [kind, epoch, seq] = [0, 0, 0];
    if (from && from !== "tail") {
      if ("last" in from) [kind, seq] = [1, from.last];
      else [kind, epoch, seq] = [2, from.since.epoch, from.since.seq];
    }
    if (!record.leaving) record.events = events;
    const joining = this.#driver.request(wasm.join(record.handle, kind, epoch, seq, Date.now())).then(() => record.room!);
    if (record.leaving) return joining; // the core has refused it
    joining.catch(() => (record.membership = undefined));
    return (record.membership = joining);
  }

  /** What JOIN says after its integers. */
  joinTail(handle: number): string {
    const { id, events } = this.#byHandle[handle]!;
    return `${JSON.stringify(id)},${JSON.stringify({ events })}`;
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
  async publish(handle: number, event: string, data: unknown, signal?: AbortSignal): Promise<Receipt> {
    const driver = this.#driver;
    const core = this.#core;
    const number = core.eventNumber(event);
    const json = toJson(data);
    core.validate(number, json, driver.messageBytesMax - Limit.eventEnvelopeBytesMax);
    if (signal?.aborted) throw makeError(ErrorCode.aborted);
    const ticket = core.wasm.publish(handle, number, Date.now());
    const answer = driver.request(ticket, { event, json });
    if (!signal) return answer;
    const abort = () => driver.abort(ticket);
    signal.addEventListener("abort", abort);
    return answer.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Without an event: all of the room's. */
  async subscribe(handle: number, type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE, event?: string): Promise<void> {
    const core = this.#core;
    const record = this.#byHandle[handle]!;
    const number = event === undefined ? 0 : core.eventNumber(event);
    await this.#driver.request(core.wasm.subscribe(handle, type, number, Date.now()));
    // What JOIN has to ask for after a reconnection.
    const events = new Set((event !== undefined && record.events) || core.roomEvents(record.id, event === undefined));
    if (type === FrameType.UNSUBSCRIBE) events.delete(event!);
    else if (event !== undefined) events.add(event);
    record.events = [...events];
  }

  position(handle: number): Position {
    const { wasm, numbers } = this.#core;
    wasm.position(handle);
    return { epoch: numbers[0]!, seq: numbers[1]! };
  }

  /** Carries out a decision about one room; `frame` is the one that it is about. */
  carryOut({ events }: Core, kind: ActionKind, handle: number, frame: any[], first: number, second: number): void {
    const record = this.#byHandle[handle]!;
    const { id } = record;
    if (kind === ActionKind.joined) return this.#joined(record, frame);
    const room = record.room!;
    if (kind === ActionKind.deliver) {
      const [, , number, seq, timestamp, from, , data] = frame;
      const event = events[number - 1];
      if (!event) throw new RangeError(); // a number that the catalogue does not have
      room.deliver({ event, roomId: id, data, from, timestamp, seq, epoch: room.epoch });
    } else if (kind === ActionKind.presence) {
      room.changed(frame[3]);
    } else if (kind === ActionKind.gap) {
      room.recovered = false;
      const which = first ? `${first} to ${second}` : "all so far";
      const reason = frame[0] === FrameType.JOINED && frame[7].reason;
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

function toJson(data: unknown): string {
  try {
    const json = JSON.stringify(data === undefined ? null : data);
    if (json !== undefined) return json;
  } catch {
    // a cycle or a BigInt
  }
  throw makeError(ErrorCode.json_syntax, "", "$");
}

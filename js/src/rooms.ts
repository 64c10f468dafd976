// The driver's part about rooms: which ids have which handles, what JOIN says, and what becomes of a room's frames.
import { Call } from "./calls.js";
import type { Core } from "./core.js";
import type { Driver } from "./driver.js";
import { codeName, makeError } from "./errors.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "./generated/tables.js";
import { askedToken } from "./link.js";
import { RoomHandle } from "./room.js";
import type { HistoryOptions, JoinOptions, Message, Position, Receipt, TriggerOptions } from "./types.js";
import type { Validator } from "./validator.js";

const priorities = ["high", "normal", "low"];

export class Rooms {
  readonly #driver: Driver;
  readonly #byHandle: RoomHandle[] = [];
  readonly #byId = new Map<string, RoomHandle>();
  /** Of forgotten rooms in which something was published: the core counts on, so that no number is used twice. */
  readonly #counted = new Map<string, number>();

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** The room of this id; a new one, or `mine`, where there is none. */
  get(id: string, mine?: RoomHandle): RoomHandle {
    let room = this.#byId.get(id);
    if (!room) this.#byId.set(id, (room = mine ?? new RoomHandle(this.#driver, id)));
    return room;
  }

  /** As get(), and the core knows it. */
  known(id: string): RoomHandle {
    const room = this.get(id);
    if (room.handle < 0) {
      room.handle = this.#counted.get(id) ?? this.#core.wasm[Call.add_room](id);
      this.#counted.delete(id);
      this.#byHandle[room.handle] = room;
    }
    return room;
  }

  /** Another core: it knows no room, and all memberships have ended with the one before. */
  begin(): void {
    for (const room of this.#byHandle) if (room) room.handle = -1;
    this.#byHandle.length = 0;
    this.#counted.clear();
  }

  /** One reference more. */
  refer(id: string): RoomHandle {
    const room = this.get(id);
    room.references += 1;
    return room;
  }

  /** Asks the core for a membership, from a place in the log. */
  join(room: RoomHandle, from: JoinOptions["from"]): Promise<unknown> {
    let [kind, epoch, seq] = [0, 0, 0];
    if (from && from !== "tail") {
      if ("last" in from) [kind, seq] = [1, from.last];
      else [kind, epoch, seq] = [2, from.since.epoch, from.since.seq];
    }
    const { handle } = this.known(room.id);
    return this.#driver.request(this.#core.wasm[Call.join](handle, kind, epoch, seq, Date.now()));
  }

  leave({ handle }: RoomHandle): Promise<void> {
    return this.#driver.request(this.#core.wasm[Call.leave](handle)).catch(() => {}); // it has ended another way
  }

  /** Rejects what this page has published in a room that was not joined. */
  abandon({ id }: RoomHandle): void {
    this.#driver.abandon(id, makeError(ErrorCode.not_joined));
  }

  /** Forgets a room that nobody refers to, is a member of or has published in without an answer. */
  forgetUnused(room: RoomHandle): void {
    const { id, handle, references, claims, joining, leaving } = room;
    if (references || claims || joining || leaving || this.#byId.get(id) !== room || this.#driver.hasPublication(id)) return;
    this.#byId.delete(id);
    if (handle < 0) return;
    room.lastPosition = this.position(room); // the core may give its number to another room
    delete this.#byHandle[handle];
    if (!this.#core.wasm[Call.forget_room](handle)) this.#counted.set(id, handle);
    room.handle = -1;
  }

  /**
   * Sends what JOIN says after its integers, at once where it has no token, so that it leaves with what is before it. A token is
   * asked for once the socket is `opened`. Where it cannot be had, that is an empty one: the server refuses the join.
   */
  sendJoin(handle: number, opened: Promise<unknown>, send: (tail: unknown[]) => void, failed: (error: unknown) => void): void {
    const { id, subscribed: events, token: ask } = this.#byHandle[handle]!;
    // What is no text, or a whole message of it, would end the connection; so much is no name.
    const join = (token?: string) => send([`${id}`.slice(0, 200), { events, token }]);
    if (!ask) return join();
    opened
      .then(() => askedToken(ask))
      .then(join, (error) => {
        failed(error);
        join("");
      });
  }

  /** Publishes; `signal` ends the wait, not an event that is already under way. */
  async publish(room: RoomHandle, event: string, data: unknown, options: TriggerOptions = {}): Promise<Receipt> {
    const { signal, priority = "normal" } = options;
    const driver = this.#driver;
    const json = toJson(data);
    const assertOpen = () => {
      if (!room.isOpen && driver.state !== "closed") throw makeError(ErrorCode.not_joined);
    };
    assertOpen();
    let validator = driver.ready;
    if (!validator || room.leaving) {
      const chars = json?.length ?? 0; // as good as its bytes, until they are counted
      const early = { roomId: room.id, event, json: json ?? "null", bytes: chars };
      driver.admit(chars);
      driver.countPending(1, chars);
      driver.early.add(early);
      try {
        // Those who wait go on in their order, and before whoever comes meanwhile.
        validator = driver.ready = await driver.until(this.#prepared(room), signal);
      } finally {
        driver.countPending(-1, -chars);
        driver.early.delete(early);
      }
      assertOpen();
    }
    const core = this.#core;
    const number = core.eventNumber(event);
    const bytes = validator.validate(number, json, driver.messageBytesMax - Limit.eventEnvelopeBytesMax);
    if (signal?.aborted) throw makeError(ErrorCode.aborted);
    driver.admit(bytes);
    const isVolatile = core.isVolatile(number);
    const { id } = room;
    const { handle } = this.known(id);
    const ticket = core.wasm[Call.publish](handle, number, priorities.indexOf(priority), Date.now(), +isVolatile);
    const answer = driver.request(ticket, { roomId: id, event, json: json!, bytes, isVolatile });
    if (!signal) return answer;
    const abort = () => driver.abort(ticket);
    signal.addEventListener("abort", abort);
    return answer.finally(() => signal.removeEventListener("abort", abort));
  }

  /** What a publication needs: the core, a catalogue, the validator, and that the membership before has ended. */
  async #prepared(room: RoomHandle): Promise<Validator> {
    const driver = this.#driver;
    await driver.start();
    await driver.catalogued;
    const validator = await driver.validator();
    while (room.leaving) await room.leaving;
    return validator;
  }

  /** Without an event: all of the room's. */
  async subscribe(
    room: RoomHandle,
    type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE,
    event?: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const core = this.#core;
    // First, so that nothing comes between the answer and the record of it.
    const validator = await this.#driver.until(this.#driver.validator(), signal);
    const ask = () => {
      const number = event === undefined ? 0 : core.eventNumber(event);
      return this.#driver.request(core.wasm[Call.subscribe](room.handle, type, number, Date.now()), undefined, undefined, event);
    };
    await this.#driver.until(this.#driver.patiently(ask), signal);
    // What JOIN has to ask for after a reconnection.
    const events = new Set((event !== undefined && room.subscribed) || validator.roomEvents(room.id, event === undefined));
    if (type === FrameType.UNSUBSCRIBE) events.delete(event!);
    else if (event !== undefined) events.add(event);
    room.subscribed = [...events];
  }

  /** The newest `limit` events before `before`, oldest first. What reads them is a file of its own. */
  async *history(room: RoomHandle, options: HistoryOptions): AsyncGenerator<Message> {
    const driver = this.#driver;
    const reading = driver.loading.capability(
      "history",
      () => import("./history.js"),
      ({ readHistory }) => readHistory,
    );
    yield* (await driver.until(reading, options.signal))(driver, makeError, room, options);
  }

  position({ handle, lastPosition }: RoomHandle): Position {
    if (handle < 0) return lastPosition;
    const { wasm, numbers } = this.#core;
    wasm[Call.position](handle);
    return { epoch: numbers[0]!, seq: numbers[1]! };
  }

  /** Carries out a decision about one room; `frame` is the one that it is about. */
  carryOut({ events, numbers }: Core, kind: ActionKind, handle: number, frame: any[], first: number, second: number): void {
    const room = this.#byHandle[handle]!;
    if (kind === ActionKind.deliver) {
      const { 2: number, 3: seq, 4: timestamp, 5: from, 7: data } = frame; // by index: a list's iterator would take its time
      const event = events[number - 1];
      if (!event) throw new RangeError(); // a number that the catalogue does not have
      // Literals: with a spread in it, a message would cost three times as much.
      if (room) return room.deliver({ event, data, from, timestamp, roomId: room.id, seq, epoch: room.epoch });
      return void this.#driver.ownEvents.emit(event, { event, data, from, timestamp }); // sent to the user, and to no room
    }
    if (kind === ActionKind.joined) return this.#joined(room, frame);
    if (kind === ActionKind.presence) return room.changed(frame[3]);
    const { id } = room;
    if (kind === ActionKind.gap) {
      room.recovered = false;
      const which = first ? `${first} to ${second}` : "all so far";
      const code = numbers[4]!;
      const reason = frame[0] === FrameType.JOINED ? frame[7]?.reason : code ? codeName(code) : undefined;
      if (code === ErrorCode.history_trimmed) room.recoveredReason = "trimmed";
      const missed = { recovered: false, from: first || undefined, to: first ? second : undefined, reason };
      room.tellRecovery(missed);
      const error = makeError(ErrorCode.events_missed, which + (reason ? ` (${reason})` : ""), "", id);
      this.#driver.report(Object.assign(error, { missed }));
    } else {
      const reason = first && first !== ErrorCode.closed ? makeError(first, "", "", id) : undefined;
      if (!room.end(reason) && reason) this.#driver.report(reason);
    }
  }

  get #core(): Core {
    return this.#driver.core!;
  }

  #joined(room: RoomHandle, frame: any[]): void {
    const isNew = room.state !== "joined";
    if (isNew) this.#driver.hold();
    const isRecovered = frame[6] === 1;
    room.took(frame[7], frame[3], isRecovered);
    if (!isNew && isRecovered) room.tellRecovery({ recovered: true });
    if (room.joining || room.leaving) return;
    room.isOpen = true;
    room.asked = room.joining = Promise.resolve(room);
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

// The rooms of a client: their objects by id and by the core's number, the calls of the core about them, and their
// frames.
import type { Message, Position, Receipt } from "../api/messages.js";
import type { HistoryOptions, JoinOptions, TriggerOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { codeName, makeError } from "../core/make_error.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "../generated/tables.js";
import { requestToken } from "../transport/token.js";
import { retryWhenLimited } from "../util/retry_after.js";
import type { Validator } from "../validator/validator.js";
import { RoomHandle, type RoomOwner, type RoomRegistry } from "./room.js";

const priorities = ["high", "normal", "low"];

/** Undefined where there is no JSON: a cycle, a BigInt, a function. */
function toJson(data: unknown, encode?: (key: string, value: unknown) => unknown): string | undefined {
  try {
    return JSON.stringify(data === undefined ? null : data, encode);
  } catch {
    return undefined;
  }
}

export class Rooms implements RoomRegistry {
  readonly #host: RoomOwner;
  readonly #byHandle: RoomHandle[] = [];
  readonly #byId = new Map<string, RoomHandle>();
  /** Handles of forgotten rooms with publications: the core goes on counting, so that no number is used twice. */
  readonly #retiredHandles = new Map<string, number>();

  constructor(host: RoomOwner) {
    this.#host = host;
  }

  get(id: string, mine?: RoomHandle): RoomHandle {
    let room = this.#byId.get(id);
    if (!room) this.#byId.set(id, (room = mine ?? new RoomHandle(this.#host, id)));
    return room;
  }

  register(id: string): RoomHandle {
    const room = this.get(id);
    if (room.handle < 0) {
      room.handle = this.#retiredHandles.get(id) ?? this.#core.wasm[Call.add_room](id);
      this.#retiredHandles.delete(id);
      this.#byHandle[room.handle] = room;
    }
    return room;
  }

  /** There is another core: it knows no room, and all memberships ended with the one before. */
  reset(): void {
    for (const room of this.#byHandle) if (room) room.handle = -1;
    this.#byHandle.length = 0;
    this.#retiredHandles.clear();
  }

  /** The client is closed: nothing is delivered in a room any more, joined or not. */
  endLoops(reason: unknown): void {
    for (const room of this.#byId.values()) room.endLoops(reason);
  }

  /** As get(), with one reference more. */
  acquire(id: string): RoomHandle {
    const room = this.get(id);
    room.references += 1;
    return room;
  }

  join(room: RoomHandle, from: JoinOptions["from"]): Promise<unknown> {
    let [kind, epoch, seq] = [0, 0, 0];
    if (from && from !== "tail") {
      if ("last" in from) [kind, seq] = [1, from.last];
      else [kind, epoch, seq] = [2, from.since.epoch, from.since.seq];
    }
    const { handle } = this.register(room.id);
    return this.#host.request(this.#core.wasm[Call.join](handle, kind, epoch, seq, Date.now()));
  }

  leave({ handle }: RoomHandle): Promise<void> {
    return this.#host.request(this.#core.wasm[Call.leave](handle)).catch(() => {}); // it has ended another way
  }

  /** Forgets a room without references, memberships and unanswered publications. */
  forgetUnused(room: RoomHandle): void {
    const { id, handle, references, claims, joining, leaving } = room;
    if (references || claims || joining || leaving || this.#byId.get(id) !== room || this.#host.hasPublication(id)) return;
    this.#byId.delete(id);
    if (handle < 0) return;
    room.lastPosition = this.position(room); // the core may give its number to another room
    delete this.#byHandle[handle];
    if (!this.#core.wasm[Call.forget_room](handle)) this.#retiredHandles.set(id, handle);
    room.handle = -1;
  }

  /**
   * Sends the parts of JOIN behind its integers, at once where there is no token function, so that it leaves with the
   * frames before it. The function is called once the socket is `opened`; if it fails, the token is empty, and the
   * server refuses the join.
   */
  sendJoin(handle: number, opened: Promise<unknown>, send: (tail: unknown[]) => void, failed: (error: unknown) => void): void {
    const { id, asked } = this.#byHandle[handle]!;
    const { events, match, filter, token: provider } = asked;
    // An id that is no text, or as long as a message, would end the connection; the server refuses 200 characters as a
    // name.
    const join = (token?: string) => send([`${id}`.slice(0, 200), { events, match, filter, token }]);
    if (!provider) return join();
    opened
      .then(() => requestToken(provider))
      .then(join, (error) => {
        failed(error);
        join("");
      });
  }

  /** Publishes; `signal` ends the wait, and withdraws what was not sent. */
  async publish(room: RoomHandle, event: string, data: unknown, options: TriggerOptions = {}): Promise<Receipt> {
    const host = this.#host;
    const { signal, priority = "normal" } = options;
    const json = toJson(data, host.options.app?.bytes?.encode);
    const assertOpen = () => {
      if (!room.isOpen && host.state !== "closed") throw makeError(ErrorCode.not_joined);
    };
    assertOpen();
    const { id } = room;
    let validator = host.openedValidator;
    if (!validator || room.leaving) {
      const chars = json?.length ?? 0; // stands for its bytes until they are counted
      const staged = { roomId: id, event, json: json ?? "null", bytes: chars };
      host.admit(chars);
      host.countPending(1, chars);
      host.staged.add(staged);
      try {
        // Waiting publications continue in their order, and before any that comes meanwhile.
        validator = host.openedValidator = await host.until(this.#prepare(room), signal);
      } finally {
        host.countPending(-1, -chars);
        host.staged.delete(staged);
      }
      assertOpen();
    }
    const core = this.#core;
    const number = core.eventNumber(event);
    const bytes = validator.validate(number, json, host.messageBytesMax - Limit.eventEnvelopeBytesMax);
    if (signal?.aborted) throw makeError(ErrorCode.aborted);
    host.admit(bytes);
    const isVolatile = core.isVolatile(number);
    const { handle } = this.register(id);
    const ticket = core.wasm[Call.publish](handle, number, priorities.indexOf(priority), Date.now(), +isVolatile);
    const answer = host.request(ticket, { roomId: id, event, json: json!, bytes, isVolatile, traceparent: options.traceparent });
    if (!signal) return answer;
    const abort = () => host.abort(ticket);
    signal.addEventListener("abort", abort);
    return answer.finally(() => signal.removeEventListener("abort", abort));
  }
  /** What a publication needs: the core, a catalogue, the validator, and the end of the membership before. */
  async #prepare(room: RoomHandle): Promise<Validator> {
    const host = this.#host;
    await host.start();
    await host.catalogued;
    const validator = await host.validator();
    while (room.leaving) await room.leaving;
    return validator;
  }

  /** Without an event: all events of the room. */
  async subscribe(
    room: RoomHandle,
    type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE,
    event?: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const host = this.#host;
    const core = this.#core;
    // First, so that nothing comes between the answer and the record of it.
    const validator = await host.until(host.validator(), signal);
    const request = () => {
      const number = event === undefined ? 0 : core.eventNumber(event);
      return host.request(core.wasm[Call.subscribe](room.handle, type, number, Date.now()), undefined, undefined, event);
    };
    await host.until(retryWhenLimited(request), signal);
    // What JOIN has to subscribe to after a reconnection.
    const { id, asked } = room;
    const { match } = asked;
    const isMatched = (name: string) =>
      match!.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
    const inherited = () => (match ? validator.roomEvents(id, true).filter(isMatched) : validator.roomEvents(id, false));
    const events = new Set(event === undefined ? validator.roomEvents(id, true) : (asked.events ?? inherited()));
    asked.match = undefined;
    if (type === FrameType.UNSUBSCRIBE) events.delete(event!);
    else if (event !== undefined) events.add(event);
    asked.events = [...events];
  }

  async *history(room: RoomHandle, options: HistoryOptions): AsyncGenerator<Message> {
    const host = this.#host;
    const opening = host.loader.capability(
      "history",
      () => import("./history.js"),
      ({ readHistory }) => readHistory,
    );
    yield* (await host.until(opening, options.signal))(host, makeError, room, options);
  }

  position({ handle, lastPosition }: RoomHandle): Position {
    if (handle < 0) return lastPosition;
    const { wasm, numbers } = this.#core;
    wasm[Call.position](handle);
    return { epoch: numbers[0]!, seq: numbers[1]! };
  }

  /** Performs an action of the core about one room; `frame` is the frame that caused it. */
  perform({ events, numbers }: Core, kind: ActionKind, handle: number, frame: any[], first: number, second: number): void {
    const room = this.#byHandle[handle]!;
    if (kind === ActionKind.deliver) {
      // By index, which is faster than a list's iterator.
      const { 2: number, 3: seq, 4: timestamp, 5: from, 6: ext, 7: data } = frame;
      const event = events[number - 1];
      if (!event) throw new RangeError(); // the catalogue does not have this number
      // Literals: a spread would make a message cost three times as much.
      const { trace } = ext; // of 0, which says nothing, there is none
      if (room) return room.deliver({ event, data, from, timestamp, roomId: room.id, seq, epoch: room.epoch, trace });
      return void this.#host.directEvents.emit(event, { event, data, from, timestamp }); // for the user, not for a room
    }
    if (kind === ActionKind.joined) return this.#joined(room, frame);
    if (kind === ActionKind.presence) return room.applyPresence(frame[3]);
    const { id } = room;
    if (kind === ActionKind.gap) {
      room.recovered = false;
      const code = numbers[4]!;
      if (code === ErrorCode.history_trimmed) room.recoveredReason = "trimmed";
      const reason = frame[0] === FrameType.JOINED ? frame[7]?.reason : code ? codeName(code) : undefined;
      const which = first ? `${first} to ${second}` : "all so far";
      const missed = { recovered: false, from: first || undefined, to: first ? second : undefined, reason };
      room.emitRecovery(missed);
      const error = makeError(ErrorCode.events_missed, which + (reason ? ` (${reason})` : ""), "", id);
      this.#host.report(Object.assign(error, { missed }));
    } else {
      const reason = first && first !== ErrorCode.closed ? makeError(first, "", "", id) : undefined;
      if (!room.end(reason) && reason) this.#host.report(reason);
    }
  }

  get #core(): Core {
    return this.#host.core!;
  }

  #joined(room: RoomHandle, frame: any[]): void {
    const isNew = room.state !== "joined";
    if (isNew) this.#host.deferReads();
    const isRecovered = frame[6] === 1;
    room.applyJoined(frame[7], frame[3], isRecovered);
    if (!isNew && isRecovered) room.emitRecovery({ recovered: true });
    if (room.joining || room.leaving) return;
    // The server has begun this membership.
    room.isOpen = true;
    room.membership = room.joining = Promise.resolve(room);
    this.#host.emitter.emit("room", room);
  }
}

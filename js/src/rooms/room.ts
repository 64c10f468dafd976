// A room as the application sees it: one object for an id, whether it is joined or not. It holds the room's facts, its
// handlers and unread messages, and passes calls on to its registry.
import type { Member, Message, Position, Receipt, RecoveredReason, Recovery } from "../api/messages.js";
import type { HistoryOptions, JoinOptions, Off, Room, RoomState, TriggerOptions, Waitable } from "../api/room.js";
import { Call } from "../core/calls.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode, FrameType } from "../generated/tables.js";
import { tokenBytesMax } from "../transport/token.js";
import { readable } from "../util/arguments.js";
import { type AsyncQueue, asyncQueue } from "../util/async_queue.js";
import { Emitter } from "../util/emitter.js";
import { fault } from "../util/fault.js";
import { listedMembers, mergePresence } from "./presence_merge.js";
import { unreadToReport } from "./read_window.js";
import type { RoomHost } from "./room_host.js";

/** What JOINED and PRESENCE report of a room, besides their integers. */
export interface RoomFacts {
  name?: string;
  maxSize?: number | null;
  reason?: RecoveredReason;
  clock?: number;
  members?: Member[];
  joined?: Member[];
  left?: string[];
  occupancy?: number;
}

/** What a room asks of the rooms that it is one of; rooms.ts is it. */
export interface RoomRegistry {
  /** The room of this id; if unknown, `mine` or a new one. */
  get(id: string, mine?: RoomHandle): RoomHandle;
  /** As get(), and the core knows the room. */
  register(id: string): RoomHandle;
  /** Forgets a room that is not in use. */
  forgetUnused(room: RoomHandle): void;
  /** Asks for a membership, from a place in the log. */
  join(room: RoomHandle, from: JoinOptions["from"]): Promise<unknown>;
  leave(room: RoomHandle): Promise<void>;
  publish(room: RoomHandle, event: string, data: unknown, options: TriggerOptions): Promise<Receipt>;
  position(room: RoomHandle): Position;
}

/** The client of a room, which knows its rooms. */
export interface RoomOwner extends RoomHost {
  readonly rooms: RoomRegistry;
}

/** Whether an option that JOIN has is set and differs from its previous value. */
const isOther = (options: object, before: any) =>
  Object.entries(options).some(([name, value]) => name !== "id" && JSON.stringify(value) !== JSON.stringify(before[name]));

/** Where a join starts, as JOIN has it: kind, epoch, sequence. */
export function startOf(from: JoinOptions["from"]): [number, number, number] {
  let start: [number, number, number] = [0, 0, 0];
  if ((from ?? "tail") !== "tail") {
    const { last, since } = from as any;
    start = last >= 0 ? [1, 0, last] : [2, since?.epoch, since?.seq];
  }
  for (const number of start) if (!(Number.isSafeInteger(number) && number >= 0)) throw fault("$.from");
  return start;
}

export class RoomHandle implements Room {
  declare readonly id: string;
  declare name: string;
  maxSize: number | null = null;
  recovered = true;
  declare recoveredReason: RecoveredReason | undefined;
  members: readonly Member[] = [];
  occupancy = 0;
  epoch = 0;
  /** The core's number for it; -1 while the core does not know it. */
  handle = -1;
  /** Its position when the core forgot it. */
  lastPosition: Position = { epoch: 0, seq: 0 };
  /**
   * How many calls of client.room() were not released, and how many of client.join() have not left: also after the
   * membership has ended by itself, so that the room of an id stays the same object.
   */
  references = 0;
  claims = 0;
  /** The parts of the next JOIN behind its integers. */
  asked: { [Option in keyof JoinOptions]?: JoinOptions[Option] | undefined } = {};
  /** Whether a publication may wait for a membership: not after one has ended, until the room is joined again. */
  isOpen = true;
  /** The join that the core was asked for, until the membership has ended. */
  declare membership: Promise<unknown> | undefined;
  declare leaving: Promise<void> | undefined;
  /** What join() returns while the room is joined or being joined; and its options. */
  declare joining: Promise<Room> | undefined;
  /** The options of the application's join. */
  wishes: JoinOptions = {};
  #waiters = 0; // how many wait for `joining`
  #generation = 0; // grows with each join and each leave
  readonly owner: RoomOwner; // also for presence.js
  readonly #eventEmitter = new Emitter(); // by event
  readonly #roomEmitter = new Emitter(); // "any", "members", "leave", "recover", "state"
  #state: RoomState = "idle";
  readonly #queues = new Set<AsyncQueue<Message>>();

  constructor(host: RoomOwner, id: string) {
    this.owner = host;
    this.id = this.name = id;
  }

  /** For Vue, whose proxies have no private fields. */
  get __v_skip(): true {
    return true;
  }

  get state(): RoomState {
    return this.#state;
  }

  set state(state: RoomState) {
    if (state === this.#state) return;
    this.#state = state;
    // Not within the change: a handler may join or leave.
    queueMicrotask(() => this.#roomEmitter.emit("state", state));
  }

  get joined(): boolean {
    return this.state === "joined" || this.state === "leaving";
  }

  get position(): Position {
    return this.owner.rooms.position(this);
  }

  on(event: string, handler: (message: any) => void): Off {
    return this.#eventEmitter.on(event, handler);
  }

  once(event: string, handler: (message: any) => void): Off {
    return this.#eventEmitter.once(event, handler);
  }

  onAny(handler: (event: string, message: any) => void): Off {
    return this.#roomEmitter.on("any", (message: Message) => handler(message.event, message));
  }

  onMembers(handler: (members: readonly Member[]) => void): Off {
    return this.#roomEmitter.on("members", handler);
  }

  onState(handler: (state: RoomState) => void): Off {
    return this.#roomEmitter.on("state", handler);
  }

  onLeave(handler: (reason: any) => void): Off {
    return this.#roomEmitter.on("leave", handler);
  }

  onRecover(handler: (recovery: Recovery) => void): Off {
    return this.#roomEmitter.on("recover", handler);
  }

  events(event: string): AsyncIterableIterator<any> {
    const report = () => this.#reportUnread();
    const queue = asyncQueue<Message>(() => {
      off();
      this.#queues.delete(queue);
      report();
    }, report);
    const off = this.on(event, (message) => queue.push(message));
    this.#queues.add(queue);
    if (this.owner.state === "closed") queue.end(this.owner.final);
    else if (this.isOpen) report();
    else queue.end();
    return queue;
  }

  /** As the interface has it; `claims` is 1 where the caller has to leave as well. */
  join(options?: JoinOptions, claims = 0): Promise<any> {
    const current = this.owner.rooms.get(this.id, this);
    if (current !== this) return current.join(options, claims); // this object was forgotten meanwhile
    options ??= {};
    const { token, signal } = options;
    const held = this.claims;
    try {
      const asked = this.#read(options);
      startOf(asked.from);
      const isOtherJoin = !this.joining || isOther(asked, this.wishes);
      if (this.joining && isOtherJoin && !this.owner.core?.wasm[Call.is_servers](this.handle))
        throw makeError(ErrorCode.already_joined, "", "", this.id);
      if (isOtherJoin) {
        if (!this.joining) this.claims = 0; // who held it before its end may have joined it again now
        this.wishes = asked;
        this.joining = undefined;
      }
    } catch (error) {
      this.owner.rooms.forgetUnused(this);
      return Promise.reject(error);
    }
    this.claims += claims;
    if (this.joining) {
      this.owner.connect(); // where the page has disconnected
      this.asked.token = token ?? this.asked.token;
    } else {
      const joining = this.#join(token, held);
      if (this.state !== "joining") return joining;
      this.joining = joining;
    }
    this.#waiters += 1;
    const joining = this.owner.until(this.joining, signal);
    const done = () => {
      this.#waiters -= 1;
      if (signal?.aborted && this.state === "joining" && (this.claims > 1 || !this.#waiters)) void this.leave();
    };
    joining.then(done, done);
    return joining;
  }

  /** The options that JOIN has, as they are sent: what the caller does to them later changes nothing. */
  #read({ from, events, match, filter, token }: JoinOptions): JoinOptions {
    const bytes = this.owner.frameBytesMax - (token ? tokenBytesMax : 0);
    return readable({ id: `${this.id}`.slice(0, 200), from, events, match, filter } as JoinOptions, "$", bytes);
  }

  /** `held`: how many hold it, when it is refused. */
  async #join(token: JoinOptions["token"], held: number): Promise<RoomHandle> {
    const generation = ++this.#generation;
    const { claims } = this;
    const { rooms } = this.owner;
    this.isOpen = this.owner.wantsConnection = true;
    this.state = "joining";
    try {
      // Immediately if possible, so that the next triggers are for this membership.
      if (!this.owner.core) await this.owner.start();
      while (this.leaving) await this.leaving;
      if (generation !== this.#generation) throw makeError(ErrorCode.not_joined);
      this.asked = { ...this.wishes, token };
      await (this.membership = rooms.join(this, this.asked.from));
      return this;
    } catch (error) {
      if (generation === this.#generation) {
        this.joining = this.membership = undefined;
        this.state = "refused";
      }
      // Also where the membership that it continued has ended with it.
      if (this.state === "refused" && this.claims === claims) this.claims = held;
      rooms.forgetUnused(this);
      throw error;
    }
  }

  leave(): Promise<void> {
    if (this.claims > 1) {
      this.claims -= 1; // another caller has joined it too
      return Promise.resolve();
    }
    this.claims = 0;
    return this.#leave();
  }

  async #leave(): Promise<void> {
    const { rooms } = this.owner;
    this.#generation += 1;
    this.joining = undefined;
    this.asked = {}; // for setAuth
    this.isOpen = false;
    if (this.membership) {
      this.membership = undefined;
      this.state = "leaving";
      this.leaving = rooms.leave(this).then(() => {
        this.leaving = undefined;
        if (this.state === "leaving") this.state = "idle";
        rooms.forgetUnused(this);
      });
    } else if (this.leaving) {
      this.state = "leaving";
    } else {
      this.state = "idle";
      this.owner.rejectPublications(this.id);
      rooms.forgetUnused(this);
    }
    this.endLoops();
    return this.leaving;
  }

  release(): void {
    if (!this.references || --this.references) return;
    // Deferred: a framework may mount a component again that it has just unmounted.
    queueMicrotask(() => {
      if (!this.references && !this.claims) void this.#leave();
    });
  }

  history(options?: HistoryOptions): any {
    const loop: any = this.#history(options ?? {}, (around) => Object.assign(loop, around));
    return loop;
  }

  async *#history(options: HistoryOptions, report: (around: object) => void): AsyncGenerator<any> {
    await this.#awaitMembership(options.signal);
    const host = this.owner;
    const opening = host.loader.capability("history", () => import("./history.js"));
    yield* (await host.until(opening, options.signal)).readHistory(host, this, options, report);
  }

  trigger(event: string, data: unknown, options?: TriggerOptions): Promise<Receipt> {
    return this.owner.rooms.publish(this, event, data, options ?? {});
  }

  subscribe(event: string, options?: Waitable): Promise<void> {
    return this.#subscribe(FrameType.SUBSCRIBE, event, options);
  }

  unsubscribe(event: string, options?: Waitable): Promise<void> {
    return this.#subscribe(FrameType.UNSUBSCRIBE, event, options);
  }

  subscribeAll(options?: Waitable): Promise<void> {
    return this.#subscribe(0, "", options);
  }

  /** `type` 0 subscribes to all events. */
  async #subscribe(type: 0 | FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE, event: string, options?: Waitable): Promise<void> {
    const signal = options?.signal;
    await this.#awaitMembership(signal);
    return (await this.owner.until(this.owner.loader.extra(), signal)).subscribe(this.owner, this, type, event, signal);
  }

  /**
   * Waits until the core was asked for the membership. Throws without a join; of a closed client the core gives the
   * reason.
   */
  async #awaitMembership(signal?: AbortSignal): Promise<void> {
    if (!this.joining && this.owner.state !== "closed") throw makeError(ErrorCode.not_joined);
    if (!this.membership) await this.owner.until<unknown>(this.joining ?? this.owner.start(), signal);
  }

  /** JOINED: replaces all facts. */
  applyJoined(facts: RoomFacts, epoch: number, recovered: boolean): void {
    if (!this.leaving) this.state = "joined";
    this.name = facts.name ?? this.id;
    this.maxSize = facts.maxSize ?? null;
    this.epoch = epoch;
    this.recovered = recovered;
    this.recoveredReason = recovered ? undefined : facts.reason;
    this.#setMembers(facts.members ?? [], facts.occupancy);
    if (this.#queues.size) this.#reportUnread();
  }

  /** PRESENCE: a change of the members. */
  applyPresence({ joined = [], left = [], occupancy }: RoomFacts): void {
    this.#setMembers(mergePresence(this.members, joined, left), occupancy);
  }

  deliver(message: Message): void {
    this.#eventEmitter.emit(message.event, message);
    this.#roomEmitter.emit("any", message);
  }

  /** The recovered and the missing events after a reconnection or a join at a position. */
  emitRecovery(recovery: Recovery): void {
    this.#roomEmitter.emit("recover", recovery);
  }

  /** Ends the membership; false when no handler received the reason. */
  end(reason: unknown): boolean {
    if (!this.leaving) {
      this.#generation += 1;
      this.joining = this.membership = undefined;
      this.isOpen = false;
      this.state = reason ? "refused" : "idle";
      queueMicrotask(() => this.owner.rooms.forgetUnused(this));
    }
    this.endLoops(reason);
    return this.#roomEmitter.emit("leave", reason);
  }

  /** Ends the loops over events, which may have begun before the room was joined. */
  endLoops(reason?: unknown): void {
    for (const queue of this.#queues) queue.end(reason);
  }

  /** Reports the slowest iterator to the core, which limits the server's credit. */
  #reportUnread(): void {
    const unread = unreadToReport(Array.from(this.#queues, ({ size }) => size));
    if (this.state === "joined") this.owner.withCore(({ wasm }) => wasm[Call.set_unread](this.handle, unread));
  }

  #setMembers(members: Member[], occupancy?: number): void {
    this.members = listedMembers(members, occupancy);
    this.occupancy = occupancy ?? members.length;
    this.#roomEmitter.emit("members", this.members);
  }
}

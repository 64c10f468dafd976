// A room as the application sees it: one object for an id, whether it is joined or not. It holds the room's facts, its
// handlers and unread messages, and passes calls on to its registry.
import type { Member, Message, Position, Receipt, RecoveredReason, Recovery } from "../api/messages.js";
import type { HistoryOptions, JoinOptions, Off, Room, RoomState, TriggerOptions, Waitable } from "../api/room.js";
import { Call } from "../core/calls.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode, FrameType } from "../generated/tables.js";
import { tokenBytesMax } from "../transport/token.js";
import { type AsyncQueue, asyncQueue } from "../util/async_queue.js";
import { Emitter } from "../util/emitter.js";
import { isOther, readJoin } from "./join_options.js";
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

/** The client's collection of rooms, as one of them uses it; implemented by rooms.ts. */
export interface RoomRegistry {
  /** Returns the room of this id. If it is unknown, adds `mine` or a new one. */
  get(id: string, mine?: RoomHandle): RoomHandle;
  /** Like get(), but also adds the room to the core. */
  register(id: string): RoomHandle;
  /** Forgets a room that is not in use. */
  forgetUnused(room: RoomHandle): void;
  /** Asks for a membership that begins at a place in the log. */
  join(room: RoomHandle, from: JoinOptions["from"]): Promise<unknown>;
  leave(room: RoomHandle, membership: Promise<unknown>): Promise<void>;
  publish(room: RoomHandle, event: string, data: unknown, options: TriggerOptions): Promise<Receipt>;
  position(room: RoomHandle): Position;
}

/** The client of a room, which knows its rooms. */
export interface RoomOwner extends RoomHost {
  readonly rooms: RoomRegistry;
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
  /** How many calls of client.room() were not released. */
  references = 0;
  /**
   * What holds the membership: calls of client.join() that have not left, and calls of join() that wait, or the room
   * itself once one was granted. A call that rejects gives its place back. The claims stay after a membership has ended
   * by itself, so that the room of an id stays the same object.
   */
  claims = new Set<object>();
  own = new Set<object>();
  /** The parts of the next JOIN after its integers. */
  asked: { [Option in keyof JoinOptions]?: JoinOptions[Option] | undefined } & { cancel?: () => void } = {};
  /** Whether a publication may wait for a membership: not after one has ended, until the room is joined again. */
  isOpen = true;
  /** The join that the core was asked for, until the membership has ended. */
  declare membership: Promise<unknown> | undefined;
  /** The membership whose LEAVE waits for publications that wait. */
  declare ending: Promise<unknown> | undefined;
  declare leaving: Promise<void> | undefined;
  /** What join() waits for while the room is joined or being joined; and its options. */
  declare joining: Promise<unknown> | undefined;
  /** The options of the application's join. */
  joinOptions: RoomHandle["asked"] = {};
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

  /** As the interface has it; with a `claim`, which has to leave as well. */
  join(options?: JoinOptions, claim?: object): Promise<any> {
    const current = this.owner.rooms.get(this.id, this); // another one if this object was forgotten meanwhile
    const joining = current.#hold(options ?? {}, claim);
    joining.catch(() => {}); // the state and onLeave have it as well
    return joining;
  }

  async #hold(options: JoinOptions, claim?: object): Promise<this> {
    const { core, frameBytesMax, rooms } = this.owner;
    const { token, signal } = options;
    const held = this.claims;
    const holder = claim ?? {};
    let holders: Set<object> | undefined;
    try {
      const asked = readJoin(this.id, options, frameBytesMax - (token ? tokenBytesMax : 0));
      let { joining } = this;
      if (!joining || isOther(asked, this.joinOptions)) {
        if (joining) {
          if (!core?.wasm[Call.is_servers](this.handle)) throw makeError(ErrorCode.already_joined, "", "", this.id);
        } else {
          // Who held it before its end may have joined it again now.
          this.claims = new Set();
          this.own = new Set();
        }
        this.joinOptions = { ...asked, token };
        joining = this.joining = this.#join(held);
      } else {
        if (this.owner.state !== "closed") this.owner.connect(); // if the page has disconnected
        if (token) this.asked.token = this.joinOptions.token = token;
      }
      holders = claim ? this.claims : this.own;
      holders.add(holder);
      await this.owner.until(joining, signal);
      if (claim ? this.claims === holders && this.joining : holders.delete(holder) && holders.add(this)) return this;
    } catch (error) {
      if (!holders || holders.delete(holder)) {
        if (holders && this.joining && !this.claims.size && !this.own.size) void this.leave();
        rooms.forgetUnused(this);
        throw error;
      }
    }
    throw makeError(ErrorCode.not_joined); // it was left meanwhile
  }

  /** `held`: what holds it, when it is refused. */
  async #join(held: Set<object>): Promise<void> {
    const generation = ++this.#generation;
    this.state = "joining";
    this.isOpen = this.owner.wantsConnection = true;
    try {
      // Immediately if possible, so that the next triggers are for this membership.
      while (this.leaving) await this.leaving;
      if (!this.owner.core) await this.owner.start();
      if (generation !== this.#generation) throw makeError(ErrorCode.not_joined);
      this.asked = { ...this.joinOptions };
      await (this.membership = this.owner.rooms.join(this, this.asked.from));
    } catch (error) {
      if (generation === this.#generation) {
        this.joining = this.membership = undefined;
        this.state = "refused";
        this.claims = held;
      }
      throw error;
    }
  }

  async leave(): Promise<void> {
    const [one, another] = this.claims;
    if (another) this.claims.delete(one!);
    else await this.#leave();
  }

  async #leave(): Promise<void> {
    const { rooms } = this.owner;
    this.#generation += 1;
    this.joining = undefined;
    this.claims.clear();
    this.own.clear();
    this.asked.cancel?.();
    this.asked = {}; // for setAuth
    this.isOpen = false;
    const { membership } = this;
    if (membership) {
      this.membership = undefined;
      this.state = "leaving";
      this.leaving = rooms.leave(this, membership).then(() => {
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
      if (this.references) return;
      this.own.clear();
      if (!this.claims.size) void this.#leave();
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
    this.ending = undefined;
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

  /** There will be another core: a join that waits for the one before is over. */
  restart(): void {
    this.handle = -1;
    this.ending = undefined;
    if (!this.joining) return;
    this.#generation += 1;
    this.joining = this.membership = undefined;
    this.state = "refused";
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

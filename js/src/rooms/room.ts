// A room as the application sees it: one object for an id, whether it is joined or not. It holds the room's facts, its
// handlers and unread messages, and passes calls on to its registry.
import type { Member, Message, Position, Receipt, RecoveredReason, Recovery } from "../api/messages.js";
import type { HistoryOptions, JoinOptions, Off, Room, RoomState, TriggerOptions, Waitable } from "../api/room.js";
import { Call } from "../core/calls.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode, FrameType } from "../generated/tables.js";
import { AsyncQueue } from "../util/async_queue.js";
import { Emitter } from "../util/emitter.js";
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
  /** The room of this id; `mine`, or a new one, where there is none. */
  get(id: string, mine?: RoomHandle): RoomHandle;
  /** As get(), and the core knows the room. */
  register(id: string): RoomHandle;
  /** Forgets a room that is not in use. */
  forgetUnused(room: RoomHandle): void;
  /** Asks for a membership, from a place in the log. */
  join(room: RoomHandle, from: JoinOptions["from"]): Promise<unknown>;
  leave(room: RoomHandle): Promise<void>;
  publish(room: RoomHandle, event: string, data: unknown, options?: TriggerOptions): Promise<Receipt>;
  subscribe(
    room: RoomHandle,
    type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE,
    event?: string,
    signal?: AbortSignal,
  ): Promise<void>;
  history(room: RoomHandle, options: HistoryOptions): AsyncGenerator<Message>;
  position(room: RoomHandle): Position;
}

/** The client of a room, which knows its rooms. */
export interface RoomOwner extends RoomHost {
  readonly rooms: RoomRegistry;
}

/** The options that cannot change while a room is joined. */
const fixed = ["from", "events", "match", "filter"] as const;

/** Whether an option was given, and is not what it was before. */
const isOther = (options: JoinOptions, before: JoinOptions) =>
  fixed.some((name) => options[name] !== undefined && JSON.stringify(options[name]) !== JSON.stringify(before[name]));

export class RoomHandle implements Room {
  declare readonly id: string;
  declare name: string;
  state: RoomState = "idle";
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
  /** How many calls of client.room() were not released, and how many of client.join() have not left. */
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
  #options: JoinOptions = {};
  #waiters = 0; // how many wait for `joining`
  #generation = 0; // grows with each join and each leave
  readonly #host: RoomOwner;
  readonly #eventEmitter = new Emitter(); // by event
  readonly #roomEmitter = new Emitter(); // "any", "members", "leave", "recover"
  readonly #queues = new Set<AsyncQueue<Message>>();

  constructor(host: RoomOwner, id: string) {
    this.#host = host;
    this.id = this.name = id;
  }

  get joined(): boolean {
    return this.state === "joined" || this.state === "leaving";
  }

  get position(): Position {
    return this.#host.rooms.position(this);
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

  onLeave(handler: (reason: any) => void): Off {
    return this.#roomEmitter.on("leave", handler);
  }

  onRecover(handler: (recovery: Recovery) => void): Off {
    return this.#roomEmitter.on("recover", handler);
  }

  events(event: string): AsyncIterableIterator<any> {
    const report = () => this.#reportUnread();
    const queue = new AsyncQueue<Message>(() => {
      off();
      this.#queues.delete(queue);
      report();
    }, report);
    const off = this.on(event, (message) => queue.push(message));
    this.#queues.add(queue);
    if (this.isOpen) report();
    else queue.end();
    return queue;
  }

  join(options: JoinOptions = {}): Promise<any> {
    const current = this.#host.rooms.get(this.id, this);
    if (current !== this) return current.join(options); // this object was forgotten meanwhile
    const { token, signal } = options;
    if (!this.joining) {
      this.#options = options;
      const joining = this.#join(options);
      if (this.state !== "joining") return joining; // invalid options
      this.joining = joining;
    } else if (isOther(options, this.#options)) {
      return Promise.reject(makeError(ErrorCode.already_joined, "", "", this.id));
    } else {
      this.asked.token = token ?? this.asked.token;
    }
    this.#waiters += 1;
    const joining = this.#host.until(this.joining, signal);
    const done = () => {
      this.#waiters -= 1;
      if (signal?.aborted && this.state === "joining" && (this.claims > 1 || !this.#waiters)) void this.leave();
    };
    joining.then(done, done);
    return joining;
  }

  /** As join(), for one more caller, who has to leave as well. */
  claim(options?: JoinOptions): Promise<any> {
    this.claims += 1;
    const joining = this.join(options);
    joining.catch(({ code }) => {
      if (code === "already_joined") this.claims -= 1;
    });
    return joining;
  }

  async #join(options: JoinOptions): Promise<RoomHandle> {
    const generation = ++this.#generation;
    const { rooms } = this.#host;
    this.isOpen = true;
    this.state = "joining";
    try {
      // At once where possible, so that what is triggered next is for this membership.
      if (!this.#host.core) await this.#host.start();
      while (this.leaving) await this.leaving;
      if (generation !== this.#generation) throw makeError(ErrorCode.not_joined);
      this.asked = { ...options };
      await (this.membership = rooms.join(this, options.from));
      return this;
    } catch (error) {
      if (generation === this.#generation) {
        this.joining = this.membership = undefined;
        this.claims = 0;
        this.state = "refused";
        rooms.forgetUnused(this);
      }
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
    const { rooms } = this.#host;
    this.#generation += 1;
    this.joining = undefined;
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
      this.#host.rejectPublications(this.id);
      rooms.forgetUnused(this);
    }
    this.endLoops();
    return this.leaving;
  }

  release(): void {
    if (!this.references || --this.references) return;
    // Not at once: a framework may mount a component again that it has just unmounted.
    queueMicrotask(() => {
      if (!this.references && !this.claims) void this.#leave();
    });
  }

  async *history(options: HistoryOptions = {}): AsyncGenerator<any> {
    await this.#awaitMembership(options);
    yield* this.#host.rooms.history(this, options);
  }

  trigger(event: string, data: unknown, options?: TriggerOptions): Promise<Receipt> {
    return this.#host.rooms.publish(this, event, data, options);
  }

  subscribe(event: string, options?: Waitable): Promise<void> {
    return this.#subscribe(FrameType.SUBSCRIBE, event, options);
  }

  unsubscribe(event: string, options?: Waitable): Promise<void> {
    return this.#subscribe(FrameType.UNSUBSCRIBE, event, options);
  }

  subscribeAll(options?: Waitable): Promise<void> {
    return this.#subscribe(FrameType.SUBSCRIBE, undefined, options);
  }

  async #subscribe(type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE, event?: string, options?: Waitable): Promise<void> {
    await this.#awaitMembership(options);
    return this.#host.rooms.subscribe(this, type, event, options?.signal);
  }

  /**
   * Waits until the core was asked for the membership. Throws without a join; of a closed client the core gives the
   * reason.
   */
  async #awaitMembership({ signal }: Waitable = {}): Promise<void> {
    if (!this.joining && this.#host.state !== "closed") throw makeError(ErrorCode.not_joined);
    if (!this.membership) await this.#host.until<unknown>(this.joining ?? this.#host.start(), signal);
  }

  /** JOINED: all facts anew. */
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

  /** What was recovered after a reconnection or a join at a position, and what is missing. */
  emitRecovery(recovery: Recovery): void {
    this.#roomEmitter.emit("recover", recovery);
  }

  /** Ends the membership; false when no handler received the reason. */
  end(reason: unknown): boolean {
    if (!this.leaving) {
      this.#generation += 1;
      this.joining = this.membership = undefined;
      this.claims = 0;
      this.isOpen = false;
      this.state = reason ? "refused" : "idle";
      queueMicrotask(() => this.#host.rooms.forgetUnused(this));
    }
    this.endLoops(reason);
    return this.#roomEmitter.emit("leave", reason);
  }

  /** Ends the loops over events, which may have begun before the room was joined. */
  endLoops(reason?: unknown): void {
    for (const queue of this.#queues) queue.end(reason);
  }

  /** Reports the slowest iterator to the core, which bounds what the server sends. */
  #reportUnread(): void {
    const unread = unreadToReport(Array.from(this.#queues, ({ size }) => size));
    if (this.state === "joined") this.#host.withCore(({ wasm }) => wasm[Call.set_unread](this.handle, unread));
  }

  #setMembers(members: Member[], occupancy?: number): void {
    this.members = listedMembers(members, occupancy);
    this.occupancy = occupancy ?? members.length;
    this.#roomEmitter.emit("members", this.members);
  }
}

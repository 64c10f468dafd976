// A room as the application sees it: one object for an id, whether it is joined or not. It keeps what the server told of
// the room, its handlers and what waits to be read, and hands wishes on to its client.
import { Call } from "./calls.js";
import type { Driver } from "./driver.js";
import { makeError } from "./errors.js";
import { ErrorCode, FrameType } from "./generated/tables.js";
import { Handlers, Unread } from "./handlers.js";
import type {
  HistoryOptions,
  JoinOptions,
  Member,
  Message,
  Off,
  Position,
  Receipt,
  RecoveredReason,
  Recovery,
  Room,
  RoomState,
  TriggerOptions,
  Waitable,
} from "./types.js";

const membersMax = 256; // above it the server counts, and does not list

/** What JOINED and PRESENCE tell of a room, besides their integers. */
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

/** Whether an option was given, and is not what it was before. */
const isOther = (one: unknown, before: unknown) => one !== undefined && JSON.stringify(one) !== JSON.stringify(before);

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
  /** What the core calls it; -1 while it knows nothing of it. */
  handle = -1;
  /** Where it was when the core forgot it. */
  lastPosition: Position = { epoch: 0, seq: 0 };
  /** How many client.room() were not released, and how many client.join() have not left. */
  references = 0;
  claims = 0;
  /** What JOIN says besides its integers. */
  declare subscribed: readonly string[] | undefined;
  declare token: JoinOptions["token"];
  /** Whether a publication may wait for a membership: not after one has ended, until there is a new wish for one. */
  isOpen = true;
  /** The core has been asked for a membership, which has not ended. */
  declare asked: Promise<unknown> | undefined;
  declare leaving: Promise<void> | undefined;
  /** What join() gives out, while there is a membership or the wish for one; and with which options. */
  declare joining: Promise<Room> | undefined;
  #from: unknown;
  #events: unknown;
  #waiting = 0; // how many wait for `joining`
  #turn = 0; // grows with each wish to join or to leave
  readonly #driver: Driver;
  readonly #handlers = new Handlers(); // by event
  readonly #changes = new Handlers(); // "any", "members", "leave", "recover"
  readonly #unread = new Set<Unread<Message>>();

  constructor(driver: Driver, id: string) {
    this.#driver = driver;
    this.id = this.name = id;
  }

  get joined(): boolean {
    return this.state === "joined" || this.state === "leaving";
  }

  get position(): Position {
    return this.#driver.rooms.position(this);
  }

  on(event: string, handler: (message: any) => void): Off {
    return this.#handlers.on(event, handler);
  }

  once(event: string, handler: (message: any) => void): Off {
    return this.#handlers.once(event, handler);
  }

  onAny(handler: (event: string, message: any) => void): Off {
    return this.#changes.on("any", (message: Message) => handler(message.event, message));
  }

  onMembers(handler: (members: readonly Member[]) => void): Off {
    return this.#changes.on("members", handler);
  }

  onLeave(handler: (reason: any) => void): Off {
    return this.#changes.on("leave", handler);
  }

  onRecover(handler: (recovery: Recovery) => void): Off {
    return this.#changes.on("recover", handler);
  }

  events(event: string): AsyncIterableIterator<any> {
    const pace = () => this.#pace();
    const unread = new Unread<Message>(() => {
      off();
      this.#unread.delete(unread);
      pace();
    }, pace);
    const off = this.on(event, (message) => unread.push(message));
    this.#unread.add(unread);
    if (this.isOpen) pace();
    else unread.end();
    return unread;
  }

  join(options: JoinOptions = {}): Promise<any> {
    const current = this.#driver.rooms.get(this.id, this);
    if (current !== this) return current.join(options); // this one was forgotten meanwhile
    const { from, events, token, signal } = options;
    if (!this.joining) {
      this.#from = from;
      this.#events = events;
      const joining = this.#join(options);
      if (this.state !== "joining") return joining; // options that make no sense
      this.joining = joining;
    } else if (isOther(from, this.#from) || isOther(events, this.#events)) {
      return Promise.reject(makeError(ErrorCode.already_joined, "", "", this.id));
    } else {
      this.token = token ?? this.token;
    }
    this.#waiting += 1;
    const joining = this.#driver.until(this.joining, signal);
    const done = () => {
      this.#waiting -= 1;
      if (signal?.aborted && this.state === "joining" && (this.claims > 1 || !this.#waiting)) void this.leave();
    };
    joining.then(done, done);
    return joining;
  }

  /** As join(), for one more who has to leave. */
  claim(options?: JoinOptions): Promise<any> {
    this.claims += 1;
    const joining = this.join(options);
    joining.catch(({ code }) => {
      if (code === "already_joined") this.claims -= 1;
    });
    return joining;
  }

  async #join({ from, events, token }: JoinOptions): Promise<RoomHandle> {
    const turn = ++this.#turn;
    const { rooms } = this.#driver;
    this.isOpen = true;
    this.state = "joining";
    try {
      // At once where it can be, so that what is triggered next is for this membership.
      if (!this.#driver.core) await this.#driver.start();
      while (this.leaving) await this.leaving;
      if (turn !== this.#turn) throw makeError(ErrorCode.not_joined);
      this.subscribed = events;
      this.token = token;
      await (this.asked = rooms.join(this, from));
      return this;
    } catch (error) {
      if (turn === this.#turn) {
        this.joining = this.asked = undefined;
        this.claims = 0;
        this.state = "refused";
        rooms.forgetUnused(this);
      }
      throw error;
    }
  }

  leave(): Promise<void> {
    if (this.claims > 1) {
      this.claims -= 1; // somebody else has joined it too
      return Promise.resolve();
    }
    this.claims = 0;
    return this.#leave();
  }

  async #leave(): Promise<void> {
    const { rooms } = this.#driver;
    this.#turn += 1;
    this.joining = undefined;
    this.isOpen = false;
    if (this.asked) {
      this.asked = undefined;
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
      rooms.abandon(this);
      rooms.forgetUnused(this);
    }
    return this.leaving;
  }

  release(): void {
    if (!this.references || --this.references) return;
    // Not at once: a framework may mount again what it has just unmounted.
    queueMicrotask(() => {
      if (!this.references && !this.claims) void this.#leave();
    });
  }

  async *history(options: HistoryOptions = {}): AsyncGenerator<any> {
    await this.#isAsked(options);
    yield* this.#driver.rooms.history(this, options);
  }

  trigger(event: string, data: unknown, options?: TriggerOptions): Promise<Receipt> {
    return this.#driver.rooms.publish(this, event, data, options);
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
    await this.#isAsked(options);
    return this.#driver.rooms.subscribe(this, type, event, options?.signal);
  }

  /** Waits until the core knows of the wish to be a member. Throws where there is none; of a closed client the core says why. */
  async #isAsked({ signal }: Waitable = {}): Promise<void> {
    if (!this.joining && this.#driver.state !== "closed") throw makeError(ErrorCode.not_joined);
    if (!this.asked) await this.#driver.until<unknown>(this.joining ?? this.#driver.start(), signal);
  }

  /** JOINED: everything from the beginning. */
  took(facts: RoomFacts, epoch: number, recovered: boolean): void {
    if (!this.leaving) this.state = "joined";
    this.name = facts.name ?? this.id;
    this.maxSize = facts.maxSize ?? null;
    this.epoch = epoch;
    this.recovered = recovered;
    this.recoveredReason = recovered ? undefined : facts.reason;
    this.#setMembers(facts.members ?? [], facts.occupancy);
    if (this.#unread.size) this.#pace();
  }

  /** PRESENCE: what has changed. */
  changed({ joined = [], left = [], occupancy }: RoomFacts): void {
    const gone = new Set([...left, ...joined.map((member) => member.userId)]);
    this.#setMembers([...this.members.filter((member) => !gone.has(member.userId)), ...joined], occupancy);
  }

  deliver(message: Message): void {
    this.#handlers.emit(message.event, message);
    this.#changes.emit("any", message);
  }

  /** What could be made up for after a reconnection or a join at a position, and what could not. */
  tellRecovery(recovery: Recovery): void {
    this.#changes.emit("recover", recovery);
  }

  /** The membership is over; false when nobody was told why. */
  end(reason: unknown): boolean {
    if (!this.leaving) {
      this.#turn += 1;
      this.joining = this.asked = undefined;
      this.claims = 0;
      this.isOpen = false;
      this.state = reason ? "refused" : "idle";
      queueMicrotask(() => this.#driver.rooms.forgetUnused(this));
    }
    for (const unread of this.#unread) unread.end(reason);
    return this.#changes.emit("leave", reason);
  }

  /** How much may come is decided by how much the slowest iterator has not read. */
  #pace(): void {
    const most = Math.max(0, ...Array.from(this.#unread, ({ size }) => size + 1));
    if (this.state === "joined") this.#driver.tell(({ wasm }) => wasm[Call.set_unread](this.handle, most));
  }

  #setMembers(members: Member[], occupancy?: number): void {
    const listed = occupancy === undefined && members.length <= membersMax;
    this.members = listed ? members : [];
    this.occupancy = occupancy ?? members.length;
    this.#changes.emit("members", this.members);
  }
}

// A membership as the application sees it. It keeps what the server told of the room and hands wishes on to its client.
import type { Driver } from "./driver.js";
import { makeError } from "./errors.js";
import { ErrorCode, FrameType } from "./generated/tables.js";
import { Handlers, Unread } from "./handlers.js";
import type { Rooms } from "./rooms.js";
import type { HistoryOptions, Member, Message, Off, Position, Receipt, RecoveredReason, Room, TriggerOptions } from "./types.js";

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

export class RoomMembership implements Room {
  declare readonly id: string;
  declare name: string;
  maxSize: number | null = null;
  recovered = true;
  declare recoveredReason: RecoveredReason | undefined;
  joined = true;
  members: readonly Member[] = [];
  occupancy = 0;
  epoch = 0;
  readonly #driver: Driver;
  readonly #handle: number;
  readonly #events = new Handlers(); // by event
  readonly #changes = new Handlers(); // "any", "members", "leave"
  readonly #unread = new Set<Unread<Message>>();

  constructor(driver: Driver, handle: number, id: string) {
    this.#driver = driver;
    this.#handle = handle;
    this.id = this.name = id;
  }

  get position(): Position {
    return this.#driver.rooms.position(this.#handle);
  }

  on(event: string, handler: (message: any) => void): Off {
    return this.#events.on(event, handler);
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

  events(event: string): AsyncIterableIterator<any> {
    const pace = () => this.#pace();
    const unread = new Unread<Message>(() => {
      off();
      this.#unread.delete(unread);
      pace();
    }, pace);
    const off = this.on(event, (message) => unread.push(message));
    this.#unread.add(unread);
    if (this.joined) pace();
    else unread.end();
    return unread;
  }

  async *history(options?: HistoryOptions): AsyncGenerator<any> {
    yield* this.#rooms.history(this.#handle, options);
  }

  async trigger(event: string, data: unknown, options?: TriggerOptions): Promise<Receipt> {
    return this.#rooms.publish(this.#handle, event, data, options);
  }

  async subscribe(event: string): Promise<void> {
    return this.#rooms.subscribe(this.#handle, FrameType.SUBSCRIBE, event);
  }

  async unsubscribe(event: string): Promise<void> {
    return this.#rooms.subscribe(this.#handle, FrameType.UNSUBSCRIBE, event);
  }

  async subscribeAll(): Promise<void> {
    return this.#rooms.subscribe(this.#handle, FrameType.SUBSCRIBE);
  }

  leave(): Promise<void> {
    return this.joined ? this.#driver.rooms.leave(this.#handle) : Promise.resolve();
  }

  /** Throws where this is no membership any more, as the id may be another one's by now. Of a closed client the core says why. */
  get #rooms(): Rooms {
    if (!this.joined && this.#driver.state !== "closed") throw makeError(ErrorCode.not_joined);
    return this.#driver.rooms;
  }

  /** JOINED: everything anew. */
  took(facts: RoomFacts, epoch: number, recovered: boolean): void {
    this.name = facts.name ?? this.id;
    this.maxSize = facts.maxSize ?? null;
    this.epoch = epoch;
    this.recovered = recovered;
    this.recoveredReason = recovered ? undefined : facts.reason;
    this.#setMembers(facts.members ?? [], facts.occupancy);
  }

  /** PRESENCE: what has changed. */
  changed({ joined = [], left = [], occupancy }: RoomFacts): void {
    const gone = new Set([...left, ...joined.map((member) => member.userId)]);
    this.#setMembers([...this.members.filter((member) => !gone.has(member.userId)), ...joined], occupancy);
  }

  deliver(message: Message): void {
    this.#events.emit(message.event, message);
    this.#changes.emit("any", message);
  }

  /** The membership is over; false when nobody was told why. */
  end(reason: unknown): boolean {
    this.joined = false;
    for (const unread of this.#unread) unread.end(reason);
    return this.#changes.emit("leave", reason);
  }

  /** How much may come is decided by how much the slowest iterator has not read. */
  #pace(): void {
    const most = Math.max(0, ...Array.from(this.#unread, ({ size }) => size + 1));
    if (this.joined) this.#driver.tell(({ wasm }) => wasm.set_unread(this.#handle, most));
  }

  #setMembers(members: Member[], occupancy?: number): void {
    const listed = occupancy === undefined && members.length <= membersMax;
    this.members = listed ? members : [];
    this.occupancy = occupancy ?? members.length;
    this.#changes.emit("members", this.members);
  }
}

// What all stores of one room with the same options share while they have subscribers: the membership, the list, and
// the snapshot, which is made at most once per turn of the event loop.
import type { DialogueClient } from "../api/client.js";
import type { DialogueError, Unsent } from "../api/errors.js";
import type { Settled } from "../api/events.js";
import type { Message, Position, Receipt, Recovery } from "../api/messages.js";
import type { JoinOptions, Off, Room, RoomState, TriggerOptions } from "../api/room.js";
import { MessageList } from "./message_list.js";
import { isSame } from "./shared_store.js";
import type { ListedMessage, RoomSnapshot, RoomStatus, StoreOptions } from "./types.js";

type AnyMessage = ListedMessage<Message>;
type Snapshot = RoomSnapshot<Message, any>;
type Options = StoreOptions<string, any>;

const none: readonly never[] = Object.freeze([]);
const statusOf = (state: RoomState): RoomStatus =>
  state === "joined" ? "live" : state === "idle" || state === "leaving" ? "left" : state;

const isListed = ({ event, keep }: Options, name: string) => keep !== 0 && (event === undefined || [event].flat().includes(name));
const listed = (message: Message): AnyMessage =>
  Object.freeze({ ...message, key: `${message.epoch}:${message.seq || ++lastKey}` });

/** What a store without subscribers shows: nothing, or what was preloaded of the room. */
export const idle = (id: string, options: Options): Snapshot => {
  const { initial, reduce, start } = options;
  const known = initial?.room === id ? initial : undefined;
  const messages = known ? Object.freeze(known.messages.filter(({ event }) => isListed(options, event)).map(listed)) : none;
  return Object.freeze({
    status: "idle",
    messages,
    state: reduce ? messages.reduce(reduce, start) : start,
    missed: undefined,
    members: known?.members ?? none,
    occupancy: known?.occupancy ?? 0,
    hasEarlier: !!known?.hasEarlier,
    error: undefined,
  });
};

export class RoomCore {
  snapshot: Snapshot;
  /** Whether the room was left, so that this object is useless. */
  isOver = false;
  readonly #client: DialogueClient;
  readonly #room: Room;
  readonly #options: Options;
  readonly #changed = new Set<() => void>();
  readonly #offs: readonly Off[];
  readonly #ended: () => void;
  readonly #first: Snapshot;
  /** Where the preloaded messages end. */
  readonly #since: Position | undefined;
  readonly #list = new MessageList<AnyMessage>();
  /** This client's own messages that are not accepted, by key. */
  readonly #own = new Map<string, AnyMessage>();
  #messages: readonly AnyMessage[] | undefined;
  #state: unknown;
  #missed: Recovery | undefined;
  #error: DialogueError | undefined;
  #keep: number;
  /** The log has nothing before the list. */
  #isWhole = false;
  #loading: Promise<void> | undefined;
  #isDue = false;

  /** `first` is shown until the room is joined; `ended` is called when it is left. */
  constructor(client: DialogueClient, id: string, options: Options, first: Snapshot, ended: () => void) {
    const { initial, keep = 1000 } = options;
    this.#client = client;
    this.#ended = ended;
    this.#options = options;
    this.#since = initial?.room === id ? initial.position : undefined;
    this.#isWhole = !!this.#since && !first.hasEarlier;
    this.#keep = keep;
    this.#state = first.state;
    this.#list.items.push(...(this.#messages = first.messages));
    this.snapshot = this.#first = first;
    const room = (this.#room = client.room(id));
    const change = this.#change;
    this.#offs = [
      room.onAny((_, message) => this.#add(message)),
      room.onState(change),
      room.onMembers(change),
      room.onLeave((reason) => this.#fail(reason)),
      room.onRecover((recovery) => {
        if (!recovery.recovered) this.#missed = recovery;
        if (!recovery.recovered && !recovery.from) this.#forgetFirst(); // of a log that was replaced
        change();
      }),
      client.on("state", change),
      client.on("pending", this.#readUnsent),
      client.on("loaded", this.#readUnsent),
      client.on("settled", this.#settle),
    ];
    this.#readUnsent();
    change();
    // A component with a selection or a token joins first, so that the others of this turn find the room joined with these.
    const { events, match, filter, token } = options;
    const join = () => void this.join();
    queueMicrotask(() => (this.#from() || events || match || filter || token ? join() : queueMicrotask(join)));
  }

  subscribe(changed: () => void): Off {
    const listener = () => changed(); // one that is added twice counts twice
    this.#changed.add(listener);
    return () => {
      this.#changed.delete(listener);
      // A framework may mount a component again that it has just unmounted.
      queueMicrotask(() => this.#changed.size || this.#stop());
    };
  }

  /** Joins the room, if it has a subscriber. One that is joined already gives its earlier events by its history. */
  async join(): Promise<void> {
    if (this.isOver) return;
    const { events, match, filter, token } = this.#options;
    const from = this.#from();
    const isHere = this.#room.state === "joined" || this.#room.state === "joining";
    const asked = { from: isHere ? undefined : from, events, match, filter, token };
    this.#error = undefined;
    try {
      await this.#room.join(asked as JoinOptions);
      const { last } = (from ?? {}) as { last?: number };
      if (!isHere || this.isOver) return;
      if (this.#since) await this.#continueFrom(this.#since);
      else if (last) await this.loadEarlier(last);
    } catch (error) {
      this.#fail(error as DialogueError);
    }
  }

  /** As the room's. */
  trigger(event: string, data?: unknown, options?: TriggerOptions): Promise<Receipt> {
    return this.#room.trigger(event, data, options);
  }

  loadEarlier(limit = 50): Promise<void> {
    this.#loading ??= this.#load(limit).finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  #from(): JoinOptions["from"] {
    const { from, last } = this.#options;
    return this.#since ? { since: this.#since } : (from ?? (last ? { last } : undefined));
  }

  /** Reads the events after a position, for a room that was already joined. If they fill the list, it has only these. */
  async #continueFrom({ epoch, seq }: Position): Promise<void> {
    const { position } = this.#room;
    const count = position.epoch === epoch ? Math.max(0, position.seq - seq) : Infinity;
    const before = { epoch: position.epoch, seq: position.seq + 1 };
    const page: Message[] = [];
    for await (const message of this.#room.history({ limit: Math.min(count, this.#keep), before })) page.push(message);
    if (count > this.#keep) this.#forgetFirst();
    for (const message of page) this.#add(message);
  }

  /** Takes the preloaded messages out of the list. */
  #forgetFirst(): void {
    const { reduce, start } = this.#options;
    this.#list.remove(this.#first.messages);
    this.#isWhole = false;
    if (reduce) this.#state = this.#list.items.reduce(reduce, start);
    this.#relist();
  }

  async #load(limit: number): Promise<void> {
    const first = this.#list.first;
    let before = first && { epoch: first.epoch, seq: first.seq };
    for (let found = 0, isLeft = true; isLeft && !found && !this.isOver; ) {
      const page = this.#room.history(before ? { limit, before } : { limit });
      let oldest: Message | undefined;
      for await (const message of page) {
        oldest ??= message;
        this.#keep += 1;
        if (this.#add(message)) found += 1;
        else this.#keep -= 1;
      }
      isLeft = !!page.hasMore && !!oldest;
      this.#isWhole = !isLeft;
      before = oldest;
    }
    this.#change();
  }

  /** Whether the list has got it by that. */
  #add(message: Message): boolean {
    return isListed(this.#options, message.event) && this.#insert(listed(message));
  }

  #insert(message: AnyMessage, replaced = false): boolean {
    const { reduce, start } = this.#options;
    const list = this.#list;
    const isNewest = list.insert(message, replaced);
    if (isNewest === undefined) return false;
    if (reduce) this.#state = isNewest ? reduce(this.#state, message) : list.items.reduce(reduce, start);
    if (list.trim(this.#keep)) this.#isWhole = false;
    this.#relist();
    return true;
  }

  #readUnsent = (): void => {
    const { userId } = this.#client;
    for (const { id: key, roomId, event, data, queuedAt } of this.#client.unsent() as readonly Unsent[]) {
      if (roomId !== this.#room.id || this.#own.has(key) || !isListed(this.#options, event)) continue;
      this.#setOwn({ key, event, roomId, data, from: userId ?? "", timestamp: queuedAt, seq: 0, epoch: 0, state: "pending" });
    }
  };

  #settle = ({ id, seq = 0, epoch = 0, timestamp = 0, error }: Settled): void => {
    const own = this.#own.get(id);
    if (!own) return;
    const { state, ...message } = own;
    // A fault of the data is reported where it was triggered; a withdrawn event is not shown.
    if (error && !error.path && error.code !== "aborted") {
      const discard = () => this.#drop(id);
      const retry = () => {
        discard();
        this.#room.trigger(own.event, own.data).catch(() => {}); // in the list again
      };
      return this.#setOwn({ ...message, state: "failed", error, retry, discard });
    }
    this.#drop(id);
    const from = this.#client.userId ?? own.from;
    // It may have come in this turn: then it keeps the key that the list has shown.
    if (!error) this.#insert(Object.freeze({ ...message, from, seq, epoch, timestamp, state: undefined }), true);
  };

  #setOwn(message: AnyMessage): void {
    this.#own.set(message.key, Object.freeze(message));
    this.#relist();
  }

  #drop(key: string): void {
    this.#own.delete(key);
    this.#relist();
  }

  #fail(reason: DialogueError | undefined): void {
    this.#error = reason;
    this.#change();
  }

  #relist(): void {
    this.#messages = undefined;
    this.#change();
  }

  /** Makes a snapshot at the end of the turn: by then an answer and what it answers have both come. */
  #change = (): void => {
    if (this.#isDue || this.isOver) return;
    this.#isDue = true;
    const { every } = this.#options;
    ((every === "frame" && globalThis.requestAnimationFrame) || setTimeout)(() => {
      this.#isDue = false;
      if (!this.isOver) this.#show();
    });
  };

  #show(): void {
    const room = this.#room;
    const list = this.#list;
    const { first } = list;
    const status = statusOf(room.state);
    const { members, occupancy } = room.joined ? room : this.#first;
    this.#messages ??= Object.freeze([...list.items, ...this.#own.values()]);
    const next: Snapshot = {
      status: status === "live" && this.#client.state !== "connected" ? "behind" : status,
      messages: this.#messages,
      state: this.#state,
      missed: this.#missed,
      members,
      occupancy,
      hasEarlier: room.joined ? !this.#isWhole && (first ? first.seq > 1 : room.position.seq > 0) : this.#first.hasEarlier,
      error: this.#error,
    };
    if (isSame(next, this.snapshot)) return;
    this.snapshot = Object.freeze(next);
    for (const changed of this.#changed) changed();
  }

  #stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#ended();
    for (const off of this.#offs) off();
    this.#room.release();
  }
}

let lastKey = 0;

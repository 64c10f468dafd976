// A page of a user with an application in it, which does what the schedule says and tells the ledger what comes of it.
import type { Auth, DialogueClient, HistoryOptions, JoinOptions, Position, Room } from "../src/index.js";
import type { Chance } from "./chance.js";
import { type Ledger, Reader } from "./ledger.js";
import type { Link, Network } from "./network.js";
import type { Page } from "./page.js";
import { users } from "./schedule.js";
import type { VirtualTime } from "./virtual_time.js";

/** What a tab begins with. */
export interface TabSetup {
  readonly name: string;
  readonly user: string;
  readonly rooms: readonly string[];
  /** How long its token function thinks at most; 0: it has none. */
  readonly tokenMs: number;
  /** So long after it was triggered, or after the page has begun, an event is in the database. */
  readonly writtenMs: number;
  /** Rooms that the server's application joins each connection to. */
  readonly joined: readonly string[];
  /** Whether pages know their definitions without the server. */
  readonly hasApp: boolean;
  /** Whether the page has an outbox. */
  readonly hasOutbox: boolean;
  /** Up to where an earlier page has read, by room. */
  readonly places?: ReadonlyMap<string, Position> | undefined;
  /** The options of its client beside those of the page. */
  readonly options: Record<string, unknown>;
}

interface Events {
  note: { id: number };
}

export class Tab {
  readonly client: DialogueClient<Events, any>;
  readonly rooms = new Map<string, { readonly room: Room<any, any>; readonly reader: Reader }>();
  /** What the application wants of its rooms, where that is certain. */
  readonly wishes = new Map<string, "joined" | "left">();
  /** Rooms in which the server may have a place for this page. */
  readonly entered: Set<string>;
  user: string;
  /** Whom the token function names. */
  #named: string;
  /** When it had its definitions: what is triggered before is only in memory. */
  #readyMs = Infinity;
  readonly #chance: Chance;
  /** Rooms with leaves that have not settled. */
  readonly #leaving: string[] = [];
  readonly #released = new Set<string>();
  /** Rooms whose next membership is another stretch, and where it begins, if that is known; setAuth continues. */
  readonly #next = new Map<string, { since?: Position }>();

  constructor(
    readonly page: Page,
    readonly link: Link,
    readonly setup: TabSetup,
    readonly ledger: Ledger,
    readonly time: VirtualTime,
    readonly network: Network,
    chance: Chance,
  ) {
    this.#chance = chance;
    this.user = setup.user;
    this.#named = setup.user;
    this.entered = new Set(setup.joined);
    if (setup.hasApp) this.#readyMs = time.nowMs;
    this.client = page.client.createDialogueClient<any, any>({
      ...setup.options,
      url: "wss://simulated/",
      transports: ["websocket"],
      WebSocket: network.classFor(page, link),
      auth: this.#authOf(setup.user),
    }) as any;
    this.client.on("error", (error) => ledger.sawError(setup.name, error));
    this.client.on("settled", ({ id, error, ...receipt }: any) => ledger.settled(setup.name, id, error, receipt));
    this.client.on("connect_error", ({ error }) => ledger.sawError(setup.name, error));
    this.client.on("state", (state) => {
      if (state === "connected") this.#readyMs = Math.min(this.#readyMs, time.nowMs);
      if (state === "closed" && !setup.hasApp) this.#readyMs = Infinity; // another core asks for definitions again
    });
    for (const id of setup.rooms) this.#follow(id);
  }

  /** Takes a reference of the room; another one after the one before was given back. */
  #follow(id: string): void {
    const room = this.client.room(id as never) as Room<any, any>;
    this.#released.delete(id);
    if (this.rooms.get(id)?.room === room) return;
    const reader = new Reader(this.ledger, `${this.setup.name} in ${id}`);
    this.rooms.set(id, { room, reader });
    room.on("note", (message: any) => reader.received(message));
    room.onRecover(({ recovered, reason }) => {
      if (!recovered) this.ledger.violate(`${this.setup.name} in ${id}: events are missing (${reason})`);
    });
    room.onLeave((reason) => {
      this.wishes.delete(id);
      if (!reason) return;
      this.ledger.doubt(this.setup.name, id); // what was on its way may have come too late
      this.#next.set(id, {});
    });
    // A new stretch begins once the room is joined; until then the one before may still have events on the way.
    room.onState((state) => {
      if (state !== "idle") this.entered.add(id);
      if (state !== "joined") return;
      const next = this.#next.get(id);
      if (next) reader.begin(next.since ?? room.position);
      this.#next.delete(id);
    });
  }

  #room(id: string) {
    if (this.#released.has(id)) this.#follow(id);
    return this.rooms.get(id)!;
  }

  /** Where a join of this room may begin, if it is not joined and something is known of it. */
  place(id: string): { since: Position } | undefined {
    const { state, position } = this.rooms.get(id)!.room;
    if (state !== "idle" && state !== "refused") return undefined;
    const since = position.epoch ? position : this.setup.places?.get(id);
    return since?.epoch ? { since } : undefined;
  }

  /** Where each room is. */
  places(): Map<string, Position> {
    return new Map([...this.rooms].map(([id, { room }]) => [id, room.position]));
  }

  #signal(abortMs: number | undefined): { signal?: AbortSignal } {
    if (abortMs === undefined) return {};
    const aborter = new AbortController();
    this.time.post(abortMs, () => aborter.abort(), this.page);
    return { signal: aborter.signal };
  }

  join(id: string, how: { isClaim?: boolean; from?: JoinOptions["from"]; abortMs?: number | undefined }): void {
    const { room } = this.#room(id);
    const options = { ...(how.from ? { from: how.from } : {}), ...this.#signal(how.abortMs) };
    const isIdle = room.state === "idle" || room.state === "refused" || room.state === "leaving";
    if (isIdle) this.#next.set(id, (how.from as any) ?? {});
    this.wishes.delete(id);
    const joining = how.isClaim ? this.client.join(id as never, options as never) : room.join(options as never);
    this.ledger.follow(this.setup.name, `join ${id}`, joining as Promise<unknown>, (error) => {
      if (error && room.state !== "joined") this.#next.set(id, {});
      if (!error && room.state === "joined") this.wishes.set(id, "joined");
      if (error?.code === "already_joined" && !how.from) this.ledger.violate(`${this.setup.name}: ${id} is already joined`);
    });
  }

  leave(id: string): void {
    const { room } = this.#room(id);
    this.wishes.delete(id);
    this.#leaving.push(id);
    this.ledger.follow(this.setup.name, `leave ${id}`, room.leave(), () => {
      this.#leaving.splice(this.#leaving.indexOf(id), 1);
      if (room.state === "idle") this.wishes.set(id, "left");
    });
    if (!room.joined || room.state === "leaving") this.#next.set(id, {});
  }

  release(id: string): void {
    const { room } = this.#room(id);
    this.wishes.delete(id);
    room.release();
    this.#released.add(id);
    // Where that leaves the room, the next membership is the server's.
    queueMicrotask(() => room.state === "joined" || this.#next.set(id, {}));
  }

  trigger(id: string, number: number, abortMs?: number): void {
    const { room } = this.#room(id);
    // Before the first WELCOME a token function may still name any user.
    const others = this.client.userId ? [this.client.userId] : this.setup.tokenMs ? users : [];
    const mine = new Set([this.user, ...others]);
    const isStaged = room.state === "leaving" || this.#leaving.includes(id);
    const publishing = room.trigger("note", { id: number }, this.#signal(abortMs)) as Promise<any>;
    const event = { id: number, room: id, users: mine, page: this.setup.name, atMs: this.time.nowMs, isStaged };
    this.ledger.trigger(event, publishing);
    this.ledger.named(number, this.client.unsent().find(({ data }: any) => data.id === number)?.id);
  }

  history(id: string, options: HistoryOptions): void {
    const read = async () => {
      let last = 0;
      for await (const { seq, data } of this.#room(id).room.history(options)) {
        if (last && seq !== last + 1) this.ledger.violate(`${this.setup.name}: the history of ${id} has ${seq} after ${last}`);
        last = seq;
        this.ledger.read(id, seq, (data as Events["note"]).id);
      }
    };
    this.ledger.follow(this.setup.name, `history ${id}`, read());
  }

  list(abortMs?: number): void {
    this.ledger.follow(this.setup.name, "listRooms", this.client.listRooms(this.#signal(abortMs)), (error, list: any) => {
      if (!error && !Array.isArray(list.rooms)) this.ledger.violate(`${this.setup.name}: a list without rooms`);
    });
  }

  can(id: string): void {
    this.ledger.follow(this.setup.name, `can join ${id}`, this.client.can("join", id as never), (error, may) => {
      if (!error && may !== true) this.ledger.violate(`${this.setup.name}: can join ${id} is ${may}`);
    });
  }

  connect(): void {
    this.client.connect();
  }

  disconnect(): void {
    this.client.disconnect();
  }

  /** Another user, by the call for it. */
  setAuth(user: string): void {
    this.user = user;
    this.ledger.givenUp(this.setup.name);
    this.ledger.follow(this.setup.name, `setAuth ${user}`, this.client.setAuth(this.#authOf(user)));
  }

  /** Another user, by the token function from now on; by itself where `connects`, else at the next connection. */
  rename(user: string, connects: boolean): void {
    if (!this.setup.tokenMs) return;
    this.user = this.#named = user;
    if (!connects) return;
    this.client.disconnect();
    this.client.connect();
  }

  #authOf(user: string): Auth {
    const { tokenMs } = this.setup;
    this.#named = user;
    if (!tokenMs) return { userId: user };
    const token = () =>
      new Promise<string>((resolve, reject) => {
        const ms = this.#chance.between(0, tokenMs);
        const answer = () => (this.#chance.oneIn(8) ? reject(new Error("no token now")) : resolve(this.#named));
        this.time.post(ms, answer, this.page);
      });
    return { token };
  }

  /** The browser keeps the page, and may bring it back. */
  freeze(): void {
    this.page.say("pagehide", { persisted: true });
    this.page.isFrozen = true;
  }

  thaw(): void {
    this.page.isFrozen = false;
    this.ledger.doubt(this.setup.name); // another page may have taken what this one had handed over
    this.time.thaw(this.page);
    this.page.say("pageshow", { persisted: true });
  }

  /** The page ends, with or without its last event. `isStorageSound`: IndexedDB has not failed while it lived. */
  end(isNoticed: boolean, isStorageSound: boolean, hasLocal: boolean): void {
    if (isNoticed) this.page.say("pagehide", { persisted: false });
    for (const socket of this.network.of(this.page)) socket.cut();
    this.page.isDead = true;
    const { writtenMs, hasOutbox, name } = this.setup;
    this.ledger.note(`${name}: ends${isNoticed ? "" : " suddenly"}`);
    const atMs = this.time.nowMs;
    const isKept = hasOutbox && isStorageSound;
    const writtenUntilMs = this.#readyMs + writtenMs > atMs - writtenMs ? -Infinity : atMs - writtenMs;
    const isHandedOver = isNoticed && hasLocal;
    const safeUntilMs = !isKept ? -Infinity : isHandedOver ? Infinity : writtenUntilMs;
    const deletedUntilMs = !hasOutbox ? Infinity : isStorageSound ? writtenUntilMs : -Infinity;
    this.ledger.ended(name, { atMs, safeUntilMs, isHandedOver, deletedUntilMs });
  }
}

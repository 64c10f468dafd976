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
  user: string;
  /** Whom the token function names. */
  #named: string;
  readonly #aborts: AbortController[] = [];
  readonly #chance: Chance;
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
    this.client = page.client.createDialogueClient<any, any>({
      ...setup.options,
      url: "wss://simulated/",
      transports: ["websocket"],
      WebSocket: network.classFor(page, link),
      auth: this.#authOf(setup.user),
    }) as any;
    this.client.on("error", (error) => ledger.sawError(setup.name, error));
    this.client.on("connect_error", ({ error }) => ledger.sawError(setup.name, error));
    for (const id of setup.rooms) this.#follow(id);
  }

  get isGone(): boolean {
    return this.page.isDead;
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
      if (!reason) return;
      this.link.losses += 1; // what was on its way may have come too late
      this.#next.set(id, {});
    });
    // A new stretch begins once the room is joined; until then the one before may still have events on the way.
    room.onState((state) => {
      const next = this.#next.get(id);
      if (state === "joined" && next) reader.begin(next.since);
      if (state === "joined") this.#next.delete(id);
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
    this.#aborts.push(aborter);
    this.time.post(abortMs, () => aborter.abort(), this.page);
    return { signal: aborter.signal };
  }

  join(id: string, how: { isClaim?: boolean; from?: JoinOptions["from"]; abortMs?: number | undefined }): void {
    const { room } = this.#room(id);
    const options = { ...(how.from ? { from: how.from } : {}), ...this.#signal(how.abortMs) };
    const isIdle = room.state === "idle" || room.state === "refused" || room.state === "leaving";
    if (isIdle) this.#next.set(id, (how.from as any) ?? {});
    const joining = how.isClaim ? this.client.join(id as never, options as never) : room.join(options as never);
    this.ledger.follow(this.setup.name, `join ${id}`, joining as Promise<unknown>, (error) => {
      if (error && room.state !== "joined") this.#next.set(id, {});
      if (error?.code === "already_joined" && !how.from) this.ledger.violate(`${this.setup.name}: ${id} is already joined`);
    });
  }

  leave(id: string): void {
    const { room } = this.#room(id);
    this.ledger.follow(this.setup.name, `leave ${id}`, room.leave());
    if (!room.joined || room.state === "leaving") this.#next.set(id, {});
  }

  release(id: string): void {
    this.#room(id).room.release();
    this.#released.add(id);
  }

  trigger(id: string, number: number, abortMs?: number): void {
    const { room } = this.#room(id);
    // Before the first WELCOME a token function may still name any user.
    const others = this.client.userId ? [this.client.userId] : this.setup.tokenMs ? users : [];
    const mine = new Set([this.user, ...others]);
    const data = { id: number };
    this.ledger.trigger(
      { id: number, room: id, users: mine, page: this.setup.name, losses: this.link.losses },
      room.trigger("note", data, this.#signal(abortMs)) as Promise<any>,
      () => this.link.losses,
    );
  }

  history(id: string, options: HistoryOptions): void {
    const read = async () => {
      let last = 0;
      for await (const { seq } of this.#room(id).room.history(options)) {
        if (seq <= last) this.ledger.violate(`${this.setup.name}: the history of ${id} has ${seq} after ${last}`);
        last = seq;
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
    this.link.losses += 1; // another page may have taken what this one had handed over
    this.time.thaw(this.page);
    this.page.say("pageshow", { persisted: true });
  }

  /** The page ends, with or without its last event. */
  end(isNoticed: boolean): void {
    if (isNoticed) this.page.say("pagehide", { persisted: false });
    for (const socket of this.network.of(this.page)) socket.cut();
    this.page.isDead = true;
    this.ledger.forget(this.setup.name);
  }
}

// The states of one room, which its handles share: sends what was set last, at the room's rate, and keeps what others have
// set, repaired by a new snapshot after a gap or a reconnection.
import type { DialogueError } from "../api/errors.js";
import type { PresenceMember, PresenceSession } from "../api/presence.js";
import type { Room } from "../api/room.js";
import type { CallHost } from "../calls/calls.js";
import { Call } from "../core/calls.js";
import { ErrorCode, FrameType, Limit } from "../generated/tables.js";
import type { Emitter } from "../util/emitter.js";

type Member = PresenceMember<any>;
interface Page {
  readonly members?: readonly Member[];
  readonly states?: readonly Member[];
  readonly left?: readonly string[];
  readonly next?: string;
  readonly rate?: number;
}

/** What the room asks of a handle. */
interface Share {
  /** Whether it receives what others set; false after its end. */
  isWatching: boolean;
  /** Calls its handlers. */
  readonly emitter: Emitter;
}

/** What the rooms of one client share. */
export interface Hub {
  readonly rooms: Map<string, RoomStates>;
  /** The rooms of watches that ended before the answer to their WATCH, by its request. */
  readonly ended: Map<number, string>;
  last: number;
}

/** The error of an argument, as the client's own. */
export const invalid = (host: CallHost, path: string, why = "is not well-formed"): DialogueError =>
  host.makeError(ErrorCode.request_invalid, "", path, "", why);

const entryEnd = "~presence";

/** The number of the catalogue's entry for the states of a room; 0: there is none. */
const entryOf = (events: readonly string[], id: string): number => {
  let best = 0;
  let rank = -1;
  events.forEach((name, index) => {
    if (!name.endsWith(entryEnd)) return;
    const room = name.slice(0, -entryEnd.length);
    const at = room.indexOf("~"); // of the parameter
    const fits = at >= 0 && id.length >= room.length && id.startsWith(room.slice(0, at)) && id.endsWith(room.slice(at + 1));
    const own = room === id ? Infinity : fits ? at : -1;
    if (own > rank) [best, rank] = [index + 1, own];
  });
  return best;
};

export class RoomStates {
  readonly host: CallHost;
  readonly hub: Hub;
  readonly room: Room;
  readonly id: string;
  isWatching = false;
  number = 0; // of the room, for the server
  readonly byUser = new Map<string, Member>();
  readonly #handles = new Set<Share>();
  #members: readonly Member[] | undefined;
  readonly #offs: (() => void)[] = [];
  #clock = 0;
  #request = 0; // the WATCH that is not answered
  #setRequest = 0;
  #seen: Set<string> | undefined; // since the snapshot began
  #own: string | undefined; // JSON; undefined: nothing was set
  #setter: Share | undefined; // of #own
  #isSet = false; // whether the server may have a state of this client
  #user: string | undefined;
  #turn = 0;
  #newest = 0;
  #sentMs = 0;
  #intervalMs = 100;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(hub: Hub, host: CallHost, room: Room) {
    this.hub = hub;
    this.host = host;
    this.room = room;
    this.id = room.id;
    this.#user = host.userId;
    this.#offs.push(
      room.onState(() => this.#flush(true)),
      room.onRecover(() => this.#flush(true)),
      host.emitter.on("state", () => this.#begin()) as () => void,
      host.emitter.on("moved", () => this.#begin()) as () => void,
      host.emitter.on("user", (user) => {
        if (this.#user !== undefined) {
          this.#own = this.#setter = undefined; // it was another user's
          this.#isSet = false;
        }
        this.#user = user;
      }) as () => void,
    );
  }

  get members(): readonly Member[] {
    return (this.#members ??= [...this.byUser.values()]);
  }

  invalid(path: string, why?: string): DialogueError {
    return invalid(this.host, path, why);
  }

  open(handle: Share): void {
    this.#handles.add(handle);
    if (!handle.isWatching || this.isWatching) return;
    this.isWatching = true;
    this.#begin();
  }

  /** Ends the handle's share: its state, and with the last of them the watch and the use of the room. */
  close(handle: Share): void {
    const handles = this.#handles;
    if (!handles.delete(handle)) return;
    handle.isWatching = false;
    const isConnected = this.host.state === "connected";
    if (handle === this.#setter) {
      clearTimeout(this.#timer);
      this.#timer = this.#setter = undefined;
      this.#own = "null";
      if (isConnected && this.#isSet && this.room.joined) this.#sendState("null");
    }
    if (this.isWatching && ![...handles].some((other) => other.isWatching)) {
      if (isConnected && this.number) this.host.socket.send(`[${[FrameType.UNWATCH, this.number]}]`);
      else if (this.#request) this.hub.ended.set(this.#request, this.id);
      clearTimeout(this.#retry);
      this.isWatching = false;
      this.#request = this.number = 0;
      this.byUser.clear();
      this.#members = this.#seen = undefined;
    }
    if (handles.size) return;
    clearTimeout(this.#timer);
    for (const off of this.#offs) off();
    this.hub.rooms.delete(this.id);
    this.room.release();
  }

  async set(handle: Share, state: unknown): Promise<void> {
    const { host } = this;
    if (!this.#handles.has(handle))
      throw host.makeError(ErrorCode.closed, "", "", this.id, "It was closed: call presence() again.");
    let json: string | undefined;
    let reason = "";
    try {
      json = JSON.stringify(state, host.options.app?.bytes?.encode as any);
    } catch (error) {
      reason = `: ${(error as Error).message}`;
    }
    if (json === undefined) throw this.invalid("$.state", `cannot be sent as JSON${reason}`);
    host.wantsConnection = true;
    const turn = ++this.#turn;
    const core = await host.until(host.start());
    host.withCore(({ wasm }) => wasm[Call.start](Date.now()));
    await host.until(core.catalogued);
    const validator = await host.until(host.validator());
    if (core.over) throw core.over;
    const entry = entryOf(core.events, this.id);
    if (!entry) throw this.invalid("$.roomId", "has no states");
    if (json !== "null") validator.validate(entry, json, Limit.stateBytesMax);
    // A later one was valid first, or the handle that has set it was released.
    if (turn < this.#newest || !this.#handles.has(handle)) return;
    this.#newest = turn;
    this.#own = json;
    this.#setter = handle;
    this.#flush();
  }

  /** Of WATCHED: whether it was the answer to one of this room's frames. */
  answered(request: number, code: number, number: number, clock: number, body: any): boolean {
    if (request ? request !== this.#request && request !== this.#setRequest : number !== this.number) return false;
    if (!code) {
      this.number = number;
      this.#intervalMs = 1000 / body.rate;
      if (!this.#seen) this.#clock = clock;
      this.#seen ??= new Set();
      if (!body.next) this.#request = 0;
      this.#apply(body, !body.next);
      if (body.next && request === this.#request) this.#ask({ after: body.next }); // no handler has ended the watch
      return true;
    }
    const isEarly = code === ErrorCode.not_joined && request === this.#setRequest; // the membership is under way
    const { message, path, retryAfterMs = isEarly ? 200 : 0 } = Object(body);
    const error = Object.assign(this.host.makeError(code, "", undefined, this.id, `${message}`), { path });
    if (request && request === this.#setRequest) {
      if (retryAfterMs) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#sentMs = Date.now() + retryAfterMs - this.#intervalMs;
        this.#isSet = true;
        this.#flush(true);
      } else this.#setter?.emitter.emit("error", error);
      return true;
    }
    this.#request = this.number = 0;
    if (retryAfterMs) this.#retry = setTimeout(() => this.#begin(), retryAfterMs);
    else {
      this.#seen = new Set();
      this.#apply({}, true);
      this.#emit("error", error);
    }
    return true;
  }

  /** Of STATES. */
  report(clock: number, changes: Page): void {
    if (clock && clock <= this.#clock) return;
    const isNext = clock === this.#clock + 1;
    this.#clock = clock || this.#clock;
    this.#apply(changes, false);
    if (!isNext && !this.#request) this.#begin(); // reports were left out
  }

  /** Asks for a snapshot again after each connection. */
  #begin(): void {
    if (this.host.state !== "connected") {
      this.#request = this.number = 0;
      return;
    }
    this.#flush(true);
    if (!this.isWatching) return;
    this.#seen = undefined;
    this.#ask({});
  }

  #ask(options: object): void {
    this.#request = ++this.hub.last;
    this.host.socket.send(JSON.stringify([FrameType.WATCH, this.#request, this.id, options]));
  }

  /** Calls the handlers of those who watch. */
  #emit(change: string, value: unknown): void {
    for (const { isWatching, emitter } of [...this.#handles]) if (isWatching) emitter.emit(change, value);
  }

  #apply({ members, states = members, left }: Page, isLastPage: boolean): void {
    const { bytes } = this.host.options.app ?? {};
    const { events } = this.host.core!;
    const decoded = (state: unknown) => {
      const frame = [FrameType.EVENT, 0, entryOf(events, this.id), 0, 0, "", 0, state];
      bytes?.decode(frame, events);
      return frame[7];
    };
    const changes: [string, Member][] = [];
    const { byUser } = this;
    const remove = (userId: string) => {
      const member = byUser.get(userId);
      if (member) changes.push(["leave", member]);
      byUser.delete(userId);
    };
    for (const each of states ?? []) {
      const before = byUser.get(each.userId);
      this.#seen?.add(each.userId);
      const sessions = each.sessions?.map(({ id, state }: PresenceSession<unknown>) => ({ id, state: decoded(state) }));
      const member = { ...before, ...each, state: decoded(each.state), ...(sessions && { sessions }) };
      const isOther = JSON.stringify(before) !== JSON.stringify(member);
      if (!isOther) continue;
      byUser.set(each.userId, member);
      changes.push([before ? "update" : "enter", member]);
    }
    for (const userId of left ?? []) remove(userId);
    if (isLastPage) {
      for (const userId of [...byUser.keys()]) if (!this.#seen!.has(userId)) remove(userId);
      this.#seen = undefined;
    }
    if (!changes.length) return;
    this.#members = undefined;
    for (const [change, member] of changes) this.#emit(change, member);
    this.#emit("members", this.members);
  }

  #sendState(json: string): void {
    this.#setRequest = ++this.hub.last;
    this.#sentMs = Date.now();
    this.#isSet = json !== "null";
    this.host.socket.send(`[${[FrameType.STATE, this.#setRequest, JSON.stringify(this.id), json]}]`);
  }

  /** Sends the newest state when its time has come. */
  #flush(isAgain = false): void {
    if (this.#own === undefined || !this.room.joined || this.host.state !== "connected" || this.#timer) return;
    if (isAgain && this.#own === "null" && !this.#isSet) return; // the server has none
    const wait = this.#sentMs + this.#intervalMs - Date.now();
    if (wait <= 0) return this.#sendState(this.#own);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, wait);
  }
}

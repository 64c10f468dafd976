// The driver: carries out what the core decides, with the platform's socket, timers, JSON and promises. It decides nothing by itself.
import { Core } from "./core.js";
import { codeName, DialogueError, makeError } from "./errors.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "./generated/tables.js";
import { Handlers } from "./handlers.js";
import { endpoint, Link, webSocketClass } from "./link.js";
import { RoomMembership } from "./room.js";
import type { ClientOptions, ClientState, JoinOptions, Position, Receipt, RoomInfo } from "./types.js";

const states: readonly ClientState[] = ["connecting", "connected", "reconnecting", "closed"];
const incomingCharsMax = 16 * 1024 * 1024; // what a server may send at once
const timeoutMsMax = 2 ** 31 - 1; // setTimeout fires at once above it

/** Gives the compiled module; called at first use. */
export type ModuleLoader = () => Promise<WebAssembly.Module>;

/** What is kept of a room id, for good: its handle, and what JOIN says after the integers. */
interface RoomRecord {
  readonly id: string;
  readonly handle: number;
  events?: readonly string[] | undefined;
  room?: RoomMembership;
  /** What join() gave out, while there is a membership or the wish for one. */
  membership?: Promise<RoomMembership> | undefined;
  leaving?: Promise<void> | undefined;
}

/** A promise that the core settles; of a publication also what may have to be sent again. */
interface Pending {
  resolve(value: any): void;
  reject(error: unknown): void;
  readonly event?: string;
  readonly json?: string;
}

export class Driver {
  state: ClientState = "connecting";
  userId: string | undefined;
  transport: "websocket" | undefined;
  readonly handlers = new Handlers((error) => this.report(error));
  readonly #options: ClientOptions;
  readonly #loader: ModuleLoader;
  readonly #link: Link;
  readonly #producer = crypto.getRandomValues(new Uint32Array(4)).join("-");
  readonly #records: RoomRecord[] = [];
  readonly #byId = new Map<string, RoomRecord>();
  readonly #pending = new Map<number, Pending>();
  #core: Core | undefined;
  #starting: Promise<Core> | undefined;
  #isPumping = false;
  #isReporting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerDue = Infinity;
  #messageBytesMax: number = Limit.messageBytesMax;
  /** The frame that the core's decisions are about, and the last BYE's message. */
  #frame: any[] = [];
  #bye: string | undefined;

  constructor(options: ClientOptions, loader: ModuleLoader) {
    this.#options = options;
    this.#loader = loader;
    this.#link = new Link(options, {
      opened: () => this.#tell((core) => core.wasm.opened(Date.now())),
      received: (data) => this.#received(data),
      lost: (closeCode, error) => {
        if (error) this.report(error);
        this.#tell((core) => core.wasm.lost(closeCode, Date.now()));
      },
    });
  }

  get pending(): number {
    return this.#core?.wasm.pending() ?? 0;
  }

  /** Starts the core and with it the connection, once. Resolves when the core runs, which is before there is a connection. */
  start(): Promise<Core> {
    this.#starting ??= this.#load().catch((error) => {
      this.#starting = undefined; // the next use tries again
      throw error;
    });
    return this.#starting;
  }

  async join(id: string, { from, events }: JoinOptions = {}): Promise<RoomMembership> {
    const core = await this.start();
    const record = this.#record(id);
    if (record.membership && !record.leaving) return record.membership;
    const { epoch, seq } = typeof from === "object" && "since" in from ? from.since : { epoch: 0, seq: Object(from).last ?? 0 };
    const kind = typeof from !== "object" ? 0 : "last" in from ? 1 : 2;
    const joining = this.#request(core.wasm.join(record.handle, kind, epoch, seq, Date.now())).then(() => record.room!);
    if (record.leaving) return joining; // the core refuses it
    record.events = events;
    joining.catch(() => (record.membership = undefined));
    return (record.membership = joining);
  }

  leave(handle: number): Promise<void> {
    const record = this.#records[handle]!;
    return (record.leaving ??= this.#request(this.#core!.wasm.leave(handle))
      .catch(() => {}) // it has ended another way
      .then(() => void (record.leaving = undefined)));
  }

  /** Publishes; `signal` ends the wait, not an event that is already under way. */
  async publish(handle: number, event: string, data: unknown, signal?: AbortSignal): Promise<Receipt> {
    const core = this.#core!;
    const number = core.eventNumber(event);
    const json = toJson(data);
    core.validate(number, json, this.#messageBytesMax - Limit.framePrefixBytesMax);
    if (signal?.aborted) throw makeError(ErrorCode.aborted);
    const ticket = core.wasm.publish(handle, number, Date.now()) >>> 0;
    const answer = this.#request(ticket, { event, json });
    if (!signal) return answer;
    const abort = () => {
      this.#pending.get(ticket)?.reject(makeError(ErrorCode.aborted));
      this.#tell(() => core.wasm.abort(ticket));
    };
    signal.addEventListener("abort", abort);
    return answer.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Without an event: all of the room's. */
  async subscribe(handle: number, type: FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE, event?: string): Promise<void> {
    const core = this.#core!;
    const record = this.#records[handle]!;
    await this.#request(core.wasm.subscribe(handle, type, event === undefined ? 0 : core.eventNumber(event), Date.now()));
    // What a later JOIN, after a reconnection, has to ask for.
    const subscribed = new Set(event === undefined ? core.roomEvents(record.id, true) : (record.events ?? core.roomEvents(record.id, false)));
    if (type === FrameType.UNSUBSCRIBE) subscribed.delete(event!);
    else if (event !== undefined) subscribed.add(event);
    record.events = [...subscribed];
  }

  async listRooms(): Promise<RoomInfo[]> {
    const core = await this.start();
    return (await this.#request(core.wasm.list(Date.now()))).rooms;
  }

  position(handle: number): Position {
    const core = this.#core!;
    core.wasm.position(handle);
    return { epoch: core.numbers[0]!, seq: core.numbers[1]! };
  }

  close(): void {
    if (this.#core) this.#tell((core) => core.wasm.close());
    else this.#setState("closed");
  }

  /** Says what no promise tells, to handlers of "error" or, where there are none, to the platform. */
  report(error: unknown): void {
    const isHeard = !this.#isReporting && this.handlers.has("error");
    if (!isHeard) return (globalThis.reportError ?? console.error)(error);
    this.#isReporting = true;
    this.handlers.emit("error", error);
    this.#isReporting = false;
  }

  async #load(): Promise<Core> {
    if (this.state === "closed") throw makeError(ErrorCode.closed);
    webSocketClass(this.#options); // what can never work is said at once
    endpoint(this.#options.url);
    const core = new Core(await this.#loader());
    const { app } = this.#options;
    if (app) core.setCatalogue(app.catalogue);
    // The type system does not know that close() may have been called meanwhile.
    if ((this.state as ClientState) === "closed") throw makeError(ErrorCode.closed);
    this.#core = core;
    globalThis.addEventListener?.("online", this.#wake);
    this.#tell(() => core.wasm.start(Date.now()));
    return core;
  }

  readonly #wake = () => this.#tell((core) => core.wasm.wake(Date.now()));

  #record(id: string): RoomRecord {
    let record = this.#byId.get(id);
    if (!record) {
      record = { id, handle: this.#core!.wasm.add_room() };
      this.#byId.set(id, record);
      this.#records[record.handle] = record;
    }
    return record;
  }

  #request(ticket: number, publication?: { event: string; json: string }): Promise<any> {
    return new Promise((resolve, reject) => {
      this.#pending.set(ticket >>> 0, { resolve, reject, ...publication });
      this.#pump();
    });
  }

  #received(data: unknown): void {
    if (typeof data !== "string") return this.#violated(ErrorCode.binary_unsupported);
    if (data.length > incomingCharsMax) return this.#violated(ErrorCode.frame_too_large);
    for (const line of data.split("\n")) {
      let frame: unknown;
      try {
        frame = JSON.parse(line);
      } catch {
        return this.#violated(ErrorCode.frame_malformed);
      }
      this.#take(frame);
    }
  }

  #take(frame: unknown): void {
    const core = this.#core!;
    if (!Array.isArray(frame)) return this.#violated(ErrorCode.frame_malformed);
    if (frame[0] === FrameType.BYE) this.#bye = frame[3]?.message;
    const { numbers } = core;
    let count = 0;
    for (; count <= Limit.frameIntegersMax && typeof frame[count] === "number"; ++count) numbers[count] = frame[count];
    // A membership that the server begins names its room; all others are known by the request.
    const roomId = frame[0] === FrameType.JOINED && frame[1] === 0 && frame[7]?.roomId;
    const named = typeof roomId === "string" ? this.#record(roomId).handle : -1;
    this.#frame = frame;
    core.wasm.receive(count, frame.length, named, Date.now());
    this.#pump();
  }

  #violated(code: ErrorCode): void {
    this.#tell((core) => core.wasm.violated(code, Date.now()));
  }

  #tell(fact: (core: Core) => void): void {
    if (!this.#core) return;
    fact(this.#core);
    this.#pump();
  }

  /** Carries out decisions until there are none. Handlers may ask for more meanwhile: that waits for its turn. */
  #pump(): void {
    const core = this.#core;
    if (!core || this.#isPumping) return;
    this.#isPumping = true;
    for (let kind: ActionKind; (kind = core.wasm.next()); ) {
      const [reference, count, ...rest] = core.numbers;
      try {
        this.#carryOut(core, kind, reference!, rest.slice(0, count));
      } catch {
        core.wasm.violated(ErrorCode.frame_malformed, Date.now()); // a tail of another form than documented
      }
    }
    this.#isPumping = false;
    this.#arm(core);
  }

  #carryOut(core: Core, kind: ActionKind, reference: number, numbers: number[]): void {
    const frame = this.#frame;
    const record = this.#records[reference]!;
    switch (kind) {
      case ActionKind.open:
        return void this.#link.open();
      case ActionKind.drop:
        return this.#link.drop(numbers[0]!);
      case ActionKind.send:
        return this.#link.send(`[${numbers}${this.#tail(numbers[0]!, reference)}]`);
      case ActionKind.state:
        return this.#setState(states[numbers[0]!]!);
      case ActionKind.welcome:
        return this.#welcome(core, frame[7]);
      case ActionKind.joined:
        return this.#joined(record, frame);
      case ActionKind.left:
        return this.#left(record, numbers[0]!);
      case ActionKind.deliver: {
        const [, , number, seq, timestamp, from, , data] = frame;
        const { room, id } = record;
        return room!.deliver({ event: core.events[number - 1]!, roomId: id, data, from, timestamp, seq, epoch: room!.epoch });
      }
      case ActionKind.presence:
        return record.room!.changed(frame[3]);
      case ActionKind.gap: {
        const reason = frame[0] === FrameType.JOINED ? frame[7].reason : "";
        record.room!.recovered = false;
        return this.report(makeError(ErrorCode.events_missed, `${numbers[0] ? numbers.join(" to ") : "all"} ${reason ?? ""}`, "", record.id));
      }
      case ActionKind.fault:
        return this.report(this.#bye ? new DialogueError(codeName(numbers[0]!), this.#bye) : makeError(numbers[0]!));
      default:
        return this.#settle(kind, reference, numbers[0]!);
    }
  }

  /** What follows the integers of a frame of ours. */
  #tail(type: number, reference: number): string {
    if (type === FrameType.PUBLISH) return `,${this.#pending.get(reference)!.json}`;
    if (type === FrameType.JOIN) {
      const { id, events } = this.#records[reference]!;
      return `,${JSON.stringify(id)},${JSON.stringify({ events })}`;
    }
    if (type !== FrameType.HELLO) return "";
    const { auth } = this.#options;
    const identity = auth && "token" in auth ? undefined : auth;
    return `,${JSON.stringify({ token: this.#link.token, identity, client: "dialogue-client", producer: { id: `${this.#producer}-${reference}` } })}`;
  }

  #setState(state: ClientState): void {
    if (state === this.state) return;
    this.state = state;
    if (state === "closed") globalThis.removeEventListener?.("online", this.#wake);
    const transport = state === "connected" ? "websocket" : undefined;
    if (transport !== this.transport) this.handlers.emit("transport", (this.transport = transport));
    this.handlers.emit("state", state);
  }

  #welcome(core: Core, facts: { userId: string; limits?: { messageBytes?: number }; catalogue?: string }): void {
    this.userId = facts.userId;
    this.#messageBytesMax = facts.limits?.messageBytes ?? Limit.messageBytesMax;
    this.#bye = undefined;
    if (!facts.catalogue) return;
    core.setCatalogue(facts.catalogue);
    for (const [ticket, { event }] of this.#pending) if (event) core.wasm.renumber(ticket, core.eventNumber(event, false));
  }

  #joined(record: RoomRecord, frame: any[]): void {
    if (!record.room?.joined) record.room = new RoomMembership(this, record.handle, record.id);
    const { room } = record;
    room.took(frame[7], frame[3], frame[6] === 1);
    if (record.membership) return;
    record.membership = Promise.resolve(room);
    this.handlers.emit("room", room);
  }

  #left(record: RoomRecord, code: number): void {
    record.membership = undefined;
    const reason = code && code !== ErrorCode.closed ? makeError(code, "", "", record.id) : undefined;
    if (!record.room!.end(reason) && reason) this.report(reason);
  }

  #settle(kind: ActionKind, ticket: number, code: number): void {
    const frame = this.#frame;
    const pending = this.#pending.get(ticket);
    this.#pending.delete(ticket);
    if (kind === ActionKind.settle) return code ? pending?.reject(makeError(code, Limit.pendingMax)) : pending?.resolve(undefined);
    if (frame[0] === FrameType.ACK) {
      const [, , , epoch, seq, timestamp, duplicate] = frame;
      return pending?.resolve({ seq, epoch, timestamp, duplicate: duplicate === 1 });
    }
    // REPLY and NACK end with the result, or with what there is to say of the refusal.
    const last = Object(frame[frame.length - 1]);
    if (!code) return pending?.resolve(last);
    const retryAfterMs = last.retryAfterMs ?? (frame[0] === FrameType.NACK ? frame[4] || undefined : undefined);
    pending?.reject(new DialogueError(codeName(code), `${last.message}`, last.path, retryAfterMs));
  }

  /** Sets the timer for what the core waits for. A timer that rings too early does no harm, so a later deadline leaves it as it is. */
  #arm(core: Core): void {
    const due = core.wasm.deadline();
    if (due === Infinity) clearTimeout(this.#timer);
    if (due >= this.#timerDue) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    this.#timer = setTimeout(
      () => {
        this.#timerDue = Infinity;
        this.#tell(() => core.wasm.tick(Date.now()));
      },
      Math.min(due - Date.now(), timeoutMsMax),
    );
  }
}

function toJson(data: unknown): string {
  try {
    const json = JSON.stringify(data === undefined ? null : data);
    if (json !== undefined) return json;
  } catch {
    // a cycle or a BigInt
  }
  throw makeError(ErrorCode.json_syntax, "", "$");
}

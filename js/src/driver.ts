// The driver: carries out what the core decides, with the platform's socket, timers, JSON and promises. It decides nothing by
// itself. What is about rooms is done by Rooms.

import { Alarm } from "./alarm.js";
import { Call } from "./calls.js";
import { Core, type WelcomeFacts } from "./core.js";
import { codeName, DialogueError, makeError, type Unsent } from "./errors.js";
import { Failures } from "./failures.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "./generated/tables.js";
import { Handlers, tellPlatform } from "./handlers.js";
import { unpack } from "./inlined.js";
import { endpoint, Link, webSocketClass } from "./link.js";
import { Loading } from "./loading.js";
import type { Outbox } from "./outbox.js";
import { PageLife } from "./page_life.js";
import { type Pending, type Publication, publishExt, unsentOf } from "./pending.js";
import { randomId } from "./random_id.js";
import { Rooms } from "./rooms.js";
import type { ClientOptions, ClientState, StateChange, Waitable, Waiting } from "./types.js";
import type { Validator } from "./validator.js";
import { patiently, Waits } from "./waits.js";

/** Of the core's State, by its number. */
const states: readonly ClientState[] = ["connecting", "connected", "reconnecting", "closed"];
const incomingCharsMax = 16 * 1024 * 1024; // what a server may send at once
const preloadMs = 1000; // after the connection stands: unpacking the validator takes longer than the first messages may wait

/** Gives the compiled module; called at first use, and again where it failed. */
export type ModuleLoader = () => Promise<WebAssembly.Module>;

export class Driver {
  state: ClientState = "connecting";
  declare userId: string | undefined;
  declare transport: "websocket" | undefined;
  messageBytesMax: number = Limit.messageBytesMax;
  /** Publications without an answer, their bytes, and the bounds of both. */
  pending = 0;
  pendingBytes = 0;
  pendingMax: number = Limit.pendingMax;
  pendingBytesMax = 8 * 1024 * 1024;
  declare waiting: Waiting | undefined;
  /** Runs from the first use on. */
  declare core: Core | undefined;
  readonly rooms = new Rooms(this);
  readonly handlers = new Handlers();
  /** Of events that are sent to the user, by event. */
  readonly ownEvents = new Handlers();
  readonly #options: ClientOptions;
  readonly #loader: ModuleLoader;
  readonly #link: Link;
  #producer = randomId();
  readonly #failures = new Failures();
  /** What went wrong last; undefined once a connection stands. */
  declare lastError: DialogueError | undefined;
  readonly #pending = new Map<number, Pending>();
  /** The validator, once somebody who waited for it has come to his turn: until then others go behind him. */
  declare ready: Validator | undefined;
  readonly loading = new Loading(this);
  /** Resolved once there is a catalogue. */
  readonly catalogued: Promise<void>;
  #hasCatalogue = () => {};
  /** Why the client closed itself. */
  #final: DialogueError | undefined;
  readonly #waits = new Waits();
  #starting: Promise<Core> | undefined;
  #isPumping = false;
  #isPausing = false;
  readonly #life = new PageLife(this);
  /** The server has given this page another user id: what was sent before is not known under it. */
  #isRenamed = false;
  readonly #alarm = new Alarm(() => this.tell(({ wasm }) => wasm[Call.tick](Date.now())));
  /** Frames that were not read yet. */
  #inbox: string[] = [];
  #isHeld = false;
  /** The frame that the core's decisions are about, and the last BYE's message. */
  #frame: any[] = [];
  #bye: string | undefined;
  /** What WELCOME gave to come back to the session with. A secret. */
  declare resume: string | undefined;
  /** Where publications are kept over a reload, if that was asked for. */
  #outbox: Outbox | undefined;
  #outboxName: string | undefined;
  /** Publications that wait for what they need before the core takes them. */
  readonly early = new Set<Publication>();
  #pendingTold = 0;
  #isTellingPending = false;

  constructor(options: ClientOptions, loader: ModuleLoader) {
    this.#options = options;
    this.#loader = loader;
    this.catalogued = new Promise((resolve) => (this.#hasCatalogue = resolve));
    this.#link = new Link(options, {
      opening: () => this.tell(({ wasm }) => wasm[Call.opened](Date.now())),
      received: (data) => this.#received(data),
      lost: (closeCode, wasOpen, error) => {
        this.#isHeld = false;
        this.#read();
        const kind = error ? (error instanceof DOMException ? "refused" : "token") : wasOpen ? "closed" : "unreachable";
        this.#failures.add(kind, closeCode, error);
        this.tell(({ wasm }) => wasm[Call.lost](closeCode, Date.now()));
        this.#tellFailure();
      },
    });
  }

  /** Starts the core, once. What it is asked for first begins the connection. */
  start(): Promise<Core> {
    if (this.state === "closed" && !this.core) return Promise.reject(makeError(ErrorCode.closed));
    if (this.state === "failed") this.#setState("connecting", {});
    this.#starting ??= this.#load().catch((thrown) => {
      this.#starting = undefined; // the next use tries again
      const error = thrown instanceof DialogueError ? thrown : new DialogueError("not_supported", `${thrown}`);
      if (this.state !== "closed") {
        this.lastError = error;
        this.#setState("failed", { reason: error.code });
      }
      throw error;
    });
    return this.#starting;
  }

  /**
   * Connects without being asked for anything. Who joins by then is named in the first message. After disconnect() it goes
   * on, and a client that the server has sent away for good begins again.
   */
  connect(): void {
    if (this.state === "closed" && this.#final) this.#begin();
    this.start().then(
      () => this.tell(({ wasm }) => wasm[Call.start](Date.now())),
      (error: DialogueError) => this.state === "closed" || this.report(error),
    );
  }

  /** Closes the connection until connect() is called; rooms and what waits stay. */
  disconnect(): void {
    this.#isPausing = true;
    this.tell(({ wasm }) => wasm[Call.pause]());
    this.#isPausing = false;
  }

  /** A core of its own for what comes now: the one before has settled all that it was asked. */
  #begin(): void {
    this.core = this.#starting = this.ready = this.#final = undefined;
    this.loading.forget();
    this.#producer = randomId();
    this.rooms.begin();
    this.#setState("connecting", {});
  }

  /** Tells "connect_error" what has failed; once in a row the console, where nobody listens. */
  #tellFailure(): void {
    const failure = this.core && this.#failures.take(this.core.wasm[Call.deadline]());
    if (!failure || this.state === "closed") return;
    const { kind, attempt, error } = failure;
    this.lastError = error;
    if (this.handlers.emit("connect_error", failure)) return;
    if (kind === "token") this.report(error);
    else if (attempt === 1 && kind !== "closed") console.warn(`dialogue: ${endpoint(this.#options.url)}: ${error.message}`);
  }

  /** Asks what needs no membership. */
  async ask(type: FrameType.LIST | FrameType.CAN, { signal }: Waitable = {}, question?: object): Promise<any> {
    const { wasm } = await this.until(this.start(), signal);
    return this.until(
      patiently(() => this.request(wasm[Call.ask](type, Date.now()), undefined, question)),
      signal,
    );
  }

  /** See waits.ts: for files that are loaded later. */
  readonly patiently = patiently;

  /**
   * The validator. It is fetched for the first who needs it, or a moment after the connection stands, and again until it
   * comes; each failure is told as an "error".
   */
  validator(): Promise<Validator> {
    return this.loading.capability(
      "validator",
      () => import("./validator.js"),
      async ({ openValidator }) => openValidator(await this.start(), makeError, unpack, this.#options.recorder),
    );
  }

  /** What `promise` gives, unless the client is closed or `signal` aborted before. */
  until<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#waits.until(promise, signal, this.state === "closed");
  }

  close(): void {
    this.resume = this.#final = undefined;
    if (this.core) this.tell(({ wasm }) => wasm[Call.close]());
    else this.#setState("closed", {});
  }

  /** A promise for what the core has just given a ticket for. */
  request(ticket: number, publication?: Publication, question?: object, subscribed?: string): Promise<any> {
    return new Promise((resolve, reject) => {
      this.#pending.set(ticket >>> 0, { resolve, reject, publication, question, subscribed });
      if (publication) {
        this.countPending(publication.isVolatile ? 0 : 1, publication.bytes);
        this.#outbox?.keep(ticket >>> 0, publication);
      }
      this.#pump();
    });
  }

  /** Throws where a publication of this size would be over a bound. */
  admit(bytes: number): void {
    if (this.pending >= this.pendingMax) throw makeError(ErrorCode.outbox_full, this.pendingMax);
    if (this.pendingBytes + bytes > this.pendingBytesMax)
      throw makeError(ErrorCode.outbox_full, `${this.pendingBytesMax} bytes of`);
  }

  /** So many publications more or less, and bytes. Told once a turn, and only when another count came of it. */
  countPending(by: -1 | 0 | 1, bytes: number): void {
    this.pending += by;
    this.pendingBytes += bytes;
    if (this.#isTellingPending) return;
    this.#isTellingPending = true;
    queueMicrotask(() => {
      this.#isTellingPending = false;
      if (this.pending !== this.#pendingTold) this.handlers.emit("pending", (this.#pendingTold = this.pending));
    });
  }

  /** What was triggered and has no answer, the oldest first. */
  unsent(): Unsent[] {
    const asked = Array.from(this.#pending.values(), ({ publication }) => publication);
    return unsentOf([...(this.#outbox?.left ?? []), ...asked, ...this.early]);
  }

  /** The page may end now. Before the outbox is open, what waits goes where whoever opens it next finds it: outbox_store.ts. */
  leaveBehind(): void {
    if (this.#outbox) this.#outbox.leaveBehind(this.early);
    else if (this.#outboxName && this.early.size)
      localStorage[`${this.#outboxName} early ${Date.now()} ${this.#producer}`] = JSON.stringify([...this.early]);
  }

  /** Whether a publication in this room has no answer. */
  hasPublication(roomId: string): boolean {
    for (const { publication } of this.#pending.values()) if (publication?.roomId === roomId) return true;
    return false;
  }

  /** Rejects what this page has published in this room; what an earlier page left waits on. */
  abandon(roomId: string, error: DialogueError): void {
    for (const [ticket, { publication }] of this.#pending)
      if (publication?.roomId === roomId && !("time" in publication)) this.abort(ticket, error);
  }

  /** Ends the wait for a publication; the core takes it back if it was not sent. */
  abort(ticket: number, error = makeError(ErrorCode.aborted)): void {
    this.#pending.get(ticket >>> 0)?.reject(error);
    this.tell(({ wasm }) => wasm[Call.abort](ticket));
  }

  /** Tells the core a fact, and does what it decides. Nothing where there is no core yet. */
  tell(fact: (core: Core) => void): void {
    if (!this.core) return;
    fact(this.core);
    this.#pump();
  }

  /** Hears nothing more until whoever has just joined has had a turn to listen: more may have come in one message with JOINED. */
  hold(): void {
    this.#isHeld = true;
    const { port1, port2 } = new MessageChannel(); // a timer would come late in a hidden page
    port1.onmessage = () => {
      port1.close();
      this.#isHeld = false;
      this.#read();
    };
    port2.postMessage(0);
  }

  /** Says what no promise tells, to handlers of "error" or, where there are none, to the platform. */
  readonly report = (error: DialogueError): void => {
    this.lastError = error;
    if (!this.handlers.emit("error", error)) tellPlatform(error);
  };

  async #load(): Promise<Core> {
    const { app, url, outbox, recorder } = this.#options;
    webSocketClass(this.#options); // what can never work is said at once
    const address = endpoint(url);
    if (outbox && outbox !== "memory") this.#outboxName = `dialogue-outbox ${(outbox as any).name ?? address}`;
    this.#life.listen("addEventListener");
    const module = await this.loading.persistently("core", this.#loader);
    const core = new Core(await WebAssembly.instantiate(module), recorder);
    if (app) core.setCatalogue(atob(app.catalogue));
    if (core.catalogue) this.#hasCatalogue();
    if (this.#outboxName) {
      const unavailable = (error: unknown): any => this.report(makeError(ErrorCode.outbox_unavailable, `${error}`));
      const opening = import("./outbox.js").then(({ openOutbox }) =>
        openOutbox(this, outbox as any, this.#outboxName!, makeError, unavailable),
      );
      this.#outbox = await opening.catch(unavailable);
    }
    if (this.state === "closed") {
      this.#outbox?.close();
      throw makeError(ErrorCode.closed);
    }
    this.core = core;
    this.#outbox?.begin(core);
    return core;
  }

  /** The network or the page is back, or something else may have happened to the connection. */
  wake(): void {
    this.loading.again();
    this.tell(({ wasm }) => wasm[Call.wake](Date.now()));
  }

  #received(data: unknown): void {
    if (typeof data !== "string") return this.#violated(ErrorCode.binary_unsupported);
    if (data.length > incomingCharsMax) return this.#violated(ErrorCode.frame_too_large);
    // Most messages are one frame that nothing waits before: no list for them.
    if (!this.#isHeld && !this.#inbox.length && !data.includes("\n")) return this.#take(data);
    const frames = data.split("\n");
    if (frames.length > Limit.batchFramesMax) return this.#violated(ErrorCode.batch_too_large);
    this.#inbox.push(...frames);
    this.#read();
  }

  #read(): void {
    while (!this.#isHeld && this.#inbox.length) this.#take(this.#inbox.shift()!);
  }

  #violated(code: ErrorCode): void {
    this.tell(({ wasm }) => wasm[Call.violated](code, Date.now()));
  }

  /** Reads a frame and hands its leading numbers to the core, which decides what becomes of it. */
  #take(text: string): void {
    let frame: any;
    try {
      frame = JSON.parse(text);
    } catch {
      // not a frame, as below
    }
    if (!Array.isArray(frame)) return this.#violated(ErrorCode.frame_malformed);
    const { wasm, numbers } = this.core!;
    let count = 0;
    for (; count <= Limit.frameIntegersMax && typeof frame[count] === "number"; ++count) numbers[count] = frame[count];
    if (frame[0] === FrameType.BYE) this.#bye = frame[3]?.message;
    // A membership that the server begins is named by its room; all others by the request.
    const roomId = frame[0] === FrameType.JOINED && frame[1] === 0 && frame[7]?.roomId;
    const room = typeof roomId === "string" ? this.rooms.known(roomId).handle : -1;
    this.#frame = frame;
    wasm[Call.receive](count, frame.length, room, Date.now(), frame);
    this.#pump();
  }

  /**
   * Carries out decisions until there are none. Handlers may ask for more meanwhile: that waits for its turn. An event that came
   * makes no deadline sooner, so that one is not asked for.
   */
  #pump(): void {
    const core = this.core;
    if (!core) return;
    let last: ActionKind | undefined;
    if (!this.#isPumping) {
      this.#isPumping = true;
      for (let kind: ActionKind; (kind = core.wasm[Call.next]()); last = kind) this.#carryOut(core, kind);
      this.#isPumping = false;
    }
    if (last !== ActionKind.deliver) this.#alarm.set(core.wasm[Call.deadline]());
  }

  #carryOut(core: Core, kind: ActionKind): void {
    const { numbers } = core;
    const reference = numbers[0]!;
    const first = numbers[2]!;
    const second = numbers[3]!;
    try {
      if (kind === ActionKind.send) this.#send(core, first, reference);
      else if (kind === ActionKind.open) this.#link.open();
      else if (kind === ActionKind.drop) this.#drop(first);
      else if (kind === ActionKind.state)
        this.#setState(states[first]!, { reason: this.#isPausing ? "disconnected" : (this.#failures.kind ?? this.#final?.code) });
      else if (kind === ActionKind.welcome) this.#welcome(core, this.#frame[7]);
      else if (kind === ActionKind.fault) this.report((this.#final = this.#fault(first)));
      else if (kind === ActionKind.wait)
        this.handlers.emit("waiting", (this.waiting = first ? { code: codeName(first), until: second } : undefined));
      else if (kind === ActionKind.answer || kind === ActionKind.settle) this.#settle(kind, reference, first);
      else this.rooms.carryOut(core, kind, reference, this.#frame, first, second);
    } catch {
      this.#violated(ErrorCode.frame_malformed); // what followed the integers had another form
    }
  }

  #drop(closeCode: number): void {
    this.#inbox = [];
    const { isOpen, attempt } = this.#link;
    this.#link.drop(closeCode);
    if (closeCode === 1000 || !attempt || this.#isPausing) return;
    // The core has lost patience: with an attempt, or with a server that does not answer.
    this.#failures.add(isOpen ? "silent" : "timeout");
    queueMicrotask(() => this.#tellFailure()); // once it has decided when it comes back
  }

  /** Sends a frame: the integers in the area, and what its type says comes after them. */
  #send({ numbers }: Core, type: FrameType, reference: number): void {
    const frame: unknown[] = [...numbers.subarray(2, 2 + numbers[1]!)];
    const link = this.#link;
    if (type === FrameType.PUBLISH) {
      const { publication } = this.#pending.get(reference)!;
      const { attempt } = link;
      const mark = numbers[6]!;
      if (mark) frame[4] = publishExt(mark, this.#isRenamed);
      const text = `[${frame},${publication!.json}]`;
      if (!this.#outbox) return link.send(text);
      const { epoch } = this.rooms.get(publication!.roomId);
      return this.#outbox.leave(reference, numbers[5]!, epoch, () => attempt === link.attempt && link.send(text));
    }
    if (type === FrameType.REFRESH || type === FrameType.JOIN) {
      const { attempt } = link;
      const failed = (error: unknown) => this.report(new DialogueError("identity_unavailable", `${error}`));
      const send = (end: unknown[]) => attempt === link.attempt && link.send(JSON.stringify([...frame, ...end]));
      if (type === FrameType.JOIN) return this.rooms.sendJoin(reference, attempt!, send, failed);
      return void link.identify().then(send, failed);
    }
    if (type === FrameType.CAN || type === FrameType.LIST) frame.push(this.#pending.get(reference)!.question);
    if (type === FrameType.HELLO) {
      const id = this.#outbox?.producer(reference) ?? `${this.#producer}-${reference}`;
      const producer = { id, outbox: this.#outbox ? "kept" : "memory" };
      frame.push({ ...link.credentials, client: "dialogue-client", producer, resume: this.resume });
    }
    link.send(JSON.stringify(frame));
  }

  #setState(state: ClientState, change: StateChange): void {
    if (state === this.state) return;
    this.state = state;
    if (state === "connected") this.#failures.attempt = 0;
    if (state === "connected" || state === "connecting") this.lastError = undefined;
    if (state === "closed") {
      this.#life.listen("removeEventListener");
      this.#outbox?.close();
      this.loading.again();
      this.#waits.end(this.#final ?? makeError(ErrorCode.closed));
    }
    const transport = state === "connected" ? "websocket" : undefined;
    if (transport !== this.transport) this.handlers.emit("transport", (this.transport = transport));
    this.handlers.emit("state", state, { attempt: this.#failures.attempt, ...change });
  }

  #welcome(core: Core, facts: WelcomeFacts): void {
    this.#isRenamed ||= this.userId !== undefined && this.userId !== facts.userId;
    this.userId = facts.userId;
    this.resume = facts.resume;
    this.messageBytesMax = facts.limits?.messageBytes ?? Limit.messageBytesMax;
    this.#bye = undefined;
    if (facts.catalogue) {
      core.setCatalogue(atob(facts.catalogue));
      for (const [ticket, { publication, subscribed }] of this.#pending) {
        const event = publication?.event ?? subscribed;
        if (event) core.wasm[Call.renumber](ticket, core.eventNumber(event, false));
      }
    }
    this.#hasCatalogue();
    const page = facts.catalogue && this.#options.app?.fingerprint;
    if (page) this.handlers.emit("definitions", { page, server: this.#frame[3].toString(16).padStart(13, "0") });
    this.#outbox?.welcome(facts.userId);
    setTimeout(() => this.validator().catch(() => {}), preloadMs); // who needs it hears why
  }

  #fault(code: ErrorCode): DialogueError {
    return this.#bye ? new DialogueError(codeName(code), this.#bye) : makeError(code);
  }

  /** Settles a promise: by the frame in hand (answer), or because the core says so (settle). */
  #settle(kind: ActionKind, ticket: number, code: ErrorCode): void {
    const pending = this.#pending.get(ticket);
    if (!pending) return; // the core's own requests
    this.#pending.delete(ticket);
    const { resolve, reject, publication } = pending;
    if (publication) {
      this.countPending(publication.isVolatile ? 0 : -1, -publication.bytes);
      this.#outbox?.forget(ticket);
    }
    // What ended the client has a sentence of the server's.
    const error = () => (this.#final?.code === codeName(code) ? this.#final : makeError(code, Limit.pendingMax));
    if (kind === ActionKind.settle) return code ? reject(error()) : resolve(undefined);
    const [type, , , epoch, seq, timestamp, duplicate] = this.#frame;
    if (type === FrameType.ACK) return resolve({ seq, epoch, timestamp, duplicate: duplicate === 1 });
    // REPLY and NACK end with the result, or with what there is to say of the refusal.
    const last = Object(this.#frame.at(-1));
    if (!code) return resolve(last);
    const retryAfterMs = last.retryAfterMs ?? (type === FrameType.NACK ? seq || undefined : undefined);
    reject(new DialogueError(codeName(code), `${last.message}`, last.path, retryAfterMs));
  }
}

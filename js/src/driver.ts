// The driver: carries out what the core decides, with the platform's socket, timers, JSON and promises. It decides nothing by
// itself. What is about rooms is done by Rooms.
import { Core } from "./core.js";
import { codeName, DialogueError, makeError } from "./errors.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "./generated/tables.js";
import { Handlers, tellPlatform } from "./handlers.js";
import { endpoint, Link, webSocketClass } from "./link.js";
import type { Outbox } from "./outbox.js";
import { randomId } from "./random_id.js";
import { Rooms } from "./rooms.js";
import type { ClientOptions, ClientState, Waitable, Waiting } from "./types.js";
import type { Validator } from "./validator.js";

const states: readonly ClientState[] = ["connecting", "connected", "reconnecting", "closed"];
const incomingCharsMax = 16 * 1024 * 1024; // what a server may send at once
const timeoutMsMax = 2 ** 31 - 1; // setTimeout fires at once above it
const againMsMin = 500; // before a file is fetched again; doubles up to
const againMsMax = 20_000;

/** Gives the compiled module; called at first use. */
export type ModuleLoader = () => Promise<WebAssembly.Module>;

/**
 * Imports the validator's file. A browser keeps a failed import for its URL, so the next attempt names another one, where the
 * error has told the URL: bundlers choose it.
 */
function importValidator(attempt: number, failure: string): Promise<typeof import("./validator.js")> {
  const url = attempt && /\w+:\/\/[^\s'"#]+/.exec(failure);
  return url ? import(/* webpackIgnore: true */ /* @vite-ignore */ `${url}#${attempt}`) : import("./validator.js");
}

/** What a PUBLISH ends with, kept while it may have to be sent again. */
export interface Publication {
  readonly roomId: string;
  readonly event: string;
  readonly json: string;
  readonly bytes: number;
  readonly isVolatile?: boolean;
}

/** What WELCOME says after its integers. */
interface WelcomeFacts {
  userId: string;
  limits?: { messageBytes?: number };
  resume?: string;
  catalogue?: string;
}

/** A promise that the core settles. */
interface Pending {
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
  readonly publication: Publication | undefined;
  /** What follows the integers of the frame that asks, where the core knows nothing of it. */
  readonly question: object | undefined;
}

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
  readonly #producer = randomId();
  readonly #pending = new Map<number, Pending>();
  /** The validator, once somebody who waited for it has come to his turn: until then others go behind him. */
  declare ready: Validator | undefined;
  #validator: Promise<Validator> | undefined;
  /** Ends the pause before the validator is fetched again. */
  #again = () => {};
  /** Resolved once there is a catalogue. */
  readonly catalogued: Promise<void>;
  #hasCatalogue = () => {};
  /** Why the client closed itself. */
  #final: DialogueError | undefined;
  /** What ends the waits of until(), when the client is closed. */
  readonly #waits = new Set<() => void>();
  #starting: Promise<Core> | undefined;
  #isPumping = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerDue = Infinity;
  /** Frames that were not read yet. */
  #inbox: string[] = [];
  #isHeld = false;
  /** The frame that the core's decisions are about, and the last BYE's message. */
  #frame: any[] = [];
  #bye: string | undefined;
  /** What WELCOME gave to come back to the session with. A secret. */
  #resume: string | undefined;
  /** Where publications are kept over a reload, if that was asked for. */
  #outbox: Outbox | undefined;
  #pendingTold = 0;
  #isTellingPending = false;

  constructor(options: ClientOptions, loader: ModuleLoader) {
    this.#options = options;
    this.#loader = loader;
    this.catalogued = new Promise((resolve) => (this.#hasCatalogue = resolve));
    this.#link = new Link(options, {
      opening: () => this.tell(({ wasm }) => wasm.opened(Date.now())),
      received: (data) => this.#received(data),
      lost: (closeCode, error) => {
        if (error) this.report(new DialogueError("connection_lost", `${error}`));
        this.#isHeld = false;
        this.#read();
        this.tell(({ wasm }) => wasm.lost(closeCode, Date.now()));
      },
    });
  }

  /** Starts the core, once. What it is asked for first begins the connection. */
  start(): Promise<Core> {
    this.#starting ??= this.#load().catch((error) => {
      this.#starting = undefined; // the next use tries again
      throw error instanceof DialogueError ? error : new DialogueError("not_supported", `${error}`);
    });
    return this.#starting;
  }

  /** Connects without being asked for anything. Who joins by then is named in the first message. */
  connect(): void {
    const failed = (error: DialogueError) => this.state === "closed" || this.report(error);
    this.start().then(() => this.tell(({ wasm }) => wasm.start(Date.now())), failed);
  }

  /** Asks what needs no membership. */
  async ask(type: FrameType.LIST | FrameType.CAN, { signal }: Waitable = {}, question?: object): Promise<any> {
    const { wasm } = await this.until(this.start(), signal);
    return this.until(this.request(wasm.ask(type, Date.now()), undefined, question), signal);
  }

  /**
   * The validator. It is fetched once the connection stands, or for whoever needs it first, and again until it comes; each
   * failure is told as an "error".
   */
  validator(): Promise<Validator> {
    return (this.#validator ??= this.#fetchValidator());
  }

  async #fetchValidator(): Promise<Validator> {
    let failure = "";
    for (let attempt = 0; this.state !== "closed"; ++attempt) {
      try {
        const { openValidator } = await importValidator(attempt, failure);
        return await openValidator(this.core!, makeError, this.#options.recorder);
      } catch (error) {
        failure = `${error}`;
        this.report(new DialogueError("connection_lost", `The validator could not be loaded: ${failure}`));
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(againMsMin * 2 ** attempt, againMsMax));
        this.#again = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    throw makeError(ErrorCode.closed);
  }

  /** What `promise` gives, unless the client is closed or `signal` aborted before. */
  until<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const close = () => reject(this.#final ?? makeError(ErrorCode.closed));
      const abort = () => reject(makeError(ErrorCode.aborted));
      if (signal?.aborted) return abort();
      if (this.state === "closed") return void promise.then(resolve, reject);
      this.#waits.add(close);
      signal?.addEventListener("abort", abort);
      promise.then(resolve, reject).finally(() => {
        this.#waits.delete(close);
        signal?.removeEventListener("abort", abort);
      });
    });
  }

  close(): void {
    this.#resume = this.#final = undefined;
    if (this.core) this.tell(({ wasm }) => wasm.close());
    else this.#setState("closed");
  }

  /** A promise for what the core has just given a ticket for. */
  request(ticket: number, publication?: Publication, question?: object): Promise<any> {
    return new Promise((resolve, reject) => {
      this.#pending.set(ticket >>> 0, { resolve, reject, publication, question });
      if (publication) {
        this.countPending(1, publication.bytes);
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

  /** A publication more, or less. Told once a turn, and only when another count came of it. */
  countPending(by: 1 | -1, bytes: number): void {
    this.pending += by;
    this.pendingBytes += by * bytes;
    if (this.#isTellingPending) return;
    this.#isTellingPending = true;
    queueMicrotask(() => {
      this.#isTellingPending = false;
      if (this.pending !== this.#pendingTold) this.handlers.emit("pending", (this.#pendingTold = this.pending));
    });
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
    this.tell(({ wasm }) => wasm.abort(ticket));
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
    if (!this.handlers.emit("error", error)) tellPlatform(error);
  };

  async #load(): Promise<Core> {
    const { app, url, outbox, recorder } = this.#options;
    webSocketClass(this.#options); // what can never work is said at once
    const address = endpoint(url);
    const core = new Core(await WebAssembly.instantiate(await this.#loader()), recorder);
    if (app) core.setCatalogue(atob(app.catalogue));
    if (core.catalogue) this.#hasCatalogue();
    if (outbox && outbox !== "memory") {
      const unavailable = (error: unknown) => this.report(makeError(ErrorCode.outbox_unavailable, `${error}`));
      try {
        const { openOutbox } = await import("./outbox.js");
        this.#outbox = await openOutbox(this, Object(outbox), address, makeError, unavailable);
      } catch (error) {
        unavailable(error);
      }
    }
    if (this.state === "closed") {
      this.#outbox?.close();
      throw makeError(ErrorCode.closed);
    }
    this.core = core;
    this.#outbox?.begin(core);
    globalThis.addEventListener?.("online", this.#wake);
    return core;
  }

  readonly #wake = () => {
    this.#again();
    this.tell(({ wasm }) => wasm.wake(Date.now()));
  };

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
    this.tell(({ wasm }) => wasm.violated(code, Date.now()));
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
    wasm.receive(count, frame.length, room, Date.now(), frame);
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
      for (let kind: ActionKind; (kind = core.wasm.next()); last = kind) this.#carryOut(core, kind);
      this.#isPumping = false;
    }
    if (last !== ActionKind.deliver) this.#arm(core);
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
      else if (kind === ActionKind.state) this.#setState(states[first]!);
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
    this.#link.drop(closeCode);
  }

  /** Sends a frame: the integers in the area, and what its type says comes after them. */
  #send({ numbers }: Core, type: FrameType, reference: number): void {
    const frame: unknown[] = [...numbers.subarray(2, 2 + numbers[1]!)];
    const link = this.#link;
    if (type === FrameType.PUBLISH) {
      const { publication } = this.#pending.get(reference)!;
      const { attempt } = link;
      const text = `[${frame},${publication!.json}]`;
      if (!this.#outbox) return link.send(text);
      const { epoch } = this.rooms.get(publication!.roomId);
      return this.#outbox.leave(reference, numbers[5]!, epoch, () => attempt === link.attempt && link.send(text));
    }
    if (type === FrameType.REFRESH || type === FrameType.JOIN) {
      const { attempt } = link;
      const failed = (error: unknown) => this.report(new DialogueError("unauthorized", `${error}`));
      const send = (end: unknown[]) => attempt === link.attempt && link.send(JSON.stringify([...frame, ...end]));
      if (type === FrameType.JOIN) return this.rooms.sendJoin(reference, attempt!, send, failed);
      return void link.identify().then(send, failed);
    }
    if (type === FrameType.CAN) frame.push(this.#pending.get(reference)!.question);
    if (type === FrameType.HELLO) {
      const id = this.#outbox?.producer(reference) ?? `${this.#producer}-${reference}`;
      frame.push({ ...link.credentials, client: "dialogue-client", producer: { id }, resume: this.#resume });
    }
    link.send(JSON.stringify(frame));
  }

  #setState(state: ClientState): void {
    if (state === this.state) return;
    this.state = state;
    if (state === "closed") {
      globalThis.removeEventListener?.("online", this.#wake);
      this.#outbox?.close();
      this.#again();
      for (const close of this.#waits) close();
    }
    const transport = state === "connected" ? "websocket" : undefined;
    if (transport !== this.transport) this.handlers.emit("transport", (this.transport = transport));
    this.handlers.emit("state", state);
  }

  #welcome(core: Core, facts: WelcomeFacts): void {
    this.userId = facts.userId;
    this.#resume = facts.resume;
    this.messageBytesMax = facts.limits?.messageBytes ?? Limit.messageBytesMax;
    this.#bye = undefined;
    if (facts.catalogue) {
      core.setCatalogue(atob(facts.catalogue));
      for (const [ticket, { publication }] of this.#pending)
        if (publication) core.wasm.renumber(ticket, core.eventNumber(publication.event, false));
    }
    this.#hasCatalogue();
    this.#outbox?.welcome(facts.userId);
    this.validator().catch(() => {}); // whoever needs it hears why
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
      this.countPending(-1, publication.bytes);
      this.#outbox?.forget(ticket);
    }
    if (kind === ActionKind.settle) return code ? reject(makeError(code, Limit.pendingMax)) : resolve(undefined);
    const [type, , , epoch, seq, timestamp, duplicate] = this.#frame;
    if (type === FrameType.ACK) return resolve({ seq, epoch, timestamp, duplicate: duplicate === 1 });
    // REPLY and NACK end with the result, or with what there is to say of the refusal.
    const last = Object(this.#frame.at(-1));
    if (!code) return resolve(last);
    const retryAfterMs = last.retryAfterMs ?? (type === FrameType.NACK ? seq || undefined : undefined);
    reject(new DialogueError(codeName(code), `${last.message}`, last.path, retryAfterMs));
  }

  /** Sets the timer for what the core waits for. One that rings too early does no harm, so a later deadline leaves it. */
  #arm({ wasm }: Core): void {
    const due = wasm.deadline();
    if (due === Infinity) clearTimeout(this.#timer);
    if (due >= this.#timerDue) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    const ring = () => {
      this.#timerDue = Infinity;
      this.tell(() => wasm.tick(Date.now()));
    };
    this.#timer = setTimeout(ring, Math.min(due - Date.now(), timeoutMsMax));
  }
}

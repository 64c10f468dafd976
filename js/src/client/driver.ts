// The driver: performs the core's actions with the platform's socket, timers, JSON and promises; Rooms performs those
// about rooms. Decisions made in TypeScript are in separate modules, such as publications/pending_bounds.ts.
import { DialogueError } from "../api/errors.js";
import type { ClientState, StateChange, TransportName, Waiting } from "../api/events.js";
import type { ClientOptions } from "../api/options.js";
import { SignedOut } from "../api/signed_out.js";
import type { CallHost } from "../calls/calls.js";
import { Call } from "../core/calls.js";
import { Core, type WelcomeFacts } from "../core/core.js";
import { unpack } from "../core/inlined.js";
import { asError, codeName, makeError } from "../core/make_error.js";
import type { FallbackHost } from "../fallback/fallback_host.js";
import { ActionKind, ErrorCode, FrameType, Limit } from "../generated/tables.js";
import type { OutboxHost } from "../outbox/outbox_host.js";
import { handOverStaged } from "../outbox/staged_publications.js";
import { resendMark } from "../publications/resend_mark.js";
import type { RoomHost } from "../rooms/room_host.js";
import { Rooms } from "../rooms/rooms.js";
import type { ServersHost } from "../servers/servers.js";
import { alarm } from "../transport/alarm.js";
import { ConnectionFailures, kindOfLoss, tokenError } from "../transport/connection_failures.js";
import { endpoint, webSocketClass } from "../transport/endpoint.js";
import type { Pipe } from "../transport/pipe.js";
import { Socket } from "../transport/socket.js";
import { readable } from "../util/arguments.js";
import { Emitter, reportUncaught } from "../util/emitter.js";
import { randomId } from "../util/random_id.js";
import type { Validator } from "../validator/validator.js";
import { IncomingFrames } from "./incoming_frames.js";
import { Loader } from "./loader.js";
import { pageLifecycle } from "./page_lifecycle.js";
import { Requests } from "./requests.js";
import { TransportInUse } from "./transport_in_use.js";
import { watchCuts } from "./watch_cuts.js";

const states: readonly ClientState[] = ["connecting", "connected", "reconnecting", "closed"]; // by the core's number
const closed = 3;
const preloadMs = 1000; // after the connection is established: unpacking the validator would delay the first messages
const loadFallback = () => import("../fallback/fallback.js");
const loadOutbox = () => import("../outbox/persistent_outbox.js");
const loadValidator = () => import("../validator/validator.js");

/** Gives the compiled module; called again where it failed. */
export type ModuleLoader = () => Promise<WebAssembly.Module>;

export class Driver extends Requests implements RoomHost, OutboxHost, FallbackHost, ServersHost, CallHost {
  state: ClientState = "connecting";
  declare userId: string | undefined;
  /** After setAuth: what names the user of `auth` without a name. No other page names one so. */
  declare named: string | undefined;
  readonly transportInUse = new TransportInUse(this.emitter);
  frameBytesMax: number = Limit.messageBytesMax;
  declare waiting: Waiting | undefined;
  declare core: Core | undefined;
  readonly rooms: Rooms = new Rooms(this);
  readonly directEvents = new Emitter();
  readonly options: ClientOptions;
  readonly transports: readonly TransportName[];
  readonly #loadModule: ModuleLoader;
  readonly socket: Socket;
  #producer = randomId();
  #failures = new ConnectionFailures();
  declare lastError: DialogueError | undefined;
  declare openedValidator: Validator | undefined;
  readonly loader = new Loader(this);
  wasCut = watchCuts(this);
  readonly readable = readable;
  readonly makeError = makeError;
  #starting: Promise<Core> | undefined;
  #isPerforming = false;
  /** What the page asked for: false after disconnect(), undefined until it has asked. */
  declare wantsConnection: boolean | undefined;
  isMoving = false;
  #moved: Pipe | undefined; // the pipe to continue with
  declare trace: FallbackHost["trace"];
  declare moveOn: ServersHost["moveOn"];
  declare calls: CallHost["calls"];
  readonly #listen = pageLifecycle(this);
  readonly #setAlarm = alarm(() => this.withCore(({ wasm }) => wasm[Call.tick](Date.now())));
  readonly #incoming = new IncomingFrames(
    (frame) => this.#receiveFrame(frame),
    (code) => this.#rejectInput(code),
  );
  #frame: any[] = []; // the frame that the core's actions are about
  declare resume: string | undefined; // the secret of WELCOME
  #outboxName: string | undefined;

  constructor(options: ClientOptions, transports: readonly TransportName[], loadModule: ModuleLoader) {
    super();
    this.options = options;
    this.transports = transports;
    this.#loadModule = loadModule;
    this.socket = new Socket(options, transports, {
      opening: () => this.withCore(({ wasm }) => wasm[Call.opened](Date.now())),
      received: (data) => this.#incoming.receive(data),
      lost: (closeCode, wasOpen, error, attempts) => {
        if (error instanceof SignedOut) return this.#signOut();
        this.#incoming.end();
        this.#failures.add(kindOfLoss(wasOpen, error), closeCode, error, attempts);
        this.withCore(({ wasm }) => wasm[Call.lost](this.#failures.endsBy(closeCode, this.options.auth), Date.now()));
        this.#emitFailure();
      },
      wasCut: (ageMs) => this.wasCut(ageMs),
      loadOpener: () => this.loader.capability(" fallback", loadFallback, this),
    });
  }

  /** Starts the core, once. The first request begins the connection. */
  start(): Promise<Core> {
    if (this.state === "closed") return Promise.reject(this.errorOf(ErrorCode.closed));
    if (this.state === "failed") this.#setState("connecting", {});
    this.#starting ??= this.#load().catch((thrown) => {
      this.#starting = undefined; // the next use tries again
      const error = asError(thrown);
      if (this.state !== "closed") this.#setState("failed", { reason: (this.lastError = error).code });
      throw error;
    });
    return this.#starting;
  }

  /**
   * Connects without a request. The first message names rooms that are joined by then. Continues after disconnect(); a
   * client that the server has refused permanently starts again.
   */
  connect(): void {
    this.wantsConnection = true;
    if (this.state === "closed" && this.final) this.#restart();
    this.start().then(
      () => this.withCore(({ wasm }) => wasm[Call.start](Date.now())),
      (error: DialogueError) => this.state === "closed" || this.report(error),
    );
  }

  /** Closes the connection until connect() is called; rooms and waiting publications stay. */
  disconnect(): void {
    this.wantsConnection = this.isMoving = false;
    this.socket.identifying = undefined; // the next connection may be another user's
    this.withCore(({ wasm }) => wasm[Call.pause]());
    // While it moved to another transport, the core had no connection that it could close.
    if (this.state === "connected") this.#setState("reconnecting", { reason: "disconnected" });
  }

  /** The application has said that there is no user. */
  #signOut(): void {
    this.lastError = this.final = new DialogueError("unauthorized", "The user has signed out.");
    this.withCore(({ wasm }) => wasm[Call.close]());
  }

  /** Begins with a new core: the one before has settled all requests. */
  #restart(): void {
    this.rooms.reset();
    this.core = this.#starting = this.openedValidator = this.outbox = this.final = this.userId = undefined;
    this.socket.identifying = undefined;
    this.loader.forget("validator");
    this.#producer = randomId();
    this.#failures = new ConnectionFailures();
    this.#setState("connecting", {});
  }

  /** Emits "connect_error"; without a handler, the first failure in a row is a line on the console. */
  #emitFailure(): void {
    const failure = this.core && this.#failures.take(this.moveOn?.(this.#failures) ?? this.core.wasm[Call.deadline]());
    if (!failure || this.state === "closed") return;
    const { kind, attempt, error } = failure;
    this.lastError = error;
    if (this.emitter.emit("connect_error", failure)) return;
    if (kind === "token") this.report(error);
    else if (attempt === 1 && kind !== "closed") console.warn(`dialogue: ${this.socket.address}: ${error.message}`);
  }

  /** Loaded at first use, or a moment after the connection is established; failures are reported. */
  async validator(): Promise<Validator> {
    const core = this.core ?? (await this.start());
    return this.loader.capability("validator", loadValidator, core, makeError, unpack, this.options.recorder);
  }

  close(): void {
    this.resume = this.final = this.wantsConnection = undefined;
    if (this.core) this.withCore(({ wasm }) => wasm[Call.close]());
    else this.#setState("closed", {});
  }

  /** Hands unwritten publications over to the next page. Returns the function that cancels this, if this page does not end. */
  saveForNextPage(): (() => void) | undefined {
    const { outbox, staged } = this;
    if (outbox) return outbox.saveForNextPage(staged.keys());
    return this.#outboxName && staged.size ? handOverStaged(this.#outboxName, this.#producer, staged.keys()) : undefined;
  }

  withCore(use: (core: Core) => void): void {
    if (!this.core) return;
    use(this.core);
    this.#runActions();
  }

  /** Emits "error"; without a handler, the platform reports it. */
  readonly report = (error: DialogueError): void => {
    this.lastError = error;
    if (!this.emitter.emit("error", error)) reportUncaught(error);
  };

  async #load(): Promise<Core> {
    const { app, url, outbox, recorder, WebSocket } = this.options;
    if (this.transports.includes("websocket")) webSocketClass(this.options); // throws immediately for an impossible configuration
    const address = endpoint(url as string);
    if (outbox && outbox !== "memory") this.#outboxName = `dialogue-outbox ${(outbox as any).name ?? address}`;
    this.#listen("addEventListener");
    const module = await this.loader.loadWithRetries("core", this.#loadModule);
    const core = new Core(await WebAssembly.instantiate(module), recorder);
    if (WebSocket || core.wasm[Call.own_catalogue]) (await this.loader.extra()).prepare(this.options, core);
    if (app) core.setCatalogue(atob(app.catalogue));
    if (this.#outboxName) {
      const unavailable = (error: unknown): any => this.report(makeError(ErrorCode.outbox_unavailable, `${error}`));
      const { open } = await (this.loader.capability as any)("outbox", loadOutbox); // another core opens it again
      this.outbox = await open(this, outbox, this.#outboxName, this.#producer, makeError, unavailable).catch(unavailable);
    }
    if (this.state === "closed") {
      this.outbox?.close();
      throw makeError(ErrorCode.closed);
    }
    this.core = core;
    this.outbox?.restoreNumbers(core);
    this.emitter.emit("loaded");
    return core;
  }

  moveNow(pipe: Pipe): boolean {
    const { attempt } = this.socket;
    this.#incoming.end();
    if (attempt !== this.socket.attempt || this.#failures.bye) return false; // a handler, or the server, has ended it
    this.isMoving = true;
    this.socket.drop(4001);
    this.#moved = pipe;
    this.withCore(({ wasm }) => {
      wasm[Call.lost](4100, Date.now()); // a code that servers never send: the transport changes
      wasm[Call.wake](Date.now());
    });
    this.#moved = undefined;
    return this.socket.pipe === pipe; // a handler of what the loss ended may have ended it, too
  }

  deferReads(): void {
    this.#incoming.defer();
  }

  /** The network or the page is back, or something else may have happened to the connection. */
  wake(): void {
    this.loader.retryNow();
    this.withCore(({ wasm }) => wasm[Call.wake](Date.now()));
  }

  #rejectInput(code: ErrorCode): void {
    this.withCore(({ wasm }) => wasm[Call.violated](code, Date.now()));
  }

  /** Gives the leading integers of a frame to the core, whose actions follow. */
  #receiveFrame(text: string): void {
    let frame: any;
    try {
      frame = JSON.parse(text);
    } catch {
      // not a frame, as below
    }
    if (!Array.isArray(frame)) return this.#rejectInput(ErrorCode.frame_malformed);
    const { wasm, numbers, events } = this.core!;
    let count = 0;
    for (; count <= Limit.frameIntegersMax && typeof frame[count] === "number"; ++count) numbers[count] = frame[count];
    if (frame[0] === FrameType.BYE) this.#failures.bye = Object.assign(makeError(frame[1]), frame[3]);
    // A membership that the server begins is named by its room; all others by the request.
    const roomId = frame[0] === FrameType.JOINED && frame[1] === 0 && frame[7]?.roomId;
    const room = typeof roomId === "string" ? this.rooms.register(roomId).handle : -1;
    this.#frame = frame;
    wasm[Call.receive](count, frame.length, room, Date.now(), frame);
    this.options.app?.bytes?.decode(frame, events);
    if (frame[0] > FrameType.TOKEN) this.calls?.receive(frame);
    this.#runActions();
  }

  /**
   * Performs actions until there are none. Calls that handlers make meanwhile wait for their turn. An event that was
   * delivered makes no deadline sooner, so the deadline is not read then.
   */
  #runActions(): void {
    const core = this.core;
    if (!core) return;
    let last: ActionKind | undefined;
    if (!this.#isPerforming) {
      this.#isPerforming = true;
      try {
        for (let kind: ActionKind; (kind = core.wasm[Call.next]()); last = kind) this.#perform(core, kind);
      } finally {
        this.#isPerforming = false;
      }
    }
    if (last !== ActionKind.deliver) this.#setAlarm(core.wasm[Call.deadline]());
  }

  #perform(core: Core, kind: ActionKind): void {
    const { numbers } = core;
    const reference = numbers[0]!;
    const first = numbers[2]!;
    const second = numbers[3]!;
    if (kind === ActionKind.send) this.#send(core, first, reference);
    else if (kind === ActionKind.open) this.wantsConnection === false ? core.wasm[Call.pause]() : this.socket.open(this.#moved);
    else if (kind === ActionKind.drop) this.#drop(first);
    else if (kind === ActionKind.state)
      this.#setState(states[first]!, {
        reason: first === closed ? this.final?.code : this.wantsConnection === false ? "disconnected" : this.#failures.kind,
      });
    else if (kind === ActionKind.fault) this.report((this.final = this.#failures.bye ?? makeError(first)));
    else if (kind === ActionKind.wait)
      this.emitter.emit("waiting", (this.waiting = first ? { code: codeName(first), until: second } : undefined));
    else
      try {
        if (kind === ActionKind.welcome) this.#welcome(core, this.#frame[7]);
        else if (kind === ActionKind.answer || kind === ActionKind.settle) this.settle(core, kind, reference, first, this.#frame);
        else this.rooms.perform(core, kind, reference, this.#frame, first, second);
      } catch {
        this.#rejectInput(ErrorCode.frame_malformed); // the part after the integers was malformed
      }
  }

  #drop(closeCode: number): void {
    this.#incoming.clear();
    const { isOpen, attempt } = this.socket;
    this.socket.drop(closeCode);
    if (closeCode === 1000 || !attempt || this.wantsConnection === false) return;
    // The core has given up an attempt, or a server that does not answer.
    this.#failures.add(isOpen ? "silent" : "timeout");
    queueMicrotask(() => this.#emitFailure()); // once the core has the time of the next attempt
  }

  /** Sends a frame: the integers in the exchange area, then the other parts that a frame of its type has. */
  #send({ numbers, requests }: Core, type: FrameType, reference: number): void {
    const frame: unknown[] = [...numbers.subarray(2, 2 + numbers[1]!)];
    const socket = this.socket;
    const { attempt } = socket;
    if (!attempt) return; // a handler has dropped it, and the core will
    if (type === FrameType.PUBLISH) {
      const publication = requests.get(reference)!.publication!;
      frame[4] = resendMark(numbers[6]!, publication, this.userId);
      const text = `[${frame},${publication.json}]`;
      if (!this.outbox) return socket.send(text);
      const { epoch } = this.rooms.get(publication.roomId);
      return this.outbox.persistThenSend(reference, numbers[5]!, epoch, () => socket.send(text, attempt));
    }
    if (type === FrameType.REFRESH || type === FrameType.JOIN) {
      const failed = (error: unknown) =>
        attempt === socket.attempt && (error instanceof SignedOut ? this.#signOut() : this.report(tokenError(error)));
      const send = (end: unknown[]) => socket.send(JSON.stringify([...frame, ...end]), attempt);
      if (type === FrameType.JOIN) return this.rooms.sendJoin(reference, attempt, send, failed);
      return void socket.identify().then(send, failed);
    }
    if (type === FrameType.CAN || type === FrameType.LIST) frame.push(requests.get(reference)!.question);
    if (type === FrameType.HELLO) {
      const id = this.outbox?.producerId(reference) ?? `${this.#producer}-${reference}`;
      const producer = { id, outbox: this.outbox ? "kept" : "memory" };
      frame.push({ ...socket.identityFacts, client: "dialogue-client", producer, resume: this.resume });
    }
    socket.send(JSON.stringify(frame));
  }

  #setState(state: ClientState, change: StateChange): void {
    if (this.isMoving && state === "reconnecting") return;
    this.isMoving = false;
    this.transportInUse.set(state === "connected" ? this.socket.pipe : undefined, change.reason);
    if (state === this.state) return void this.emitter.emit("moved"); // to another connection
    this.state = state;
    if (state === "connected") this.#failures.attempt = 0;
    if (state === "connected" || state === "connecting") this.lastError = undefined;
    if (state === "closed") {
      this.#listen("removeEventListener");
      this.outbox?.close();
      this.loader.retryNow();
      this.rooms.endLoops(this.final);
      const over = this.errorOf(ErrorCode.closed);
      if (this.core) this.core.over = over;
      this.endWaits(over);
    }
    this.emitter.emit("state", state, { attempt: this.#failures.attempt, ...change });
  }

  #welcome(core: Core, facts: WelcomeFacts): void {
    const { userId } = facts;
    if (userId !== this.userId) this.emitter.emit("user", (this.userId = userId));
    if (userId !== this.userId) return; // a handler has changed the user
    this.resume = facts.resume;
    this.frameBytesMax = facts.limits?.messageBytes ?? Limit.messageBytesMax;
    this.#failures.bye = this.final = undefined;
    if (facts.catalogue) {
      core.setCatalogue(atob(facts.catalogue));
      this.renumber(core);
    }
    this.forbidOthers(core, userId);
    const page = facts.catalogue && this.options.app?.fingerprint;
    if (page) this.emitter.emit("definitions", { page, server: this.#frame[3].toString(16).padStart(13, "0") });
    this.outbox?.sendInherited(userId);
    setTimeout(() => this.validator().catch(() => {}), preloadMs); // a caller that needs it gets the error
  }
}

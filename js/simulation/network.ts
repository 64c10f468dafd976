// WebSockets between the pages of a world and its server: each message takes its time, connections are cut or fall silent,
// and now and then there is no network.
import type { WebSocketClass, WebSocketLike } from "../src/api/options.js";
import { subprotocol, subprotocolWithMessage } from "../src/generated/tables.js";
import type { ServerCore, ServerSocket } from "../src/testing/server_core.js";
import type { Chance } from "./chance.js";
import { nobody, type Owner, type VirtualTime } from "./virtual_time.js";

const lost = 1006;

/** What of the network concerns one page. */
export interface Link {
  readonly page: string;
  readonly hasOutbox: boolean;
  /** Milliseconds that a message takes, at most twice as many. */
  readonly latencyMs: number;
  isDown: boolean;
}

/** What sees every message of a world. */
export interface Observer {
  /** A page sends it. */
  sent(socket: SimulatedSocket, message: string): void;
  /** It has arrived at a page. */
  received(socket: SimulatedSocket, message: string): void;
  /** Nothing arrives there any more. */
  ended(socket: SimulatedSocket): void;
}

/** Every connection of the world. */
export class Network {
  readonly sockets = new Set<SimulatedSocket>();

  constructor(
    readonly time: VirtualTime,
    readonly chance: Chance,
    readonly server: () => ServerCore,
    /** Whether the server takes the first message with the handshake. */
    readonly takesFirstMessage: boolean,
    readonly observer: Observer,
  ) {}

  /** The class of a page's sockets. */
  classFor(owner: Owner, link: Link): WebSocketClass {
    const network = this;
    return class extends SimulatedSocket {
      constructor(_: string, protocols: string | string[]) {
        super(network, owner, link, [protocols].flat());
      }
    };
  }

  /** The sockets of a page. */
  of(owner: Owner): SimulatedSocket[] {
    return [...this.sockets].filter((socket) => socket.owner === owner);
  }
}

export class SimulatedSocket implements WebSocketLike, ServerSocket {
  readonly url = "ws://simulated/dialogue";
  protocol = "";
  binaryType = "blob";
  readyState = 0;
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  readonly owner: Owner;
  readonly link: Link;
  readonly #network: Network;
  #connection = 0;
  /** What is sent from now on arrives nowhere. */
  #isCut = false;
  /** Nor does what is on its way, in each direction. */
  #isUpLost = false;
  #isDownLost = false;
  /** When the newest message arrives, in each direction: none overtakes another. */
  #upMs = 0;
  #downMs = 0;

  constructor(network: Network, owner: Owner, link: Link, offered: string[]) {
    this.owner = owner;
    this.link = link;
    this.#network = network;
    if (owner.isDead) return; // what IndexedDB still calls there reaches nobody
    network.sockets.add(this);
    if (this.#firstOf(offered)) network.observer.sent(this, this.#firstOf(offered)!);
    this.#up(() => this.#arrived(offered));
  }

  /** The message that the handshake brings along, where the server takes it. */
  #firstOf(offered: string[]): string | undefined {
    const isTaken = this.#network.takesFirstMessage && offered[1] === subprotocolWithMessage;
    return isTaken ? decodeURIComponent(offered[2]!) : undefined;
  }

  /** The handshake is at the server. */
  #arrived(offered: string[]): void {
    if (this.readyState > 1) return;
    this.#connection = this.link.isDown ? 0 : this.#network.server().open(this);
    if (!this.#connection) return this.#down(() => this.#ended(lost));
    const first = this.#firstOf(offered);
    this.protocol = first ? subprotocolWithMessage : subprotocol;
    this.#down(() => {
      if (this.readyState > 0) return;
      this.readyState = 1;
      this.onopen?.({ type: "open" });
    });
    if (first) this.#network.server().receive(this.#connection, first);
  }

  send(message: unknown): void {
    if (this.readyState === 0) throw new Error("The socket is not open.");
    if (this.readyState !== 1 || this.owner.isDead) return;
    this.#network.observer.sent(this, message as string);
    this.#up(() => this.#network.server().receive(this.#connection, message as string));
  }

  close(code = 1000): void {
    if (this.readyState > 1) return;
    this.readyState = 2;
    this.#network.observer.ended(this);
    this.#up(() => this.#network.server().close(this.#connection, true));
    this.#network.time.post(2 * this.link.latencyMs, () => this.#ended(code), this.owner);
  }

  /** The connection breaks: each end sees that in its time, and may get what was on its way before. */
  cut(): void {
    const { time, chance, server } = this.#network;
    this.#isCut = true;
    this.#isUpLost ||= chance.oneIn(2);
    this.#isDownLost ||= chance.oneIn(2);
    const delayMs = (notBeforeMs: number, isLost: boolean) =>
      Math.max(chance.between(0, this.link.latencyMs), isLost ? 0 : notBeforeMs - time.nowMs);
    const close = () => this.#connection && server().close(this.#connection, false);
    time.post(delayMs(this.#upMs, this.#isUpLost), close, nobody);
    time.post(delayMs(this.#downMs, this.#isDownLost), () => this.#ended(lost), this.owner);
  }

  /** Nothing arrives any more, and neither end sees that. */
  fallSilent(): void {
    this.#isCut = this.#isUpLost = this.#isDownLost = true;
  }

  arrive(text: string): boolean {
    this.#down(() => {
      if (this.readyState !== 1) return;
      this.#network.observer.received(this, text);
      this.onmessage?.({ type: "message", data: text });
    });
    return !this.#isCut;
  }

  closed(code: number): void {
    this.#down(() => this.#ended(code));
  }

  #up(what: () => void): void {
    this.#upMs = this.#way(this.#upMs, () => this.#isUpLost || what(), nobody);
  }

  #down(what: () => void): void {
    this.#downMs = this.#way(this.#downMs, () => this.#isDownLost || what(), this.owner);
  }

  #way(notBeforeMs: number, arrive: () => void, owner: Owner): number {
    const { time, chance } = this.#network;
    if (this.#isCut) return notBeforeMs;
    const atMs = Math.max(notBeforeMs, time.nowMs + this.link.latencyMs + chance.between(0, this.link.latencyMs));
    time.post(atMs - time.nowMs, arrive, owner);
    return atMs;
  }

  #ended(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#network.observer.ended(this);
    this.#network.sockets.delete(this);
    this.onclose?.({ type: "close", code, reason: "", wasClean: code !== lost });
  }
}

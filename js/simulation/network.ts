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
  /** Milliseconds that a message takes, at most twice as many. */
  latencyMs: number;
  isDown: boolean;
  /** How many connections have ended, or do. */
  losses: number;
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
    /** Sees each message that a page sends. */
    readonly sent: (socket: SimulatedSocket, message: string) => void,
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
  /** When each numbered publication was sent last, by room and number. */
  readonly publications = new Map<string, number>();
  readonly #network: Network;
  #connection = 0;
  #isSilent = false;
  /** When the newest message arrives, in each direction: none overtakes another. */
  #upMs = 0;
  #downMs = 0;

  constructor(network: Network, owner: Owner, link: Link, offered: string[]) {
    this.owner = owner;
    this.link = link;
    this.#network = network;
    if (owner.isDead) return; // what IndexedDB still calls there reaches nobody
    network.sockets.add(this);
    this.#up(() => this.#arrived(offered));
  }

  /** The handshake is at the server. */
  #arrived(offered: string[]): void {
    if (this.readyState > 1) return;
    this.#connection = this.link.isDown ? 0 : this.#network.server().open(this);
    if (!this.#connection) return this.#down(() => this.#ended(lost));
    const first = this.#network.takesFirstMessage && offered[1] === subprotocolWithMessage ? offered[2] : undefined;
    this.protocol = first ? subprotocolWithMessage : subprotocol;
    this.#down(() => {
      if (this.readyState > 0) return;
      this.readyState = 1;
      this.onopen?.({ type: "open" });
    });
    if (first) this.#receive(decodeURIComponent(first));
  }

  #receive(message: string): void {
    this.#network.sent(this, message);
    this.#network.server().receive(this.#connection, message);
  }

  send(message: unknown): void {
    if (this.readyState === 0) throw new Error("The socket is not open.");
    if (this.readyState === 1 && !this.owner.isDead) this.#up(() => this.#receive(message as string));
  }

  close(code = 1000): void {
    if (this.readyState > 1) return;
    this.link.losses += 1;
    this.readyState = 2;
    this.#up(() => this.#network.server().close(this.#connection, true));
    this.#network.time.post(2 * this.link.latencyMs, () => this.#ended(code), this.owner);
  }

  /** The connection breaks: each end sees that in its time. */
  cut(): void {
    this.#isSilent = true;
    const { time, chance, server } = this.#network;
    const connection = this.#connection;
    if (connection) time.post(chance.between(0, this.link.latencyMs), () => server().close(connection, false), nobody);
    time.post(chance.between(0, this.link.latencyMs), () => this.#ended(lost), this.owner);
  }

  /** Nothing arrives any more, and neither end sees that. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  arrive(text: string): boolean {
    this.#down(() => this.readyState === 1 && this.onmessage?.({ type: "message", data: text }));
    return !this.#isSilent;
  }

  closed(code: number): void {
    this.#down(() => this.#ended(code));
  }

  #up(what: () => void): void {
    this.#upMs = this.#way(this.#upMs, what, nobody);
  }

  #down(what: () => void): void {
    this.#downMs = this.#way(this.#downMs, what, this.owner);
  }

  #way(notBeforeMs: number, what: () => void, owner: Owner): number {
    const { time, chance } = this.#network;
    const atMs = Math.max(notBeforeMs, time.nowMs + this.link.latencyMs + chance.between(0, this.link.latencyMs));
    const arrive = () => {
      if (!this.#isSilent) what();
    };
    time.post(atMs - time.nowMs, arrive, owner);
    return atMs;
  }

  #ended(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.link.losses += 1;
    this.#network.sockets.delete(this);
    this.onclose?.({ type: "close", code, reason: "", wasClean: code !== lost });
  }
}

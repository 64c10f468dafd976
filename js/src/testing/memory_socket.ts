// The WebSocket class of a server in this page.
import type { WebSocketClass, WebSocketLike } from "../api/options.js";
import { FrameType, subprotocol } from "../generated/tables.js";
import type { ServerCore, ServerSocket } from "./server_core.js";

const lost = 1006;
const welcome = `[${FrameType.WELCOME},`;
const going = "The socket is not open.";

/** What a server knows of its sockets. */
export interface SocketList {
  readonly core: ServerCore;
  readonly sockets: Set<MemorySocket>;
}

/** Both ends of a connection: what a client has for a WebSocket. */
export class MemorySocket implements WebSocketLike, ServerSocket {
  readonly url: string;
  readonly protocol = subprotocol;
  binaryType = "blob";
  readyState = 0;
  /** Whose it is; empty until WELCOME. */
  userId = "";
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  readonly #list: SocketList;
  #connection = 0;

  constructor(list: SocketList, url: string) {
    this.url = url;
    this.#list = list;
    queueMicrotask(() => this.#open());
  }

  #open(): void {
    if (this.readyState > 0) return;
    this.#connection = this.#list.core.open(this);
    if (!this.#connection) {
      this.onerror?.({ type: "error" });
      return this.closed(lost, "");
    }
    this.readyState = 1;
    this.#list.sockets.add(this);
    this.onopen?.({ type: "open" });
  }

  send(message: unknown): void {
    if (this.readyState === 0) throw new Error(going);
    if (this.readyState === 1) this.#list.core.receive(this.#connection, message);
  }

  close(code = 1000): void {
    if (this.readyState > 1) return;
    this.readyState = 2;
    this.#list.core.close(this.#connection, true);
    queueMicrotask(() => this.closed(code, ""));
  }

  /** Breaks the connection silently, at both ends. */
  lose(): void {
    this.#list.core.lose(this.#connection);
  }

  arrive(text: string): boolean {
    if (text.startsWith(welcome)) this.userId = JSON.parse(text).at(-1).userId;
    if (this.readyState === 1) this.onmessage?.({ type: "message", data: text });
    return true;
  }

  closed(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#list.sockets.delete(this);
    this.onclose?.({ type: "close", code, reason, wasClean: code !== lost });
  }
}

/** The class that `createDialogueClient` takes. */
export function socketClassOf(list: SocketList): WebSocketClass {
  return class extends MemorySocket {
    constructor(url: string) {
      super(list, url);
    }
  };
}

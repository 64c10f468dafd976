// The WebSocket class of a server that another tab may have.
import type { WebSocketLike } from "../api/options.js";
import { subprotocol } from "../generated/tables.js";
import type { FromHost, ToHost } from "./channel_host.js";

const lost = 1006;

/** The tab's end of the channel, and its sockets by their ids. */
export interface SocketChannel {
  readonly port: BroadcastChannel;
  readonly sockets: Map<string, ChannelSocket>;
  /** The tab has left: its sockets do not open. */
  isClosed: boolean;
}

export class ChannelSocket implements WebSocketLike {
  readonly url: string;
  readonly protocol = subprotocol;
  binaryType = "blob";
  readyState = 0;
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  readonly #channel: SocketChannel;
  readonly #id = crypto.randomUUID();

  constructor(channel: SocketChannel, url: string) {
    this.url = url;
    this.#channel = channel;
    channel.sockets.set(this.#id, this);
    if (channel.isClosed) queueMicrotask(() => this.#closed(lost));
    else this.#say("open");
  }

  send(data: unknown): void {
    if (this.readyState === 0) throw new Error("The socket is not open.");
    if (this.readyState === 1) this.#say("message", data);
  }

  close(code = 1000): void {
    if (this.readyState > 1) return;
    this.#say("close");
    this.readyState = 2;
    queueMicrotask(() => this.#closed(code));
  }

  /** The tab goes: the server sees a lost connection. */
  lose(): void {
    if (this.readyState < 2) this.#say("lose");
    this.#closed(lost);
  }

  /** Another tab has a new server. */
  hostBegan(): void {
    if (this.readyState === 0) this.#say("open");
    else this.#closed(lost);
  }

  take({ kind, data, code = lost }: FromHost): void {
    if (kind === "open" && this.readyState === 0) {
      this.readyState = 1;
      this.onopen?.({ type: "open" });
    }
    if (kind === "message" && this.readyState === 1) this.onmessage?.({ type: "message", data });
    if (kind === "close") this.#closed(code);
  }

  #say(kind: ToHost["kind"], data?: unknown): void {
    const words: ToHost = { from: this.#id, kind, data };
    this.#channel.port.postMessage(words);
  }

  #closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#channel.sockets.delete(this.#id);
    this.onclose?.({ type: "close", code, reason: "", wasClean: code !== lost });
  }
}

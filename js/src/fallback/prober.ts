// Tries WebSocket again beside a connection over HTTP: in a visible page, and ever more seldom. One that is welcomed by
// the server replaces that connection.
import type { WebSocketLike } from "../api/options.js";
import { FrameType, subprotocol } from "../generated/tables.js";
import { type Choice, probeDelayMs } from "./choice.js";
import type { FallbackHost } from "./fallback_host.js";

const answerMs = 10_000;
const hurryMs = 2000;

export class Prober {
  /** A WebSocket has sent HELLO, which ends the connection over HTTP, and may be answered. */
  awaitsWelcome = false;
  /** One has at some time, and a proxy may deliver that late. */
  saidHello = false;
  readonly #host: FallbackHost;
  readonly #choice: Choice;
  readonly #url: string;
  readonly #hello: string;
  readonly #welcomed: (webSocket: WebSocketLike, welcome: string) => boolean;
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #webSocket: WebSocketLike | undefined;

  /** `hello` is the connection's HELLO. `welcomed` gets a WebSocket and its first message, and returns whether it is used. */
  constructor(
    host: FallbackHost,
    choice: Choice,
    url: string,
    hello: string,
    welcomed: (webSocket: WebSocketLike, welcome: string) => boolean,
  ) {
    this.#host = host;
    this.#choice = choice;
    this.#url = url;
    this.#hello = hello;
    this.#welcomed = welcomed;
    this.#schedule();
  }

  /** Called when the WebSocket that was sent HELLO has ended the connection: waits for its answer, or calls `orElse`. */
  hurry(orElse: () => void): void {
    this.#orElse = orElse;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed(), hurryMs);
  }
  #orElse = () => {};

  stop(): void {
    clearTimeout(this.#timer);
    globalThis.document?.removeEventListener("visibilitychange", this.#onVisible);
    this.#drop();
  }

  #schedule(): void {
    this.#timer = setTimeout(this.#onVisible, probeDelayMs(this.#count++));
  }

  #drop(): void {
    const webSocket = this.#webSocket;
    this.#webSocket = undefined;
    if (!webSocket) return;
    webSocket.onopen = webSocket.onmessage = webSocket.onclose = null;
    webSocket.close(1000);
  }

  /** It is time: in a hidden page, once it is shown. */
  readonly #onVisible = (): void => {
    const page = globalThis.document;
    page?.removeEventListener("visibilitychange", this.#onVisible);
    if (page?.visibilityState === "hidden") page.addEventListener("visibilitychange", this.#onVisible);
    else this.probe();
  };

  /** Opens a WebSocket now, unless one is being tried. */
  probe(): void {
    if (this.#webSocket) return;
    clearTimeout(this.#timer);
    const webSocket = this.#host.socket.openWebSocket(this.#url, [subprotocol]);
    this.#webSocket = webSocket;
    this.#timer = setTimeout(() => this.#failed(), answerMs);
    webSocket.onopen = async () => {
      const [type, version, features, catalogue, facts] = JSON.parse(this.#hello);
      try {
        const [credentials] = await this.#host.socket.identify();
        if (webSocket !== this.#webSocket) return;
        const { resume } = this.#host;
        webSocket.send(JSON.stringify([type, version, features, catalogue, { ...facts, ...(credentials as object), resume }]));
        this.awaitsWelcome = this.saidHello = true;
      } catch {
        if (webSocket === this.#webSocket) this.#goOn();
      }
    };
    webSocket.onmessage = ({ data }) => {
      if (!`${data}`.startsWith(`[${FrameType.WELCOME},`)) return this.#goOn();
      clearTimeout(this.#timer);
      webSocket.onopen = webSocket.onmessage = webSocket.onclose = null;
      this.#webSocket = undefined;
      this.#choice.forget();
      if (this.#welcomed(webSocket, data)) return;
      webSocket.close(1000);
      this.awaitsWelcome = false;
      this.#orElse();
    };
    webSocket.onclose = () => this.#failed();
    webSocket.onerror = () => {};
  }

  #failed(): void {
    this.#choice.webSocketFailed(Date.now());
    this.#goOn();
  }

  /** The connection stays unchanged. */
  #goOn(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.awaitsWelcome = false;
    this.#schedule();
    this.#orElse();
  }
}

// The socket: opens one WebSocket at a time, listens only to the newest, and packs the frames of one turn into few
// messages. The first message goes with the handshake, so that the server's first message answers it.
import type { Auth, ClientOptions, WebSocketLike } from "../api/options.js";
import { notInHandshake, subprotocol, subprotocolWithMessage } from "../generated/tables.js";
import { endpoint, webSocketClass } from "./endpoint.js";
import { framesPerMessage } from "./message_packing.js";
import { requestToken } from "./token.js";

const tokenTimeoutMs = 30_000; // a token function that has not answered by then is called again

/** What a socket reports to its owner. */
export interface SocketListener {
  /** A socket is about to be opened: frames that are sent now go with the handshake, later ones wait for the socket. */
  opening(): void;
  received(data: unknown): void;
  /** The socket is closed, or was never open; or there is none, and `error` is the reason. */
  lost(closeCode: number, wasOpen: boolean, error?: unknown): void;
}

export class Socket {
  /** Who HELLO says that the user is. */
  credentials: { token?: string; identity?: Auth } = {};
  readonly #options: ClientOptions;
  readonly #listener: SocketListener;
  /** The newest attempt to open, resolved once the socket is open; events of older ones are ignored. */
  declare attempt: Promise<unknown> | undefined;
  /** Whether the socket of this attempt is open. */
  isOpen = false;
  #webSocket: WebSocketLike | undefined;
  #identifying: Promise<void> | undefined;
  #identifiedAt = 0;
  #outgoing: string[] = [];

  constructor(options: ClientOptions, listener: SocketListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Asks for the token and opens a socket; the listener hears how that went. */
  async open(): Promise<void> {
    let opened: (value?: unknown) => void;
    const attempt = (this.attempt = new Promise((resolve) => (opened = resolve)));
    try {
      await this.identify();
      if (this.attempt !== attempt) return;
      this.#listener.opening();
      const first = this.#nextMessage();
      const protocols = [subprotocol, subprotocolWithMessage, encodeURIComponent(first)];
      if (notInHandshake.test(protocols[2]!)) protocols.length = 1;
      const webSocket = new (webSocketClass(this.#options))(endpoint(this.#options.url), protocols);
      this.#webSocket = webSocket;
      webSocket.onopen = () => {
        this.isOpen = true;
        if (webSocket.protocol !== subprotocolWithMessage) webSocket.send(first);
        opened();
      };
      webSocket.onmessage = ({ data }) => this.#listener.received(data);
      webSocket.onclose = ({ code }) => {
        const wasOpen = this.isOpen;
        this.drop(1000);
        this.#listener.lost(code, wasOpen);
      };
      webSocket.onerror = () => {}; // a close follows, which says as much
    } catch (error) {
      if (this.attempt === attempt) this.#listener.lost(0, false, error);
    }
  }

  /** Asks for the token, and resolves with what REFRESH says. A token function that is thinking is not called again. */
  async identify(): Promise<unknown[]> {
    const { auth } = this.#options;
    if (auth && "token" in auth) {
      const { token } = auth;
      if (typeof token === "function") {
        if (!this.#identifying || Date.now() - this.#identifiedAt > tokenTimeoutMs) {
          this.#identifiedAt = Date.now();
          const identifying = requestToken(token).then((answer) => void (this.credentials = { token: answer }));
          const done = () => this.#identifying === identifying && (this.#identifying = undefined);
          this.#identifying = identifying;
          identifying.then(done, done);
        }
        await this.#identifying;
      } else {
        this.credentials = { token };
      }
    } else if (auth) {
      this.credentials = { identity: auth };
    }
    return [this.credentials];
  }

  /** Closes the socket and ignores its further events. */
  drop(closeCode: number): void {
    const webSocket = this.#webSocket;
    this.#webSocket = this.attempt = undefined;
    this.isOpen = false;
    this.#outgoing = [];
    if (!webSocket) return;
    webSocket.onopen = webSocket.onmessage = webSocket.onclose = null;
    webSocket.close(closeCode);
  }

  /** Sends a frame at the end of this turn, once the socket is open, with others where there are any. */
  send(frame: string): void {
    if (this.#outgoing.push(frame) > 1) return;
    this.attempt?.then(() => {
      while (this.#outgoing.length) this.#webSocket!.send(this.#nextMessage());
    });
  }

  #nextMessage(): string {
    return this.#outgoing.splice(0, framesPerMessage(this.#outgoing)).join("\n");
  }
}

// The socket: opens one pipe at a time, listens only to the newest, and packs the frames of one turn into few messages.
// The first message is part of the handshake, so that the server's first message answers it. Pipes are WebSockets until
// one has failed; from then on fallback/ opens them.
import type { TransportAttempt, TransportName } from "../api/events.js";
import type { Auth, ClientOptions, WebSocketLike } from "../api/options.js";
import { notInHandshake, subprotocol, subprotocolWithMessage } from "../generated/tables.js";
import { endpoint, webSocketClass } from "./endpoint.js";
import { framesPerMessage } from "./message_packing.js";
import type { Pipe, PipeOpener } from "./pipe.js";
import { requestToken } from "./token.js";

const tokenTimeoutMs = 30_000; // a token function that has not answered by then is called again
const patienceMs = 1500; // a WebSocket that is silent for this time may be broken

/** What a socket reports to its owner. */
export interface SocketListener {
  /** A pipe is about to be opened: frames that are sent now are part of the handshake, later ones wait for the pipe. */
  opening(): void;
  received(data: unknown): void;
  /** The pipe is closed, or was never open; or there is none, and `error` is the reason. */
  lost(closeCode: number, wasOpen: boolean, error?: unknown, attempts?: readonly TransportAttempt[]): void;
  /** A pipe ended without data, this many milliseconds after it was opened. */
  wasCut(ageMs: number): void;
  /** Loads the opener of pipes over HTTP, which is used once a WebSocket has failed. */
  loadOpener(): Promise<PipeOpener>;
}

export class Socket {
  /** The user in HELLO. */
  identityFacts: { token?: string; identity?: Auth } = {};
  readonly #options: ClientOptions;
  readonly #transports: readonly TransportName[];
  readonly #listener: SocketListener;
  /** The newest attempt to open, resolved once the pipe is open; events of older ones are ignored. */
  declare attempt: Promise<unknown> | undefined;
  /** Whether the pipe of this attempt is open. */
  isOpen = false;
  declare pipe: Pipe | undefined;
  /** The address of the newest pipe, and its first message, which begins with HELLO. */
  declare address: string;
  declare firstMessage: string;
  /** The opener of the next pipe; if undefined, the next pipe is a WebSocket. */
  declare pipeOpener: PipeOpener | undefined;
  /** How long a WebSocket may be silent before others begin beside it. */
  #patienceMs = patienceMs;
  /** Runs while a WebSocket has not answered: then there is no opener. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest call of the token function that is under way; answers of earlier calls are ignored. */
  declare identifying: Promise<void> | undefined;
  #identifiedAt = 0;
  readonly #outgoing: string[] = [];
  /** The messages that were sent over a WebSocket that has not answered. */
  #unanswered: string[] = [];

  constructor(options: ClientOptions, transports: readonly TransportName[], listener: SocketListener) {
    this.#options = options;
    this.#transports = transports;
    this.#listener = listener;
  }

  /**
   * Requests the token and opens a pipe; the listener receives the result. `welcomed` is one that has had HELLO.
   */
  async open(welcomed?: Pipe): Promise<void> {
    let opened: (value?: unknown) => void;
    const attempt = (this.attempt = new Promise((resolve) => (opened = resolve)));
    this.pipe = welcomed; // drop() closes it
    try {
      if (this.#transports[0] !== "websocket") await this.fallBack();
      await (welcomed ?? this.identify()); // a turn at least
      if (this.attempt !== attempt) return;
      this.#outgoing.length = 0; // HELLO comes first: what was sent before it was for the connection before
      this.#listener.opening();
      const first = (this.firstMessage = welcomed ? this.#outgoing.shift()! : this.#nextMessage());
      const messages = (this.#unanswered = [first]);
      const protocols = [subprotocol, subprotocolWithMessage, encodeURIComponent(first)];
      if (notInHandshake.test(protocols[2]!)) protocols.length = 1;
      const url = (this.address = endpoint(this.#options.url as string));
      const began = Date.now();
      const follow = (pipe: Pipe) => {
        this.pipe = pipe;
        pipe.onopen = () => {
          this.isOpen = true;
          if (pipe.protocol !== subprotocolWithMessage) pipe.send(first);
          opened();
        };
        pipe.onmessage = ({ data }) => {
          if (this.#timer) this.#patienceMs = Math.max(patienceMs, 4 * (Date.now() - began));
          this.#stopTimer();
          this.#listener.received(data);
        };
        pipe.onclose = ({ code, attempts }) => {
          const wasOpen = this.isOpen;
          if (this.#timer) this.fallBack();
          this.drop(1000);
          if (wasOpen && code === 1006) this.#listener.wasCut(Date.now() - began);
          this.#listener.lost(code, wasOpen, undefined, attempts);
        };
        pipe.onerror = () => {}; // a close event follows with the same information
      };
      if (welcomed) {
        follow(welcomed);
        this.isOpen = true;
        opened!();
        return this.#listener.received(welcomed.welcome);
      }
      if (this.pipeOpener) return follow(this.pipeOpener.open(url, protocols, messages));
      const webSocket = this.openWebSocket(url, protocols);
      follow(webSocket);
      if (!this.#transports[1]) return;
      this.#race = () => {
        const { isOpen } = this;
        if (!this.#timer) {
          if (isOpen && this.pipe === webSocket) this.pipeOpener?.forget(); // it has answered
          return;
        }
        this.#stopTimer();
        this.isOpen = false;
        follow(this.pipeOpener!.open(url, protocols, messages, { webSocket, began, isOpen }));
      };
      this.#timer = setTimeout(() => this.fallBack(), this.#patienceMs);
    } catch (error) {
      if (this.attempt === attempt) this.#listener.lost(0, false, error);
    }
  }

  openWebSocket(url: string, protocols: string[]): WebSocketLike {
    return new (webSocketClass(this.#options))(url, protocols);
  }

  /** From now on pipes are opened by a race of all transports, in which a WebSocket that has not answered takes part. */
  async fallBack(): Promise<void> {
    if (`${this.#transports}` === "websocket") return;
    this.pipeOpener ??= await this.#listener.loadOpener().catch(() => undefined); // the client is closed
    this.#race();
  }
  #race = () => {};

  /** Requests the token, and resolves with the content of REFRESH. A pending token function is not called again. */
  async identify(): Promise<unknown[]> {
    const { auth } = this.#options;
    const { token } = { ...auth } as { token?: unknown };
    if (typeof token === "function") {
      if (!this.identifying || Date.now() - this.#identifiedAt > tokenTimeoutMs) {
        this.#identifiedAt = Date.now();
        const identifying = requestToken(token as () => string).then((answer) => {
          if (this.identifying === identifying) this.identityFacts = { token: answer };
        });
        const done = () => this.identifying === identifying && (this.identifying = undefined);
        this.identifying = identifying;
        identifying.then(done, done);
      }
      await this.identifying;
    } else if (auth) {
      this.identityFacts = "token" in auth ? { token: token as string } : { identity: auth };
    }
    return [this.identityFacts];
  }

  /** Closes the pipe and ignores its further events. */
  drop(closeCode: number): void {
    const { pipe } = this;
    this.pipe = this.attempt = undefined;
    this.isOpen = false;
    this.#outgoing.length = 0;
    this.#stopTimer();
    if (!pipe) return;
    pipe.onopen = pipe.onmessage = pipe.onclose = null;
    pipe.close(closeCode);
  }

  /** Sends a frame at the end of this turn, once the pipe is open, with others if there are any; only over `attempt`. */
  send(frame: string, attempt = this.attempt): void {
    if (attempt !== this.attempt || this.#outgoing.push(frame) > 1) return;
    this.attempt?.then(() => {
      while (this.#outgoing.length) {
        const message = this.#nextMessage();
        if (this.#timer) this.#unanswered.push(message);
        this.pipe!.send(message);
      }
    });
  }

  #nextMessage(): string {
    return this.#outgoing.splice(0, framesPerMessage(this.#outgoing)).join("\n");
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

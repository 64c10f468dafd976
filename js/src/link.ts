// The socket: opens one at a time, hears only the newest, and packs the frames of one turn into few messages. The first message
// goes with the handshake, so that the server's first words are its answer to that.
import { DialogueError } from "./errors.js";
import { Limit, notInHandshake, subprotocol, subprotocolWithMessage } from "./generated/tables.js";
import type { Auth, ClientOptions, WebSocketClass, WebSocketLike } from "./types.js";

const hangsAfterMs = 30_000; // a token function that has not answered by then is asked again
const tokenForm = /^[^\s"<>{}]+$/; // no JSON, no HTML, no sentence
const batchCharsMax = 5000; // several frames in one message: at most 16 KiB, and a character is at most 3 bytes

/** What a link tells its owner. */
export interface LinkListener {
  /** A socket is about to be opened: what is sent now goes with the handshake, what is sent later waits for the socket. */
  opening(): void;
  received(data: unknown): void;
  /** The socket is gone, or never stood; or there is none, and `error` says why. */
  lost(closeCode: number, wasOpen: boolean, error?: unknown): void;
}

/** The WebSocket class that the options or the platform give. Throws when there is none. */
export function webSocketClass(options: ClientOptions): WebSocketClass {
  const found = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (!found) throw new DialogueError("not_supported", "There is no WebSocket class here: pass one, such as that of ws.");
  return found;
}

/** The address of the endpoint: `url` against the page, `/dialogue` where it has no path. Throws when there is no address. */
export function endpoint(url: string | URL = "/"): string {
  const address = new URL(url, globalThis.location?.href);
  if (address.pathname === "/") address.pathname = "/dialogue";
  address.hash = "";
  return address.href.replace(/^http/, "ws");
}

/** What a token function gives; what cannot be a token, such as the page of an error, is a failure of the function. */
export async function askedToken(ask: () => string | Promise<string>): Promise<string> {
  const token = await ask();
  if (typeof token !== "string" || !tokenForm.test(token)) throw new TypeError("the token function gave no token");
  return token;
}

export class Link {
  /** What HELLO says of who this is. */
  credentials: { token?: string; identity?: Auth } = {};
  readonly #options: ClientOptions;
  readonly #listener: LinkListener;
  /** The newest attempt to open, resolved once the socket is open; what belongs to an older one is not heard. */
  declare attempt: Promise<unknown> | undefined;
  /** Whether the socket of this attempt stands. */
  isOpen = false;
  #socket: WebSocketLike | undefined;
  #identifying: Promise<void> | undefined;
  #askedAt = 0;
  #outgoing: string[] = [];

  constructor(options: ClientOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Asks for the token, opens a socket, and tells the listener how that went. */
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
      const socket = new (webSocketClass(this.#options))(endpoint(this.#options.url), protocols);
      this.#socket = socket;
      socket.onopen = () => {
        this.isOpen = true;
        if (socket.protocol !== subprotocolWithMessage) socket.send(first);
        opened();
      };
      socket.onmessage = ({ data }) => this.#listener.received(data);
      socket.onclose = ({ code }) => {
        const wasOpen = this.isOpen;
        this.drop(1000);
        this.#listener.lost(code, wasOpen);
      };
      socket.onerror = () => {}; // a close follows, which says as much
    } catch (error) {
      if (this.attempt === attempt) this.#listener.lost(0, false, error);
    }
  }

  /** Asks for the token, and resolves with what a REFRESH says. While a function thinks, it is not asked again. */
  async identify(): Promise<unknown[]> {
    const { auth } = this.#options;
    if (auth && "token" in auth) {
      const { token } = auth;
      if (typeof token === "function") {
        if (!this.#identifying || Date.now() - this.#askedAt > hangsAfterMs) {
          this.#askedAt = Date.now();
          const asking = askedToken(token).then((answer) => void (this.credentials = { token: answer }));
          const done = () => this.#identifying === asking && (this.#identifying = undefined);
          this.#identifying = asking;
          asking.then(done, done);
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

  /** Closes the socket and hears no more of it. */
  drop(closeCode: number): void {
    const socket = this.#socket;
    this.#socket = this.attempt = undefined;
    this.isOpen = false;
    this.#outgoing = [];
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(closeCode);
  }

  /** Sends a frame at the end of this turn, once the socket is open, with others where there are any. */
  send(frame: string): void {
    if (this.#outgoing.push(frame) > 1) return;
    this.attempt?.then(() => {
      while (this.#outgoing.length) this.#socket!.send(this.#nextMessage());
    });
  }

  /** Takes the frames that fit into one message. */
  #nextMessage(): string {
    let count = 0;
    let chars = 0;
    for (const frame of this.#outgoing) {
      chars += frame.length + 1;
      if (count && (count === Limit.batchFramesMax || chars > batchCharsMax)) break;
      count += 1;
    }
    return this.#outgoing.splice(0, count).join("\n");
  }
}

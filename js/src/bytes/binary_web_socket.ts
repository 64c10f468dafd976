// A WebSocket class whose messages are binary if that is shorter. It offers this in HELLO, and begins when WELCOME has
// granted it; a server that does not support it continues with text.
import type { WebSocketClass, WebSocketLike } from "../api/options.js";
import { FrameType } from "../generated/tables.js";
import { fromBinaryMessage, toBinaryMessage } from "./binary_message.js";

const hello = `[${FrameType.HELLO},1,`;
const granted = `[${FrameType.WELCOME},1,1,`;
const [plainHello, binaryHello] = [`${hello}0,`, `${hello}1,`];

/**
 * A WebSocket class for the client's option `WebSocket`: values of bytes travel raw, which is a quarter less than base64,
 * in WebSockets of servers that support it. `Base` is the class of the platform by default.
 *
 * @example
 * const client = createDialogueClient({ app, WebSocket: binaryWebSocket() });
 */
export function binaryWebSocket(Base: WebSocketClass = (globalThis as any).WebSocket): WebSocketClass {
  return class implements WebSocketLike {
    onopen: WebSocketLike["onopen"] = null;
    onmessage: WebSocketLike["onmessage"] = null;
    onclose: WebSocketLike["onclose"] = null;
    onerror: WebSocketLike["onerror"] = null;
    readonly #socket: WebSocketLike & { binaryType?: string };
    #isGranted = false;

    constructor(url: string, protocols: string[]) {
      const offered = (text: string) =>
        text.startsWith(encodeURIComponent(plainHello))
          ? encodeURIComponent(binaryHello) + text.slice(encodeURIComponent(plainHello).length)
          : text;
      const socket = new Base(url, protocols.map(offered)) as WebSocketLike & { binaryType?: string };
      this.#socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onopen = (event) => this.onopen?.(event);
      socket.onclose = (event) => this.onclose?.(event);
      socket.onerror = (event) => this.onerror?.(event);
      socket.onmessage = ({ data }) => {
        this.#isGranted ||= typeof data === "string" && data.startsWith(granted);
        this.onmessage?.({ data: typeof data === "string" ? data : fromBinaryMessage(data) });
      };
    }

    get protocol(): string {
      return this.#socket.protocol;
    }

    send(text: string): void {
      const message = text.startsWith(plainHello) ? binaryHello + text.slice(plainHello.length) : text;
      this.#socket.send((this.#isGranted ? toBinaryMessage(message) : message) as string);
    }

    close(code?: number): void {
      this.#socket.close(code);
    }
  };
}

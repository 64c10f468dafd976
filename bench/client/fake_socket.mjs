// A WebSocket with its server inside, so that only the client's own work is measured. Importing this module puts it in the
// place of the platform's WebSocket, because socket.io-client takes that one when it is loaded. A server is a function: (text,
// answer) => void.

const kOpen = 1;
const kClosed = 3;

/** Which server the next socket talks to. Set before a client connects. */
export const next = { server: () => {}, greeting: undefined };

export class FakeSocket {
  static CONNECTING = 0;
  static OPEN = kOpen;
  static CLOSING = 2;
  static CLOSED = kClosed;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  extensions = "";
  listeners = { open: [], message: [], close: [], error: [] };

  constructor(url, protocols) {
    this.url = url;
    this.protocol = [protocols].flat()[0] ?? "";
    this.server = next.server;
    this.answer = (text) => queueMicrotask(() => this.receive(text));
    next.socket = this;
    const { greeting } = next;
    queueMicrotask(() => {
      this.readyState = kOpen;
      this.tell("open", { type: "open", target: this });
      if (greeting) this.receive(greeting);
    });
  }

  addEventListener(type, listener) {
    this.listeners[type].push(listener);
  }

  removeEventListener(type, listener) {
    this.listeners[type] = this.listeners[type].filter((other) => other !== listener);
  }

  send(text) {
    this.server(text, this.answer);
  }

  receive(text) {
    this.tell("message", { type: "message", data: text, target: this });
  }

  close(code = 1000, reason = "") {
    if (this.readyState === kClosed) return;
    this.readyState = kClosed;
    queueMicrotask(() => this.tell("close", { type: "close", code, reason, wasClean: true, target: this }));
  }

  tell(type, event) {
    this[`on${type}`]?.(event);
    for (const listener of this.listeners[type]) listener(event);
  }
}

globalThis.WebSocket = FakeSocket;

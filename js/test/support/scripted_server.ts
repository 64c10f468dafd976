// A server that says exactly what a test tells it to, over real WebSockets.
//
//   const server = await ScriptedServer.start();
//   const peer = await server.connection();          // the next client that connects
//   const [, request] = await peer.frame(2);         // its next JOIN; other frames before it are passed over
//   peer.say([34, request, 7, 99, 1, 0, 1, {}]);
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export type Frame = any[];

/** What a client offers whose first message stands behind it. */
const withMessage = "dialogue.v1.with";

/** Values that arrive one by one and are waited for in order. */
class Arrivals<T> {
  readonly #values: T[] = [];
  #waiting: ((value: T) => void)[] = [];

  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#values.push(value);
  }

  next(): Promise<T> {
    const value = this.#values.shift();
    return value === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(value);
  }
}

/** One client's connection. */
export class Peer {
  readonly #frames = new Arrivals<Frame>();
  /** Whole messages, as they came. */
  readonly messages: string[] = [];
  readonly closed: Promise<number>;

  constructor(
    readonly socket: WebSocket,
    /** Sec-WebSocket-Protocol. */
    readonly offered: readonly string[],
  ) {
    this.closed = once(socket, "close").then(([code]) => code as number);
    if (socket.protocol === withMessage) this.#hear(decodeURIComponent(offered[offered.indexOf(withMessage) + 1]!));
    socket.on("message", (data) => this.#hear(data.toString()));
  }

  #hear(message: string): void {
    this.messages.push(message);
    for (const line of message.split("\n")) this.#frames.push(JSON.parse(line));
  }

  /** The next frame of a type. */
  async frame(type: number): Promise<Frame> {
    for (;;) {
      const frame = await this.#frames.next();
      if (frame[0] === type) return frame;
    }
  }

  /** Frames, in one message. */
  say(...frames: Frame[]): void {
    this.socket.send(frames.map((frame) => JSON.stringify(frame)).join("\n"));
  }

  /** WELCOME, after HELLO has come. Resolves with HELLO. */
  async welcome(facts: object = {}): Promise<Frame> {
    const hello = await this.frame(1);
    this.say([33, 1, 0, hello[3], 25_000, Date.now(), 1, { session: "s", userId: "ann", name: "Ann", ...facts }]);
    return hello;
  }

  /** JOINED of room number 7 in epoch 99, after JOIN has come. Resolves with JOIN. */
  async join(facts: object = {}, head = 0): Promise<Frame> {
    const join = await this.frame(2);
    this.say([34, join[1], 7, 99, head + 1, head, 1, { roomId: join[5], name: "Chat", clock: 1, members: [], ...facts }]);
    return join;
  }
}

export class ScriptedServer {
  readonly #peers = new Arrivals<Peer>();
  readonly url: string;

  private constructor(readonly sockets: WebSocketServer) {
    this.url = `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`;
    sockets.on("connection", (socket, { headers }) =>
      this.#peers.push(new Peer(socket, headers["sec-websocket-protocol"]!.split(/, ?/))),
    );
  }

  static async start({ takesFirstMessage = false, port = 0 } = {}): Promise<ScriptedServer> {
    const handleProtocols = (offered: Set<string>) =>
      takesFirstMessage && offered.has(withMessage) ? withMessage : "dialogue.v1";
    const sockets = new WebSocketServer({ port, host: "127.0.0.1", handleProtocols });
    await once(sockets, "listening");
    return new ScriptedServer(sockets);
  }

  connection(): Promise<Peer> {
    return this.#peers.next();
  }

  close(): void {
    for (const socket of this.sockets.clients) socket.terminate();
    this.sockets.close();
  }
}

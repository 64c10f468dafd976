// An HTTP server in front of the one under test, which hands everything on, WebSockets too, but for what a scenario has replaced:
// a path that fails, is late, or says something else.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { reset } from "./reset.js";

/** Answers instead of the server; false: the server does. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

export class Front {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** How often each path was asked for. */
  readonly asked = new Map<string, number>();
  /** How many WebSockets were asked for. */
  upgrades = 0;
  /** Whether new WebSockets reach the server; otherwise their connection is reset. */
  takesWebSockets = true;
  answer: Answer = () => false;
  /** Cuts each WebSocket and each response at this age, as some proxies do; undefined: none any more, old ones neither. */
  lifetimeMs: number | undefined;
  /** How many it has cut so. */
  cuts = 0;

  private constructor(target: number) {
    this.server = createServer((incoming, response) => {
      const path = incoming.url!.replace(/\?.*/, "");
      this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
      if (this.answer(incoming, response)) return;
      const { method, url, headers } = incoming;
      const onward = request({ host: "127.0.0.1", port: target, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
        this.endAtLifetime(incoming.socket, response);
      });
      onward.on("error", () => response.destroy());
      incoming.pipe(onward);
    });
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server.on("upgrade", (incoming, socket: Socket, head) => {
      this.upgrades += 1;
      socket.on("error", () => socket.destroy());
      if (!this.takesWebSockets) return reset(socket);
      const onward = connect(target, "127.0.0.1");
      const lines = incoming.rawHeaders.map((text, index) => (index % 2 ? `${text}\r\n` : `${text}: `));
      onward.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      onward.write(head);
      onward.on("error", () => socket.destroy());
      onward.on("close", () => socket.destroy());
      socket.on("close", () => onward.destroy());
      onward.pipe(socket);
      socket.pipe(onward);
      this.endAtLifetime(socket, socket);
    });
  }

  /** Cuts `socket` when the lifetime is over, unless `whole` has ended before. */
  private endAtLifetime(socket: Socket, whole: Socket | ServerResponse): void {
    if (this.lifetimeMs === undefined) return;
    const timer = setTimeout(() => {
      if (this.lifetimeMs === undefined) return;
      this.cuts += 1;
      socket.destroy();
    }, this.lifetimeMs);
    whole.on("close", () => clearTimeout(timer));
  }

  static async start(targetPort: number): Promise<Front> {
    const front = new Front(targetPort);
    front.server.listen(0, "127.0.0.1");
    await once(front.server, "listening");
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Takes the WebSockets away, the one that there is and all new ones; the page can still be loaded. */
  takeSockets(): void {
    this.takesWebSockets = false;
    this.cut();
  }

  /** Ends every connection, WebSockets too. */
  cut(): void {
    for (const socket of this.sockets) reset(socket);
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, "close");
  }
}

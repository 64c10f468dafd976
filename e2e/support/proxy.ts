// A TCP proxy between the browser and the server, which cuts the network on command: resets connections, refuses new ones,
// goes silent without closing anything (half-open, as when a cable is pulled), or answers everything with a page of its own, as
// a captive portal does. What it holds up for a while arrives later.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { reset } from "./reset.js";

const kPortalPage = "<!doctype html><title>Wi-Fi</title><form method=post>Accept the terms</form>";
const kPortalFields = `Content-Type: text/html\r\nContent-Length: ${kPortalPage.length}\r\nConnection: close`;
const kPortal = `HTTP/1.1 200 OK\r\n${kPortalFields}\r\n\r\n${kPortalPage}`;

export class Proxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** Where what comes from a socket goes. */
  private readonly others = new WeakMap<Socket, Socket>();
  private mode: "open" | "refusing" | "silent" | "portal" = "open";
  private isHolding = false;

  private constructor(private readonly target: number) {
    this.server = createServer((inside) => this.accept(inside));
  }

  static async start(targetPort: number): Promise<Proxy> {
    const proxy = new Proxy(targetPort);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Resets every connection; new ones are reset too until mend(). */
  cut(): void {
    this.mode = "refusing";
    this.resetAll();
  }

  /** Carries nothing any more, in either direction, and closes nothing. */
  silence(): void {
    this.mode = "silent";
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Resets every connection; each request from then on is answered with a page to sign in, until mend(). */
  showPortal(): void {
    this.mode = "portal";
    this.resetAll();
  }

  /** Holds what comes, in either direction, until release(). */
  hold(): void {
    this.isHolding = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Carries what was held, and all that comes. */
  release(): void {
    this.isHolding = false;
    for (const socket of this.sockets) this.carry(socket);
  }

  /** Carries new connections again; the old ones are gone. */
  mend(): void {
    this.mode = "open";
    this.resetAll();
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, "close");
  }

  private resetAll(): void {
    for (const socket of this.sockets) reset(socket);
  }

  private accept(inside: Socket): void {
    if (this.mode === "refusing") {
      reset(inside);
      return;
    }
    this.keep(inside);
    if (this.mode === "silent") {
      inside.pause();
      return;
    }
    if (this.mode === "portal") {
      inside.once("data", () => inside.end(kPortal));
      return;
    }
    const outside = this.keep(connect(this.target, "127.0.0.1"));
    this.join(inside, outside);
    this.join(outside, inside);
  }

  private join(from: Socket, to: Socket): void {
    this.others.set(from, to);
    from.on("close", () => to.destroy());
    if (!this.isHolding) this.carry(from);
  }

  private carry(from: Socket): void {
    const to = this.others.get(from);
    if (to) from.pipe(to);
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.sockets.delete(socket));
    return socket;
  }
}

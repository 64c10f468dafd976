// Engine.IO by hand, as the protocol's document describes it: polls by fetch, WebSockets by ws.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { kPatienceMs } from "../../../patience.mjs";
import { directoryOf, Server } from "./program.mjs";

const require = createRequire(fileURLToPath(new URL("../../../../js/package.json", import.meta.url)));
const { WebSocket } = require("ws");
export const { io } = require("socket.io-client");

export const kPing = "2";

const definitions = {
  events: { message: { schema: { type: "object" } }, note: { schema: true }, typing: { schema: true, delivery: "volatile" } },
  rooms: {
    chat: { name: "The chat", events: ["message", "note", "typing"], retention: { maxEvents: 100_000 } },
    news: { events: ["message"] },
    short: { events: ["message"], retention: { maxEvents: 3 } },
    small: { events: ["message"], maxSize: 1 },
    staff: { events: ["message"], access: { join: ["role:staff"] } },
    sockets: { events: ["message"], channels: ["websocket"] },
    "room-{id}": { events: ["message"], retention: { maxEvents: 10_000 } },
  },
};
export const app = `${directoryOf({ "app.json": definitions })}/app.json`;
export const anyPort = ["--listen", "127.0.0.1:0"];

/** A server with the reference behaviour of the protocols' documents. */
export const serveEcho = (args = ["--shards", "2"]) => Server.start([app, ...anyPort, "--socketio-echo", ...args]);
export const serveRooms = (args = [], env = {}) => Server.start([app, ...anyPort, "--shards", "2", ...args], { env });

/** A request of a session, at `path`. */
export function request(server, query, { path = "/engine.io/", ...options } = {}) {
  return fetch(`${server.url}${path}?${query}`, { signal: AbortSignal.timeout(kPatienceMs), ...options });
}

/** A session over polls. */
export class Polling {
  constructor(server, path, opened) {
    this.server = server;
    this.path = path;
    this.opened = opened;
    this.query = `EIO=4&transport=polling&sid=${opened.sid}`;
  }
  static async open(server, path = "/engine.io/") {
    const answer = await request(server, "EIO=4&transport=polling", { path });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    assert.equal(text[0], "0");
    return new Polling(server, path, JSON.parse(text.slice(1)));
  }
  poll(options) {
    return request(this.server, this.query, { path: this.path, ...options });
  }
  post(body, options) {
    return request(this.server, this.query, { path: this.path, method: "POST", body, ...options });
  }
  /** The packets of the next polls without pings, which are answered, until there are as many. */
  async packets(count) {
    const all = [];
    while (all.length < count) {
      const text = await (await this.poll()).text();
      for (const packet of text.split("\x1e"))
        if (packet === kPing) await this.post("3");
        else all.push(packet);
    }
    return all;
  }
  /** Polls until there is no session any more; what came until then. */
  async untilGone() {
    const all = [];
    while (true) {
      const answer = await this.poll();
      if (answer.status !== 200) return { all, status: answer.status, text: await answer.text() };
      all.push(...(await answer.text()).split("\x1e"));
    }
  }
}

/** A WebSocket that keeps what it receives: text as strings, bytes as Buffers. */
export class Socket {
  received = [];
  #news = [];
  closed = false;
  static async open(server, query, path = "/engine.io/") {
    const socket = Socket.begin(server, query, path);
    await once(socket.ws, "open");
    return socket;
  }
  static begin(server, query, path = "/engine.io/") {
    const socket = new Socket();
    socket.ws = new WebSocket(`${server.url.replace("http", "ws")}${path}?${query}`);
    socket.ws.on("message", (data, isBinary) => {
      socket.received.push(isBinary ? data : `${data}`);
      socket.#tell();
    });
    socket.ws.on("error", () => undefined);
    socket.ws.on("close", () => {
      socket.closed = true;
      socket.#tell();
    });
    return socket;
  }
  #tell() {
    for (const news of this.#news.splice(0)) news();
  }
  async #wait() {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain; received: ${this.received}`)), kPatienceMs);
      this.#news.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  send(data) {
    this.ws.send(data);
  }
  /** The next message. */
  async next() {
    while (this.received.length === 0) {
      assert.ok(!this.closed, "the socket was closed");
      await this.#wait();
    }
    return this.received.shift();
  }
  /** The next message that is no ping; pings are answered. */
  async take() {
    while (true) {
      const message = await this.next();
      if (message !== kPing) return message;
      this.send("3");
    }
  }
  async end() {
    while (!this.closed) await this.#wait();
    return this.received;
  }
}

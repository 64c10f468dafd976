// A connection that begins and does not go on, the limits within which the server has to end it, and the steps that such
// connections begin with.
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { frames } from "../../conformance/frames.mjs";
import { frame, upgradeRequest } from "./wire.mjs";

const loopback = "127.0.0.1";
const dripMs = 250;
const saidCharsMax = 4096;

/** The server's limits in ms: those that its settings shorten (settings below), and those that are fixed. */
export const limits = {
  head: 6_000,
  hello: 6_000,
  keepAlive: 6_000,
  silence: 13_000, // a ping and its time-out, which the honest keep, too: they share this process
  socketioSilence: 13_000,
  socketioConnect: 6_000,
  closing: 5_000,
  opening: 6_000, // of TLS
  http2Head: 6_000,
  upgrade: 10_000,
  body: 17_000, // and the time that a refusal may be read
  idleTunnel: 15_000,
  message: 30_000,
  stall: 20_000, // 10 s, and before it what the kernel still takes
};
export const settings = Object.entries({
  "handshake-timeout-ms": limits.head,
  "hello-timeout-ms": limits.hello,
  "http-keep-alive-ms": limits.keepAlive,
  "ping-interval-ms": 3_000,
  "ping-timeout-ms": 10_000,
  "socketio-ping-interval-ms": 3_000,
  "socketio-ping-timeout-ms": 10_000,
  "socketio-connect-timeout-ms": limits.socketioConnect,
  "stream-heartbeat-ms": 1_000,
}).flatMap(([name, value]) => [`--${name}`, `${value}`]);

/** A connection that is measured from its last honest step to its end. */
export class SlowConnection {
  said = "";
  #socket;
  #timer;
  #look = () => undefined;
  #stalledAt;

  constructor(port, { isTls = false, alpn } = {}) {
    const to = { port, host: loopback, noDelay: true, allowHalfOpen: true };
    this.#socket = isTls ? connectTls({ ...to, rejectUnauthorized: false, ALPNProtocols: alpn }) : connect(to);
    this.#socket.on("data", (bytes) => {
      const all = this.said + bytes.toString("latin1");
      this.said = all.slice(-saidCharsMax);
      this.#look(all);
    });
    this.#socket.on("error", () => undefined);
    this.#stalledAt = performance.now();
    this.ended = new Promise((resolve) => {
      const end = () => {
        clearInterval(this.#timer);
        this.#socket.destroy();
        resolve(performance.now() - this.#stalledAt);
      };
      this.#socket.on("end", end);
      this.#socket.on("close", end);
    });
  }

  ready(event = "connect") {
    return once(this.#socket, event);
  }

  send(bytes) {
    this.#stalledAt = performance.now();
    this.#socket.write(bytes);
  }

  /** From now on a byte now and then: the pace of the attack. */
  drip(byte) {
    this.#stalledAt = performance.now();
    this.#timer = setInterval(() => this.#socket.write(byte), dripMs);
  }

  /** Resolves when the server has said what matches; rejects when it ends before. */
  async heard(pattern) {
    const gone = this.ended.then(() => {
      throw new Error(`ended before ${pattern}; it said ${JSON.stringify(this.said)}`);
    });
    gone.catch(() => undefined);
    const found = new Promise((resolve) => {
      this.#look = (all) => {
        const match = pattern.exec(all);
        if (match) resolve(match);
      };
    });
    this.#look(this.said);
    return Promise.race([found, gone]).finally(() => {
      this.#look = () => undefined;
    });
  }

  /** No byte is read any more. */
  stopReading() {
    this.#socket.pause();
  }

  /** Says that nothing more comes, and goes on reading. */
  halfClose() {
    this.#stalledAt = performance.now();
    this.#socket.end();
  }

  destroy() {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }
}

export const hello = (name) => JSON.stringify([frames.hello, 1, 0, 0, { identity: { userId: name } }]);
export const join = (room) => JSON.stringify([frames.join, 1, 0, 0, 0, room, {}]);
export const head = (method, path, fields = "") => `${method} ${path} HTTP/1.1\r\nHost: chat.example\r\n${fields}`;
export const post = (path, length, fields = "") => `${head("POST", path, fields)}Content-Length: ${length}\r\n\r\n`;
export const whole = (path, body) => post(path, Buffer.byteLength(body)) + body;
export const text = (value) => frame(value);

export async function upgraded(slow, path = "/dialogue") {
  slow.send(upgradeRequest().replace("/dialogue", path));
  await slow.heard(/HTTP\/1.1 101 /);
}
export async function welcomed(slow, name, room) {
  await upgraded(slow);
  slow.send(text(room ? `${hello(name)}\n${join(room)}` : hello(name)));
  await slow.heard(room ? /\[34,1,/ : /\[33,/);
}
export async function inLines(slow, name, room) {
  slow.send(`${hello(name)}\n${room ? `${join(room)}\n` : ""}`);
  await slow.heard(room ? /\[34,1,/ : /\[33,/);
}

export const anything = /^/;
export const refused = /^(HTTP\/1.1 408 .*)?$/s;
export const bye = /\[45,\d+,/;

// The honest clients: each says so many messages a second in its room and hears everything that is said there. All are in this
// process, so that one clock tells how long a message took from its publisher to each member; and each delivery is held against
// what was said: once, in order, nothing missing.
import { setTimeout as pause } from "node:timers/promises"; // the schedule of the load itself
import { WebSocket } from "ws";
import { frames } from "../../conformance/frames.mjs";
import { tokenFor } from "./tokens.mjs";
import { connectFrom } from "./wire.mjs";

const msPerSecond = 1000;
const messageText = "x".repeat(60);

class Member {
  sent = []; // when each of its messages was sent, by number
  acked = 0;
  heard = new Map(); // by publisher: the newest number
  sequence;

  constructor(crowd, index, room) {
    this.crowd = crowd;
    this.user = `honest-${index}`;
    this.address = `192.0.2.${1 + (index % 250)}`;
    this.room = room;
  }

  connect(port) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/dialogue`, "dialogue.v1", {
      perMessageDeflate: false,
      createConnection: () => connectFrom(port, this.address),
    });
    const greeting = { token: tokenFor(this.user, "chat-*"), producer: { id: this.user } };
    this.socket.on("open", () =>
      this.socket.send(`[${frames.hello},1,0,0,${JSON.stringify(greeting)}]\n[${frames.join},1,0,0,0,"${this.room}",{}]`),
    );
    return new Promise((resolve, reject) => {
      this.joined = resolve;
      this.socket.on("error", reject);
      this.socket.on("close", (code) => {
        if (!this.isLeaving) this.fault(`was disconnected with ${code}`);
        reject(new Error(`${this.user} was disconnected with ${code}`));
      });
      this.socket.on("message", (data) => {
        for (const text of data.toString("latin1").split("\n")) this.#read(text);
      });
    });
  }

  say() {
    this.sent.push(performance.now());
    const n = this.sent.length;
    this.socket.send(`[${frames.publish},${this.number},1,${n},0,{"n":${n},"text":"${messageText}"}]`);
  }

  fault(text) {
    this.crowd.faults.push(`${this.user} ${text}`);
  }

  #read(text) {
    const type = Number(text.slice(1, text.indexOf(",")));
    if (type === frames.event) return this.#deliver(text);
    if (type === frames.ack) this.acked += 1;
    else if (type === frames.nack) this.fault(`was refused: ${text}`);
    else if (type === frames.joined) {
      this.number = JSON.parse(text)[2];
      this.joined();
    }
  }

  #deliver(text) {
    const now = performance.now();
    const [, sequence, from, n] = /^\[36,\d+,\d+,(\d+),\d+,"([^"]+)".*"n":(\d+)/.exec(text);
    if (this.sequence !== undefined && Number(sequence) !== this.sequence + 1)
      this.fault(`got ${sequence} after ${this.sequence}`);
    this.sequence = Number(sequence);
    const last = this.heard.get(from) ?? 0;
    if (Number(n) !== last + 1) this.fault(`got ${n} of ${from} after ${last}`);
    this.heard.set(from, Number(n));
    this.crowd.delivered(now - this.crowd.byUser.get(from).sent[n - 1]);
  }
}

/** What share of `sorted` is at most the returned value. */
export const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

export class Crowd {
  faults = [];
  byUser = new Map();
  #members;
  #latencies = [];
  #due = 0;

  constructor({ members, rooms }) {
    this.rooms = Array.from({ length: rooms }, (_, i) => `chat-${i}`);
    this.#members = Array.from({ length: members }, (_, i) => new Member(this, i, this.rooms[i % rooms]));
    for (const member of this.#members) this.byUser.set(member.user, member);
  }

  async connect(port) {
    for (const member of this.#members) await member.connect(port);
  }

  delivered(ms) {
    this.#latencies.push(ms);
  }

  /** Everybody says a message a second, evenly, for `seconds`. Resolves to { p50, p99, max, deliveries } of that time, in ms. */
  async chat(seconds) {
    this.#latencies = [];
    const stepMs = msPerSecond / this.#members.length;
    const start = performance.now();
    for (let n = 0; n < seconds * this.#members.length; n += 1) {
      const dueMs = start + n * stepMs;
      if (dueMs > performance.now()) await pause(dueMs - performance.now());
      this.#members[this.#due++ % this.#members.length].say();
    }
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1), deliveries: sorted.length };
  }

  /** How many deliveries and acknowledgements are still to come. */
  get missing() {
    let missing = 0;
    for (const member of this.#members) {
      missing += member.sent.length - member.acked;
      for (const other of this.#members)
        if (other.room === member.room) missing += other.sent.length - (member.heard.get(other.user) ?? 0);
    }
    return missing;
  }

  /** Resolves when nothing is to come any more, or after `patienceMs`; nobody may say anything meanwhile. */
  async settled(patienceMs) {
    const deadline = performance.now() + patienceMs;
    while (this.missing > 0 && performance.now() < deadline) await pause(1);
  }

  get said() {
    return this.#members.reduce((sum, member) => sum + member.sent.length, 0);
  }

  leave() {
    for (const member of this.#members) {
      member.isLeaving = true;
      member.socket.terminate();
    }
  }
}

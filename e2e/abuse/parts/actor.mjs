// One hostile place: connects, does its case, and when that connection is over, connects again, until it is told to stop. What
// came of each connection is counted under a word: a status ("429"), "bye 46", "close 1009", "closed" (without a word), "left"
// (it went by itself), "refused" (no connection), "never" is what does not end by itself.
import { connectFrom, upgradeRequest } from "./wire.mjs";

const againMs = 200;
const hastyMs = 50; // 1,400 connections a second where an address may begin 17
const seenCharsMax = 8192;
const floodBytesMax = 1 << 16;
const floodMs = 10;

/** Addresses: one for a whole case, one of eight, or a network of machines in which each connection has another. */
const addressOf = {
  one: ({ index }) => `203.0.113.${index + 1}`,
  eight: ({ number }) => `198.51.100.${200 + (number % 8)}`,
  many: ({ number, round }) => `198.18.${number % 256}.${1 + (round % 250)}`,
};

export class Actor {
  #socket;
  #world;
  #case;
  #timers = new Set();
  #seen = "";
  #heard = [];
  #isOver = true;
  #tallied = [];
  round = 0;

  constructor(world, hostileCase, number) {
    this.#world = world;
    this.#case = hostileCase;
    this.number = number;
  }

  /** Begins, and goes on until stop(). */
  begin() {
    if (this.#world.isStopped) return;
    this.#isOver = false;
    this.#seen = "";
    this.#heard = [];
    this.#tallied = [];
    const address = addressOf[this.#case.from ?? "many"]({ index: this.#case.index, number: this.number, round: this.round });
    const socket = connectFrom(this.#case.by === "tcp" ? this.#world.tcpPort : this.#world.port, address);
    this.#socket = socket;
    const began = performance.now();
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", (error) => this.#end(error.code === "ECONNREFUSED" ? "refused" : this.#outcome(), began));
    socket.on("close", () => this.#end(this.#outcome(), began));
    this.#world.count(this.#case.name, "opened");
    Promise.resolve(this.#case.run(this)).catch((error) => this.#world.fail(`${this.#case.name}: ${error.stack}`));
  }

  /** Ends what it has, and begins nothing more. */
  stop() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clear();
    this.#socket.destroy();
  }

  send(bytes) {
    if (this.#isOver || this.#socket.writableLength > floodBytesMax) return false;
    return this.#socket.write(bytes);
  }

  every(ms, work) {
    // The pace of an attack, no wait for an outcome. Each begins at a moment of its own: in step they would be one burst.
    const first = setTimeout(() => {
      work();
      this.#timers.add(setInterval(work, ms));
    }, Math.random() * ms);
    this.#timers.add(first);
  }

  flood(work) {
    work();
    this.every(floodMs, work);
  }

  async upgraded(fields = "") {
    this.send(upgradeRequest(fields));
    await this.heard(/^HTTP\/1.1 (101) /);
    this.#seen = "";
  }

  /** Resolves to what a pattern's first group matches in what the server says, when it does. */
  heard(pattern) {
    return new Promise((resolve) => {
      this.#heard.push({ pattern, resolve });
    });
  }

  /** From here on counts, under each name, what the server says that matches its pattern. */
  tallies(patterns) {
    this.#tallied = Object.entries(patterns);
  }

  stopReading() {
    this.#socket.pause();
  }

  leave() {
    this.#seen = "left";
    this.#socket.destroy();
  }

  honestRoom() {
    return this.#world.rooms[Math.floor(Math.random() * this.#world.rooms.length)];
  }

  #read(bytes) {
    const said = bytes.toString("latin1");
    for (const [name, pattern] of this.#tallied) this.#world.tally(this.#case.name, name, said.match(pattern)?.length ?? 0);
    this.#seen = (this.#seen + said).slice(-seenCharsMax);
    this.#heard = this.#heard.filter(({ pattern, resolve }) => {
      const found = pattern.exec(this.#seen);
      if (found) resolve(found[1]);
      return !found;
    });
  }

  #outcome() {
    if (this.#seen === "left") return "left";
    const status = /^HTTP\/1.1 (\d+)/.exec(this.#seen);
    if (status) return status[1];
    const bye = /\[45,(\d+),/.exec(this.#seen);
    if (bye) return `bye ${bye[1]}`;
    const at = this.#seen.lastIndexOf("\x88"); // the first byte of a Close frame; its code follows the length
    const code = Buffer.from(at < 0 ? "" : this.#seen.slice(at + 2, at + 4), "latin1");
    return code.length === 2 ? `close ${code.readUInt16BE()}` : "closed";
  }

  #clear() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }

  #end(outcome, began) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clear();
    this.#socket.destroy();
    this.round += 1;
    this.#world.count(this.#case.name, outcome, performance.now() - began);
    // Who is refused comes back soon, some in haste: the pace of the attack.
    setTimeout(() => this.begin(), this.#case.isHasty ? hastyMs : againMs);
  }
}

// A campaign: one data directory, one load, one ledger, and round after round of fault, start and check. A red round says what is
// needed to repeat it, and its directory stays.

import { kPatienceMs } from "../../../tests/patience.mjs";
import { Ledger } from "./ledger.mjs";
import { Producer } from "./producer.mjs";
import { Server, scratch } from "./server.mjs";
import { Subscriber } from "./subscriber.mjs";
import { verify } from "./verify.mjs";
import { Chance, signalled, within } from "./waiting.mjs";

const kinds = ["live", "live", "live", "live", "resume", "resume", "slow", "first"];
const payloadBytesMin = 10;
const payloadBytesMax = 60_000;
const shownMax = 12;

export const heavyLoad = { producers: 8, rooms: ["log-1", "log-2", "log-3", "log-4"], inFlight: 64, subscribers: kinds };
/** Small enough that every system call of it can be a place to die. */
export const lightLoad = {
  producers: 3,
  rooms: ["log-1", "short-1"],
  inFlight: 4,
  most: 24,
  subscribers: ["resume"],
  bytesMax: 3000,
};

export class Campaign {
  ledger = new Ledger();
  startTimes = [];
  firstAckTimes = [];
  rounds = 0;
  #first = signalled();

  /** options: name, seed, load, program, prefix, env, file (of the test, to repeat it), isPatient. */
  constructor(options) {
    this.options = { load: heavyLoad, env: {}, ...options };
    this.chance = new Chance(options.seed);
    this.place = scratch(`crash-${options.name}`);
    this.directory = this.options.directory ?? this.place.path;
    const { load, program, env, prefix } = this.options;
    this.server = new Server({ directory: this.directory, env, ...(program && { program }), ...(prefix && { prefix }) });
    const onAck = () => this.#acked();
    const common = { ledger: this.ledger, rooms: load.rooms };
    this.producers = Array.from({ length: load.producers }, (_, index) => {
      const chance = new Chance(this.chance.next());
      const bytes = () => this.#size(chance, load);
      const { inFlight, most = Infinity } = load;
      const { isPatient, onRefusal } = this.options;
      return new Producer({ ...common, name: `p${index + 1}`, chance, bytes, inFlight, most, onAck, isPatient, onRefusal });
    });
    this.subscribers = load.subscribers.map((kind, index) => {
      const mayMiss = load.rooms.some((room) => room.startsWith("short-"));
      return new Subscriber({ ...common, name: `${kind}-${index + 1}`, kind, mayMiss });
    });
  }

  /** Most bodies are small, as in life; each size up to `most` occurs. */
  #size(chance, { bytesMin = payloadBytesMin, bytesMax = payloadBytesMax }) {
    return Math.round(bytesMin * (bytesMax / bytesMin) ** (chance.fraction() ** 2));
  }

  #acked() {
    this.#first.resolve();
    this.onAck?.();
  }

  /** Starts the server as always, connects everybody, and makes all the checks. */
  async startAndVerify() {
    const began = performance.now();
    this.startTimes.push(await this.server.start({ prefix: [] }));
    await this.connect();
    await verify({ ...this, rooms: this.options.load.rooms });
    this.verifyMs = performance.now() - began;
  }

  async connect() {
    const everybody = this.chance.shuffled([...this.subscribers, ...this.producers]);
    await Promise.all(everybody.map((member) => member.connect(this.server.url)));
  }

  /** Begins the load; resolves with the first acknowledgement. */
  async loadUntilAck() {
    this.#first = signalled();
    const began = performance.now();
    for (const producer of this.chance.shuffled(this.producers)) producer.load();
    await within(kPatienceMs, Promise.race([this.#first.promise, this.server.ended]), "a first acknowledgement");
    this.firstAckTimes.push(performance.now() - began);
  }

  /** After the server has gone: everybody reads what was on its way. */
  async drain() {
    for (const producer of this.producers) producer.pause();
    await Promise.all([...this.producers.map((producer) => producer.closed), ...this.subscribers.map((each) => each.finish())]);
  }

  /** Everybody leaves, and the server ends by SIGTERM with code 0. */
  async finish() {
    for (const producer of this.producers) producer.pause();
    const { code, signal } = await this.server.stop();
    if (code !== 0) this.ledger.violation(`SIGTERM ended the server with ${signal ?? code}: ${this.server.output}`);
    await this.drain();
  }

  get isRed() {
    return this.ledger.violations.length > 0;
  }

  /** Green: the directory goes. Red: it stays, with the ledger; throws with everything that is needed to repeat the round. */
  close() {
    const { violations } = this.ledger;
    if (violations.length === 0) return this.place.remove();
    this.ledger.keep(this.place.path);
    const { name, seed, file } = this.options;
    const lines = violations.slice(0, shownMax).map((line) => `  ${line}`);
    const more = violations.length > shownMax ? `\n  and ${violations.length - shownMax} more` : "";
    throw new Error(
      `${name}, seed ${seed}, round ${this.rounds}${this.what ?? ""}: ${violations.length} violations\n` +
        `${lines.join("\n")}${more}\n` +
        `  data and ledger.jsonl: ${this.place.path}\n  again: npm run crash-test -- ${file} --seed ${seed}`,
    );
  }

  /** Plays `scene()`, then ends everything and closes; what is thrown on the way counts as a violation, and is told like one. */
  async play(scene) {
    try {
      await scene();
    } catch (error) {
      this.ledger.violation(error.stack);
    } finally {
      await this.server.kill().catch(() => {});
    }
    this.close();
  }
}

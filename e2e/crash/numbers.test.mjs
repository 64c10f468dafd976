// Producers' numbers from outside: whole sessions replayed, and numbers in random orders against a model, through kills of the
// server. 10^5 random orders in `npm run crash-test -- numbers`, a twentieth every day.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kPatienceMs } from "../../tests/patience.mjs";
import { Connection, codes, frames } from "./parts/connection.mjs";
import { HistoryReader } from "./parts/history.mjs";
import { Server, scratch } from "./parts/server.mjs";
import { amount, seed } from "./parts/settings.mjs";
import { Chance, signalled, within } from "./parts/waiting.mjs";

const receiptsKept = 64;
const inFlightMax = 64; // what may have been sent along with a first number that was refused for a time
const producerUnknown = 90;
const producerConflict = 93;
const batchMax = 16;
const batchesPerLife = 60;
const roomId = "log-1";
const largest = 2 ** 53 - 1;

/** A connection that names a producer: `say(frames)` resolves with the answers to that many PUBLISH frames, in their order. */
class Speaker {
  #connection;
  #answers = [];
  #waiting;
  #joined = signalled();

  static async greet(url, producer) {
    const speaker = new Speaker();
    speaker.#connection = new Connection(url, (frame) => speaker.#took(frame));
    await speaker.#connection.open();
    speaker.#connection.send([frames.hello, 1, 0, 0, { identity: { userId: producer }, producer: { id: producer } }]);
    speaker.#connection.send([frames.join, 1, 0, 0, 0, roomId, { events: [] }]);
    const joined = await within(kPatienceMs, speaker.#joined.promise, "JOINED");
    [, , speaker.room, speaker.epoch, , speaker.head] = joined;
    return speaker;
  }

  async say(list) {
    this.#answers = [];
    const done = signalled();
    this.#waiting = () => this.#answers.length === list.length && done.resolve(this.#answers);
    for (const { number, body } of list) this.#connection.send([frames.publish, this.room, 1, number, 0, body]);
    return within(kPatienceMs, done.promise, `${list.length} answers, of which ${this.#answers.length} came`);
  }

  sendText(text) {
    this.#connection.sendText(text);
  }

  get closed() {
    return within(kPatienceMs, this.#connection.closed, "the end of the connection");
  }

  close() {
    return this.#connection.close();
  }

  #took(frame) {
    if (frame[0] === frames.joined) this.#joined.resolve(frame);
    if (frame[0] !== frames.ack && frame[0] !== frames.nack) return;
    this.#answers.push(frame);
    this.#waiting?.();
  }
}

/** What the protocol says that each number is answered with, and what the log then holds. */
class Model {
  log = [];
  #bodies = new Map();
  #places = new Map();

  get expected() {
    return this.#bodies.size + 1;
  }

  /** The answer to a PUBLISH, in the words of `shown`. */
  answer(number, body) {
    const { expected } = this;
    if (number === 0) return `NACK 0 ${codes.requestInvalid}`;
    if (number === expected) {
      this.#bodies.set(number, body);
      this.log.push(body);
      this.#places.set(number, this.log.length);
      return `ACK ${number} at ${this.log.length}`;
    }
    const isUnknown = expected === 1 && number > inFlightMax;
    if (number > expected) return `NACK ${number} ${isUnknown ? producerUnknown : codes.producerHole}`;
    const isKnown = expected - number <= receiptsKept && this.#bodies.get(number) === body;
    return isKnown ? `ACK ${number} at ${this.#places.get(number)} again` : `NACK ${number} ${producerConflict}`;
  }

  /** A number and a body, of the kind that chance says. */
  draw(chance, salt) {
    const { expected } = this;
    const lower = Math.max(1, expected - chance.between(1, receiptsKept + 8));
    const draws = [
      () => ({ number: expected, body: `${expected} ${salt}` }),
      () => ({ number: expected, body: `${expected} ${salt}` }),
      () => ({ number: lower, body: this.#bodies.get(lower) ?? "nothing" }),
      () => ({ number: lower, body: `other ${salt}` }),
      () => ({ number: expected + chance.between(1, 40), body: "a gap" }),
      () => ({ number: chance.between(0, 1) ? 0 : largest, body: "an edge" }),
    ];
    return draws[chance.between(0, draws.length - 1)]();
  }
}

const shown = (frame) =>
  frame[0] === frames.ack ? `ACK ${frame[2]} at ${frame[4]}${frame[6] ? " again" : ""}` : `NACK ${frame[2]} ${frame[3]}`;

/** The number 0 is refused on the spot, and overtakes what waits for the log. */
const zerosFirst = (answers) => [...answers].sort((a, b) => b.startsWith("NACK 0 ") - a.startsWith("NACK 0 "));

/** Plays `scene(server)` on a directory of its own. */
async function withServer(scene) {
  const place = scratch("numbers");
  const server = new Server({ directory: place.path });
  try {
    await server.start();
    await scene(server);
  } finally {
    await server.kill();
    place.remove();
  }
}

async function logOf(server) {
  const reader = await HistoryReader.open(server.url);
  const { events } = await reader.whole(roomId);
  await reader.close();
  return events.map((event) => event.body);
}

const samples = amount(5000, 100_000);

test(`R-26 numbers in random orders: lower, equal with another body, gaps, 0 and 2^53-1, ${samples} of them through kills`, () =>
  withServer(async (server) => {
    const chance = new Chance(seed);
    const model = new Model();
    let lives = 0;
    for (let asked = 0; asked < samples; ++lives) {
      const speaker = await Speaker.greet(server.url, "ann");
      assert.equal(speaker.head, model.log.length);
      for (let batch = 0; batch < batchesPerLife && asked < samples; ++batch, asked += batchMax) {
        const expected = [];
        const list = Array.from({ length: batchMax }, (_, index) => {
          const drawn = model.draw(chance, `${asked + index}`);
          expected.push(model.answer(drawn.number, drawn.body));
          return drawn;
        });
        assert.deepEqual(zerosFirst((await speaker.say(list)).map(shown)), zerosFirst(expected), `seed ${seed}, after ${asked}`);
      }
      await server.kill();
      await server.start();
    }
    assert.deepEqual(await logOf(server), model.log);
    console.log(`seed ${seed}: ${samples} numbers, ${model.log.length} stored, ${lives} lives of the server`);
  }));

for (const number of ["-1", "9007199254740992", "18446744073709551615", "1.5", "1e3"])
  test(`R-26 the number ${number} ends the connection and stores nothing`, () =>
    withServer(async (server) => {
      const speaker = await Speaker.greet(server.url, "ann");
      speaker.sendText(`[${frames.publish},${speaker.room},1,${number},0,"x"]`);
      assert.equal(await speaker.closed, 4500);
      assert.deepEqual(await logOf(server), []);
    }));

test("R-25 a whole recorded session that is sent again, immediately and after a kill, stores nothing", () =>
  withServer(async (server) => {
    const session = Array.from({ length: 80 }, (_, index) => ({ number: index + 1, body: `message ${index + 1}` }));
    /** Says the session in pieces that may be on their way together; the answers. */
    const play = async () => {
      const speaker = await Speaker.greet(server.url, "ann");
      const answers = [];
      for (let from = 0; from < session.length; from += receiptsKept)
        answers.push(...(await speaker.say(session.slice(from, from + receiptsKept))));
      await speaker.close();
      return answers.map(shown);
    };
    assert.ok((await play()).every((answer, index) => answer === `ACK ${index + 1} at ${index + 1}`));
    const stored = await logOf(server);
    assert.equal(stored.length, session.length);
    for (const isKilled of [false, true]) {
      if (isKilled) {
        await server.kill();
        await server.start();
      }
      for (const [index, answer] of (await play()).entries()) {
        const isKept = session.length - index <= receiptsKept;
        assert.equal(answer, isKept ? `ACK ${index + 1} at ${index + 1} again` : `NACK ${index + 1} ${producerConflict}`);
      }
      assert.deepEqual(await logOf(server), stored);
    }
  }));

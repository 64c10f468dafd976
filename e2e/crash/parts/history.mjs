// Reads whole room logs by HISTORY frames, as any client may: an independent reader. Gives what the server says, checks nothing
// but that the pages fit together.
import { setTimeout } from "node:timers/promises";
import { kPatienceMs } from "../../../tests/patience.mjs";
import { Connection, frames } from "./connection.mjs";
import { within } from "./waiting.mjs";

const pageEventsMax = 100;
const forwards = 1;
const rateLimited = 75;

export class HistoryReader {
  #connection;
  #waiting = new Map();
  #req = 0;

  static async open(url, userId = "reader") {
    const reader = new HistoryReader();
    reader.#connection = new Connection(url, (frame) => reader.#took(frame));
    await reader.#connection.open();
    await reader.#ask([frames.hello, 1, 0, 0, { identity: { userId } }], "welcome");
    return reader;
  }

  /** { epoch, base, head, events: [{ seq, body, timestampMs }] } of a room, from its first event that can be read to its head. */
  async whole(roomId) {
    const joined = await this.#ask([frames.join, ++this.#req, 0, 0, 0, roomId, { events: [] }], this.#req);
    if (joined[0] !== frames.joined) throw new Error(`JOIN of ${roomId} was answered ${JSON.stringify(joined)}`);
    const [, , room, epoch, base, head] = joined;
    const events = [];
    for (let from = base; from <= head; ) {
      const req = ++this.#req;
      const [, , code, page] = await this.#ask([frames.history, req, room, from, pageEventsMax, forwards], req);
      if (code === rateLimited) {
        await setTimeout(page.retryAfterMs); // the pace that the server asks for
        continue;
      }
      if (code !== 0) throw new Error(`HISTORY of ${roomId} from ${from} was refused: ${JSON.stringify(page)}`);
      if (page.epoch !== epoch) throw new Error(`the epoch of ${roomId} changed while it was read`);
      for (const [, seq, timestampMs, , body] of page.events) events.push({ seq, body, timestampMs });
      if (page.last < from) throw new Error(`HISTORY of ${roomId} from ${from} ends at ${page.last}`);
      from = page.last + 1;
    }
    await this.#ask([frames.leave, ++this.#req, room], this.#req);
    return { epoch, base, head, events };
  }

  close() {
    return this.#connection.close();
  }

  #took(frame) {
    const key = frame[0] === frames.welcome ? "welcome" : frame[1];
    if (![frames.welcome, frames.joined, frames.left, frames.reply].includes(frame[0])) return;
    this.#waiting.get(key)?.(frame);
    this.#waiting.delete(key);
  }

  async #ask(frame, key) {
    const answer = new Promise((resolve) => {
      this.#waiting.set(key, resolve);
    });
    this.#connection.send(frame);
    return within(kPatienceMs, answer, `the answer to ${JSON.stringify(frame)}`);
  }
}

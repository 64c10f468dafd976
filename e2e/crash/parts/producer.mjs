// A producer by raw frames: keeps a pipeline of unanswered publications in each of its rooms, and after each reconnection sends
// again, under the same numbers, whatever has no answer. Tells the ledger what it does. (HTTP publishing does not exist in this
// version of the server, so all of the load goes by WebSocket.)

import { kPatienceMs } from "../../../tests/patience.mjs";
import { Connection, codes, frames } from "./connection.mjs";
import { keyOf, makeBody } from "./ledger.mjs";
import { moment, signalled, within } from "./waiting.mjs";

const receiptsKept = 64; // of a producer in a room: docs/protocol.md
const retryMs = 20;
const retryableCodes = new Set([codes.producerHole, 78, 79]); // 78 store_full, 79 store_unavailable
const goingAway = 52; // the server is being stopped: what was not taken is sent again after the next start
const producerConflict = 93;

export class Producer {
  #connection;
  #options;
  #rooms = new Map();
  #byNumber = new Map();
  #isLoading = false;
  #waiting = [];
  #checks = new Map();
  refusals = { retryable: 0, final: 0 };
  /** How many unanswered publications turned out to be in the log when they were sent again. */
  duplicates = 0;

  /**
   * options: ledger, name, rooms, chance, inFlight (unanswered in each room), bytes() (the size of the next body), most (how many
   * publications in each room; default: no end), isPatient (a refusal that can be retried is no violation).
   */
  constructor(options) {
    this.#options = { inFlight: receiptsKept, most: Infinity, isPatient: false, ...options };
    for (const room of options.rooms) this.#rooms.set(room, { id: room, number: 0, last: 0, unanswered: new Map(), wire: 0 });
  }

  get name() {
    return this.#options.name;
  }

  /**
   * Connects, joins its rooms and sends again what has no answer; resolves when all rooms are joined. A server that is busy may
   * ask it to connect again.
   */
  async connect(url) {
    for (const end = performance.now() + kPatienceMs; ; ) {
      const error = await this.#connect(url).catch((each) => each);
      if (!error) return;
      if (!error.mayRetry || performance.now() > end) throw error;
    }
  }

  async #connect(url) {
    this.#byNumber.clear();
    const joined = signalled();
    this.#connection = new Connection(url, (frame) => this.#took(frame, joined));
    await this.#connection.open();
    const { name, rooms } = this.#options;
    this.#connection.send([frames.hello, 1, 0, 0, { identity: { userId: name }, producer: { id: name } }]);
    for (const [index, room] of rooms.entries()) this.#connection.send([frames.join, index + 1, 0, 0, 0, room, { events: [] }]);
    const lost = this.#connection.closed.then((code) => this.#options.isClosing || Promise.reject(this.#connection.lost(code)));
    lost.catch(() => {});
    await within(kPatienceMs, Promise.race([joined.promise, lost]), `${name} to join its rooms`);
  }

  /** From now on each room's pipeline is kept full. */
  load() {
    this.#isLoading = true;
    for (const room of this.#rooms.values()) this.#fill(room);
  }

  /** No new publications; what has no answer keeps waiting for one. */
  pause() {
    this.#isLoading = false;
  }

  /** Resolves when nothing waits for an answer; fails when that does not come. */
  async settled() {
    const check = signalled();
    this.#waiting.push(check);
    this.#look();
    const list = () =>
      [...this.#rooms.values()].map((room) => `${room.id}: ${[...room.unanswered.keys()].slice(0, 3)}`).join(", ");
    const lost = this.#connection.closed.then((code) => {
      throw new Error(`${this.name}, ${this.#connection.lost(code).message}, while ${list()} had no answer`);
    });
    lost.catch(() => {});
    return within(kPatienceMs, Promise.race([check.promise, lost]), `answers to ${this.name}`);
  }

  /** Sends an old publication again; resolves when its answer was judged. Only while nothing else is unanswered. */
  again({ room, number, body, at }) {
    const place = this.#rooms.get(room);
    const isKept = place.last - number < receiptsKept;
    const answered = signalled();
    this.#checks.set(keyOf(room, this.name, number), (frame) => {
      const isDuplicate = frame[0] === frames.ack && frame[6] === 1 && frame[3] === at.epoch && frame[4] === at.seq;
      const isForgotten = frame[0] === frames.nack && frame[3] === producerConflict;
      if (isKept ? !isDuplicate : !isForgotten)
        this.#options.ledger.violation(
          `${keyOf(room, this.name, number)}, acknowledged at ${at.epoch}/${at.seq}, was sent again: ${JSON.stringify(frame)}`,
        );
      answered.resolve();
    });
    this.#publish(place, number, body);
    return within(kPatienceMs, answered.promise, `the answer to a repetition by ${this.name}`);
  }

  /** Ends the connection without reading what waits. */
  drop() {
    this.#connection.drop();
    return this.#connection.closed;
  }

  /** Resolves when the server is gone and everything that it had sent is read. */
  get closed() {
    return this.#connection.closed;
  }

  async close() {
    await this.#connection.close();
  }

  #took(frame, joined) {
    if (frame[0] === frames.joined) return this.#joined(frame, joined);
    if (frame[0] === frames.ack || frame[0] === frames.nack) return this.#answered(frame);
    if (frame[0] === frames.reply) this.#options.ledger.violation(`${this.name} was answered ${JSON.stringify(frame)}`);
  }

  #joined([, req, number, epoch, , , , { roomId }], joined) {
    const room = this.#rooms.get(roomId);
    this.#options.ledger.sawEpoch(roomId, epoch, this.name);
    room.number = number;
    room.wire = 0;
    this.#byNumber.set(number, room);
    this.#resend(room);
    if (this.#byNumber.size === this.#rooms.size && req) joined.resolve();
    if (this.#isLoading) this.#fill(room);
  }

  #resend(room) {
    for (const [number, body] of room.unanswered) this.#publish(room, number, body);
    room.wire = room.unanswered.size;
  }

  #fill(room) {
    const { ledger, inFlight, bytes, chance, most } = this.#options;
    while (this.#isLoading && room.unanswered.size < inFlight && room.last < most && this.#connection.isOpen && !room.isHeld) {
      const number = ++room.last;
      const body = makeBody(keyOf(room.id, this.name, number), bytes(), chance);
      ledger.try(room.id, this.name, number, body);
      room.unanswered.set(number, body);
      ++room.wire;
      this.#publish(room, number, body);
    }
  }

  #publish(room, number, body) {
    this.#connection.sendText(`[${frames.publish},${room.number},1,${number},0,${JSON.stringify(body)}]`);
  }

  #answered(frame) {
    const room = this.#byNumber.get(frame[1]);
    const number = frame[2];
    const check = this.#checks.get(keyOf(room.id, this.name, number));
    if (check) {
      this.#checks.delete(keyOf(room.id, this.name, number));
      return check(frame);
    }
    --room.wire;
    if (frame[0] === frames.ack) this.#acked(room, number, frame);
    else this.#refused(room, number, frame);
    this.#fill(room);
    this.#look();
  }

  #acked(room, number, [, , , epoch, seq, , duplicate]) {
    this.duplicates += duplicate;
    this.#options.ledger.ack(room.id, this.name, number, { epoch, seq });
    room.unanswered.delete(number);
    this.#options.onAck?.();
  }

  #refused(room, number, frame) {
    const { isPatient, ledger, onRefusal } = this.#options;
    if (frame[3] === goingAway) return this.pause();
    const isRetryable = retryableCodes.has(frame[3]);
    ++this.refusals[isRetryable ? "retryable" : "final"];
    onRefusal?.(frame);
    if (isRetryable && isPatient) return this.#hold(room);
    ledger.violation(`${keyOf(room.id, this.name, number)} was refused: ${JSON.stringify(frame)}`);
    room.unanswered.delete(number);
    this.pause(); // what follows would be refused as well
  }

  /** After a refusal that can be retried: nothing new until everything was answered, then all of it again, in order. */
  async #hold(room) {
    const connection = this.#connection;
    room.isHeld = true;
    if (room.wire > 0) return;
    await moment(retryMs); // as long as a client waits before it tries again
    if (connection !== this.#connection || !connection.isOpen) return;
    room.isHeld = false;
    this.#resend(room);
    this.#fill(room);
  }

  #look() {
    if ([...this.#rooms.values()].some((room) => room.unanswered.size > 0)) return;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}

// A member that only reads, by raw frames, and checks what it is given: every sequence once and in order, and no gap that it was
// not told of. Kinds: "live" joins at the tail each time, "resume" goes on from its positions, "first" reads from the beginning,
// "slow" goes on from its positions and reads a little now and then.

import { kPatienceMs } from "../../../tests/patience.mjs";
import { Connection, frames } from "./connection.mjs";
import { moment, signalled, within } from "./waiting.mjs";

const framesPerSip = 40;
const sipMs = 15;
const all = 2 ** 53 - 1;
const joinFrom = { tail: 0, last: 1, since: 2 };

export class Subscriber {
  #connection;
  #options;
  #positions = new Map();
  #byNumber = new Map();
  #sips = 0;

  /** options: ledger, name, rooms, kind, mayMiss (GAP and "trimmed" are no violation: rooms that keep little). */
  constructor(options) {
    this.#options = options;
  }

  async connect(url) {
    const { name, rooms } = this.#options;
    this.#byNumber.clear();
    const joined = signalled();
    this.#connection = new Connection(url, (frame) => this.#took(frame, joined));
    await this.#connection.open();
    this.#connection.send([frames.hello, 1, 0, 0, { identity: { userId: name } }]);
    for (const [index, room] of rooms.entries()) this.#connection.send([frames.join, index + 1, ...this.#start(room), room, {}]);
    await within(kPatienceMs, Promise.race([joined.promise, this.#connection.closed]), `${name} to join its rooms`);
  }

  get closed() {
    return this.#connection.closed;
  }

  /** Reads on to the end of what the server has sent. */
  finish() {
    this.#sips = -1;
    this.#connection.resume();
    return this.#connection.closed;
  }

  async close() {
    this.#sips = -1;
    await this.#connection.close();
  }

  #start(room) {
    const position = this.#positions.get(room);
    if (this.#options.kind === "first") return [joinFrom.last, 0, all];
    if (this.#options.kind === "live" || !position) return [joinFrom.tail, 0, 0];
    return [joinFrom.since, position.epoch, position.seq];
  }

  #took(frame, joined) {
    if (frame[0] === frames.joined) this.#joined(frame, joined);
    else if (frame[0] === frames.event) this.#event(frame);
    else if (frame[0] === frames.skip || frame[0] === frames.gap) this.#passed(frame);
    this.#sip();
  }

  #joined([, , number, epoch, base, head, recovered, { roomId, reason }], joined) {
    const { kind, mayMiss, ledger, name } = this.#options;
    ledger.sawEpoch(roomId, epoch, name);
    const asked = this.#positions.get(roomId);
    const isTold = !recovered && reason;
    if (isTold && !(mayMiss && reason === "trimmed"))
      ledger.violation(`${name} asked for ${roomId} since ${asked?.epoch}/${asked?.seq}, and is not recovered: ${reason}`);
    const goesOn = recovered && kind !== "live" && kind !== "first" && asked;
    const seq = goesOn ? asked.seq : kind === "first" || isTold ? base - 1 : head;
    this.#positions.set(roomId, { epoch, seq });
    this.#byNumber.set(number, roomId);
    if (this.#byNumber.size === this.#options.rooms.length) joined.resolve();
  }

  #event([, number, , seq, , , , body]) {
    const room = this.#byNumber.get(number);
    const position = this.#positions.get(room);
    const { ledger, name } = this.#options;
    if (seq !== position.seq + 1) ledger.violation(`${name} got ${room} ${position.epoch}/${seq} after ${position.seq}`);
    ledger.saw(room, { epoch: position.epoch, seq }, body, name);
    position.seq = seq;
  }

  #passed(frame) {
    const [type, number, from, to] = frame;
    const room = this.#byNumber.get(number);
    const position = this.#positions.get(room);
    const { ledger, name, mayMiss } = this.#options;
    if (!(mayMiss && type === frames.gap) || from !== position.seq + 1)
      ledger.violation(`${name} at ${position.seq} of ${room} was told ${JSON.stringify(frame)}`);
    position.seq = to;
  }

  /** The slow one: after some frames it stops reading for a while, so that the server is left with the rest. */
  async #sip() {
    if (this.#options.kind !== "slow" || this.#sips < 0 || ++this.#sips % framesPerSip !== 0) return;
    this.#connection.pause();
    await moment(sipMs); // slowness is what this one is for
    if (this.#connection.isOpen) this.#connection.resume();
  }
}

// What a supervisor that is never killed knows of a load: each publication that was tried, the place at which it was
// acknowledged, and every body that anybody saw at a place. It only writes down and compares; what contradicts is a violation.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const textCharsMax = 60;
const hashDigits = 64;

const shown = (body) => (body.length > textCharsMax ? `${body.slice(0, textCharsMax)}... (${body.length} characters)` : body);

/** A body of about `bytes` that names its publication, and ends with the hash of all before where there is room for it. */
export function makeBody(key, bytes, chance) {
  const head = `${key}:`;
  const room = bytes - head.length - hashDigits - 1;
  if (room <= 0) return `${head}${chance.next().toString(36)}`;
  const grain = chance.next().toString(36);
  const text = `${head}${grain.repeat(Math.ceil(room / grain.length)).slice(0, room)}:`;
  return text + createHash("sha256").update(text).digest("hex");
}

export class Ledger {
  /** Of each publication, by "producer/room:number": { room, producer, number, body, at? }. */
  tried = new Map();
  /** Of each room: epochs seen. */
  epochs = new Map();
  violations = [];
  acked = 0;
  deliveries = 0;
  #places = new Map();

  /** Somebody will send this publication now. */
  try(room, producer, number, body) {
    const key = keyOf(room, producer, number);
    this.tried.set(key, { room, producer, number, body });
  }

  /** An ACK: the place is the publication's for good. */
  ack(room, producer, number, { epoch, seq }) {
    const entry = this.tried.get(keyOf(room, producer, number));
    if (!entry) return this.violation(`an ACK for ${keyOf(room, producer, number)}, which was not sent`);
    if (entry.at && (entry.at.epoch !== epoch || entry.at.seq !== seq))
      this.violation(
        `${shown(entry.body)} was acknowledged at ${placeOf(room, entry.at)} and then at ${placeOf(room, { epoch, seq })}`,
      );
    if (!entry.at) ++this.acked;
    entry.at ??= { epoch, seq };
    this.saw(room, { epoch, seq }, entry.body, `the ACK to ${producer}`);
  }

  /** `who` has `body` at a place: nobody may ever have another one there. */
  saw(room, place, body, who) {
    ++this.deliveries;
    const name = placeOf(room, place);
    const known = this.#places.get(name);
    if (known === undefined) {
      this.#places.set(name, { body, who });
      if (this.#isInvented(body)) this.violation(`${who} has ${shown(body)} at ${name}, which nobody sent`);
    } else if (known.body !== body) {
      this.violation(`${name} has two bodies: ${shown(known.body)} for ${known.who}, ${shown(body)} for ${who}`);
    }
  }

  /** The epoch of a room as the server says it: a crash of the process must not change it once anything was acknowledged. */
  sawEpoch(room, epoch, who) {
    const known = this.epochs.get(room) ?? epoch;
    this.epochs.set(room, epoch);
    const hasAcks = () => [...this.tried.values()].some((entry) => entry.room === room && entry.at);
    if (known !== epoch && hasAcks()) this.violation(`the epoch of ${room} was ${known}, and ${who} is told ${epoch}`);
  }

  violation(text) {
    this.violations.push(text);
  }

  #isInvented(body) {
    return this.tried.get(keyIn(body))?.body !== body;
  }

  /** Writes everything down beside the data that is kept. */
  keep(directory) {
    const lines = [...this.tried].map(([key, { body, at }]) =>
      JSON.stringify({ key, bytes: body.length, sha256: createHash("sha256").update(body).digest("hex"), at: at ?? null }),
    );
    writeFileSync(join(directory, "ledger.jsonl"), `${lines.join("\n")}\n${JSON.stringify({ violations: this.violations })}\n`);
  }
}

export const keyOf = (room, producer, number) => `${producer}/${room}:${number}`;
/** The publication's name at the beginning of a body. */
export const keyIn = (body) => body.slice(0, body.indexOf(":", body.indexOf(":") + 1));
const placeOf = (room, { epoch, seq }) => `${room} ${epoch}/${seq}`;

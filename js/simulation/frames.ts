// What crosses the network, message by message: nothing is repeated before there was an answer, and neither end finds fault
// with what the other one has made by itself.
import { codeName, makeError } from "../src/core/make_error.js";
import { FrameType } from "../src/generated/tables.js";
import { verdictTable } from "../src/generated/verdicts.js";
import { type Ledger, ownFaults } from "./ledger.js";
import type { Observer, SimulatedSocket } from "./network.js";

makeError.verdicts = verdictTable;

/** What one connection has carried. */
interface Carried {
  /** Numbered publications without an answer, by room and number. */
  readonly unanswered: Set<string>;
  /** The events of publications. */
  readonly events: Set<number>;
  /** Those that it has joined. */
  readonly rooms: Set<string>;
  /** How many frames a page has sent in the round trip that began then. */
  count: number;
  beganMs: number;
}

/** More than the steps of a world and what waits for a connection can cause. */
const framesMax = 400;

/** Where a frame of the server has the code of its refusal. */
const codeAt: Partial<Record<FrameType, number>> = { [FrameType.BYE]: 1, [FrameType.NACK]: 3, [FrameType.REPLY]: 2 };

export class Frames implements Observer {
  readonly #carried = new WeakMap<SimulatedSocket, Carried>();

  constructor(
    readonly ledger: Ledger,
    readonly nowMs: () => number,
    readonly note: (line: string) => void,
  ) {}

  sent(socket: SimulatedSocket, message: string): void {
    this.note(`  > ${message.slice(0, 200)}`);
    const carried = this.#of(socket);
    for (const frame of framesOf(message)) {
      this.#count(socket, carried);
      const [type, room, , number] = frame;
      if (type !== FrameType.PUBLISH) continue;
      carried.events.add(frame.at(-1).id);
      if (!number) continue;
      const key = `${room} ${number}`;
      if (carried.unanswered.has(key)) this.ledger.violate(`number ${number} in room ${room} was sent again without an answer`);
      carried.unanswered.add(key);
    }
  }

  received(socket: SimulatedSocket, message: string): void {
    this.note(`  < ${message.slice(0, 200)}`);
    const { rooms, unanswered } = this.#of(socket);
    for (const frame of framesOf(message)) {
      const [type, room, number] = frame;
      if (type === FrameType.ACK || type === FrameType.NACK) unanswered.delete(`${room} ${number}`);
      if (type === FrameType.JOINED) rooms.add(frame.at(-1).roomId);
      if (type === FrameType.JOINED || type === FrameType.LEFT)
        for (const key of unanswered) if (key.startsWith(`${number} `)) unanswered.delete(key);
      const code = codeName(frame[codeAt[type as FrameType]!] ?? 0);
      // What follows a publication that a limit refused is a hole, and is sent again behind it.
      if (ownFaults.has(code) && code !== "producer_hole")
        this.ledger.violate(`the server refuses what the client made: ${message}`);
    }
  }

  ended(socket: SimulatedSocket): void {
    const { events, rooms } = this.#of(socket);
    const { hasOutbox, page } = socket.link;
    this.ledger.lost(events);
    // The client counts an event as sent that waits for the socket, and one that waits to be written.
    for (const room of rooms) this.ledger.doubt(page, room);
    if (hasOutbox) this.ledger.doubt(page);
  }

  /** No loop sends many frames in a round trip. */
  #count(socket: SimulatedSocket, carried: Carried): void {
    const nowMs = this.nowMs();
    if (nowMs > carried.beganMs + 2 * socket.link.latencyMs) Object.assign(carried, { count: 0, beganMs: nowMs });
    carried.count += 1;
    if (carried.count > framesMax) this.ledger.violate(`a page has sent ${carried.count} frames within a round trip`);
  }

  #of(socket: SimulatedSocket): Carried {
    const carried: Carried = this.#carried.get(socket) ?? {
      unanswered: new Set(),
      events: new Set(),
      rooms: new Set(),
      count: 0,
      beganMs: 0,
    };
    this.#carried.set(socket, carried);
    return carried;
  }
}

const framesOf = (message: string): any[][] => message.split("\n").map((line) => JSON.parse(line));

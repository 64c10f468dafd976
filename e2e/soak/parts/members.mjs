// Honest members: the shipped client in Node over each of its transports, as named users with short tokens and as guests. They
// follow rooms through every restart, and the ledger checks what they receive.
import { setTimeout as pause } from "node:timers/promises"; // the pace of the load itself
import { WebSocket } from "ws";
import { createDialogueClient } from "../../../js/dist/index.js";
import { tokenFor } from "./subject.mjs";

const textBytes = 120;
// What a server that restarts or a guest limit may answer; the client goes on by itself.
const passing = ["rate_limited", "aborted", "closed"];

/** A member of `rooms`; `lastsS` is how long its tokens last (absent: a guest). */
export class Follower {
  #published = 0;
  #client;
  #rooms = new Map();

  constructor({ name, rooms, lastsS, transports, isSlow = false }) {
    Object.assign(this, { name, roomIds: rooms, lastsS, transports, isSlow });
  }

  async join(url, ledger) {
    this.ledger = ledger;
    const auth = this.lastsS && { token: () => tokenFor(this.name, this.lastsS) };
    this.#client = createDialogueClient({ url, WebSocket, transports: this.transports, ...(auth && { auth }) });
    this.#client.on("error", ({ code, message }) => {
      if (code === "events_missed") ledger.fault(`${this.name}: ${message}`);
    });
    for (const id of this.roomIds) {
      const room = this.#client.room(id);
      const first = { isOpen: true };
      const receive = ({ epoch, seq, data }) => {
        first.isOpen = false;
        ledger.receive(this.name, id, { epoch, seq }, data.id);
      };
      if (this.isSlow) void this.#readSlowly(room, receive);
      else room.on("note", receive);
      const joined = await this.#client.join(id);
      if (first.isOpen && joined.position) ledger.follows(this.name, id, joined.position);
      this.#rooms.set(id, joined);
    }
  }

  /** Stops for half a minute now and then: backpressure, and then a catch-up from the log. */
  async #readSlowly(room, receive) {
    let count = 0;
    for await (const message of room.events("note")) {
      receive(message);
      if (++count % 2000 === 0) await pause(30_000);
    }
  }

  /** Publishes once in each room, and notes what was acknowledged. */
  async publish() {
    const work = [...this.#rooms].map(async ([id, room]) => {
      const body = { id: `${this.name}:${id}:${++this.#published}`, text: "x".repeat(textBytes) };
      try {
        this.ledger.ack(id, await room.trigger("note", body), body.id);
      } catch (error) {
        if (!passing.includes(error.code)) this.ledger.fault(`${this.name} in ${id}: ${error.code} ${error.message}`);
      }
    });
    await Promise.all(work);
  }

  get pending() {
    return this.#client?.pending ?? 0;
  }

  leave() {
    this.#client?.close();
  }
}

const halls = ["hall-1", "hall-2", "hall-3"];

/** The honest members of a run. */
export function followers() {
  const named = Array.from({ length: 6 }, (_, n) => ({
    name: `named-${n}`,
    rooms: [halls[n % 3], halls[(n + 1) % 3]],
    lastsS: 40 + 5 * n,
    transports: ["websocket"],
  }));
  const guests = Array.from({ length: 4 }, (_, n) => ({ name: `guest-${n}`, rooms: [halls[n % 3]], transports: ["websocket"] }));
  const overHttp = ["polling", "stream"].flatMap((transport) =>
    [1, 2].map((n) => ({ name: `${transport}-${n}`, rooms: [halls[n]], lastsS: 60, transports: [transport] })),
  );
  const many = Array.from({ length: 40 }, (_, n) => `hall-${n + 1}`);
  const wide = { name: "wide", rooms: many, lastsS: 90, transports: ["websocket"] };
  const slow = { name: "slow", rooms: ["wire-1"], lastsS: 90, transports: ["websocket"], isSlow: true };
  const quick = { name: "quick", rooms: ["wire-1"], lastsS: 90, transports: ["websocket"] };
  return [...named, ...guests, ...overHttp, wide, slow, quick].map((each) => new Follower(each));
}

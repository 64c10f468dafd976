// What was acknowledged, and what members received: each honest member gets every sequence of its room once and in order, and
// what stands at an acknowledged position is what was published there.
const recordsMax = 20_000; // of a room; older ones, which every member has, are dropped

class RoomRecord {
  events = new Map(); // by sequence: the id of the publication
  members = new Map(); // by name: the last sequence
  epoch;
}

export class Ledger {
  faults = [];
  acknowledged = 0;
  delivered = 0;
  #rooms = new Map();

  #room(room, epoch) {
    const record = this.#rooms.get(room) ?? new RoomRecord();
    this.#rooms.set(room, record);
    record.epoch ??= epoch;
    if (epoch !== record.epoch) this.fault(`${room} has epoch ${epoch} after ${record.epoch}`);
    return record;
  }

  #note(room, record, seq, id) {
    const known = record.events.get(seq);
    if (known !== undefined && known !== id) this.fault(`${room} ${seq} is ${id} and ${known}`);
    record.events.set(seq, id);
    if (record.events.size > recordsMax) record.events.delete(record.events.keys().next().value);
  }

  fault(text) {
    this.faults.push(text);
  }

  /** A publication was acknowledged. */
  ack(room, { epoch, seq }, id) {
    this.acknowledged += 1;
    this.#note(room, this.#room(room, epoch), seq, id);
  }

  /** A member begins to follow a room, at its newest event. */
  follows(member, room, { epoch, seq }) {
    this.#room(room, epoch).members.set(member, seq);
  }

  /** A member received an event of a room. */
  receive(member, room, { epoch, seq }, id) {
    const record = this.#room(room, epoch);
    const last = record.members.get(member);
    if (last !== undefined && seq !== last + 1) this.fault(`${member} received ${room} ${seq} after ${last}`);
    record.members.set(member, seq);
    this.delivered += 1;
    this.#note(room, record, seq, id);
  }

  /** Members that have not everything which is acknowledged: "ann hall-1: 7 of 9". */
  get missing() {
    const missing = [];
    for (const [room, { events, members }] of this.#rooms) {
      const newest = Math.max(0, ...events.keys());
      for (const [member, seq] of members) if (seq < newest) missing.push(`${member} ${room}: ${seq} of ${newest}`);
    }
    return missing;
  }
}

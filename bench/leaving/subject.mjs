// Two clients, in a process of their own: one joins and leaves a few rooms, the other many. Rounds alternate between them.
// Prints { few, many }, the µs of an event in each round, and { before, after }, the bytes before and after the many.
import { app } from "bench-app";
import { createDialogueClient } from "dialogue-client";
import { FakeSocket, next } from "../client/fake_socket.mjs";

const { rooms, first, rounds, events } = JSON.parse(process.argv[2]);
const kNow = 1_700_000_000_000;
const kNsPerUs = 1000;

/** What a server answers that grants everything. */
function answers() {
  let numbers = 0;
  const answer = ([type, req, room, fingerprint, , id]) => {
    if (type === 1) return `[33,1,0,${fingerprint},25000,${kNow},1,{"session":"s","userId":"ann","name":"ann"}]`;
    if (type === 3) return `[35,${req},${room},0]`;
    numbers += 1;
    return `[34,${req},${numbers},1,1,0,1,${JSON.stringify({ roomId: id, name: id, clock: 0, members: [] })}]`;
  };
  return (text, send) => {
    for (const line of text.split("\n")) send(answer(JSON.parse(line)));
  };
}

/** A client in a room where it stays: { joinAndLeave(from, to), round() }. */
async function subject() {
  next.server = answers();
  const client = createDialogueClient({ url: "ws://127.0.0.1:1", app, auth: { userId: "ann" }, WebSocket: FakeSocket });
  const stays = await client.join("bench-stays");
  const { socket } = next;
  let heard = 0;
  let sequence = 0;
  stays.on("message", () => (heard += 1));
  return {
    async joinAndLeave(from, to) {
      for (let index = from; index < to; index += 1) {
        const room = await client.join(`bench-${index}`);
        room.on("message", () => {});
        await room.leave();
      }
    },
    /** What an event costs, in µs. */
    round() {
      const frames = Array.from({ length: events }, () => {
        sequence += 1;
        return `[36,1,1,${sequence},${kNow},"ben",0,{"n":1,"from":0,"at":0,"text":"Hello"}]`;
      });
      const begun = process.hrtime.bigint();
      for (const frame of frames) socket.receive(frame);
      const us = Number(process.hrtime.bigint() - begun) / kNsPerUs / events;
      if (heard !== sequence) throw new Error(`${heard} of ${sequence} events were heard`);
      return us;
    },
  };
}

function bytes() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const few = await subject();
const many = await subject();
const both = () => [few.round(), many.round()];
await few.joinAndLeave(0, first);
await many.joinAndLeave(0, first);
for (let round = 0; round < rounds; round += 1) both(); // by then all of it is compiled
const before = bytes();
await many.joinAndLeave(first, rooms);
const after = bytes();
const us = Array.from({ length: rounds }, both);
console.log(JSON.stringify({ few: us.map(([a]) => a), many: us.map(([, b]) => b), before, after }));
process.exit(0);

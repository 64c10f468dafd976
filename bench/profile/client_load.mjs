// What is profiled of the client: node client_load.mjs receive|send EVENT ROUNDS. Prints µs a message.
import { payloads } from "../client/payloads.mjs";
import { kTogether, messagesOf, subjectsOf } from "../client/rounds.mjs";

const kCount = 4_096; // messages of a round
const kWarmUps = 10;
const kUsPerMs = 1000;
const [direction, event, rounds] = process.argv.slice(2);
const [{ subject }] = await subjectsOf();
let heard = 0;
subject.on(event, () => {
  heard += 1;
});

const work = {
  receive: (messages) => {
    for (const message of messages) subject.feed(message);
  },
  send: () => Promise.all(Array.from({ length: kTogether }, () => subject.send(event, payloads[event]))),
};

/** Its name is what the profile is cut at. */
function measured(messages) {
  return work[direction](messages);
}

let ms = 0;
for (let round = -kWarmUps; round < Number(rounds); round += 1) {
  const messages = direction === "receive" ? messagesOf(subject, event, kCount) : [];
  await new Promise((resolve) => setImmediate(resolve)); // who has just joined hears from the next turn on
  heard = 0;
  const start = performance.now();
  if (direction === "receive") measured(messages);
  else for (let sent = 0; sent < kCount; sent += kTogether) await measured();
  if (heard !== messages.length) throw new Error(`${heard} of ${messages.length} messages were heard`);
  if (round >= 0) ms += performance.now() - start;
}
console.log((ms * kUsPerMs) / (kCount * Number(rounds)));
process.exit(0);

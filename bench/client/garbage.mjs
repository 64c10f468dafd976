// Bytes of the heap that one message makes a client allocate, in Node: node --expose-gc, with a young generation so large that
// nothing is collected while messages are under way. Printed as JSON: [{ client, direction, event, round, bytes }].
import { payloads } from "./payloads.mjs";
import { kinds, kTogether, messagesOf, subjectsOf } from "./rounds.mjs";

const kWarmUps = 3; // until what runs is compiled: what the compiler allocates is no message's
const [rounds, count] = process.argv.slice(2).map(Number);

async function send(subject, event) {
  for (let sent = 0; sent < count; sent += kTogether)
    await Promise.all(Array.from({ length: kTogether }, () => subject.send(event, payloads[event])));
}

/** Until everything was heard: socket.io-client tells in a later turn. */
async function receive(subject, messages) {
  for (const message of messages) subject.feed(message);
  await new Promise((resolve) => setImmediate(resolve));
}

/** What `work` leaves on the heap for each message, collected or not. */
async function bytesOf(work) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await work();
  return (process.memoryUsage().heapUsed - before) / count;
}

const measured = [];
for (const { subject, directions } of await subjectsOf()) {
  let heard = 0;
  for (const event of Object.keys(payloads))
    subject.on(event, () => {
      heard += 1;
    });
  for (const { direction, event } of kinds.filter((kind) => directions.includes(kind.direction))) {
    for (let round = -kWarmUps; round < rounds; round += 1) {
      const messages = direction === "receive" ? messagesOf(subject, event, count) : [];
      heard = 0;
      const bytes = await bytesOf(() => (direction === "send" ? send(subject, event) : receive(subject, messages)));
      if (heard !== messages.length) throw new Error(`${subject.name}: ${heard} of ${messages.length} were heard`);
      if (round >= 0) measured.push({ client: subject.name, direction, event, round, bytes });
    }
  }
  subject.close();
}
console.log(JSON.stringify(measured));
process.exit(0);

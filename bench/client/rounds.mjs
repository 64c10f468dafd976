// The measured loops, the same in Node and in a browser: rounds alternate between the clients, so a slow moment hurts all of
// them alike.
import "./fake_socket.mjs"; // first: socket.io-client takes the platform's WebSocket when it is loaded
import { dialogueSubject } from "./dialogue_subject.mjs";
import { payloads } from "./payloads.mjs";
import { socketIoSubject } from "./socketio_subject.mjs";

const kTogether = 16; // sends under way at once: a burst of typing, well below what a room allows unanswered
const kUsPerMs = 1000;
const kWarmUps = 3;

async function sendCost(subject, event, count) {
  const start = performance.now();
  for (let sent = 0; sent < count; sent += kTogether)
    await Promise.all(Array.from({ length: kTogether }, () => subject.send(event, payloads[event])));
  return ((performance.now() - start) * kUsPerMs) / count;
}

/** Messages are made before the clock starts; it stops when the application has been handed the last one. */
async function receiveCost(subject, event, count) {
  const messages = subject.incoming(event, payloads[event], count);
  let left = count;
  const all = new Promise((resolve) => {
    subject.heard = (data) => {
      if (data.text === undefined && data.items === undefined) throw new Error("a message arrived without its content");
      left -= 1;
      if (left === 0) resolve();
    };
  });
  const start = performance.now();
  for (const message of messages) subject.feed(message);
  await all;
  return ((performance.now() - start) * kUsPerMs) / count;
}

/** Runs everything. Resolves to [{ client, direction, event, round, us }]. */
export async function measureClients({ rounds, count }) {
  const subjects = [
    await dialogueSubject(),
    await socketIoSubject({ acknowledged: true }),
    await socketIoSubject({ acknowledged: false }),
  ];
  for (const subject of subjects) for (const event of Object.keys(payloads)) subject.on(event, (data) => subject.heard(data));
  const measured = [];
  for (let round = -kWarmUps; round < rounds; round += 1) {
    for (const event of Object.keys(payloads)) {
      for (const [direction, cost] of [
        ["send", sendCost],
        ["receive", receiveCost],
      ]) {
        for (const subject of subjects) {
          const us = await cost(subject, event, count);
          if (round >= 0) measured.push({ client: subject.name, direction, event, round, us });
        }
      }
    }
  }
  for (const subject of subjects) subject.close();
  return measured;
}

globalThis.measureClients = measureClients;

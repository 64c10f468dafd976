// The measured loops, the same in Node and in a browser: rounds alternate between the clients, so a slow moment hurts all of
// them alike.
import "./fake_socket.mjs"; // first: socket.io-client takes the platform's WebSocket when it is loaded
import { bareSubject } from "./bare_subject.mjs";
import { dialogueSubject } from "./dialogue_subject.mjs";
import { payloads } from "./payloads.mjs";
import { socketIoSubject } from "./socketio_subject.mjs";

export const kTogether = 16; // sends under way at once: a burst of typing, well below what a room allows unanswered
const kUsPerMs = 1000;
const kWarmUps = 3;

async function sendCost(subject, event, count) {
  const start = performance.now();
  for (let sent = 0; sent < count; sent += kTogether)
    await Promise.all(Array.from({ length: kTogether }, () => subject.send(event, payloads[event])));
  return ((performance.now() - start) * kUsPerMs) / count;
}

/** Messages to receive, as a socket gives them: each text in one piece, and not still to be put together at its first use. */
export function messagesOf(subject, event, count) {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  return subject.incoming(event, payloads[event], count).map((text) => decoder.decode(encoder.encode(text)));
}

/** Messages are made before the clock starts; it stops when the application has been handed the last one. */
async function receiveCost(subject, event, count) {
  const messages = messagesOf(subject, event, count);
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

/** Everybody who is measured; who receives as another does is measured sending only. */
export async function subjectsOf() {
  return [
    { subject: await dialogueSubject(), directions: ["send", "receive"] },
    { subject: await bareSubject(), directions: ["send", "receive"] },
    { subject: await socketIoSubject({ acknowledged: true }), directions: ["send", "receive"] },
    { subject: await socketIoSubject({ acknowledged: false }), directions: ["send"] },
  ];
}

const kCosts = { send: sendCost, receive: receiveCost };

/** What is measured of each: { direction, event }. */
export const kinds = Object.keys(payloads).flatMap((event) => Object.keys(kCosts).map((direction) => ({ direction, event })));

/** Runs everything. Resolves to [{ client, direction, event, round, us }]. */
export async function measureClients({ rounds, count }) {
  const subjects = await subjectsOf();
  for (const { subject } of subjects) for (const event of Object.keys(payloads)) subject.on(event, (data) => subject.heard(data));
  const measured = [];
  for (let round = -kWarmUps; round < rounds; round += 1) {
    for (const { direction, event } of kinds) {
      const taking = subjects.filter(({ directions }) => directions.includes(direction));
      for (const index of taking.keys()) {
        const { subject } = taking[(index + round + kWarmUps) % taking.length]; // whoever is first is not always the same
        const us = await kCosts[direction](subject, event, count);
        if (round >= 0) measured.push({ client: subject.name, direction, event, round, us });
      }
    }
  }
  for (const { subject } of subjects) subject.close();
  const order = subjects.map(({ subject }) => subject.name);
  return measured.sort((a, b) => order.indexOf(a.client) - order.indexOf(b.client));
}

globalThis.measureClients = measureClients;

// The load: members in rooms, one publisher per room, a fixed rate, every delivery checked. One run takes one dialect and one
// scenario.
import { setTimeout as pause } from "node:timers/promises"; // the schedule of the load itself
import WebSocket from "ws";
import { cpuUs } from "./process.mjs";

const kConnectTogether = 50;
const kSettleMs = 500; // join notices leave the server before its clock is read
const kLateMs = 10_000;
const kMsPerSecond = 1000;

/** Connects one member. `onNumber` hears the number inside each event delivered to it. */
function connect(dialect, host, room, user, onNumber) {
  const member = { faults: 0, expected: 1, user };
  const socket = new WebSocket(dialect.address(host, room), dialect.protocols, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  member.socket = socket;
  const deliver = (n) => {
    if (n !== member.expected) member.faults += 1;
    member.expected = n + 1;
    onNumber();
  };
  return new Promise((resolve, reject) => {
    let joined = false;
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`${dialect.name} closed the connection of ${user}`)));
    socket.on("open", () => {
      const greeting = dialect.greet(room, user);
      if (greeting) socket.send(greeting);
    });
    socket.on("message", (data) => {
      const text = data.toString("latin1");
      if (joined) return dialect.read(text, member, deliver);
      joined = dialect.isMember(text, member);
      if (joined) resolve(member);
    });
  });
}

async function connectAll(dialect, host, { rooms, members }, run, onNumber) {
  const plans = Array.from({ length: rooms * members }, (_, i) => [`room-${run}-${i % rooms}`, `user-${run}-${i}`]);
  const connected = [];
  while (plans.length > 0) {
    const some = plans.splice(0, kConnectTogether);
    connected.push(...(await Promise.all(some.map(([room, user]) => connect(dialect, host, room, user, onNumber)))));
  }
  return connected;
}

/** Sends every publication at its time: `burst` at once, every burst/rate seconds, in each room. Resolves to their number. */
async function publishAll(dialect, publishers, { rate, burst, seconds }, text) {
  const start = performance.now();
  const ticks = Math.round((rate * seconds) / burst);
  let n = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    const due = start + (tick * burst * kMsPerSecond) / rate;
    if (due > performance.now()) await pause(due - performance.now());
    for (let i = 0; i < burst; i += 1) {
      n += 1;
      const body = `{"n":${n},"text":"${text}"}`;
      for (const publisher of publishers) publisher.socket.send(dialect.publish(publisher, n, body));
    }
  }
  return n * publishers.length;
}

/**
 * Runs one scenario { rooms, members, rate, burst, seconds, textBytes } against a running server.
 * Resolves to { usPerDelivery, deliveries, lost, faults }: faults counts what came twice, out of order or with a gap.
 */
export async function runLoad(dialect, { pid, host }, scenario, run) {
  let delivered = 0;
  let wake = () => {};
  let due = Number.POSITIVE_INFINITY;
  const onNumber = () => {
    delivered += 1;
    if (delivered >= due) wake();
  };
  const everybody = await connectAll(dialect, host, scenario, run, onNumber);
  await pause(kSettleMs);
  const before = cpuUs(pid);
  const sent = await publishAll(dialect, everybody.slice(0, scenario.rooms), scenario, "x".repeat(scenario.textBytes));
  due = sent * scenario.members;
  if (delivered < due) await Promise.race([new Promise((resolve) => (wake = resolve)), pause(kLateMs)]);
  const used = cpuUs(pid) - before;
  for (const { socket } of everybody) socket.removeAllListeners("close").terminate();
  const faults = everybody.reduce((sum, member) => sum + member.faults, 0);
  return { usPerDelivery: used / delivered, deliveries: delivered, lost: due - delivered, faults };
}

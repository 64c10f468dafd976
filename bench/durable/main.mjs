// npm run bench -- durable [--quick]: acknowledged durable publications per second beside raw SQLite in the same pattern and
// beside memory, and what catching up costs beside live delivery.
import { dirname, join as path } from "node:path";
import { fileURLToPath } from "node:url";
import { program } from "../lib/paths.mjs";
import { cpuUs, startServer } from "../lib/process.mjs";
import { freshFile, rawCommitsPerSecond } from "../lib/raw_sqlite.mjs";
import { median, publish } from "../lib/results.mjs";
import { join } from "./member.mjs";

const quick = process.argv.includes("--quick");
const kRounds = quick ? 1 : 3;
const kSeconds = quick ? 1 : 4;
const kPublishers = [1, 10, 100];
const kBody = (n) => `{"n":${n},"text":"${"x".repeat(40)}"}`;
const kReaders = 20;
const kEvents = quick ? 1_000 : 5_000;
const kReturning = quick ? 100 : 1_000;
const kMissed = 100;

const here = dirname(fileURLToPath(import.meta.url));

const serve = (store) =>
  startServer(program, ["serve", path(here, "app.json"), "--listen", "127.0.0.1:0", "--shards", "1", "--store", store]);

/** Acknowledgements per second of so many publishers who each wait for theirs. */
async function acknowledged(store, publishers) {
  const server = await serve(store);
  let count = 0;
  let running = true;
  const members = [];
  for (let i = 0; i < publishers; i += 1) {
    const hear = (kind) => {
      if (kind !== "ack") return;
      count += 1;
      if (running) members[i].publish(kBody(count));
    };
    members.push(await join(server.host, `user${i}`, { listens: false, hear }));
  }
  for (const member of members) member.publish(kBody(0));
  await new Promise((done) => setTimeout(done, kSeconds * 1000));
  running = false;
  const rate = count / kSeconds;
  for (const { socket } of members) socket.terminate();
  await server.stop();
  return rate;
}

/** Publishes so many events, 32 on their way. */
async function fill(host, count, name) {
  let acked = 0;
  let sent = 0;
  let done;
  const filled = new Promise((resolve) => (done = resolve));
  const pump = () => {
    while (sent < count && sent - acked < 32) writer.publish(kBody(sent++));
  };
  const hear = (kind) => {
    if (kind !== "ack") return;
    if (++acked === count) done();
    pump();
  };
  const writer = await join(host, name, { listens: false, hear });
  pump();
  await filled;
  return writer;
}

/** Server CPU µs per event, and ms of time, for `count` members that each get `events` events, by `begin(member index, hear)`. */
async function measured(server, count, events, begin) {
  let missing = count * events;
  let done;
  const finished = new Promise((resolve) => (done = resolve));
  const hear = (kind) => kind === "event" && --missing === 0 && done();
  const before = cpuUs(server.pid);
  const from = performance.now();
  const sockets = await Promise.all(Array.from({ length: count }, (_, i) => begin(i, hear)));
  await finished;
  const result = { us: (cpuUs(server.pid) - before) / (count * events), ms: performance.now() - from };
  for (const member of sockets) member.socket.terminate();
  return result;
}

async function delivery(store) {
  const server = await serve(store);
  const log = await fill(server.host, kEvents, "writer");
  const since = (seq) => (i, hear) => join(server.host, `reader${i}`, { epoch: log.epoch, seq, hear });
  const catchUp = await measured(server, kReaders, kEvents, since(0));
  const returning = await measured(server, kReturning, kMissed, since(kEvents - kMissed));
  const liveMembers = [];
  let hearLive = () => {};
  for (let i = 0; i < kReaders; i += 1)
    liveMembers.push(await join(server.host, `live${i}`, { hear: (kind, text) => hearLive(kind, text) }));
  const live = await measured(server, kReaders, kEvents, async (i, hear) => {
    hearLive = hear;
    if (i === 0) await fill(server.host, kEvents, "another");
    return liveMembers[i];
  });
  await server.stop();
  return { catchUp, live, returning };
}

const shown = (value) => value.toFixed(2);

const rates = [];
const results = [];
for (const publishers of kPublishers) {
  const each = { sqlite: [], raw: [], memory: [] };
  for (let round = 0; round < kRounds; round += 1) {
    each.sqlite.push(await acknowledged(`sqlite:${freshFile()}`, publishers));
    each.raw.push(await rawCommitsPerSecond(publishers, kSeconds));
    each.memory.push(await acknowledged("memory:", publishers));
  }
  results.push({ publishers, ...each });
  rates.push({
    publishers,
    "sqlite:, acks/s": Math.round(median(each.sqlite)),
    "raw SQLite, commits/s": Math.round(median(each.raw)),
    "memory:, acks/s": Math.round(median(each.memory)),
    "of raw": median(each.sqlite.map((rate, round) => rate / each.raw[round])),
    "of memory": median(each.sqlite.map((rate, round) => rate / each.memory[round])),
    "of raw and memory": median(each.sqlite.map((rate, round) => rate * (1 / each.raw[round] + 1 / each.memory[round]))),
  });
  process.stderr.write(`${publishers} publishers done\n`);
}
const costs = await delivery(`sqlite:${freshFile()}`);

publish({
  name: "durable",
  title: "Durable publications, and catching up",
  rows: rates,
  raw: { rates: results, costs },
  keep: !quick,
  notes: [
    `Medians of ${kRounds} alternating rounds of ${kSeconds} s. Each publisher is a WebSocket with one event on its way;`,
    "raw SQLite has the same number of threads, writes an event and a producer's row for each, and has no network,",
    "schema or retention (bench/durable/raw_sqlite.cpp). memory: has all of that, the clients included, and no disk; so",
    "the last column compares with the time of one commit and of one trip together, of which a durable publication is made.",
    "",
    `Catching up: ${shown(costs.catchUp.us)} µs of server CPU per event, for ${kReaders} members with ${kEvents} events each.`,
    `Live delivery of the same, publishing included: ${shown(costs.live.us)} µs.`,
    `Ratio ${shown(costs.catchUp.us / costs.live.us)}.`,
    `Recovery: ${kReturning} clients with ${kMissed} missed events each, all at once, have everything after`,
    `${Math.round(costs.returning.ms)} ms, connecting included; ${shown(costs.returning.us)} µs of server CPU per event.`,
  ],
});

// The black box: an application made of the packed package alone publishes 10,000 numbered messages from 5 producers while the
// server is killed with SIGKILL and started again 20 times. Clients, server and reader are processes of their own; this one is
// the ledger, which is never killed: it is told what was tried before it is sent and what was acknowledged after, and the tests
// below compare that with the log.
import assert from "node:assert/strict";
import { execFileSync, fork } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, Server, scratch } from "../parts/server.mjs";
import { moment, signalled, within } from "../parts/waiting.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const room = "log-1";
const producerCount = 5;
const messagesEach = 2000;
const messageCount = producerCount * messagesEach;
const killCount = 20;
const unansweredMax = 80; // of one producer; more than may be on the wire at once
const killDelayMsMax = 20; // after the acknowledgement that a kill waits for
const lastKill = 0.7; // of the messages are acknowledged then, about: a fast server must not be done before it is killed
const wholeMs = 300_000;

const directory = scratch("ledger");
const ledger = { tried: new Map(), acked: new Map(), places: new Map(), byEach: {}, errors: [], faults: [] };
const children = [];
const kills = [];
let server, found;

/** Anybody's word that `body` is at a place: the first word counts, another one is a fault. */
function saw(epoch, seq, body, by) {
  const place = `${epoch}/${seq}`;
  const known = ledger.places.get(place) ?? body;
  if (known !== body) ledger.faults.push(`${by} has ${body} at ${place}, and others have ${known}`);
  ledger.places.set(place, known);
}

const steps = {
  tried({ tried, by, number }, child) {
    ledger.tried.set(tried, { by, number });
    child.send({ noted: tried });
  },
  acked({ acked, by, epoch, seq }) {
    if (!ledger.tried.has(acked)) ledger.faults.push(`${acked} was acknowledged and never tried`);
    if (ledger.acked.has(acked)) ledger.faults.push(`${acked} was acknowledged twice`);
    ledger.acked.set(acked, { epoch, seq });
    saw(epoch, seq, acked, by);
    ledger.progress?.();
  },
  seen({ seen, by }) {
    for (const [epoch, seq, body] of seen) {
      saw(epoch, seq, body, by);
      (ledger.byEach[by] ??= []).push(seq);
    }
    ledger.progress?.();
  },
  error({ error, by }) {
    ledger.errors.push(`${by}: ${error}`);
  },
};

/** Starts a program of this suite with a pipe to the ledger; `heard(key)` resolves with the next message that has it. */
function startChild(file, options, cwd) {
  const child = fork(file, [JSON.stringify(options)], { cwd, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map();
  child.on("message", (message) => {
    for (const key of Object.keys(message)) {
      steps[key]?.(message, child);
      waiting.get(key)?.resolve(message);
    }
  });
  child.heard = (key) => {
    waiting.set(key, signalled());
    const gone = new Promise((_, reject) => {
      child.once("exit", (code) => reject(new Error(`${file} ended with code ${code}`)));
    });
    gone.catch(() => {});
    return within(wholeMs, Promise.race([waiting.get(key).promise, gone]), `"${key}" from ${file}`);
  };
  children.push(child);
  return child;
}

/** Waits until `isReached()`, looking again at each thing that the ledger is told. */
function progress(isReached, what) {
  const { promise, resolve } = signalled();
  ledger.progress = () => isReached() && resolve();
  ledger.progress();
  return within(wholeMs, promise, what);
}

function installPackage() {
  const js = here("../../../js");
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", directory.path], { cwd: js, encoding: "utf8" });
  writeFileSync(join(directory.path, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarball = join(directory.path, JSON.parse(packed)[0].filename);
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: directory.path });
  copyFileSync(here("publishers.mjs"), join(directory.path, "publishers.mjs"));
}

async function killRepeatedly() {
  for (let round = 1; round <= killCount; ++round) {
    const due = Math.floor((messageCount * lastKill * round) / killCount);
    await progress(() => ledger.acked.size >= due, `${due} acknowledgements before kill ${round}`);
    await moment(Math.random() * killDelayMsMax);
    const { signal } = await server.kill();
    kills.push({ signal, acked: ledger.acked.size, unanswered: ledger.tried.size - ledger.acked.size });
    await server.start();
  }
}

before(async () => {
  installPackage();
  const port = await freePort();
  server = new Server({ directory: directory.path, port });
  await server.start();
  const common = { url: server.url, roomId: room };
  const reader = startChild(here("reader.mjs"), common);
  await reader.heard("following");
  const clients = startChild(
    join(directory.path, "publishers.mjs"),
    {
      ...common,
      websocket: here("../../package.json"),
      producers: producerCount,
      messages: messagesEach,
      unanswered: unansweredMax,
    },
    directory.path,
  );
  await clients.heard("ready");
  const finished = clients.heard("finished");
  clients.send({ go: true });
  await killRepeatedly();
  await finished;
  const isTold = () => ["reader", "p1", "p2", "p3", "p4", "p5"].every((by) => (ledger.byEach[by]?.at(-1) ?? 0) >= messageCount);
  await progress(isTold, "everybody to be given the last message");
  const answer = reader.heard("history");
  reader.send({ read: true });
  found = await answer;
  const lifetimes = kills.map((kill) => kill.unanswered).join(" ");
  console.log(`unanswered publications at each kill: ${lifetimes}`);
});

after(async () => {
  for (const child of children) if (child.connected) child.send({ over: true });
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  await server?.kill();
  directory.remove();
});

test("the server was killed 20 times by SIGKILL while publications were unanswered", () => {
  assert.deepEqual(
    kills.map((kill) => kill.signal),
    Array(killCount).fill("SIGKILL"),
  );
  const underLoad = kills.filter((kill) => kill.unanswered > 0 && kill.acked < messageCount);
  assert.equal(underLoad.length, killCount);
});

test("all 10,000 were tried, and each was acknowledged once, without anybody's help", () => {
  assert.equal(ledger.tried.size, messageCount);
  assert.equal(ledger.acked.size, messageCount);
});

test("P-05 each acknowledged message is in the log once, at the place that was acknowledged", () => {
  const inLog = new Map(found.history.events.map(({ seq, body }) => [body, seq]));
  assert.equal(inLog.size, messageCount);
  for (const [body, { epoch, seq }] of ledger.acked) {
    assert.equal(epoch, found.history.epoch);
    assert.equal(inLog.get(body), seq, body);
  }
});

test("the log holds nothing that was not tried, and has no hole", () => {
  const { base, head, events } = found.history;
  assert.deepEqual([base, head, events.length], [1, messageCount, messageCount]);
  for (const [index, { seq, body }] of events.entries()) {
    assert.equal(seq, index + 1);
    assert.ok(ledger.tried.has(body), body);
    saw(found.history.epoch, seq, body, "the log");
  }
});

test("the numbers of each producer rise with the log's order", () => {
  const newest = {};
  for (const { body } of found.history.events) {
    const { by, number } = ledger.tried.get(body);
    assert.equal(number, (newest[by] ?? 0) + 1, body);
    newest[by] = number;
  }
  assert.deepEqual(Object.values(newest), Array(producerCount).fill(messagesEach));
});

test("no place was ever seen with two bodies, by an acknowledgement, a delivery or the log", () => {
  assert.deepEqual(ledger.faults, []);
  assert.equal(ledger.places.size, messageCount);
  for (const body of ledger.places.values()) assert.ok(ledger.tried.has(body), `${body} was seen, and nobody tried it`);
});

for (const by of ["p1", "p2", "p3", "p4", "p5"]) {
  test(`the handler of ${by} was called once for each message, in order`, () => {
    assert.equal(ledger.byEach[by].length, messageCount);
    assert.ok(ledger.byEach[by].every((seq, index) => seq === index + 1));
  });
}

test("a reader by raw frames followed through every restart without a gap or a repetition", () => {
  assert.deepEqual(found.faults, []);
  assert.deepEqual([ledger.byEach.reader.length, found.reached], [messageCount, messageCount]);
});

test("no client reported an error", () => assert.deepEqual(ledger.errors, []));

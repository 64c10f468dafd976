// Connections that begin and do not go on, of every transport, beside honest members of each: the server ends every one of them
// within its limit, the honest miss nothing, and what the connections took comes back.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises"; // the schedule of the load itself
import { kPatienceMs } from "../../tests/patience.mjs";
import { makeCertificate } from "../../tests/server/app/support/certificate.mjs";
import { directoryOf, Server } from "../../tests/server/app/support/program.mjs";
import { within } from "../crash/parts/waiting.mjs";
import { arrivals } from "./parts/members.mjs";
import { cases } from "./parts/slow.mjs";
import { SlowConnection, settings } from "./parts/slow_connection.mjs";

const eachCase = process.env.DIALOGUE_RELIABILITY === "full" ? 50 : 5;
const openingsAtOnce = 100; // more, and this process would be later than the server's limits
const waves = 2;
const paceMs = 50;
const lateMsMax = 30_000; // for a machine that is not quiet
const goneFactor = 1.5;
const residentGrowthMibMax = 16; // from one wave to the next
const bytesPerMib = 1024 * 1024;
const spareDescriptors = 2;
const floodEvents = 150;
const floodText = "x".repeat(60_000);
const key = "0123456789abcdef0123456789abcdef";

const anything = { schema: true };
const files = directoryOf({
  "app.json": {
    events: { message: anything },
    rooms: { chat: { events: ["message"] }, flood: { events: ["message"], retention: { maxEvents: 50 } } },
  },
});
makeCertificate(files);

let plain;
let secure;
const ports = {};
const members = [];
const opened = [];
const start = (...args) =>
  Server.start(
    [
      `${files}/app.json`,
      "--listen",
      "127.0.0.1:0",
      "--tcp-listen",
      "127.0.0.1:0",
      "--dev",
      "--api-key-env",
      "KEY",
      ...settings,
      ...args,
    ],
    {
      env: { KEY: key },
    },
  );
const linesPort = (server) => Number(/"tcp":"[^"]*:(\d+)"/.exec(server.lines.join("\n"))[1]);

before(async () => {
  plain = await start();
  secure = await start("--tls-cert", `${files}/cert.pem`, "--tls-key", `${files}/key.pem`);
  const [http, lines, https, tlsLines] = [plain.port, linesPort(plain), secure.port, linesPort(secure)];
  Object.assign(ports, { http, lines, https, http2: https, rawHttps: https, tlsLines, rawTlsLines: tlsLines });
});
after(() => {
  for (const each of opened) each.destroy();
  for (const member of members) member.leave();
  return Promise.all([plain, secure].map((server) => server?.stop()));
});

const tlsOf = { https: { alpn: ["http/1.1"] }, http2: { alpn: ["h2"] }, tlsLines: {} };

function call(path, options = {}) {
  return fetch(`${plain.url}${path}`, { ...options, headers: { Authorization: `Bearer ${key}`, ...options.headers } });
}

/** What the server has now: connections in all their states, descriptors, bytes that wait, memory. */
async function figures() {
  const text = await (await call("/metrics")).text();
  const sum = (name) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce((all, [, value]) => all + Number(value), 0);
  return {
    connections: sum("dialogue_connections_active"),
    descriptors: sum("process_open_fds"),
    waiting: sum("dialogue_send_queue_bytes"),
    residentMib: sum("process_resident_memory_bytes") / bytesPerMib,
    secureDescriptors: readdirSync(`/proc/${secure.pid}/fd`).length,
  };
}

const isAsBefore = (now, before) =>
  now.waiting === 0 &&
  now.connections <= before.connections &&
  now.descriptors <= before.descriptors + spareDescriptors &&
  now.secureDescriptors <= before.secureDescriptors + spareDescriptors;

let openings = 0;
const waiting = [];
/** The result of `open`, when it is its turn. */
async function inTurn(open) {
  while (openings >= openingsAtOnce) await new Promise((resolve) => waiting.push(resolve));
  openings += 1;
  try {
    return await open();
  } finally {
    openings -= 1;
    waiting.shift()?.();
  }
}

/** Opens a connection of a case; resolves when it has ended as it should, or reads nothing any more. */
async function play(name, index) {
  const { by, run, limit, says, isDeaf, goneAt } = cases[name];
  const open = () => {
    opened.push(new SlowConnection(ports[by], { isTls: by in tlsOf, ...tlsOf[by] }));
    return opened.at(-1);
  };
  let slow;
  const result = await inTurn(() => {
    slow = open();
    return run(slow, { name: `slow-${index}`, key, another: open });
  });
  const what = `the end of ${name}`;
  if (isDeaf) return;
  if (goneAt) {
    slow.destroy();
    const { path, body, status } = goneAt(result);
    const method = body === undefined ? "GET" : "POST";
    const gone = async () => {
      // Asked rarely, since a question is a sign of life.
      do await pause(limit * goneFactor);
      while ((await call(path, { method, body })).status !== status);
    };
    await within(2 * limit * goneFactor + lateMsMax, gone(), what);
  } else {
    await within(limit + lateMsMax, slow.ended, what);
    assert.match(slow.said, says, name);
  }
}

/** Publishes to every member, each event when all have the one before, until `isOver` is true. */
async function chat(isOver) {
  const [publisher] = members;
  while (!isOver()) {
    publisher.say();
    await Promise.all(members.map((member) => member.next(publisher.said)));
    await pause(paceMs);
  }
}

async function flood() {
  for (let n = 0; n < floodEvents; n += 1) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ event: "message", data: floodText });
    const answer = await call("/api/v1/rooms/flood/events", { method: "POST", headers, body });
    assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
  }
}

async function wave() {
  const names = Object.keys(cases);
  const all = names.flatMap((name) => Array.from({ length: eachCase }, (_, n) => ({ name, n })));
  const deaf = all.filter(({ name }) => cases[name].isDeaf);
  const deafReady = Promise.all(deaf.map(({ name, n }) => play(name, `${names.indexOf(name)}-${n}`)));
  const others = all.filter(({ name }) => !cases[name].isDeaf);
  const ended = Promise.allSettled(others.map(({ name, n }) => play(name, `${names.indexOf(name)}-${n}`)));
  await deafReady;
  await flood();
  const faults = (await ended).filter(({ status }) => status === "rejected").map(({ reason }) => `${reason.stack}`);
  return faults;
}

test("connections that do not go on are ended within their limits, and the honest beside them miss nothing", async () => {
  for (const [name, arrive] of Object.entries(arrivals)) members.push(await arrive(plain, ports.lines, name));
  await chat(() => members[0].said >= 3);
  const before = await figures();
  const afterwards = [];
  for (let n = 0; n < waves; n += 1) {
    let isOver = false;
    const talk = chat(() => isOver);
    const faults = await Promise.race([wave(), talk.then(() => undefined)]);
    assert.deepEqual(faults, []);
    let now;
    const back = async () => {
      do now = await figures();
      while (!isAsBefore(now, before));
    };
    await within(kPatienceMs, back(), "connections and descriptors to be as before").catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify({ before, now })}`);
    });
    for (const each of opened.splice(0)) each.destroy();
    isOver = true;
    await talk;
    afterwards.push(await figures());
  }
  const growth = afterwards.at(-1).residentMib - afterwards.at(-2).residentMib;
  assert.ok(growth <= residentGrowthMibMax, `${growth.toFixed(1)} MiB more after a wave than after the one before`);
});

// The abuse run: hostile connections of every kind beside honest ones that chat. `npm run reliability -- abuse` runs it whole
// (2,000 beside 200, two waves, with the ratio of latencies); every day a small wave shows that all of it still holds but for
// time.
//
// The load is made as if it came through a proxy (PROXY protocol), so that each connection has an address of the open internet
// and the server's default limits count.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publish } from "../../bench/lib/results.mjs";
import { signalled, within } from "../crash/parts/waiting.mjs";
import { cases } from "./parts/cases.mjs";
import { Crowd } from "./parts/honest.mjs";
import { Subject } from "./parts/subject.mjs";

const isWhole = process.env.DIALOGUE_RELIABILITY === "full";
const kRun = isWhole
  ? { hostile: 2000, honest: 200, rooms: 20, warmS: 5, quietS: 20, abuseS: 40, waves: 2, addressMax: 1000 }
  : { hostile: 100, honest: 20, rooms: 2, warmS: 1, quietS: 1, abuseS: 11, waves: 1, addressMax: 50 };
const kLatencyRatioMax = 2;
// What "back near its start" means. The heap gives pages back only where they are free as a whole, so a server that has seen
// 2,000 connections keeps some that are in part used, once: bounded by what a wave touches, not growing with the next one.
const kResidentMoreMibMax = 64;
const kResidentGrowthMibMax = 16; // from one wave to the next
const kSettleMs = 180_000; // places of lost sessions are kept for 120 s, empty rooms for 60 s
const kQuietMs = 20_000;
const kBeginMs = 120_000; // at the lowest priority, on a machine that is not quiet
const kLowestPriority = 19;
const kHandshakesPerMinute = 1000;
const kMsPerMinute = 60_000;

const hostileProgram = fileURLToPath(new URL("parts/hostile.mjs", import.meta.url));
const subject = new Subject();
const crowd = new Crowd({ members: kRun.honest, rooms: kRun.rooms });
const seen = { waves: [], end: undefined };

/** Looks again and again, as the server works it off, until `holds` is true; says whether it became so. */
async function becomes(holds, ms) {
  const deadline = performance.now() + ms;
  while (!holds() && performance.now() < deadline) await crowd.chat(1); // the honest go on meanwhile
  return holds();
}

/** Runs hostile connections while the honest chat; resolves to what both saw. */
async function wave() {
  const options = { port: subject.port, count: kRun.hostile, rooms: crowd.rooms, priority: isWhole ? kLowestPriority : 0 };
  const hostile = fork(hostileProgram, [JSON.stringify(options)]);
  const begun = signalled();
  const stopped = signalled();
  let told;
  hostile.on("message", (message) => {
    told = message;
    if (message.state === "begun") begun.resolve();
    if (message.state === "stopped") stopped.resolve();
  });
  const began = performance.now();
  await within(kBeginMs, begun.promise, "the hostile to begin");
  const latency = await crowd.chat(kRun.abuseS);
  const highest = { residentMib: subject.residentMib, descriptors: subject.descriptors };
  hostile.send("stop");
  await within(kQuietMs, stopped.promise, "the hostile to stop");
  return { latency, highest, told, lastedMs: performance.now() - began };
}

before(async () => {
  await subject.start("--connections-per-address", String(kRun.addressMax));
  subject.ended.then((end) => {
    seen.end = end;
  });
  await crowd.connect(subject.port);
  await crowd.chat(kRun.warmS);
  seen.start = { residentMib: subject.residentMib, descriptors: subject.descriptors };
  for (let n = 0; n < kRun.waves; n += 1) {
    const quiet = await crowd.chat(kRun.quietS);
    const result = await wave();
    const isBack = () => subject.descriptors <= seen.start.descriptors + 2;
    await becomes(
      () => isBack() && subject.residentMib <= seen.start.residentMib + kResidentMoreMibMax / 2,
      isWhole ? kSettleMs : kQuietMs,
    );
    seen.waves.push({ ...result, quiet, after: { residentMib: subject.residentMib, descriptors: subject.descriptors } });
  }
  await crowd.settled(kQuietMs);
});

after(async () => {
  crowd.leave();
  await subject.stop();
});

function figures() {
  const rows = seen.waves.map(({ quiet, latency, highest, after: later, told }, n) => ({
    wave: n + 1,
    "hostile places": told.places,
    "connections made": Object.values(told.counts).reduce((sum, counts) => sum + counts.opened, 0),
    "quiet p50 ms": quiet.p50,
    "abuse p50 ms": latency.p50,
    "quiet p99 ms": quiet.p99,
    "abuse p99 ms": latency.p99,
    "p99 ratio": latency.p99 / quiet.p99,
    "MiB before": seen.start.residentMib,
    "MiB at most": highest.residentMib,
    "MiB after": later.residentMib,
  }));
  const outcomes = Object.entries(seen.waves.at(-1).told.counts).map(
    ([name, { opened, ...counts }]) =>
      `- ${name}: ${opened} connections; ${
        Object.entries(counts)
          .map(([word, n]) => `${word} ${n}`)
          .join(", ") || "still open at the end"
      }`,
  );
  const notes = [
    `${kRun.honest} honest clients in ${kRun.rooms} rooms say a message a second each; every delivery is checked and timed,`,
    "from the publisher's send to each member. Store: SQLite, durable. The hostile process has the lowest priority, since",
    "attackers have machines of their own. `429`: turned away by a limit; `bye N`, `close N`: ended with that code; `closed`:",
    "cut without a word.",
    "",
    "What came of the last wave's connections:",
    "",
    ...outcomes,
  ];
  publish({
    name: "abuse",
    title: "Hostile connections beside honest ones",
    rows,
    raw: seen.waves,
    notes,
    keep: isWhole,
    command: "npm run reliability -- abuse",
  });
}

test("the run comes to its end, and its figures can be told", figures);

test("every honest message is delivered to each member once, in order, and acknowledged", () => {
  assert.deepEqual(crowd.faults.slice(0, 10), []);
  assert.equal(crowd.missing, 0);
  assert.ok(crowd.said >= kRun.honest * (kRun.warmS + kRun.waves * (kRun.quietS + kRun.abuseS)));
});

test("the server runs, and has not ended meanwhile", () => {
  assert.equal(seen.end, undefined);
});

test("what hostile connections come to is what each of them deserves", () => {
  for (const { told } of seen.waves) {
    assert.deepEqual(told.faults, []);
    for (const [name, { opened, ...counts }] of Object.entries(told.counts)) {
      assert.ok(opened > 0, `${name} has connected`);
      for (const outcome of Object.keys(counts)) assert.match(outcome, cases[name].expects, name);
    }
  }
});

for (const name of ["reconnecting at once", "X-Forwarded-For lies"])
  test(`one address begins as many WebSockets as it may, and no more: ${name}`, () => {
    for (const { told, lastedMs } of seen.waves) {
      const { left = 0 } = told.counts[name];
      assert.ok(left > 0, "some were let in");
      assert.ok(left <= kHandshakesPerMinute * (1 + lastedMs / kMsPerMinute) + 1, `${left} were let in`);
    }
  });

test("silence is ended by its deadline", () => {
  const kLongestMs = { "silent after TCP connect": 5_000, "slowloris on the head": 5_000, "slowloris on the body": 20_000 };
  for (const { told } of seen.waves)
    for (const [name, ms] of Object.entries(kLongestMs))
      assert.ok((told.longestMs[name] ?? 0) < ms + 5_000, `${name}: ${told.longestMs[name]} ms`);
});

test("descriptors and memory come back", () => {
  for (const { after: later } of seen.waves) {
    assert.ok(
      later.descriptors <= seen.start.descriptors + 2,
      `${later.descriptors} descriptors, ${seen.start.descriptors} before`,
    );
    const more = later.residentMib - seen.start.residentMib;
    assert.ok(more <= kResidentMoreMibMax, `${more.toFixed(1)} MiB more than before`);
  }
  for (let n = 1; n < seen.waves.length; n += 1) {
    const growth = seen.waves[n].after.residentMib - seen.waves[n - 1].after.residentMib;
    assert.ok(growth <= kResidentGrowthMibMax, `${growth.toFixed(1)} MiB more after wave ${n + 1} than after the one before`);
  }
});

if (isWhole) {
  test("the hostile were really there: most places at once, and many of them again and again", () => {
    for (const { told, highest } of seen.waves) {
      const made = Object.values(told.counts).reduce((sum, counts) => sum + counts.opened, 0);
      assert.ok(highest.descriptors > seen.start.descriptors + kRun.hostile / 2, `${highest.descriptors} descriptors`);
      assert.ok(made > 2 * told.places, `${made} connections: run it on a quiet machine`);
    }
  });

  test("the honest wait at most twice as long as in quiet (p99)", () => {
    for (const { latency, quiet } of seen.waves)
      assert.ok(latency.p99 <= kLatencyRatioMax * quiet.p99, `p99 ${latency.p99} ms, in quiet ${quiet.p99} ms`);
  });
}

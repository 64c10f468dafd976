// Power loss: SIGKILL keeps what the kernel holds, so it says nothing about syncing. Here the order of system calls says it: the
// server runs under strace, and no ACK may be sent before an fdatasync of the write-ahead log that began after the page with its
// publication was written. A server that does not sync must be found out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { Campaign } from "./parts/campaign.mjs";
import { keyOf } from "./parts/ledger.mjs";
import { programs } from "./parts/server.mjs";
import { amount, seed } from "./parts/settings.mjs";
import { needStrace } from "./parts/strace.mjs";

const kRoom = "log-1";
const kCalls = "pwrite64,write,fdatasync,fsync,sendto,sendmsg,writev";
const kStringBytes = 70_000; // whole pages and whole sends
/** Bodies that lie in one page, so that the page with a publication is found by its name. */
const load = { producers: 4, rooms: [kRoom], inFlight: 8, most: amount(40, 400), subscribers: [], bytesMax: 200 };

before(needStrace);

/** Plays the load to its end under strace: { ledger, lines } of the trace. */
async function traced(options) {
  const campaign = new Campaign({ name: "power", file: "power", seed, load, ...options });
  let lines;
  await campaign.play(async () => {
    const trace = join(campaign.directory, "strace.txt");
    const form = ["-f", "-qq", "-y", "-ttt", "-s", String(kStringBytes), "-e", "signal=none"];
    await campaign.server.start({ prefix: ["strace", ...form, "-e", `trace=${kCalls}`, "-o", trace] });
    await campaign.connect();
    await campaign.loadUntilAck();
    await Promise.all(campaign.producers.map((producer) => producer.settled()));
    await campaign.server.kill();
    lines = readFileSync(trace, "utf8").split("\n");
  });
  return { ledger: campaign.ledger, lines };
}

/** The places, as line numbers, at which each sync of the write-ahead log began and ended. */
function syncsIn(lines) {
  const syncs = [];
  const open = new Map();
  for (const [line, text] of lines.entries()) {
    const [, thread, , call] = /^(\d+)\s+([\d.]+)\s+(.*)/.exec(text) ?? [];
    if (/^f(data)?sync\(\d+<[^>]*-wal>/.test(call)) {
      if (/<unfinished \.\.\.>$/.test(call)) open.set(thread, line);
      else if (/= 0$/.test(call)) syncs.push({ began: line, ended: line });
    } else if (/^<\.\.\. f(data)?sync resumed>.*= 0$/.test(call) && open.has(thread)) {
      syncs.push({ began: open.get(thread), ended: line });
      open.delete(thread);
    }
  }
  return syncs;
}

/** Each ACK in the trace: { seq, line }. */
const acksIn = (lines) =>
  lines.flatMap((text, line) => {
    if (!/^\d+\s+[\d.]+\s+(send|write)/.test(text)) return [];
    return [...text.matchAll(/\[38,\d+,\d+,\d+,(\d+),/g)].map(([, seq]) => ({ seq: Number(seq), line }));
  });

/** The ACKs that were sent before their publication was safe, each with its reason. */
function tooEarly({ ledger, lines }) {
  const entries = [...ledger.tried.values()].filter((entry) => entry.at);
  const bySeq = new Map(entries.map((entry) => [entry.at.seq, entry]));
  const syncs = syncsIn(lines);
  const isPage = (text) => /pwrite64\(\d+<[^>]*-wal>/.test(text);
  const pages = lines.map((text, line) => ({ text, line })).filter(({ text }) => isPage(text));
  return acksIn(lines).flatMap(({ seq, line }) => {
    const { producer, number } = bySeq.get(seq);
    const name = `${keyOf(kRoom, producer, number)}:`;
    const written = pages.find(({ text }) => text.includes(name))?.line ?? Infinity;
    if (written > line) return [`${name} was acknowledged in line ${line} and written in line ${written}`];
    const isSafe = syncs.some(({ began, ended }) => began > written && ended < line);
    return isSafe ? [] : [`${name} was written in line ${written}, acknowledged in line ${line}, and not synced between`];
  });
}

test("R-71 each ACK is sent after a sync of the log that began after its pages were written", async () => {
  const run = await traced({});
  const acks = acksIn(run.lines);
  assert.equal(run.ledger.acked, load.producers * load.most);
  assert.equal(acks.length, run.ledger.acked, "every ACK is seen in the trace");
  assert.deepEqual(tooEarly(run), []);
  console.log(`${acks.length} acknowledgements, ${syncsIn(run.lines).length} syncs of the log, 0 too early`);
});

for (const [fault, what] of Object.entries({ "no-sync": "synchronous = OFF", "ack-before-commit": "an ACK before COMMIT" }))
  test(`the power-loss check finds ${what}`, async () => {
    const run = await traced({ program: programs.mutant, env: { DIALOGUE_PLANTED_FAULT: fault } });
    const found = tooEarly(run);
    assert.ok(found.length > 0, `${fault} was not found in ${acksIn(run.lines).length} acknowledgements`);
    console.log(`${fault}: ${found.length} of ${run.ledger.acked} acknowledgements too early; ${found[0]}`);
  });

// npm run bench -- drain [--quick]: 10,000 connections under load while their server is restarted on the same store. Nothing may
// be lost or repeated, and they have to come back evenly: arrivals per 250 ms, the most against the mean.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { program } from "../lib/paths.mjs";
import { publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kClients = quick ? 1_000 : 10_000;
const kRooms = kClients / 100;
const kRate = 100; // publications a second, each delivered to the 100 members of its room
const kSeconds = quick ? 30 : 60;
const kPauseMs = quick ? 2_000 : 4_000; // longer than the drain and the start take here
const kPartMs = 250;
const kUnevenMax = 1.5;
const kPollMs = 50;
const kGoAheadMs = 3_000; // under load, before the restart

const definitions = fileURLToPath(new URL("../delivery/app.json", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "dialogue-drain-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
const started = new Set();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

function start(...args) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  started.add(child);
  const ended = once(child, "exit").then(([code]) => {
    started.delete(child);
    return code;
  });
  return { child, ended, lines: createInterface({ input: child.stdout }) };
}

/** A server on `listen`, when it listens; `events` are the lines of its log by event. */
async function serve(listen) {
  const store = `sqlite:${join(directory, "rooms.db")}`;
  const places = ["--connections-max", `${2 * kClients}`]; // shards divide them, and not evenly
  const drain = ["--drain-pause-ms", `${kPauseMs}`, "--drain-ms", quick ? "4000" : "1000"];
  const server = start("serve", definitions, "--listen", listen, "--store", store, "--log", "json", ...places, ...drain);
  server.events = new Map();
  const listening = new Promise((resolve) => {
    server.lines.on("line", (text) => {
      const line = JSON.parse(text);
      if (!server.events.has(line.event)) server.events.set(line.event, []);
      server.events.get(line.event).push(line);
      if (line.event === "listening") resolve(line.url);
      server.heard?.(line);
    });
  });
  server.url = await listening;
  return server;
}

const until = (server, holds) =>
  new Promise((resolve) => {
    server.heard = () => holds() && resolve();
    server.heard();
  });
const countOf = (server, event) => server.events.get(event)?.length ?? 0;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The value of a series of /metrics. */
async function metric(server, series) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

/** Connections that have come until then, as { atMs, count }, looked at until `hasEnded()`. */
async function watchArrivals(server, hasEnded) {
  const seen = [];
  while (!hasEnded()) {
    const atMs = performance.now();
    seen.push({ atMs, count: await metric(server, 'dialogue_connections_total{transport="websocket"}') });
    await pause(kPollMs);
  }
  return seen;
}

/** How many had come at a time, between the looks before and behind it. */
function countAt(seen, atMs) {
  const next = seen.findIndex((each) => each.atMs > atMs);
  const [before, after] = [seen[next - 1], seen[next]];
  return before.count + ((after.count - before.count) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

const first = await serve("127.0.0.1:0");
const host = new URL(first.url).host;
const size = ["--clients", `${kClients}`, "--rooms", `${kRooms}`];
const load = start("bench", `ws://${host}`, ...size, "--rate", `${kRate}`, "--seconds", `${kSeconds}`, "--json");
load.ended.then((code) => {
  if (report) return;
  console.error(`the load ended with ${code} before it had a report`);
  process.exit(1);
});
let report;
load.lines.on("line", (text) => {
  report = JSON.parse(text);
});
while ((await metric(first, 'dialogue_rooms_size{room="bench-{id}"}')) < kClients) await pause(kPartMs);
await pause(kGoAheadMs);
const begun = performance.now();
first.child.kill("SIGTERM");
const exit = await first.ended;
const drainMs = performance.now() - begun;
const second = await serve(host);
const awayMs = performance.now() - begun;
const watched = watchArrivals(second, () => countOf(second, "drain_completed") > 0);
await until(second, () => countOf(second, "drain_completed") === 1);
const seen = await watched;
await load.ended;
second.child.kill("SIGTERM");
await second.ended;

const [receipt] = second.events.get("drain_completed");
const lastIdle = seen.filter(({ count }) => count === 0).at(-1) ?? seen[0];
const lastSlotMs = lastIdle.atMs + receipt.spread_ms;
const parts = []; // the first and the last one are not whole
for (let at = lastIdle.atMs + kPartMs; at + kPartMs < lastSlotMs; at += kPartMs)
  parts.push(countAt(seen, at + kPartMs) - countAt(seen, at));
const mean = parts.reduce((sum, count) => sum + count, 0) / parts.length;
const uneven = Math.max(...parts) / mean;
const { lost, doubled, disordered, reconnects, published, deliveries } = report;
publish({
  name: "drain",
  title: `A restart under ${kClients.toLocaleString("en-US")} connections`,
  rows: [
    { figure: "sessions notified", value: receipt.notified },
    { figure: "sessions resumed", value: receipt.resumed },
    { figure: "joins that miss events", value: receipt.lost },
    { figure: "publications repeated", value: receipt.repeated },
    { figure: "publications", value: published },
    { figure: "deliveries", value: deliveries },
    { figure: "deliveries lost", value: lost },
    { figure: "deliveries doubled or out of order", value: doubled + disordered },
    { figure: "reconnects", value: reconnects },
    { figure: "drain, ms", value: drainMs },
    { figure: "from the signal to the next server, ms", value: awayMs },
    { figure: "widest gap of a session, ms", value: receipt.gap_ms_max },
    { figure: `arrivals per ${kPartMs} ms, mean`, value: mean },
    { figure: `arrivals per ${kPartMs} ms, most / mean`, value: uneven },
  ],
  raw: { report, receipt, parts, drainMs, awayMs },
  keep: !quick,
  notes: [
    `${kRooms} rooms of 100 members, ${kRate} publications a second, SQLite; slots begin ${kPauseMs} ms after the signal.`,
    `Bars: nothing lost or repeated, a drain below 10 s, arrivals ${kUnevenMax}.`,
  ],
});
const isRight = exit === 0 && lost + doubled + disordered + receipt.lost + receipt.repeated === 0;
const isWhole = receipt.notified === kClients && receipt.resumed === kClients && drainMs < 10_000;
process.exitCode = isRight && isWhole && uneven <= kUnevenMax ? 0 : 1;

// npm run bench -- erasure [--quick]: a million events of one user are erased while another user publishes into the same
// rooms. How long that takes, and what it costs the others: the 99th percentile of their deliveries, against none erased.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { program } from "../lib/paths.mjs";
import { median, publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kEvents = quick ? 50_000 : 1_000_000;
const kRooms = 10;
const kRate = 500; // publications a second by others
const kSeconds = quick ? 2 : 5; // of one run of their load
const kRunsBefore = 3;
const kRatioMax = 2;
const kKey = "0123456789abcdef0123456789abcdef";
const kSecret = "a secret of at least 32 bytes, for this measurement";

const definitions = fileURLToPath(new URL("../delivery/app.json", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "dialogue-erasure-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
const env = { ...process.env, KEY: kKey, SECRET: kSecret };
const tokenOf = (sub) => execFileSync(program, ["token", "--sub", sub, "--key-env", "SECRET"], { env, encoding: "utf8" }).trim();

const server = spawn(
  program,
  [
    ...["serve", definitions, "--listen", "127.0.0.1:0", "--log", "json", "--store", `sqlite:${join(directory, "rooms.db")}`],
    ...["--api-key-env", "KEY", "--auth-hs256-env", "SECRET"],
  ],
  { env, stdio: ["ignore", "pipe", "inherit"] },
);
process.once("exit", () => server.kill("SIGKILL"));
const lines = createInterface({ input: server.stdout });
const url = await new Promise((resolve) => {
  lines.on("line", (text) => {
    const line = JSON.parse(text);
    if (line.event === "listening") resolve(line.url);
  });
});

/** One run of `dialogue bench` as this user in the long rooms; its report. */
async function load(user, ...args) {
  const members = ["--clients", `${2 * kRooms}`, "--rooms", `${kRooms}`, "--room-pattern", "long-{id}"];
  const all = ["bench", url.replace("http", "ws"), "--token", tokenOf(user), ...members, "--json", ...args];
  const child = spawn(program, all, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (piece) => {
    text += piece;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the load of ${user} ended with ${code}: ${text}`);
  return JSON.parse(text);
}
const others = () => load("bob", "--rate", `${kRate}`, "--seconds", `${kSeconds}`);

/** The report of the erasure. An answer that did not come in time is asked for again. */
async function erase(user) {
  for (;;) {
    const headers = { Authorization: `Bearer ${kKey}` };
    const answer = await fetch(`${url}/api/v1/users/${user}/data`, { method: "DELETE", headers });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    if (answer.status !== 503) throw new Error(`${answer.status} ${text}`);
  }
}

let filled = 0;
const fillBegan = performance.now();
while (filled < kEvents) {
  filled += (await load("ann", "--saturate", "--deaf", "--in-flight", "100", "--seconds", "1")).acknowledged;
  console.error(`${filled.toLocaleString("en-US")} events of the user`);
}
const fillMs = performance.now() - fillBegan;

const before = [];
for (let run = 0; run < kRunsBefore; ++run) before.push(await others());
const began = performance.now();
let report;
const erasure = erase("ann").then((answer) => {
  report = answer;
  return performance.now() - began;
});
const during = [];
while (!report) during.push(await others()); // the last run may end after it, the others are wholly within
const erasureMs = await erasure;
server.kill("SIGTERM");
await once(server, "exit");

const p99 = (runs) => median(runs.map(({ latencyUs }) => latencyUs.p99)) / 1000;
const whole = during.length > 1 ? during.slice(0, -1) : during;
const ratio = p99(whole) / p99(before);
const wrong = [...before, ...during].reduce((sum, { lost, doubled, disordered }) => sum + lost + doubled + disordered, 0);
publish({
  name: "erasure",
  title: `Erasing ${kEvents.toLocaleString("en-US")} events of a user beside others' publications`,
  rows: [
    { figure: "events of the user", value: filled },
    { figure: "filling, events a second", value: (filled / fillMs) * 1000 },
    { figure: "erasure, s", value: erasureMs / 1000 },
    { figure: "others' p99 before, ms", value: p99(before) },
    { figure: "others' p99 during, ms", value: p99(whole) },
    { figure: "others' p99, during / before", value: ratio },
    { figure: "others' longest delivery during, ms", value: Math.max(...during.map(({ latencyUs }) => latencyUs.max)) / 1000 },
    { figure: "deliveries lost, doubled or out of order", value: wrong },
  ],
  raw: { report, before, during },
  keep: !quick,
  notes: [
    `${kRooms} rooms, SQLite, ${kRate} publications a second by others, in runs of ${kSeconds} s; medians of their p99.`,
    `Bars: p99 ${kRatioMax}, nothing wrong.`,
  ],
});
process.exitCode = wrong === 0 && ratio <= kRatioMax ? 0 : 1;

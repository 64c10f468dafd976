// npm run bench -- dashboard [--quick]: what an open dashboard costs a server with 10,000 connections under load. One page in
// Chromium shows the overview, the connections and the tail in turn, then nothing; windows with and without it alternate.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { kGeneratorCore, kServerCore, pinned } from "../delivery/pinned.mjs";
import { browsers } from "../lib/browsers.mjs";
import { program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";
import { median, publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kClients = quick ? 1_000 : 10_000;
const kRooms = kClients / 100;
const kRate = 300; // publications a second, each delivered to the 100 members of its room
const kWindowMs = 4_000;
const kPairs = quick ? 3 : 12; // windows with the page beside windows without it
const kConnectedWithinS = 30;
const kMoreMax = 1.02;
const kNsPerMs = 1e6;
const views = ["", "connections", "tail?room=bench-0&source=stream"];

/** CPU time that the process has used, in ms: the scheduler's count, which is finer than the clock's ticks. */
function cpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, each) => sum + each, 0) / kNsPerMs;
}

const definitions = fileURLToPath(new URL("../delivery/app.json", import.meta.url));
const [command, ...serve] = pinned(kServerCore, [program, "dev", definitions, "--listen", "127.0.0.1:0", "--store", "memory:"]);
const server = await startServer(command, [...serve, "--shards", "1", "--log", "json", "--log-level", "info"]);
const seconds = kConnectedWithinS + Math.ceil((2 * kPairs * kWindowMs) / 1000) + 2 * kPairs;
const size = ["--clients", `${kClients}`, "--rooms", `${kRooms}`, "--rate", `${kRate}`, "--seconds", `${seconds}`];
const [load, ...args] = pinned(kGeneratorCore, [program, "bench", `ws://${server.host}`, ...size]);
const loading = spawn(load, args, { stdio: ["ignore", "pipe", "inherit"] });
process.once("exit", () => loading.kill("SIGKILL"));
const ended = once(loading, "exit");
const report = [];
createInterface({ input: loading.stdout }).on("line", (line) => report.push(line));

const numbers = async () => (await (await fetch(`http://${server.host}/api/v1/overview`)).json()).numbers;
const isUnderLoad = ({ connections, eventsPerSecond }) => connections >= kClients && eventsPerSecond >= kRate / 2;
while (!isUnderLoad(await numbers())) await pause(500);

const browser = await browsers[0].launch();
const page = await browser.newPage();
let requests = 0;
page.on("request", () => (requests += 1));

/** The server's CPU for a second, while the page is at `address`. */
async function cpuAt(address) {
  await page.goto(address);
  await pause(1_000); // what loading the page costs is no cost of its being open
  const [began, from] = [performance.now(), cpuMs(server.pid)];
  await pause(kWindowMs);
  return ((cpuMs(server.pid) - from) / (performance.now() - began)) * 1000;
}

const windows = [];
for (let i = 0; i < kPairs; ++i) {
  const isFirst = i % 2 === 0; // with the page first, then without it, and the other way round
  const open = `http://${server.host}/_dialogue/#/${views[i % views.length]}`;
  const first = await cpuAt(isFirst ? open : "about:blank");
  const second = await cpuAt(isFirst ? "about:blank" : open);
  windows.push(isFirst ? { open: first, closed: second } : { open: second, closed: first });
}
await browser.close();
const [code] = await ended;
await server.stop();

const ratio = median(windows.map(({ open, closed }) => open / closed));
publish({
  name: "dashboard",
  title: "What an open dashboard costs the server",
  rows: [
    {
      connections: kClients,
      "deliveries/s": kRate * (kClients / kRooms),
      "CPU ms/s, no page": median(windows.map(({ closed }) => closed)),
      "with a page": median(windows.map(({ open }) => open)),
      ratio,
      "requests of the page": requests,
    },
  ],
  keep: !quick,
  notes: [
    `${kPairs} pairs of windows of ${kWindowMs / 1000} s; the median of their ratios. Bar: ${kMoreMax}.`,
    ...report.slice(-1),
  ],
});
process.exit(code === 0 && requests > kPairs && ratio <= kMoreMax ? 0 : 1);

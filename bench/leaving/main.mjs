// npm run bench -- leaving [--quick]: what 10,000 rooms that a client has joined and left cost it afterwards: an event in the
// room where it stays, and memory, beside a client that has joined and left 1,000.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../lib/bundle.mjs";
import { output } from "../lib/paths.mjs";
import { median, publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kRun = quick
  ? { rooms: 2_000, first: 500, rounds: 5, events: 500 }
  : { rooms: 10_000, first: 1_000, rounds: 31, events: 2_000 };
const kCostRatioMax = 1.1;
const kBytesPerRoomMax = 32; // of the heap and of WebAssembly's memory: no room may keep an object

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const subject = join(output, "leaving.mjs");
await bundle({
  definitions: here("../delivery/app.json"),
  directory: join(output, "leaving"),
  entryPoints: [here("subject.mjs")],
  outfile: subject,
  platform: "node",
});
const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", subject, JSON.stringify(kRun)], {
  encoding: "utf8",
});
if (status !== 0) throw new Error(`the client could not be measured: ${stderr}`);
const { few, many, before, after } = JSON.parse(stdout);
const bytesPerRoom = (after - before) / (kRun.rooms - kRun.first);
const ratio = median(many.map((us, round) => us / few[round]));
publish({
  name: "leaving",
  title: "What rooms that a client has left cost it",
  rows: [
    { "rooms joined and left": kRun.first, "µs per event": median(few) },
    { "rooms joined and left": kRun.rooms, "µs per event": median(many) },
  ],
  raw: { few, many, before, after },
  keep: !quick,
  notes: [
    "Each of two clients stays in one room, and has joined and left others one after another. Medians of",
    `${kRun.rounds} rounds of ${kRun.events} events that alternate between them, from the server's frame to the handler,`,
    "in Node, over a socket in the process. Memory is the heap after a collection and what it refers to outside.",
    "",
    `An event costs ${ratio.toFixed(2)} of what it costs the client with few (bar ${kCostRatioMax}), and a room that was left`,
    `${bytesPerRoom.toFixed(1)} bytes (bar ${kBytesPerRoomMax}).`,
  ],
});
process.exitCode = ratio > kCostRatioMax || bytesPerRoom > kBytesPerRoomMax ? 1 : 0;

// npm run bench -- visits [--quick]: what a million short visits leave behind. Each is a guest with a page of their own, who
// connects, joins one durable room that keeps 1,000 events, publishes once and is gone. The memory and the database are looked at
// as it goes; what they grow by must not depend on how many were there.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";
import { publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kVisits = quick ? 20_000 : 1_000_000;
const kLooks = 10;
const kAtOnce = 20;
const kMemoryBytesMax = 50 * 1024 * 1024;
const kDiskBytesMax = 100_000_000;
const types = { welcome: 33, joined: 34, ack: 38 };

const directory = mkdtempSync(join(tmpdir(), "dialogue-visits-"));
const app = join(directory, "app.json");
const room = { events: ["message"], retention: { maxEvents: 1000 } };
writeFileSync(app, JSON.stringify({ events: { message: { schema: { type: "string" } } }, rooms: { chat: room } }));
const store = `sqlite:${join(directory, "dialogue.db")}`;
const server = await startServer(program, ["serve", app, "--listen", "127.0.0.1:0", "--store", store, "--auth-anonymous"]);

/** One visit; resolves when its publication is acknowledged. */
function visit(number) {
  const socket = new WebSocket(`ws://${server.host}/dialogue`, "dialogue.v1", { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("a visit ended before its publication was acknowledged")));
    socket.on("open", () =>
      socket.send(`[1,1,0,0,{"producer":{"id":"page-${number}","outbox":"memory"}}]\n[2,1,0,0,0,"chat",{}]`),
    );
    socket.on("message", (data) => {
      for (const text of data.toString().split("\n")) {
        const [type, , joined] = JSON.parse(text);
        if (type === types.joined) socket.send(`[4,${joined},1,1,0,"hello"]`);
        if (type === types.ack) resolve(socket.terminate());
      }
    });
  });
}

function look(visits) {
  const memory = 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]);
  const files = readdirSync(directory).filter((name) => name.startsWith("dialogue.db"));
  return { visits, memory, disk: files.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0) };
}

const looks = [look(0)];
let begun = 0;
let done = 0;
async function visitor() {
  while (begun < kVisits) {
    await visit(++begun);
    if (++done % (kVisits / kLooks) === 0) looks.push(look(done));
  }
}
await Promise.all(Array.from({ length: kAtOnce }, visitor));
await server.stop();
rmSync(directory, { recursive: true });

const [start] = looks;
const rows = looks.slice(1).map(({ visits, memory, disk }) => ({
  visits,
  "memory above the start, MiB": (memory - start.memory) / 1024 / 1024,
  "disk above the start, MB": (disk - start.disk) / 1e6,
}));
publish({
  name: "visits",
  title: "What short visits leave behind",
  rows,
  raw: looks,
  keep: !quick,
  notes: [
    "Guests who join one durable room, publish once and go; the room keeps 1,000 events. Memory is the server's resident set,",
    `disk its database with its log. The bars are ${kMemoryBytesMax / 1024 / 1024} MiB and ${kDiskBytesMax / 1e6} MB.`,
  ],
});
const last = looks.at(-1);
const isOver = last.memory - start.memory > kMemoryBytesMax || last.disk - start.disk > kDiskBytesMax;
process.exitCode = isOver ? 1 : 0;

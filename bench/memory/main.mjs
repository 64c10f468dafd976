// npm run bench -- memory [--quick]: what a room costs the server and what a handler costs the client, in bytes: how much more
// memory there is when there are 100,000 of them. The server's is its resident set, the client's the heap of Node after a
// collection.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";
import { publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kCount = quick ? 12_800 : 102_400; // whole connections full of rooms
const kBatch = 100;
const kRoomsPerConnection = 128;
const kKey = "0123456789abcdef0123456789abcdef";
const kBytesPerKib = 1024;
const types = { joined: 34 };

const directory = mkdtempSync(join(tmpdir(), "dialogue-memory-"));
const app = join(directory, "app.json");
const events = { message: { schema: true }, ping: { schema: true, delivery: "volatile" } };
writeFileSync(app, JSON.stringify({ events, rooms: { "room-{id}": { events: ["message", "ping"] } } }));

/** Measures on a server of its own what `act` leaves in it, per room. */
async function perRoom(act) {
  const own = ["--listen", "127.0.0.1:0", "--store", "memory:", "--shards", "1"];
  const server = await startServer(program, ["serve", app, ...own, "--api-key-env", "KEYS", "--connections-per-user", "0"], {
    env: { KEYS: kKey },
  });
  const resident = () => kBytesPerKib * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]);
  const before = await act(server, resident);
  const bytes = (resident() - before) / kCount;
  await server.stop();
  return bytes;
}

/** Publishes one event to each of `count` rooms, by HTTP. */
async function publishToEach(server, event, count) {
  for (let first = 0; first < count; first += kBatch) {
    const items = Array.from({ length: Math.min(kBatch, count - first) }, (_, i) => ({
      room: `room-${first + i}`,
      event,
      data: 1,
    }));
    const answer = await fetch(`http://${server.host}/api/v1/publish`, {
      method: "POST",
      headers: { Authorization: `Bearer ${kKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ items }),
    });
    const { results } = await answer.json();
    if (results.some(({ receipt }) => !receipt)) throw new Error(`refused: ${JSON.stringify(results[0])}`);
  }
}

/** A connection, which joins `count` rooms from `first` on: resolves when it is in all of them. */
function fill(server, first, count) {
  const socket = new WebSocket(`ws://${server.host}/dialogue`, "dialogue.v1", { perMessageDeflate: false });
  let left = count;
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("open", () => {
      socket.send(`[1,1,0,0,{"identity":{"userId":"user-${first}"}}]`);
      for (let i = 0; i < count; i += 1) socket.send(`[2,${i + 1},0,0,0,"room-${first + i}",{}]`);
    });
    socket.on("message", (data) => {
      for (const text of `${data}`.split("\n")) if (JSON.parse(text)[0] === types.joined && --left === 0) resolve(socket);
    });
  });
}

const empty = await perRoom(async (server, resident) => {
  await publishToEach(server, "ping", kBatch);
  const before = resident();
  await publishToEach(server, "ping", kCount);
  return before;
});
const withEvent = await perRoom(async (server, resident) => {
  await publishToEach(server, "message", kBatch);
  const before = resident();
  await publishToEach(server, "message", kCount);
  return before;
});
const withMember = await perRoom(async (server, resident) => {
  await fill(server, kCount, 1);
  const before = resident();
  for (let first = 0; first < kCount; first += kRoomsPerConnection) await fill(server, first, kRoomsPerConnection);
  return before;
});

const client = fileURLToPath(new URL("../../js/dist/index.js", import.meta.url));
const handlers = `
  import { createDialogueClient } from ${JSON.stringify(client)};
  const room = createDialogueClient({ url: "http://127.0.0.1:1", autoConnect: false }).room("room-1");
  const made = Array.from({ length: ${kCount} }, (_, i) => () => i);
  gc();
  const before = process.memoryUsage().heapUsed;
  for (const handler of made) room.on("message", handler);
  gc();
  console.log((process.memoryUsage().heapUsed - before) / ${kCount}, made.length, room.id); // which keeps both until here
`;
const ran = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", handlers], { encoding: "utf8" });
if (ran.status !== 0) throw new Error(ran.stderr);
const perHandler = Number(ran.stdout.split(" ")[0]);
rmSync(directory, { recursive: true });

publish({
  name: "memory",
  title: "What a room and a handler cost in memory",
  rows: [
    { what: "a room of a pattern after a volatile event, which nobody was in", bytes: Math.round(empty) },
    { what: "a room of a pattern with one event in its log, in memory", bytes: Math.round(withEvent) },
    { what: "a room with one member, the member's part included", bytes: Math.round(withMember) },
    { what: "a handler of `room.on` in the client, without its closure", bytes: Math.round(perHandler) },
  ],
  keep: !quick,
  notes: [
    `Each is the difference with ${kCount.toLocaleString("en-US")} of them, divided by that: of the server's resident set`,
    `(one shard, rooms in memory; members are connections that are in ${kRoomsPerConnection} rooms each), and of Node's heap`,
    "after a collection.",
  ],
});
process.exit(0);

// npm run bench -- scrape [--quick]: what one scrape of /metrics costs a server with 100,000 rooms, beside one with none.
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { program } from "../lib/paths.mjs";
import { cpuUs, startServer } from "../lib/process.mjs";
import { publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kRooms = quick ? 5_000 : 100_000;
const kRoomsPerConnection = 125;
const kScrapes = quick ? 20 : 100;
const kCpuMsMax = 50;
const kSeriesMax = 5_000;
const kUsPerMs = 1000;
const kHello = 1;
const kJoin = 2;
const kJoined = 34;

const definitions = fileURLToPath(new URL("app.json", import.meta.url));

/** A connection in `count` rooms, from `first` on. */
function joinRooms(host, user, first, count) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host}/dialogue`, "dialogue.v1");
    let left = count;
    socket.onerror = () => reject(new Error("a connection failed"));
    socket.onopen = () => {
      socket.send(JSON.stringify([kHello, 1, 0, 0, { identity: { userId: user } }]));
      for (let i = 0; i < count; ++i) socket.send(JSON.stringify([kJoin, i + 1, 0, 0, 0, `room-${first + i}`, {}]));
    };
    socket.onmessage = ({ data }) => {
      for (const frame of data.split("\n")) if (frame.startsWith(`[${kJoined},`) && --left === 0) resolve(socket);
    };
  });
}

/** CPU time of a scrape in ms, its time, its series, and the rooms that it shows. */
async function measure(server, url) {
  const before = cpuUs(server.pid);
  const begin = performance.now();
  let text = "";
  for (let i = 0; i < kScrapes; ++i) text = await (await fetch(url)).text();
  const series = text.split("\n").filter((line) => line && !line.startsWith("#"));
  const rooms = /^dialogue_rooms_size\{room="room-\{id\}"\} (\d+)/m.exec(text)[1];
  return {
    rooms: Number(rooms),
    "ms of CPU": (cpuUs(server.pid) - before) / kUsPerMs / kScrapes,
    "ms until answered": (performance.now() - begin) / kScrapes,
    series: series.length,
    bytes: text.length,
  };
}

const server = await startServer(program, ["serve", definitions, "--listen", "127.0.0.1:0", "--shards", "2"]);
const url = `http://${server.host}/metrics`;
const rows = [await measure(server, url)];
for (let first = 0; first < kRooms; first += kRoomsPerConnection)
  await joinRooms(server.host, `user${first}`, first, Math.min(kRoomsPerConnection, kRooms - first));
rows.push(await measure(server, url));
await server.stop();

publish({
  name: "scrape",
  title: "What a scrape of /metrics costs",
  rows,
  keep: !quick,
  notes: [`Two shards; ${kScrapes} scrapes one after another. Bars: ${kCpuMsMax} ms of CPU, ${kSeriesMax} series.`],
});
const [, full] = rows;
process.exitCode = full.rooms !== kRooms || full["ms of CPU"] > kCpuMsMax || full.series > kSeriesMax ? 1 : 0;
process.exit();

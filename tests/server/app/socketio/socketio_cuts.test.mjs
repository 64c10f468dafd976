// Connection state recovery of Socket.IO over a network that cuts connections after any byte, in polls, WebSockets and upgrades,
// while others publish events that are logged and events that are not, and over kill -9: each logged event comes once, in order.
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { breakingProxy } from "../support/breaking_proxy.mjs";
import { io, serveRooms } from "../support/engine_kit.mjs";
import { chance, lossyProxy } from "../support/lossy_proxy.mjs";
import { directoryOf } from "../support/program.mjs";

const kEvents = 150;
const kConnectionsMin = 6;
const ask = (socket, event, args) => socket.timeout(kPatienceMs).emitWithAck(`dialogue:${event}`, args);

async function client(url, userId, transports) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 20, auth: { userId }, transports });
  after(() => socket.disconnect());
  socket.seen = [];
  socket.unrecovered = -1; // the first connection is none
  socket.on("dialogue:event", ({ event, data }) => event === "message" && socket.seen.push(data.n));
  socket.on("dialogue:connected", ({ recovered }) => (socket.unrecovered += recovered ? 0 : 1));
  await once(socket, "dialogue:connected");
  return socket;
}
const upTo = (count) => Array.from({ length: count }, (_, i) => i + 1);

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
  test(`P-33 over a network that cuts anywhere, a Socket.IO client is recovered by ${transports.join(", then ")}`, async () => {
    const store = ["--store", `sqlite:${join(directoryOf({}), "cuts.db")}`];
    let server = await serveRooms(store);
    const { port } = server;
    const next = chance(23);
    let isLossy = false;
    // The answer to a poll is whole or of no use, and may be larger than that: some connections live.
    const proxy = await lossyProxy(port, () => (isLossy && next(4) ? { down: 300 + next(6000) } : {}));
    after(() => proxy.close());
    const ann = await client(proxy.url, "ann", transports);
    let bob = await client(server.url, "bob", ["websocket"]);
    for (const each of [ann, bob]) assert.ok((await ask(each, "join", { roomId: "chat" })).ok);
    isLossy = true;
    ann.io.engine.close();
    for (let n = 1; n <= kEvents; ++n) {
      bob.emit("dialogue:trigger", { roomId: "chat", event: "typing", data: { n: -n } });
      assert.ok((await ask(bob, "trigger", { roomId: "chat", event: "message", data: { n } })).ok);
      if (n % 25 === 0) ann.io.engine.close(); // where the network lets it live
      if (n !== kEvents / 2) continue;
      bob.disconnect();
      await server.stop("SIGKILL");
      server = await serveRooms([...store, "--listen", `127.0.0.1:${port}`]);
      bob = await client(server.url, "bob", ["websocket"]);
      assert.ok((await ask(bob, "join", { roomId: "chat" })).ok);
    }
    const late = AbortSignal.timeout(kPatienceMs);
    while (ann.seen.length < kEvents) {
      late.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(proxy.connections >= kConnectionsMin, `${proxy.connections} connections`);
    assert.deepEqual(ann.seen, upTo(kEvents));
    assert.equal(ann.unrecovered, 0, "each connection went on where the last one ended");
    ann.disconnect();
    bob.disconnect();
    await server.stop();
  });

test("P-30 over a network that cuts answers above a size, a Socket.IO client that polls gets on, each event once", async () => {
  const server = await serveRooms();
  after(() => server.stop());
  const proxy = await breakingProxy(server.port);
  after(() => proxy.close());
  const ann = await client(proxy.url, "ann", ["polling"]);
  const bob = await client(server.url, "bob", ["websocket"]);
  for (const each of [ann, bob]) assert.ok((await ask(each, "join", { roomId: "chat" })).ok);
  proxy.http = "503";
  ann.io.engine.close();
  for (let n = 1; n <= kEvents; ++n) await ask(bob, "trigger", { roomId: "chat", event: "message", data: { n } });
  proxy.http = "cut at 700"; // two events, and what belongs to them
  assert.equal(ann.seen.length, 0);
  const late = AbortSignal.timeout(kPatienceMs);
  while (ann.seen.length < kEvents) {
    if (late.aborted) assert.fail(`${ann.seen.length} came`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(ann.seen, upTo(kEvents));
  assert.equal(ann.unrecovered, 0);
});

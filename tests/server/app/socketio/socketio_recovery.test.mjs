// Connection state recovery of Socket.IO: an unmodified socket.io-client that loses its connection is given what it missed, from
// the log, once and in order; with zero events, after volatile ones, repeatedly, and by another process.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { io, serveRooms } from "../support/engine_kit.mjs";

const open = new Set();
after(() => {
  for (const socket of open) socket.disconnect();
});

async function client(server, options = {}) {
  const socket = io(server.url, {
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
    auth: { userId: "ann" },
    ...options,
  });
  open.add(socket);
  socket.seen = [];
  socket.on("dialogue:event", ({ data }) => socket.seen.push(data.n));
  await once(socket, "dialogue:connected");
  return socket;
}
const ask = (socket, event, args) => socket.timeout(kPatienceMs).emitWithAck(`dialogue:${event}`, args);
const say = (socket, roomId, n, event = "message") => ask(socket, "trigger", { roomId, event, data: { n } });
async function join_(socket, ...rooms) {
  for (const roomId of rooms) assert.ok((await ask(socket, "join", { roomId })).ok);
}
const seenAll = async (socket, count) => {
  while (socket.seen.length < count) await once(socket, "dialogue:event");
};
/** Cuts the connection; `meanwhile` happens before the client comes back. Whether it was recovered. */
async function cut(socket, meanwhile = () => undefined) {
  socket.io.reconnection(false);
  const gone = once(socket, "disconnect");
  socket.io.engine.close();
  await gone;
  await meanwhile();
  socket.io.reconnection(true);
  const back = once(socket, "dialogue:connected");
  socket.connect();
  const [{ recovered }] = await back;
  assert.equal(socket.recovered, recovered, "both say the same");
  return recovered;
}
const upTo = (count) => Array.from({ length: count }, (_, i) => i + 1);

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
  test(`over ${transports.join(", then ")}, what was missed comes once and in order, five times in a row`, async () => {
    const server = await serveRooms();
    const ann = await client(server, { transports });
    const bob = await client(server, { auth: { userId: "bob" } });
    await join_(ann, "chat");
    await join_(bob, "chat");
    let n = 0;
    for (let round = 0; round < 5; ++round) {
      await say(bob, "chat", ++n);
      await seenAll(ann, n);
      const missed = async () => {
        for (let i = 0; i < 7; ++i) await say(bob, "chat", ++n);
      };
      assert.equal(await cut(ann, missed), true);
      await seenAll(ann, n);
    }
    assert.deepEqual(ann.seen, upTo(n));
    assert.ok((await say(ann, "chat", ++n)).ok, "it is in its room");
    await seenAll(ann, n);
    ann.disconnect();
    bob.disconnect();
    await server.stop();
  });

test("P-19 a client is recovered that got no event, that was in no room, and that got a volatile one last", async () => {
  const server = await serveRooms();
  const ann = await client(server);
  const bob = await client(server, { auth: { userId: "bob" } });
  assert.equal(await cut(ann), true, "in no room, no event");
  await join_(ann, "chat");
  await join_(bob, "chat");
  assert.equal(await cut(ann), true, "in a room, no event");
  assert.equal(await cut(ann), true, "and again");
  await say(bob, "chat", 1);
  await say(bob, "chat", 2, "typing");
  await seenAll(ann, 2);
  assert.equal(await cut(ann, () => say(bob, "chat", 3)), true, "after a volatile event");
  await seenAll(ann, 3);
  assert.deepEqual(ann.seen, [1, 2, 3]);
  ann.disconnect();
  bob.disconnect();
  await server.stop();
});

test("several rooms are recovered, each from its own position, with the events that the client chose", async () => {
  const server = await serveRooms();
  const ann = await client(server);
  const bob = await client(server, { auth: { userId: "bob" } });
  await join_(ann, "chat", "news", "room-a");
  await join_(bob, "chat", "news", "room-a");
  await ask(ann, "unsubscribe", { roomId: "chat", eventName: "note" });
  await say(bob, "news", 1);
  await say(bob, "chat", 2);
  await seenAll(ann, 2);
  const missed = async () => {
    await say(bob, "room-a", 3);
    await say(bob, "chat", 99, "note");
    await say(bob, "news", 4);
    await say(bob, "chat", 5);
  };
  assert.equal(await cut(ann, missed), true);
  await seenAll(ann, 5);
  await say(bob, "chat", 99, "note");
  await say(bob, "chat", 6);
  await seenAll(ann, 6);
  assert.deepEqual([...ann.seen].sort(), upTo(6));
  ann.disconnect();
  bob.disconnect();
  await server.stop();
});

test("P-19 a client of a server that was killed is recovered by the next one, a guest with its name", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-socketio-"));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const store = ["--store", `sqlite:${directory}/log.db`];
  const first = await serveRooms(store);
  const ann = await client(first, { auth: {} });
  await join_(ann, "chat");
  await say(ann, "chat", 1);
  await seenAll(ann, 1);
  const names = [];
  ann.on("dialogue:connected", ({ userId }) => names.push(userId));
  for (let round = 0; round < 2; ++round) {
    const gone = once(ann, "disconnect");
    const back = once(ann, "dialogue:connected");
    if (round === 0) await first.stop("SIGKILL");
    else ann.io.engine.close();
    await gone;
    const server = round === 0 ? await serveRooms([...store, "--listen", `127.0.0.1:${first.port}`]) : undefined;
    if (server) after(() => server.stop());
    const [{ recovered, userId }] = await back;
    assert.ok(recovered && ann.recovered);
    assert.match(userId, /^guest-/);
  }
  assert.equal(names[0], names[1]);
  await say(ann, "chat", 2);
  await seenAll(ann, 2);
  assert.deepEqual(ann.seen, [1, 2]);
  ann.disconnect();
});

test("a client whose room has forgotten what it missed is not recovered, and in no room", async () => {
  const server = await serveRooms();
  const ann = await client(server);
  const bob = await client(server, { auth: { userId: "bob" } });
  await join_(ann, "short");
  await join_(bob, "short");
  const missed = async () => {
    for (let i = 0; i < 10; ++i) await say(bob, "short", i);
  };
  assert.equal(await cut(ann, missed), false);
  assert.equal((await say(ann, "short", 1)).code, "not_joined");
  await join_(ann, "short");
  assert.equal(await cut(ann), true, "what follows is recovered again");
  ann.disconnect();
  bob.disconnect();
  await server.stop();
});

test("P-36 another user's session is not resumed, nor is one at an invalid offset", async () => {
  const server = await serveRooms();
  const ann = await client(server);
  await join_(ann, "chat");
  assert.equal(await cut(ann, () => (ann.auth = { userId: "bob" })), false);
  await join_(ann, "chat");
  assert.equal(await cut(ann, () => (ann._lastOffset = "nonsense")), false);
  assert.equal(await cut(ann, () => (ann._lastOffset = "staff=1.1")), false);
  assert.equal(await cut(ann, () => (ann._lastOffset = "chat=1.1")), false, "of another epoch");
  assert.equal(await cut(ann, () => (ann._pid = "x".repeat(60))), false);
  assert.equal(await cut(ann), true);
  ann.disconnect();
  await server.stop();
});

test("a client in a room that has one place gets its place back each time", async () => {
  const server = await serveRooms();
  const ann = await client(server);
  await join_(ann, "small");
  for (let round = 0; round < 3; ++round) assert.equal(await cut(ann), true);
  const bob = await client(server, { auth: { userId: "bob" } });
  assert.equal((await ask(bob, "join", { roomId: "small" })).code, "room_full");
  ann.disconnect();
  bob.disconnect();
  await server.stop();
});

test("a session that is resumed elsewhere ends at its first place", async () => {
  const server = await serveRooms();
  const ann = await client(server);
  await join_(ann, "chat");
  const gone = once(ann, "disconnect");
  ann.io.reconnection(false);
  const auth = { userId: "ann", pid: ann._pid, offset: ann._lastOffset };
  const thief = io(server.url, { forceNew: true, auth });
  open.add(thief);
  assert.equal((await once(thief, "dialogue:connected"))[0].recovered, true);
  await gone;
  thief.disconnect();
  await server.stop();
});

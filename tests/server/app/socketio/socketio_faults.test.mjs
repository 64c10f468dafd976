// What an unmodified socket.io-client can say that rooms cannot take: it is answered, and goes on; and what ends its session
// says why, to the client and in the log.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { io, Polling, Socket, serveRooms } from "../support/engine_kit.mjs";

const kPath = "/socket.io/";
const kHalf = "x\ud83d"; // of an emoji: JSON.stringify writes it as an escape

let server;
before(async () => {
  server = await serveRooms(["--shards", "1", "--log", "json", "--socketio-max-payload", "2000"]);
});
after(() => server.stop());

const open = new Set();
after(() => {
  for (const socket of open) socket.disconnect();
});
let users = 0;
function begin(options) {
  const socket = io(server.url, { forceNew: true, reconnectionDelay: 50, ...options });
  open.add(socket);
  return socket;
}
async function client(options = {}) {
  const socket = begin({ auth: { userId: `user-${++users}` }, ...options });
  socket.userId = (await once(socket, "dialogue:connected"))[0].userId;
  assert.ok((await ask(socket, "dialogue:join", { roomId: "chat" })).ok);
  return socket;
}
const ask = (socket, event, ...args) => socket.timeout(20_000).emitWithAck(event, ...args);
const trigger = (data, more) => ({ roomId: "chat", event: "note", data, ...more });

for (const transports of [["websocket"], ["polling"]])
  test(`F-R04 over ${transports}, half an emoji is refused with json_utf8, and the client continues`, async () => {
    const ann = await client({ transports });
    const ended = [];
    ann.on("disconnect", (reason) => ended.push(reason));
    for (const [event, argument] of [
      ["dialogue:trigger", trigger({ text: kHalf })],
      ["dialogue:trigger", trigger({ [kHalf]: 1, picture: Buffer.from([1]) })],
      ["dialogue:join", { roomId: kHalf }],
      ["dialogue:history", { roomId: "chat", more: kHalf }],
      [`dialogue:${kHalf}`, {}],
    ]) {
      const answer = await ask(ann, event, argument);
      assert.deepEqual({ ok: answer.ok, code: answer.code }, { ok: false, code: "json_utf8" }, event);
      assert.doesNotMatch(answer.message, /Socket\.IO packet/);
      const error = once(ann, "dialogue:error");
      ann.emit(event, argument);
      assert.equal((await error)[0].code, "json_utf8");
    }
    const deep = JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`);
    assert.equal((await ask(ann, "dialogue:trigger", trigger(deep))).code, "json_depth");
    assert.ok((await ask(ann, "dialogue:trigger", trigger("whole"))).ok);
    assert.deepEqual(ended, []);
    ann.disconnect();
  });

const deepAuth = JSON.parse(`{"meta":${"[".repeat(40)}${"]".repeat(40)}}`);
for (const [what, at, auth, code, message] of [
  ["F-R04 half an emoji in its name", "/", { userId: "ann", name: kHalf }, "json_utf8", /^auth is not valid UTF-8/],
  ["F-X4 auth that is nested too deep", "/", deepAuth, "json_depth", /^auth is nested more than 32 levels/],
  ["F-X4 auth that is no object", "/", ["ann"], "request_invalid", /auth is an object/],
  ["F-X4 a namespace whose name is too long", `/${"x".repeat(200)}`, {}, undefined, /^Invalid namespace$/],
])
  for (const transports of [["websocket"], ["polling"]])
    test(`${what} is connect_error over ${transports}, once and with a line of the log`, async () => {
      const socket = io(`${server.url}${at}`, { forceNew: true, reconnectionDelay: 50, transports, auth: (give) => give(auth) });
      open.add(socket);
      const logged = server.printed(/"event":"socketio_refused"/, { anew: true });
      const [error] = await once(socket, "connect_error");
      assert.match(error.message, message);
      assert.equal(error.data?.code, code);
      assert.match(await logged, code ? new RegExp(`"code":"${code}"`) : /"reason":"Invalid namespace"/);
      assert.equal(socket.active, false, "it does not try again by itself");
      socket.disconnect();
    });

test("F-R06 a message above --socketio-max-payload ends the session by its reason, to the client and in the log", async () => {
  const ann = await client({ transports: ["websocket"], reconnection: false });
  const error = once(ann, "dialogue:error");
  const gone = once(ann, "disconnect");
  ann.emit("dialogue:trigger", trigger("x".repeat(3000)));
  const [{ code, message }] = await error;
  assert.equal(code, "frame_too_large");
  assert.match(message, /2000 bytes/);
  await gone;
  await server.printed(new RegExp(`"event":"disconnected".*"user":"${ann.userId}".*"reason":"frame_too_large"`));
});

/** By hand, since a socket.io-client closes at the first status that is no 200. */
async function polling(userId) {
  const session = await Polling.open(server, kPath);
  await session.post(`40${JSON.stringify({ userId })}`);
  await session.packets(2);
  return session;
}

test("F-R06 a POST above it is 413 with the figure, and the next poll has the reason and the end", async () => {
  const session = await polling("by-post");
  const refused = await session.post(`42${JSON.stringify(["dialogue:trigger", trigger("x".repeat(3000))])}`);
  assert.equal(refused.status, 413);
  assert.match((await refused.json()).message, /2000 bytes/);
  const { all, status } = await session.untilGone();
  assert.equal(status, 400);
  assert.match(all[0], /^42\["dialogue:error",\{"code":"frame_too_large"/);
  assert.equal(all.at(-1), "1");
  await server.printed(/"event":"disconnected".*"user":"by-post".*"reason":"frame_too_large"/);
});

for (const [what, userId, packet] of [
  ["a packet that is none", "rude-1", "4abc"],
  ["a message that is no packet of Engine.IO", "rude-2", "abc"],
])
  test(`F-R06 ${what} ends the session by its reason, to the client and in the log`, async () => {
    const socket = await Socket.open(server, "EIO=4&transport=websocket", kPath);
    await socket.take();
    socket.send(`40${JSON.stringify({ userId })}`);
    while (!(await socket.take()).includes("dialogue:connected"));
    socket.send(packet);
    const error = await socket.take();
    assert.match(error, /^42\["dialogue:error",\{"code":"request_invalid",/);
    assert.match(error, /"message":"[^"]*(no|not an?) (Socket|Engine)\.IO packet/);
    await socket.end();
    await server.printed(new RegExp(`"event":"disconnected".*"user":"${userId}".*"reason":"request_invalid"`));
  });

test("F-X1 a page in a full room that is reloaded is admitted again immediately", async () => {
  const reload = async (socket) => {
    // As a browser ends it: without a word of Socket.IO, by a Close with 1001.
    socket.io.reconnection(false);
    const gone = server.printed(new RegExp(`"event":"disconnected".*"user":"${socket.userId}"`), { anew: true });
    socket.io.engine.transport.ws.close(1001);
    await gone;
  };
  let ann = await client({ auth: { userId: "reloader" } });
  if (ann.io.engine.transport.name !== "websocket") await once(ann.io.engine, "upgrade");
  assert.ok((await ask(ann, "dialogue:join", { roomId: "small" })).ok);
  for (let i = 0; i < 3; ++i) {
    await reload(ann);
    ann = await client({ auth: { userId: "reloader" }, transports: ["websocket"] });
    assert.ok((await ask(ann, "dialogue:join", { roomId: "small" })).ok);
  }
  ann.disconnect();
});

// Which ends of a connection are orderly and which are losses, on every transport: who ends in order gives its place in a full
// room to the next at once; who is lost keeps it for as long as it may resume. A push stream cannot resume, so it keeps none.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Polling, Socket } from "../support/engine_kit.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, Server } from "../support/program.mjs";
import { opened } from "../support/push_kit.mjs";
import { RequestClient } from "../support/request_client.mjs";

const { WebSocket } = createRequire(fileURLToPath(new URL("../../../../js/package.json", import.meta.url)))("ws");

const definitions = { events: { message: { schema: true } }, rooms: { "one-{id}": { events: ["message"], maxSize: 1 } } };
const app = `${directoryOf({ "app.json": definitions })}/app.json`;
const kRoomFull = 64;

EventEmitter.defaultMaxListeners = 50; // each row waits for its line of the log

let server;
before(async () => {
  const ports = ["--listen", "127.0.0.1:0", "--tcp-listen", "127.0.0.1:0"];
  server = await Server.start([app, ...ports, "--shards", "1", "--log", "json"]);
});
after(() => server.stop());

const hello = (userId) => [frames.hello, 1, 0, 0, { identity: { userId } }];
const join = (room) => [frames.join, 1, 0, 0, 0, room, {}];

// --- Members of a room, by each transport: a function of user and room resolves to what can end it. ---

async function websocket(userId, room) {
  const ws = new WebSocket(`${server.url.replace("http", "ws")}/dialogue`, "dialogue.v1");
  await once(ws, "open");
  const joined = new Promise((resolve) => ws.on("message", (text) => `${text}`.includes(`[${frames.joined},`) && resolve()));
  ws.send(JSON.stringify(hello(userId)));
  ws.send(JSON.stringify(join(room)));
  await joined;
  return ws;
}

async function tcp(userId, room) {
  const [, host, port] = /"tcp":"(?:tcp:\/\/)?([^"]+):(\d+)"/.exec(server.lines.join("\n"));
  const socket = connect(Number(port), host).setEncoding("utf8");
  socket.write(`${JSON.stringify(hello(userId))}\n${JSON.stringify(join(room))}\n`);
  let text = "";
  while (!text.includes(`\n[${frames.joined},`)) text += (await once(socket, "data"))[0];
  return socket;
}

async function tunnel(userId, room) {
  const client = await RequestClient.begin(server.url, "poll", [hello(userId), join(room)]);
  await client.take(frames.joined);
  const body = (close) => JSON.stringify({ session: client.session, close });
  const end = (close) => fetch(`${server.url}/dialogue/send`, { method: "POST", body: body(close) });
  return { client, end };
}

const kPath = "/socket.io/";
const connectPacket = (userId) => `40${JSON.stringify({ userId })}`;
const joinPacket = (roomId) => `421${JSON.stringify(["dialogue:join", { roomId }])}`;

async function socketio(userId, room) {
  const socket = await Socket.open(server, "EIO=4&transport=websocket", kPath);
  await socket.take();
  socket.send(connectPacket(userId));
  while (!(await socket.take()).includes("dialogue:connected"));
  socket.send(joinPacket(room));
  while (!(await socket.take()).startsWith('431[{"ok":true'));
  return socket.ws;
}

async function socketioPolling(userId, room) {
  const session = await Polling.open(server, kPath);
  await session.post(connectPacket(userId));
  await session.packets(2);
  await session.post(joinPacket(room));
  const packets = await session.packets(2);
  assert.ok(
    packets.some((packet) => packet.startsWith('431[{"ok":true')),
    packets.join(),
  );
  return session;
}

async function upgraded(userId, room) {
  const session = await socketioPolling(userId, room);
  const socket = await Socket.open(server, `EIO=4&transport=websocket&sid=${session.opened.sid}`, kPath);
  socket.send("2probe");
  assert.equal(await socket.next(), "3probe");
  socket.send("5");
  socket.send('422["dialogue:listRooms"]');
  while (!(await socket.take()).startsWith("432"));
  return socket.ws;
}

/** Of a poll that is parked: something has come that it does not answer. */
async function abortPoll(session) {
  const abort = new AbortController();
  const poll = session.poll({ signal: abort.signal });
  await session.post("3");
  abort.abort();
  await assert.rejects(poll);
}

const pushStream = (userId, room) => opened(server, `rooms=${room}&userId=${userId}`);

const closings = (by) => [
  [by, "a Close with 1000", "free", (ws) => ws.close(1000)],
  [by, "a Close with 1001, as of a page that is reloaded", "free", (ws) => ws.close(1001)],
  [by, "a Close without a code", "free", (ws) => ws.close()],
  [by, "a Close with another code", "kept", (ws) => ws.close(4000)],
  [by, "the end of its socket", "kept", (ws) => ws.terminate()],
];

const rows = [
  ...closings(websocket),
  ...closings(socketio),
  ...closings(upgraded),
  [socketio, "a close packet", "free", (ws) => ws.send("1")],
  [socketio, "DISCONNECT", "free", (ws) => ws.send("41")],
  [socketioPolling, "a close packet", "free", (session) => session.post("1")],
  [socketioPolling, "DISCONNECT", "free", (session) => session.post("41")],
  [socketioPolling, "a poll that its client gives up", "kept", abortPoll],
  [tunnel, "a request with close 1000", "free", ({ end }) => end(1000)],
  [tunnel, "a request with close 1001", "free", ({ end }) => end(1001)],
  [tunnel, "no request any more", "kept", ({ client }) => client.abandon()],
  [tcp, "the line [45]", "free", (socket) => socket.write("[45]\n")],
  [tcp, "the end of its stream", "kept", (socket) => socket.end()],
  [tcp, "a reset of its socket", "kept", (socket) => socket.resetAndDestroy()],
  [pushStream, "the end of its response", "free", (stream) => stream.close()],
];

/** What another user is answered who asks for the room. */
async function answerTo(userId, room) {
  const client = await FrameClient.connect(server.url);
  client.say(hello(userId));
  client.say(join(room));
  const [type, , code] = await client.hear(frames.joined, frames.reply);
  await client.close();
  if (type === frames.reply) assert.equal(code, kRoomFull);
  return type === frames.joined ? "free" : "kept";
}

test("F-X1 an orderly end frees the place in a full room, and a loss keeps it, on every transport", async () => {
  const found = await Promise.all(
    rows.map(async ([come, what, , end], at) => {
      const member = await come(`member-${at}`, `one-${at}`);
      assert.equal(await answerTo(`early-${at}`, `one-${at}`), "kept", "there is one place");
      const gone = server.printed(new RegExp(`"event":"disconnected".*"user":"member-${at}"`));
      await end(member);
      await gone;
      return [come.name, what, await answerTo(`next-${at}`, `one-${at}`)];
    }),
  );
  assert.deepEqual(
    found,
    rows.map(([come, what, expected]) => [come.name, what, expected]),
  );
});

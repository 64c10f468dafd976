// Rooms over Socket.IO: an unmodified socket.io-client at `dialogue serve`, in the same rooms as clients of dialogue.v1 and under
// the same rules.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { io, Polling, Socket, serveRooms } from "../support/engine_kit.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { run } from "../support/program.mjs";

let server;
before(async () => {
  server = await serveRooms();
});
after(() => server.stop());

let users = 0;
const open = new Set();
after(() => {
  for (const socket of open) socket.disconnect();
});

/** A client that is connected; what it was told by `dialogue:connected` is `connected`. */
async function client(options = {}, at = server) {
  const socket = io(at.url, { forceNew: true, reconnectionDelay: 50, auth: { userId: `user-${++users}` }, ...options });
  open.add(socket);
  const [connected] = await once(socket, "dialogue:connected");
  return Object.assign(socket, { connected_: connected });
}
const ask = (socket, event, ...args) => socket.timeout(kPatienceMs).emitWithAck(event, ...args);
async function joined(roomId, options, at) {
  const socket = await client(options, at);
  assert.deepEqual((await ask(socket, "dialogue:join", { roomId })).ok, true);
  return socket;
}

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
  test(`over ${transports.join(", then ")}, clients of both protocols talk in a room`, async () => {
    const roomId = `room-${transports.join("-")}`;
    const bob = await FrameClient.connect(server.url);
    await bob.greet("bob", "of-bob");
    const [, , room] = await bob.ask([frames.join, 1, 0, 0, 0, roomId, {}], frames.joined);
    const ann = await client({ transports, auth: { userId: "ann", name: "Ann" } });
    assert.equal(ann.connected_.userId, "ann");
    assert.equal(ann.connected_.clientId, ann.id);
    const welcome = once(ann, "dialogue:joined");
    ann.emit("dialogue:join", { roomId });
    assert.deepEqual((await welcome)[0], { roomId, roomName: roomId });
    const back = once(ann, "dialogue:event");
    ann.emit("dialogue:trigger", { roomId, event: "message", data: { text: "from ann" } });
    const [envelope] = await back;
    const { timestamp, seq, epoch, ...rest } = envelope;
    assert.deepEqual(rest, { event: "message", roomId, data: { text: "from ann" }, from: "ann" });
    assert.ok(timestamp > 1.7e12 && seq === 1 && epoch > 0);
    assert.deepEqual((await bob.hear(frames.event)).slice(5), ["ann", 0, { text: "from ann" }]);
    const next = once(ann, "dialogue:event");
    bob.say([frames.publish, room, 1, 1, 0, { text: "from bob" }]);
    assert.deepEqual((await next)[0].data, { text: "from bob" });
    assert.equal((await next)[0].from, "bob");
    const left = once(ann, "dialogue:left");
    ann.emit("dialogue:leave", { roomId });
    assert.deepEqual((await left)[0], { roomId });
    bob.close();
  });

test("requests with a callback are acknowledged", async () => {
  const ann = await client();
  assert.deepEqual(await ask(ann, "dialogue:join", { roomId: "chat" }), { ok: true, roomId: "chat", roomName: "The chat" });
  assert.deepEqual(await ask(ann, "dialogue:join", { roomId: "chat" }), { ok: true, roomId: "chat", roomName: "The chat" });
  const { ok, seq, epoch, timestamp } = await ask(ann, "dialogue:trigger", { roomId: "chat", event: "note", data: 5 });
  assert.ok(ok && seq > 0 && epoch > 0 && timestamp > 0);
  assert.deepEqual(await ask(ann, "dialogue:leave", { roomId: "chat" }), { ok: true, roomId: "chat" });
});

test("a client chooses its events", async () => {
  const ann = await joined("room-events");
  const bob = await joined("room-events");
  const seen = [];
  ann.on("dialogue:event", ({ data }) => seen.push(data.n));
  const say = (n) => ask(bob, "dialogue:trigger", { roomId: "room-events", event: "message", data: { n } });
  const choose = (event, more) => ask(ann, `dialogue:${event}`, { roomId: "room-events", ...more });
  await say(1);
  assert.deepEqual(await choose("unsubscribe", { eventName: "message" }), { ok: true });
  await say(2);
  assert.deepEqual(await choose("subscribe", { eventName: "message" }), { ok: true });
  await say(3);
  await choose("unsubscribe", { eventName: "message" });
  await say(4);
  assert.deepEqual(await choose("subscribeAll"), { ok: true });
  await say(5);
  await choose("leave");
  assert.deepEqual(seen, [1, 3, 5]);
});

test("two concurrent requests to join a room are both answered: one membership, and each event once", async () => {
  for (const transports of [["polling"], ["websocket"]]) {
    const roomId = `room-twice-${transports}`;
    const bob = await joined(roomId);
    const ann = await client({ transports });
    const seen = [];
    ann.on("dialogue:event", ({ data }) => seen.push(data.n));
    const answers = await Promise.all([1, 2].map(() => ask(ann, "dialogue:join", { roomId })));
    assert.deepEqual(
      answers.map(({ ok }) => ok),
      [true, true],
    );
    for (let n = 1; n <= 5; ++n) await ask(bob, "dialogue:trigger", { roomId, event: "message", data: { n } });
    const rooms = once(ann, "dialogue:rooms");
    ann.emit("dialogue:listRooms");
    assert.equal((await rooms)[0].find(({ id }) => id === roomId)?.size, 2);
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    assert.ok((await ask(ann, "dialogue:leave", { roomId })).ok);
    await ask(bob, "dialogue:trigger", { roomId, event: "message", data: { n: 6 } });
    await ask(ann, "dialogue:listRooms");
    assert.equal(seen.length, 5, "one request to leave ends it");
  }
});

test("rooms are listed, and history comes with the newest first, in pages", async () => {
  const ann = await joined("room-history");
  for (let n = 1; n <= 120; ++n) ann.emit("dialogue:trigger", { roomId: "room-history", event: "message", data: { n } });
  await ask(ann, "dialogue:trigger", { roomId: "room-history", event: "message", data: { n: 121 } });
  const [rooms] = await new Promise((resolve) => {
    ann.once("dialogue:rooms", (...given) => resolve(given));
    ann.emit("dialogue:listRooms");
  });
  assert.ok(rooms.some(({ id, size }) => id === "room-history" && size === 1));
  assert.ok(rooms.some(({ id, name }) => id === "chat" && name === "The chat"));
  assert.ok((await ask(ann, "dialogue:listRooms")).rooms.length > 0);
  const page = once(ann, "dialogue:history");
  ann.emit("dialogue:history", { roomId: "room-history", limit: 100 });
  const [{ roomId, events }] = await page;
  assert.equal(roomId, "room-history");
  assert.deepEqual(
    events.map(({ data }) => data.n),
    Array.from({ length: 100 }, (_, i) => 121 - i),
  );
  const older = await ask(ann, "dialogue:history", { roomId: "room-history", before: events.at(-1).seq });
  assert.deepEqual(
    older.events.map(({ data }) => data.n),
    Array.from({ length: 21 }, (_, i) => 21 - i),
  );
});

test("a thousand concurrent publications are all accepted, in their order", async () => {
  const ann = await joined("room-burst");
  const seen = [];
  const all = new Promise((resolve) =>
    ann.on("dialogue:event", ({ data }) => {
      seen.push(data.n);
      if (seen.length === 1000) resolve();
    }),
  );
  for (let n = 0; n < 1000; ++n) ann.emit("dialogue:trigger", { roomId: "room-burst", event: "message", data: { n } });
  await all;
  assert.deepEqual(
    seen,
    Array.from({ length: 1000 }, (_, n) => n),
  );
});

test("publications that arrive while earlier publications wait for the room stay in order", async () => {
  const [count, ahead] = [20_000, 200]; // more than may be in flight, so some always wait
  const ann = await joined("room-trickle", { transports: ["websocket"] });
  const seen = [];
  let next = 0;
  await new Promise((resolve) => {
    const more = () => {
      while (next < count && next < seen.length + ahead)
        ann.emit("dialogue:trigger", { roomId: "room-trickle", event: "message", data: { n: next++ } });
      if (seen.length < count) setImmediate(more);
    };
    ann.on("dialogue:event", ({ data }) => {
      seen.push(data.n);
      if (seen.length === count) resolve();
    });
    more();
  });
  assert.equal(
    seen.findIndex((n, at) => n !== at),
    -1,
  );
});

for (const transports of [["websocket"], ["polling"]])
  test(`over ${transports}, a thousand concurrent requests are all answered, though no more packets follow`, async () => {
    const ann = await joined(`room-left-${transports}`, { transports });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, () => ask(ann, "dialogue:leave", { roomId: `room-left-${transports}` })),
    );
    assert.equal(answers.filter(({ ok }) => ok).length, 1);
    assert.equal(answers.filter(({ code }) => code === "not_joined").length, 999);
    ann.disconnect();
  });

test("requests beyond the limit of unanswered ones are refused, and the connection continues", async () => {
  const ann = await joined("room-flood");
  const answers = await Promise.all(
    Array.from({ length: 3000 }, (_, n) => ask(ann, "dialogue:trigger", { roomId: "room-flood", event: "message", data: { n } })),
  );
  const refused = answers.filter(({ ok }) => !ok);
  assert.ok(refused.length < 3000);
  for (const { code } of refused) assert.equal(code, "rate_limited");
  assert.ok((await ask(ann, "dialogue:trigger", { roomId: "room-flood", event: "message", data: {} })).ok);
});

for (const [what, event, argument, code] of [
  ["a room that there is not", "join", { roomId: "nowhere" }, "room_unknown"],
  ["a room's id that is none", "join", { roomId: "a b" }, "name_invalid"],
  ["a room for others", "join", { roomId: "staff" }, "forbidden"],
  ["a room for other transports", "join", { roomId: "sockets" }, "forbidden"],
  ["no argument", "join", undefined, "request_invalid"],
  ["no room", "trigger", { event: "message", data: {} }, "request_invalid"],
  ["a room that it is not in", "trigger", { roomId: "news", event: "message", data: {} }, "not_joined"],
  ["history of a room that it is not in", "history", { roomId: "news" }, "not_joined"],
  ["an event that there is not", "trigger", { roomId: "chat", event: "shout", data: {} }, "event_unknown"],
  ["an event of other rooms", "trigger", { roomId: "room-x", event: "note", data: {} }, "event_not_allowed"],
  ["data that is not valid", "trigger", { roomId: "chat", event: "message", data: "text" }, "wrong_type"],
  ["bytes where there are none", "trigger", { roomId: "chat", event: "message", data: Buffer.from([1]) }, "wrong_type"],
  ["a message that is too large", "trigger", { roomId: "chat", event: "note", data: Buffer.alloc(60_000) }, "payload_too_large"],
  ["an event of another application", "createOrder", { a: 1 }, "not_supported"],
])
  test(`a client that requests ${what} is answered ${code}, and continues`, async () => {
    const ann = await joined("chat");
    await ask(ann, "dialogue:join", { roomId: "room-x" });
    const name = what.includes("another application") ? event : `dialogue:${event}`;
    const args = argument === undefined ? [] : [argument];
    const answer = await ask(ann, name, ...args);
    assert.equal(answer.ok, false);
    assert.equal(answer.code, code, answer.message);
    assert.ok(answer.message.length > 5);
    const error = once(ann, "dialogue:error");
    ann.emit(name, ...args);
    assert.equal((await error)[0].code, code);
    assert.ok(ann.connected);
  });

test("attachments of a publication are bytes in the room, as base64", async () => {
  const ann = await joined("room-bytes");
  const heard = once(ann, "dialogue:event");
  const data = { picture: Buffer.from([0, 255, 7]), parts: [new Uint8Array([1]).buffer, Buffer.alloc(0)] };
  assert.ok((await ask(ann, "dialogue:trigger", { roomId: "room-bytes", event: "message", data })).ok);
  assert.deepEqual((await heard)[0].data, { picture: "AP8H", parts: ["AQ==", ""] });
});

test("a full room is refused, and has a place when its member has left", async () => {
  const ann = await joined("small");
  const bob = await client();
  assert.equal((await ask(bob, "dialogue:join", { roomId: "small" })).code, "room_full");
  ann.disconnect();
  while (!(await ask(bob, "dialogue:join", { roomId: "small" })).ok);
});

test("guests have names of their own, and an invalid identity is refused", async () => {
  const guest = await client({ auth: {} });
  assert.match(guest.connected_.userId, /^guest-/);
  const refused = io(server.url, { forceNew: true, reconnection: false, auth: { userId: "" } });
  const [error] = await once(refused, "connect_error");
  assert.ok(error.message && error.data.code, JSON.stringify(error));
  refused.disconnect();
});

for (const transports of [["websocket"], ["polling"]])
  test(`over ${transports}, a user with too many connections is notified, and connects when there is a place`, async () => {
    const narrow = await serveRooms(["--connections-per-user", "1"]);
    const options = { transports, auth: { userId: "ann" } };
    const first = await client(options, narrow);
    const second = io(narrow.url, { forceNew: true, reconnectionDelay: 50, ...options });
    open.add(second);
    const gone = once(second, "disconnect");
    const [{ code, message }] = await once(second, "dialogue:error");
    assert.equal(code, "too_many_connections");
    assert.match(message, /at most 1 connection/);
    await gone;
    first.disconnect();
    const [{ userId }] = await once(second, "dialogue:connected");
    assert.equal(userId, "ann");
    second.disconnect();
    await narrow.stop();
  });

test("if tokens are required, auth.token is the identity, and other identities are refused", async () => {
  const secret = "a secret of at least 32 bytes, for tests";
  const guarded = await serveRooms(["--auth-hs256-env", "SECRET"], { SECRET: secret });
  const token = run(["token", "--sub", "ann", "--key-env", "SECRET"], { env: { SECRET: secret } }).stdout.trim();
  const ann = await client({ auth: { token, userId: "somebody else" } }, guarded);
  assert.equal(ann.connected_.userId, "ann");
  for (const auth of [{}, { token: "abc" }, { userId: "ann" }]) {
    const refused = io(guarded.url, { forceNew: true, reconnection: false, auth });
    const [error] = await once(refused, "connect_error");
    assert.match(error.data.code, /^(unauthorized|token_invalid)$/);
    refused.disconnect();
  }
  // Only the page can renew a token: a client that retried by itself would do so without an end.
  const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${text({ alg: "HS256", typ: "JWT" })}.${text({ sub: "ann", exp: 1_000_000_000 })}`;
  const expired = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  const late = io(guarded.url, { forceNew: true, auth: { token: expired } });
  const [{ data }] = await once(late, "connect_error");
  assert.equal(data.code, "token_expired");
  assert.equal(late.active, false, "it does not try again by itself");
  late.auth = { token };
  late.connect();
  const [{ userId }] = await once(late, "dialogue:connected");
  assert.equal(userId, "ann");
  late.disconnect();
  ann.disconnect();
  await guarded.stop();
});

test("a client that sends before it is connected is closed", async () => {
  const socket = await Socket.open(server, "EIO=4&transport=websocket", "/socket.io/");
  await socket.take();
  socket.send('42["dialogue:listRooms"]');
  await socket.end();
});

test("a server that stops ends sessions over each transport, and clients reconnect to the next one", async () => {
  // One that waited for its time limit would not end within this test's.
  const first = await serveRooms(["--drain-timeout-ms", "600000"]);
  const sockets = await Promise.all([["polling"], ["websocket"]].map((transports) => client({ transports }, first)));
  const gone = Promise.all(sockets.map((socket) => once(socket, "disconnect")));
  assert.deepEqual(await first.stop(), [0, null]);
  for (const [reason] of await gone) assert.match(reason, /transport (close|error)|parse error/);
  const second = await serveRooms(["--listen", `127.0.0.1:${first.port}`]);
  for (const socket of sockets) if (!socket.connected) await once(socket, "connect");
  for (const socket of sockets) socket.disconnect();
  await second.stop();
});

test("settings are those of the handshake", async () => {
  const heartbeat = ["--socketio-ping-interval-ms", "40000", "--socketio-ping-timeout-ms", "30000"];
  const tuned = await serveRooms([...heartbeat, "--socketio-max-payload", "2000", "--socketio-connect-timeout-ms", "3000"]);
  const session = await Polling.open(tuned, "/socket.io/");
  const { pingInterval, pingTimeout, maxPayload } = session.opened;
  assert.deepEqual({ pingInterval, pingTimeout, maxPayload }, { pingInterval: 40_000, pingTimeout: 30_000, maxPayload: 2000 });
  assert.equal((await session.post(`4${"x".repeat(2000)}`)).status, 413);
  const idle = await Polling.open(tuned, "/socket.io/");
  assert.deepEqual((await idle.untilGone()).all, ["1"], "nothing was connected to");
  await tuned.stop();
});

test("P-38 no token of a handshake is in the log", async () => {
  const logged = await serveRooms(["--log-level", "debug"]);
  const socket = io(`${logged.url}?token=secret-in-query`, {
    forceNew: true,
    reconnection: false,
    auth: { token: "secret-in-auth" },
  });
  await Promise.race([once(socket, "connect_error"), once(socket, "dialogue:connected")]);
  socket.disconnect();
  await logged.stop();
  assert.doesNotMatch(logged.lines.join("\n"), /secret-in/);
});

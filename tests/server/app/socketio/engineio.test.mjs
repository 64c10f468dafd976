// Engine.IO protocol 4 at `dialogue serve --socketio-echo`, from outside and without its library: what the protocol's document
// asks of a server, and what its peers get wrong.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { Polling, request, Socket, serveEcho } from "../support/engine_kit.mjs";

/** One with the time limits of the protocol's document; one with a long limit for pongs, which a busy machine also meets. */
let quick, server;
before(async () => {
  quick = await serveEcho();
  server = await serveEcho(["--shards", "2", "--socketio-ping-timeout-ms", "30000"]);
});
after(() => Promise.all([quick.stop(), server.stop()]));

const refused = async (answer) => ({ status: answer.status, code: (await answer.json()).code });

// --- Handshake ---

test("a handshake by polling gives the session's id and the server's limits", async () => {
  const { opened } = await Polling.open(quick);
  assert.deepEqual(
    { ...opened, sid: typeof opened.sid },
    { sid: "string", upgrades: ["websocket"], pingInterval: 300, pingTimeout: 200, maxPayload: 1_000_000 },
  );
});

test("a handshake by WebSocket does so in its first message, with nothing to upgrade to", async () => {
  const socket = await Socket.open(server, "EIO=4&transport=websocket");
  const { sid, upgrades, pingInterval } = JSON.parse((await socket.next()).slice(1));
  assert.ok(sid);
  assert.deepEqual(upgrades, []);
  assert.equal(pingInterval, 300);
  socket.ws.close();
});

for (const [what, query, options, code] of [
  ["without a version", "transport=polling", {}, 5],
  ["of version 3", "EIO=3&transport=polling", {}, 5],
  ["of no version", "EIO=abc&transport=polling", {}, 5],
  ["without a transport", "EIO=4", {}, 0],
  ["of an unknown transport", "EIO=4&transport=carrier-pigeon", {}, 0],
  ["by POST", "EIO=4&transport=polling", { method: "POST", body: "4a" }, 2],
  ["by PUT", "EIO=4&transport=polling", { method: "PUT", body: "4a" }, 2],
  ["of a session that never was", "EIO=4&transport=polling&sid=abc", {}, 1],
  ["of a session on a loop that there is not", `EIO=4&transport=polling&sid=${"0".repeat(32)}ffff`, {}, 1],
  ["of a session that may have been", `EIO=4&transport=polling&sid=${"0".repeat(36)}`, {}, 1],
  ["F-X5 of a session whose id is too long", `EIO=4&transport=polling&sid=${"a".repeat(129)}`, {}, 1],
  ["F-X5 of a session whose id is no text", "EIO=4&transport=polling&sid=%zz", {}, 1],
  ["of a WebSocket without its upgrade", "EIO=4&transport=websocket", {}, 3],
])
  test(`a request ${what} is refused with code ${code}`, async () =>
    assert.deepEqual(await refused(await request(server, query, options)), { status: 400, code }));

for (const query of [
  "transport=websocket",
  "EIO=3&transport=websocket",
  "EIO=4&transport=abc",
  "EIO=4",
  "EIO=4&transport=polling",
])
  test(`a WebSocket at ?${query} is refused`, async () => {
    const socket = Socket.begin(server, query);
    assert.deepEqual(await socket.end(), []);
  });

// --- Messages ---

test("messages are echoed by polling, several in a payload in their order, bytes in base64", async () => {
  const session = await Polling.open(server);
  const answer = await session.post("4hello");
  assert.equal(await answer.text(), "ok");
  assert.deepEqual(await session.packets(1), ["4hello"]);
  await session.post("4a\x1ebAQIDBA==\x1e4b\x1eb4AAA\x1e4\u20acé");
  assert.deepEqual(await session.packets(5), ["4a", "bAQIDBA==", "4b", "b4AAA", "4\u20acé"]);
});

test("messages are echoed by WebSocket, bytes as bytes and without a type", async () => {
  const socket = await Socket.open(server, "EIO=4&transport=websocket");
  await socket.take();
  socket.send("4hello €");
  assert.equal(await socket.take(), "4hello €");
  socket.send(Buffer.from([1, 2, 3, 4]));
  assert.deepEqual(await socket.take(), Buffer.from([1, 2, 3, 4]));
  socket.send(Buffer.alloc(0));
  assert.deepEqual(await socket.take(), Buffer.alloc(0));
  socket.ws.close();
});

test("P-32 a thousand small packets in one payload are echoed in their order", async () => {
  const session = await Polling.open(server);
  const all = Array.from({ length: 1000 }, (_, i) => `4${i}`);
  assert.equal((await session.post(all.join("\x1e"))).status, 200);
  assert.deepEqual(await session.packets(1000), all);
});

test("P-32 a payload of maxPayload is taken, one byte more is 413", async () => {
  const session = await Polling.open(server);
  assert.equal((await session.post(`4${"x".repeat(999_999)}`)).status, 200);
  assert.equal((await session.packets(1))[0].length, 1_000_000);
  assert.equal((await session.post(`4${"x".repeat(1_000_000)}`)).status, 413);
});

for (const body of ["abc", "4a\x1e", "4a\x1e\x1e4b", "b***", "7"])
  test(`the body ${JSON.stringify(body)} is refused, and ends the session`, async () => {
    const session = await Polling.open(server);
    assert.equal((await session.post(body)).status, 400);
    assert.deepEqual(await refused(await session.poll()), { status: 400, code: 1 });
  });

test("a body that is not UTF-8 ends the session", async () => {
  const session = await Polling.open(server);
  assert.equal((await session.post(Buffer.from([0x34, 0xff, 0xfe]))).status, 400);
  assert.equal((await session.poll()).status, 400);
});

for (const message of ["abc", "", "2", "0{}"])
  test(`the WebSocket message ${JSON.stringify(message)} ends the session`, async () => {
    const socket = await Socket.open(server, "EIO=4&transport=websocket");
    await socket.take();
    socket.send(message);
    await socket.end();
  });

test("a client that sends and takes nothing loses its session", async () => {
  const session = await Polling.open(server);
  let posts = 0;
  while ((await session.post(`4${"x".repeat(400_000)}`)).status === 200) ++posts;
  assert.ok(posts >= 2 && posts <= 3, `${posts} had room`);
});

// --- Requests beside each other ---

test("P-29 a poll beside another one ends the session: the first gets a close packet, the second is refused", async () => {
  const session = await Polling.open(server);
  const [a, b] = await Promise.all([session.poll(), session.poll()]);
  const [first, second] = a.status === 200 ? [a, b] : [b, a];
  assert.equal(await first.text(), "1");
  assert.equal(second.status, 400);
  assert.equal((await session.poll()).status, 400);
});

test("a poll that its client gives up ends the session", async () => {
  const session = await Polling.open(server);
  const abort = new AbortController();
  const poll = session.poll({ signal: abort.signal });
  await session.post("3");
  abort.abort();
  await assert.rejects(poll);
  // Pongs would keep it alive, if the server did not learn of the socket's end.
  const begun = performance.now();
  while ((await session.post("3")).status === 200) assert.ok(performance.now() - begun < kPatienceMs, "the session lives");
});

test("P-36 an id works with the origin that began only", async () => {
  const session = await Polling.open(server);
  const answer = await session.post("4a", { headers: { Origin: server.url } });
  assert.equal(answer.status, 200, "the server's own pages leave it out sometimes");
  const foreign = await session.post("4a", { headers: { Origin: "https://elsewhere.example" } });
  assert.deepEqual(await refused(foreign), { status: 403, code: 4 });
  assert.deepEqual(await session.packets(1), ["4a"]);
});

// --- Heartbeat ---

test("by polling, the server pings as long as it gets pongs", async () => {
  const session = await Polling.open(server);
  for (let i = 0; i < 3; ++i) {
    assert.equal(await (await session.poll()).text(), "2");
    assert.equal((await session.post("3")).status, 200);
  }
});

test("by WebSocket, the server pings as long as it gets pongs", async () => {
  const socket = await Socket.open(server, "EIO=4&transport=websocket");
  await socket.next();
  for (let i = 0; i < 3; ++i) {
    assert.equal(await socket.next(), "2");
    socket.send("3");
  }
  socket.ws.close();
});

test("by polling, a pong that is missing ends the session", async () => {
  const begun = performance.now(); // before the server's times begin
  const session = await Polling.open(quick);
  const { all, status } = await session.untilGone();
  assert.deepEqual(all, ["2", "1"]);
  assert.equal(status, 400);
  assert.ok(performance.now() - begun >= 450);
});

test("by WebSocket, a pong that is missing ends the session", async () => {
  const socket = await Socket.open(quick, "EIO=4&transport=websocket");
  assert.deepEqual((await socket.end()).slice(1), ["2"]);
});

// --- Closing ---

test("F-X8 a close packet ends a session, and the poll beside it gets a noop, whichever comes first", async () => {
  for (const begin of [(session) => session.poll(), () => undefined]) {
    const session = await Polling.open(server);
    const poll = begin(session);
    assert.equal((await session.post("1")).status, 200);
    const answer = await (poll ?? session.poll());
    assert.deepEqual([answer.status, await answer.text()], [200, "6"]);
    assert.equal((await session.poll()).status, 400);
    assert.equal((await session.post("4a")).status, 400);
  }
});

test("a close packet ends a session on a WebSocket", async () => {
  const socket = await Socket.open(server, "EIO=4&transport=websocket");
  await socket.take();
  socket.send("1");
  await socket.end();
});

// --- Upgrade ---

/** A session that was upgraded, and its polling side. */
async function upgraded() {
  const session = await Polling.open(server);
  const socket = await Socket.open(server, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
  socket.send("2probe");
  assert.equal(await socket.next(), "3probe");
  socket.send("5");
  return { session, socket };
}

test("a session is upgraded by a probe and its confirmation, and continues", async () => {
  const { session, socket } = await upgraded();
  socket.send("4hello");
  assert.equal(await socket.take(), "4hello");
  assert.equal((await session.poll()).status, 400, "polls are over");
  assert.equal((await session.post("4a")).status, 400);
  socket.send("4again");
  assert.equal(await socket.take(), "4again");
  socket.ws.close();
});

test("what waited for a poll comes by the WebSocket, in its order and once", async () => {
  const session = await Polling.open(server);
  const socket = await Socket.open(server, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
  socket.send("2probe");
  assert.equal(await socket.next(), "3probe");
  await session.post("4a\x1ebAQID\x1e4b");
  socket.send("5");
  socket.send("4c");
  assert.deepEqual(
    [await socket.take(), await socket.take(), await socket.take(), await socket.take()],
    ["4a", Buffer.from([1, 2, 3]), "4b", "4c"],
  );
  socket.ws.close();
});

test("P-27 each poll within an upgrade is answered by a noop immediately, and a due ping waits", async () => {
  const session = await Polling.open(server);
  const parked = session.poll();
  const socket = await Socket.open(server, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
  socket.send("2probe");
  assert.equal(await socket.next(), "3probe");
  assert.match(await (await parked).text(), /^[26]$/);
  const due = performance.now() + 400;
  while (performance.now() < due) assert.equal(await (await session.poll()).text(), "6");
  socket.send("5");
  assert.equal(await socket.next(), "2");
  socket.send("3");
  assert.equal(await socket.next(), "2");
  socket.ws.close();
});

test("a second WebSocket with the id of an upgraded session is closed, and the first continues", async () => {
  const { session, socket } = await upgraded();
  const second = Socket.begin(server, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
  await second.end();
  socket.send("4hello");
  assert.equal(await socket.take(), "4hello");
  socket.ws.close();
});

test("a WebSocket with an unknown id is closed", async () => {
  for (const sid of ["abc", "0".repeat(36), "a".repeat(129)])
    await Socket.begin(server, `EIO=4&transport=websocket&sid=${sid}`).end();
});

for (const message of ["4hello", "5", "2", "abc"])
  test(`an upgrade that begins with ${JSON.stringify(message)} is dropped, and polls go on`, async () => {
    const session = await Polling.open(server);
    const socket = await Socket.open(server, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
    socket.send(message);
    await socket.end();
    await session.post("4a");
    assert.deepEqual(await session.packets(1), ["4a"]);
  });

test("an upgrade that is abandoned leaves polls as they were, and another one can follow", async () => {
  const session = await Polling.open(quick);
  const first = await Socket.open(quick, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
  first.send("2probe");
  assert.equal(await first.next(), "3probe");
  first.ws.terminate();
  await session.post("4a");
  // Until the server has seen the end, polls are answered by noops.
  let packet = "6";
  while (packet === "6") [packet] = await session.packets(1);
  assert.equal(packet, "4a");
  const second = await Socket.open(quick, `EIO=4&transport=websocket&sid=${session.opened.sid}`);
  second.send("2probe");
  assert.equal(await second.take(), "3probe");
  second.send("5");
  second.send("4b");
  assert.equal(await second.take(), "4b");
  second.ws.close();
});

const kMost = 30;
const full = ["--shards", "1", "--connections-max", `${kMost}`];
const openAt = async (small) => {
  const answer = await request(small, "EIO=4&transport=polling");
  return { status: answer.status, retry: answer.headers.get("Retry-After"), text: await answer.text() };
};

test("P-28 sessions are bounded by --connections-max", async () => {
  const small = await serveEcho([...full, "--socketio-ping-timeout-ms", "600000"]);
  for (let i = 0; i < kMost; ++i) assert.equal((await openAt(small)).status, 200);
  const refusal = await openAt(small);
  assert.equal(refusal.status, 503);
  assert.ok(Number(refusal.retry) > 0);
  assert.deepEqual(JSON.parse(refusal.text), { code: 3, message: "The server accepts no sessions at the moment." });
  assert.deepEqual(await small.stop(), [0, null]);
});

test("sessions that were abandoned give their places back", async () => {
  const small = await serveEcho(full);
  // They answer no ping. In their places others come, which begin an upgrade and go.
  const begun = performance.now();
  for (let abandoned = 0; abandoned < 10 * kMost; ) {
    assert.ok(performance.now() - begun < kPatienceMs, `${abandoned} had a place`);
    const { status, text } = await openAt(small);
    if (status !== 200) continue;
    const { sid } = JSON.parse(text.slice(1));
    // On a busy machine its time may be over already.
    const socket = await Socket.open(small, `EIO=4&transport=websocket&sid=${sid}`).catch(() => undefined);
    if (++abandoned % 2 === 0) socket?.send("2probe");
    socket?.ws.terminate();
  }
  assert.deepEqual(await small.stop(), [0, null]);
});

// Socket.IO protocol 5 at `dialogue serve --socketio-echo`: from outside and without its library, then with an unmodified
// socket.io-client over each transport.
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { makeCertificate } from "../support/certificate.mjs";
import { io, Polling, Socket, serveEcho, serveRooms } from "../support/engine_kit.mjs";
import { directoryOf } from "../support/program.mjs";

let server;
before(async () => {
  // A machine that is busy answers pings later than within the 200 ms of the protocol's document.
  server = await serveEcho(["--shards", "2", "--socketio-ping-timeout-ms", "30000"]);
});
after(() => server.stop());

const kPath = "/socket.io/";

/** A WebSocket whose session is open. */
async function begun() {
  const socket = await Socket.open(server, "EIO=4&transport=websocket", kPath);
  await socket.take();
  return socket;
}
/** The same, connected to a namespace. */
async function connected(nsp = "") {
  const socket = await begun();
  socket.send(`40${nsp}`);
  assert.match(await socket.take(), /^40/);
  assert.match(await socket.take(), /^42/);
  return socket;
}

// --- Connecting ---

for (const [what, packet, sid, auth] of [
  ["the default namespace", "40", /^40\{"sid":"[^"]+"\}$/, '42["auth",{}]'],
  ["the default namespace with auth", '40{"token":"123"}', /^40\{"sid"/, '42["auth",{"token":"123"}]'],
  ["another namespace", "40/custom,", /^40\/custom,\{"sid"/, '42/custom,["auth",{}]'],
  ["another namespace with a query", "40/custom?a=b,", /^40\/custom,\{"sid"/, '42/custom,["auth",{}]'],
  ["another namespace with auth", '40/custom,{"token":"abc"}', /^40\/custom,\{"sid"/, '42/custom,["auth",{"token":"abc"}]'],
])
  test(`a client connects to ${what}`, async () => {
    const socket = await begun();
    socket.send(packet);
    assert.match(await socket.take(), sid);
    assert.equal(await socket.take(), auth);
    socket.ws.close();
  });

test("a client cannot connect to an unknown namespace, and continues", async () => {
  const socket = await connected();
  socket.send("40/random");
  assert.equal(await socket.take(), '44/random,{"message":"Invalid namespace"}');
  socket.send('42["message",1]');
  assert.equal(await socket.take(), '42["message-back",1]');
  socket.ws.close();
});

test("by polling, a client connects and gets its messages, too", async () => {
  const session = await Polling.open(server, kPath);
  await session.post('40{"a":1}');
  const [connect, auth] = await session.packets(2);
  assert.match(connect, /^40\{"sid"/);
  assert.equal(auth, '42["auth",{"a":1}]');
  await session.post('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]\x1ebAQID\x1ebBAUG');
  assert.deepEqual(await session.packets(3), [
    '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    "bAQID",
    "bBAUG",
  ]);
  await session.post("41");
});

for (const [what, first] of [
  ["does not connect", undefined],
  ["connects to nothing that there is", "40/random"],
  ["leaves its last namespace", "41"],
])
  test(`a client that ${what} is closed after the connect time-out`, async () => {
    const from = performance.now(); // before the server's time begins
    const socket = first === "41" ? await connected() : await begun();
    if (first) socket.send(first);
    // Its pongs come: nothing else ends it.
    while (!socket.closed) await socket.take().catch(() => undefined);
    const took = performance.now() - from;
    assert.ok(took > 700, `${took} ms`);
  });

// --- Leaving ---

test("a client leaves a namespace, and the other one continues", async () => {
  const socket = await connected("/custom");
  socket.send("40");
  await socket.take();
  await socket.take();
  socket.send("41/custom");
  socket.send('42["message","still here"]');
  assert.equal(await socket.take(), '42["message-back","still here"]');
  socket.send("40/custom");
  assert.match(await socket.take(), /^40\/custom/);
  socket.ws.close();
});

// --- Packets ---

test("an event is echoed with its arguments unchanged", async () => {
  const socket = await connected();
  socket.send('42["message",1,"2",{"3":[true]},null]');
  assert.equal(await socket.take(), '42["message-back",1,"2",{"3":[true]},null]');
  socket.send('42["message"]');
  assert.equal(await socket.take(), '42["message-back"]');
  socket.ws.close();
});

test("an event is acknowledged with its arguments and its number", async () => {
  const socket = await connected("/custom");
  socket.send('42/custom,456["message-with-ack",1,"2",{"3":[false]}]');
  assert.equal(await socket.take(), '43/custom,456[1,"2",{"3":[false]}]');
  socket.send('42/custom,0["message-with-ack"]');
  assert.equal(await socket.take(), "43/custom,0[]");
  socket.ws.close();
});

test("P-31 attachments follow their packet without anything between, also with other senders", async () => {
  const [socket, ...others] = await Promise.all([connected(), connected(), connected()]);
  const kRounds = 500;
  for (const each of [socket, ...others])
    for (let i = 0; i < kRounds; ++i) {
      each.send(`452-${i}["message-with-ack",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]`);
      each.send(Buffer.from([i & 255]));
      each.send(Buffer.from([1, 2, 3]));
      each.send('42["message",0]');
    }
  // All of them read at once: pings are answered as they are read.
  const read = async (each) => {
    for (let i = 0; i < kRounds; ++i) {
      assert.equal(await each.take(), `462-${i}[{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]`);
      assert.deepEqual(await each.take(), Buffer.from([i & 255]));
      assert.deepEqual(await each.take(), Buffer.from([1, 2, 3]));
      assert.equal(await each.take(), '42["message-back",0]');
    }
    each.ws.close();
  };
  await Promise.all([socket, ...others].map(read));
});

for (const [what, packets] of [
  ["of an unknown type", ["4abc"]],
  ["with no array", ["42{}"]],
  ["with a number of an acknowledgement that is none", ['42abc["message"]']],
  ["with a reserved name", ['42["disconnect"]']],
  ["that only a server sends", ['44{"message":"a"}']],
  ["of a namespace that it is not in", ['42/custom,["message"]']],
  ["that connects twice", ["40"]],
  ["with bytes that belong to nothing", [Buffer.from([1])]],
  ["with a text among its attachments", ['451-["message",{"_placeholder":true,"num":0}]', '42["message"]']],
  ["with a placeholder of no attachment", ['451-["message",{"_placeholder":true,"num":1}]']],
  ["with more attachments than there may be", ['465-["message"]']],
])
  test(`a packet ${what} ends the session`, async () => {
    const socket = await connected();
    for (const packet of packets) socket.send(packet);
    assert.deepEqual(
      (await socket.end()).filter((message) => message !== "2"),
      [],
    );
  });

test("attempts to connect to nothing cost nothing", async () => {
  const socket = await connected();
  for (let i = 0; i < 100; ++i) socket.send(`40/random-${i}`);
  for (let i = 0; i < 100; ++i) assert.match(await socket.take(), /^44\/random-/);
  socket.ws.close();
});

// --- socket.io-client ---

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]])
  test(`socket.io-client over ${transports.join(", then ")} talks as it is`, async () => {
    const socket = io(server.url, { transports, auth: { token: "abc" }, forceNew: true });
    const [auth] = await once(socket, "auth");
    assert.deepEqual(auth, { token: "abc" });
    if (socket.io.engine.transport.name !== transports.at(-1)) await once(socket.io.engine, "upgrade");
    const bytes = Buffer.from([1, 2, 3]);
    const back = once(socket, "message-back");
    socket.emit("message", 1, "2", { a: bytes });
    assert.deepEqual(await back, [1, "2", { a: bytes }]);
    assert.deepEqual(await socket.timeout(kPatienceMs).emitWithAck("message-with-ack", [bytes]), [bytes]);
    const custom = socket.io.socket("/custom");
    await once(custom, "auth");
    const random = socket.io.socket("/random");
    const [refusal] = await once(random, "connect_error");
    assert.equal(refusal.message, "Invalid namespace");
    // Through two heartbeats.
    for (let i = 0; i < 2; ++i) await once(socket.io, "ping");
    assert.equal(socket.io.engine.transport.name, transports.at(-1));
    assert.ok(socket.connected && custom.connected);
    socket.disconnect();
    custom.disconnect();
  });

test("over TLS, socket.io-client polls and upgrades, whatever loop its requests come to", async () => {
  const directory = directoryOf({});
  makeCertificate(directory);
  const certificate = ["--tls-cert", join(directory, "cert.pem"), "--tls-key", join(directory, "key.pem")];
  const secure = await serveRooms(certificate); // not the echo, whose pings are due within 200 ms
  const sockets = Array.from({ length: 12 }, () => io(secure.url, { forceNew: true, rejectUnauthorized: false }));
  await Promise.all(
    sockets.map(async (socket) => {
      await once(socket, "dialogue:connected");
      if (socket.io.engine.transport.name === "polling") await once(socket.io.engine, "upgrade");
      const joined = await socket.timeout(kPatienceMs).emitWithAck("dialogue:join", { roomId: "chat" });
      assert.equal(joined.ok, true);
      socket.disconnect();
    }),
  );
  assert.deepEqual(await secure.stop(), [0, null]);
});

test("messages that socket.io-client sends during an upgrade are echoed in their order", async () => {
  const socket = io(server.url, { forceNew: true });
  const kMessages = 400;
  const seen = [];
  const all = new Promise((resolve) => {
    socket.on("message-back", (i) => {
      seen.push(i);
      if (seen.length === kMessages) resolve();
    });
  });
  for (let i = 0; i < kMessages; ++i) {
    socket.emit("message", i);
    if (i % 20 === 0) await new Promise(setImmediate);
  }
  await all;
  assert.deepEqual(
    seen,
    Array.from({ length: kMessages }, (_, i) => i),
  );
  socket.disconnect();
});

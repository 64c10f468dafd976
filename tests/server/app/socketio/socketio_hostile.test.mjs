// Hostile clients of a program's namespaces, without the library: what the protocol does not allow ends their session, and a
// client beside them goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Polling, Socket } from "../support/engine_kit.mjs";
import { ask, connect, serveNamespaces } from "../support/namespaces_kit.mjs";

const kPath = "/socket.io/";
let server;
let honest;
before(async () => {
  server = await serveNamespaces();
  honest = await connect(server, { transports: ["websocket"] });
});
after(() => server.stop());
const isWell = async () => assert.equal(await ask(honest, "echo", "well"), "well");

async function begun() {
  const socket = await Socket.open(server, "EIO=4&transport=websocket", kPath);
  await socket.take();
  return socket;
}
async function connected() {
  const socket = await begun();
  socket.send("40/custom,");
  assert.match(await socket.take(), /^40\/custom,\{"sid"/);
  assert.match(await socket.take(), /^42\/custom,\["welcome"/);
  return socket;
}

for (const [what, packets] of [
  ["an event before it connects", ['42/custom,["echo"]']],
  ["an event while middleware decides", ['40/custom,{"a":"never"}', '42/custom,["echo"]']],
  ["CONNECT twice while middleware decides", ['40/custom,{"a":"never"}', "40/custom,"]],
  ["an acknowledgement before it connects", ["43/custom,0[]"]],
])
  test(`a client that sends ${what} is closed`, async () => {
    const socket = await begun();
    for (const packet of packets) socket.send(packet);
    assert.deepEqual(await socket.end(), []);
    await isWell();
  });

for (const [what, packets] of [
  ["more attachments than there may be", ['465-/custom,["echo"]']],
  ["a billion attachments", ['41000000000-/custom,["echo"]']],
  ["a placeholder of no attachment", ['451-/custom,["echo",{"_placeholder":true,"num":1}]']],
  ["bytes that belong to nothing", [Buffer.from([1])]],
  ["an event for a namespace of 129 bytes", [`42/${"x".repeat(128)},["echo"]`]],
  ["a namespace of 90,000 bytes", [`42/${"x".repeat(90_000)},["echo"]`]],
  ["a number of an acknowledgement that is too large", ["43/custom,99999999999999999999[]"]],
  ["an answer that is no array", ["43/custom,0{}"]],
  ["a packet of more than maxPayload bytes", [`42/custom,["echo","${"x".repeat(100_001)}"]`]],
])
  test(`a client that sends ${what} is closed`, async () => {
    const socket = await connected();
    for (const packet of packets) socket.send(packet);
    assert.deepEqual(
      (await socket.end()).filter((message) => message !== "2"),
      [],
    );
    await isWell();
  });

test("F-X4 a namespace of 129 bytes is refused by connect_error, and the client continues", async () => {
  const socket = await connected();
  const nsp = `/${"x".repeat(128)}`;
  socket.send(`40${nsp},`);
  assert.equal(await socket.take(), `44${nsp},{"message":"Invalid namespace"}`);
  socket.send('42/custom,1["echo"]');
  assert.equal(await socket.take(), '42/custom,["echo"]');
  socket.ws.close();
});

test("F-R04 events and acknowledgements whose JSON cannot be taken are dropped with a line of the log", async () => {
  const socket = await connected();
  const deep = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;
  for (const packet of [`42/custom,["echo",${deep}]`, '42/custom,7["echo","x\\ud83d"]', '43/custom,0["x\\ud83d"]'])
    socket.send(packet);
  socket.send('42/custom,1["echo"]');
  assert.equal(await socket.take(), '42/custom,["echo"]');
  assert.equal(await socket.take(), "43/custom,1[]");
  await server.printed(/^socketio_packet_dropped .*json_depth/);
  socket.ws.close();
});

test("unknown numbers of acknowledgements do nothing", async () => {
  const socket = await connected();
  for (let id = 0; id < 1000; ++id) socket.send(`43/custom,${id}["x"]`);
  socket.send('451-/custom,9007199254740991["echo",{"_placeholder":true,"num":0}]');
  socket.send(Buffer.from([5]));
  assert.match(await socket.take(), /^451-\/custom,\["echo"/);
  assert.deepEqual(await socket.take(), Buffer.from([5]));
  assert.match(await socket.take(), /^461-\/custom,9007199254740991\[/);
  socket.ws.close();
});

test("events without a handler, without a name, and of handlers that throw do nothing", async () => {
  const socket = await connected();
  for (const packet of ['["nothing"]', "[1,2]", '["throw"]', '["note",{"text":1}]', '["__proto__"]', '["constructor",{}]'])
    socket.send(`42/custom,${packet}`);
  socket.send('42/custom,1["echo"]');
  assert.equal(await socket.take(), '42/custom,["echo"]');
  assert.equal(await socket.take(), "43/custom,1[]");
  await server.printed(/^handler_threw .*as asked/);
  socket.ws.close();
});

test("a client that joins and leaves a namespace again and again leaves nothing behind", async () => {
  const socket = await begun();
  for (let i = 0; i < 300; ++i) socket.send(i % 3 ? "40/custom," : '40/custom,{"a":"no"}');
  const messages = await socket.end();
  assert.ok(messages.length <= 4, "the second CONNECT of a namespace that there is ends the session");
  const second = await begun();
  for (let i = 0; i < 300; ++i) {
    second.send("40/custom,");
    assert.match(await second.take(), /^40\/custom/);
    assert.match(await second.take(), /^42\/custom,\["welcome"/);
    second.send("41/custom,");
  }
  second.ws.close();
  while ((await ask(honest, "who", "lobby")).length > 1);
  await isWell();
});

test("the number of a client's rooms is bounded, and more do not end the client", async () => {
  assert.equal(await ask(await connect(server, { transports: ["websocket"] }), "fill"), 1000);
  await server.printed(/^socketio_rooms_full /);
  await isWell();
});

test("a client that polls once and is sent much is closed, and others are not kept waiting", async () => {
  const session = await Polling.open(server, kPath);
  await session.post("40/custom,");
  await session.packets(2);
  await session.post('42/custom,["flood",1000]');
  await isWell();
  const { status } = await session.untilGone();
  assert.equal(status, 400);
});

test("P-31 attachments of a packet do not outlive their session, and others' do not come between", async () => {
  for (let i = 0; i < 50; ++i) {
    const socket = await connected();
    socket.send('4564-/custom,["echo",{"_placeholder":true,"num":63}]');
    for (let part = 0; part < 10; ++part) socket.send(Buffer.alloc(1000));
    socket.ws.terminate();
  }
  await isWell();
});

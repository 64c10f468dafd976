// Attachments of `dialogue:trigger` over Socket.IO, packet by packet: several, in any order of their places, and those that are
// wrong, each of which is answered by a `dialogue:error` that says what.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Polling, Socket, serveRooms } from "../support/engine_kit.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";

const kPath = "/socket.io/";
let server;
let honest;
let room;
before(async () => {
  server = await serveRooms();
  honest = await FrameClient.connect(server.url);
  await honest.greet("bob", "of-bob");
  [, , room] = await honest.ask([frames.join, 1, 0, 0, 0, "chat", {}], frames.joined);
});
after(() => {
  honest?.terminate();
  return server.stop();
});

let users = 0;
/** A member of the room by hand. */
async function member() {
  const socket = await Socket.open(server, "EIO=4&transport=websocket", kPath);
  await socket.take();
  socket.send(`40{"userId":"user-${++users}"}`);
  await until(socket, /dialogue:connected/);
  socket.send('42["dialogue:join",{"roomId":"chat"}]');
  await until(socket, /dialogue:joined/);
  return socket;
}
async function until(socket, pattern) {
  for (;;) {
    const message = `${await socket.take()}`;
    if (pattern.test(message)) return message;
  }
}
const place = (num) => ({ _placeholder: true, num });
/** A publication of `data` that announces so many attachments, and is acknowledged as number 7. */
const trigger = (count, data, ack = "") =>
  `45${count}-${ack}${JSON.stringify(["dialogue:trigger", { roomId: "chat", event: "note", data }])}`;
/** The object of the next dialogue:error. */
const errorOf = async (socket) => JSON.parse((await until(socket, /dialogue:error/)).slice(2))[1];
const isWell = async (data) => {
  assert.deepEqual((await honest.hear(frames.event)).at(-1), data);
};
const base64 = (bytes) => bytes.toString("base64");

test("several attachments replace their placeholders, whatever the order of these", async () => {
  const socket = await member();
  const all = [Buffer.from("first"), Buffer.alloc(0), Buffer.from([0, 255, 1])];
  const data = { last: place(2), list: [place(1), place(0), { twice: place(0) }], plain: "text" };
  socket.send(trigger(all.length, data, "7"));
  for (const each of all) socket.send(each);
  const [first, second, third] = all.map(base64);
  await isWell({ last: third, list: [second, first, { twice: first }], plain: "text" });
  assert.match(await until(socket, /^437/), /"ok":true/);
  // One that no placeholder names is not missed.
  socket.send(trigger(2, [place(1)]));
  for (const each of all.slice(0, 2)) socket.send(each);
  await isWell([second]);
  socket.ws.close();
});

test("as many attachments as there may be, and pings between them", async () => {
  const socket = await member();
  const all = Array.from({ length: 64 }, (_, n) => Buffer.alloc(100, n));
  socket.send(trigger(all.length, all.map((_, n) => place(n)).reverse()));
  for (const each of all) {
    socket.send(each);
    socket.send("3"); // Engine.IO's, not Socket.IO's
  }
  await isWell(all.map(base64).reverse());
  socket.ws.close();
});

test("attachments that are too large as base64 are refused, and the client continues", async () => {
  const socket = await member();
  socket.send(trigger(1, place(0)));
  socket.send(Buffer.alloc(90_000));
  const { code, event } = await errorOf(socket);
  assert.deepEqual([code, event], ["payload_too_large", "note"]);
  socket.send(trigger(1, place(0)));
  socket.send(Buffer.from("small"));
  await isWell(base64(Buffer.from("small")));
  socket.ws.close();
});

const whole = '42["dialogue:listRooms"]';
for (const [what, packets, says] of [
  ["more attachments than there may be", [trigger(65, place(0))], /too many attachments/],
  ["a billion attachments", [trigger(1_000_000_000, place(0))], /too many attachments/],
  ["a placeholder of no attachment", [trigger(1, [place(0), place(1)])], /placeholder/],
  ["a placeholder without a number", [trigger(1, { _placeholder: true })], /placeholder/],
  ["a packet where an attachment is due", [trigger(2, [place(0), place(1)]), Buffer.from("one"), whole], /are missing/],
  ["an attachment before its packet", [Buffer.from("early"), trigger(1, place(0))], /belongs to no packet/],
  ["one attachment more than it announced", [trigger(1, place(0)), Buffer.from("a"), Buffer.from("b")], /belongs to no packet/],
  ["attachments that are too large together", [trigger(2, [place(0)]), Buffer.alloc(60_000), Buffer.alloc(60_000)], /too large/],
])
  test(`${what}: dialogue:error reports it, and the session closes`, async () => {
    const socket = await member();
    for (const packet of packets) socket.send(packet);
    const { code, message } = await errorOf(socket);
    assert.equal(code, "request_invalid");
    assert.match(message, says);
    await socket.end();
    honest.say([frames.publish, room, 2, ++said, 0, what]);
    for (;;) if ((await honest.hear(frames.event)).at(-1) === what) break;
  });
let said = 0;

test("a client that polls reads the reason as well", async () => {
  const session = await Polling.open(server, kPath);
  await session.post('40{"userId":"polls"}');
  await session.packets(2);
  await session.post(trigger(65, place(0)));
  const { all } = await session.untilGone();
  const found = all.find((packet) => packet.startsWith('42["dialogue:error"'));
  assert.match(JSON.parse(found.slice(2))[1].message, /too many attachments/);
});

for (const [what, packet, code, says] of [
  ["an event without a name", '42[""]', "request_invalid", /the event has no name/],
  ["an event that is a number", "42[5,{}]", "request_invalid", /the event has no name/],
  ["an event that is none of these", '42["chat","hi"]', "not_supported", /the event "chat"/],
  ["an event with a name that is very long", `42["${"ä".repeat(5000)}"]`, "not_supported", /such a long name/],
  ["an empty event", '42["dialogue:trigger",{"roomId":"chat","event":"","data":1}]', "request_invalid", /event is empty/],
  ["no event", '42["dialogue:trigger",{"roomId":"chat","data":1}]', "request_invalid", /event is missing/],
  ["an empty eventName", '42["dialogue:subscribe",{"roomId":"chat","eventName":""}]', "request_invalid", /eventName is empty/],
])
  test(`${what} is refused in clear words`, async () => {
    const socket = await member();
    socket.send(packet);
    const error = await errorOf(socket);
    assert.equal(error.code, code);
    assert.match(error.message, says);
    socket.ws.close();
  });

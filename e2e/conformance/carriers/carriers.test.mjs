// What a carrier must not change: a dozen cases of the protocol, one of each kind, for each way in which frames travel. The gate
// runs them over every carrier but WebSocket, where it runs all cases.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { codes, events, frames, Peer } from "../peer.mjs";
import { useSubject } from "../subject.mjs";
import { transport } from "../transports.mjs";

const messageBytesMax = 64 * 1024;
const envelopeBytesMax = 512;
const closeCodes = { frameTooLarge: 1009, frameMalformed: 4500, sessionReplaced: 4506 };
const subject = useSubject();
const opened = [];
let ann, bob, room, epoch, head;

async function greet(userId, options) {
  const peer = await Peer.greet(subject.url, userId, options);
  opened.push(peer);
  return peer;
}

/** Waits until PRESENCE has `userId` among those who "joined" or "left". */
async function presenceOf(peer, list, userId) {
  while (!(await peer.until(frames.presence))[3][list]?.some((each) => (each.userId ?? each) === userId));
}

beforeEach(async () => {
  [ann, bob] = [await greet("ann"), await greet("bob")];
  [, , room, epoch, , head] = await ann.join("chat");
});

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close();
});

const publish = (number, payload, event = events.move) => [frames.publish, room, event, number, 0, payload];

test("WELCOME grants binary messages over WebSockets only", async () => {
  const peer = await Peer.connect(subject.url);
  opened.push(peer);
  peer.send([frames.hello, 1, 1, 0, {}]);
  assert.equal((await peer.next(frames.welcome))[2], transport === "websocket" ? 1 : 0);
});

test("a member learns that another joined and left", async () => {
  await bob.join("chat");
  await presenceOf(ann, "joined", "bob");
  bob.send([frames.leave, 2, room]);
  assert.deepEqual(await bob.until(frames.left), [frames.left, 2, room, 0]);
  await presenceOf(ann, "left", "bob");
});

test("a publication is acknowledged before its event, and every member gets the same bytes", async () => {
  await bob.join("chat");
  const payload = '{"a":9007199254740993,"b":"\\u2028 🦊 \\u0000","b":-0}';
  ann.sendText(`[4,${room},${events.move},1,0,${payload}]`);
  const [, , number, ackEpoch, seq] = await ann.until(frames.ack);
  assert.deepEqual([number, ackEpoch, seq], [1, epoch, head + 1]);
  const own = await ann.untilText(frames.event);
  assert.ok(own.text.endsWith(`,0,${payload}]`), own.text);
  assert.equal((await bob.untilText(frames.event)).text, own.text);
});

test("a fault is refused with its code and path, and the connection stays open", async () => {
  ann.send(publish(1, { text: 7 }, events.message), publish(2, "on"));
  const [, , number, code, , why] = await ann.until(frames.nack);
  assert.deepEqual([number, code, why.path], [1, codes.wrongType, "$.text"]);
  assert.equal((await ann.until(frames.ack))[2], 2);
});

test("publications of one message are acknowledged in their order", async () => {
  ann.send(...[1, 2, 3].map((number) => publish(number, number)));
  for (const number of [1, 2, 3]) assert.equal((await ann.until(frames.ack))[2], number);
});

test("JOIN may follow HELLO in its message", async () => {
  const peer = await Peer.connect(subject.url);
  opened.push(peer);
  peer.send([frames.hello, 1, 0, 0, { identity: { userId: "eve" } }], [frames.join, 7, 0, 0, 0, "chat", {}]);
  await peer.next(frames.welcome);
  assert.equal((await peer.next(frames.joined))[1], 7);
});

test("HISTORY gives a page in ascending order", async () => {
  for (const number of [1, 2, 3]) ann.send(publish(number, number));
  for (const _ of [1, 2, 3]) await ann.until(frames.ack);
  ann.send([frames.history, 5, room, Number.MAX_SAFE_INTEGER, 2, 0]);
  const page = (await ann.until(frames.reply))[3];
  assert.deepEqual(
    page.events.map(([, seq, , from, data]) => [seq, from, data]),
    [
      [head + 2, "ann", 2],
      [head + 3, "ann", 3],
    ],
  );
});

test("a client that was cut off gets the missed events, and a repeated number keeps its position", async () => {
  const producer = { producer: { id: `carrier-${transport}` } };
  const eve = await Peer.greet(subject.url, "eve", producer);
  await eve.join("chat");
  eve.send(publish(1, "once"));
  const first = await eve.until(frames.ack);
  eve.terminate();
  await eve.closed();
  ann.send(publish(1, "meanwhile"));
  await ann.until(frames.ack);
  const back = await greet("eve", { ...producer, resume: eve.welcome[7].resume });
  back.send([frames.join, 1, 2, epoch, first[4], "chat", {}]);
  assert.equal((await back.until(frames.joined))[6], 1);
  const event = await back.until(frames.event);
  assert.deepEqual([event[3], event[7]], [first[4] + 1, "meanwhile"]);
  back.send(publish(1, "once"));
  const ack = await back.until(frames.ack);
  assert.deepEqual([ack[2], ack[4], ack[6]], [1, first[4], 1]);
});

test("a session that resumes ends its previous connection", async () => {
  const old = await Peer.greet(subject.url, "eve");
  await greet("eve", { resume: old.welcome[7].resume });
  assert.equal(await old.closed(), closeCodes.sessionReplaced);
});

test("the largest payload arrives, and a message over 64 KiB ends the connection", async () => {
  await bob.join("chat");
  const text = "x".repeat(messageBytesMax - envelopeBytesMax - '""'.length);
  ann.send(publish(1, text));
  assert.equal((await bob.until(frames.event))[7], text);
  const eve = await Peer.greet(subject.url, "eve");
  eve.sendText(`[8,1,${"9".repeat(messageBytesMax)}]`);
  assert.equal((await eve.until(frames.bye))[1], codes.frameTooLarge);
  assert.equal(await eve.closed(), closeCodes.frameTooLarge);
});

test("a frame that cannot be read ends the connection with the code of its close", async () => {
  const eve = await Peer.greet(subject.url, "eve");
  eve.sendText("[8,-1]");
  assert.equal((await eve.until(frames.bye))[1], codes.frameMalformed);
  assert.equal(await eve.closed(), closeCodes.frameMalformed);
});

test("a connection that closes leaves its rooms", async () => {
  const eve = await Peer.greet(subject.url, "eve");
  await eve.join("chat");
  await presenceOf(ann, "joined", "eve");
  await eve.close();
  await presenceOf(ann, "left", "eve");
});

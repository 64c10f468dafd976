// Binary messages (docs/protocol.md): granted by WELCOME, the same as their text, and what a malformed one costs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { kPatienceMs } from "../../../tests/patience.mjs";
import { codes, events, frames, Peer } from "../peer.mjs";
import { useSubject } from "../subject.mjs";

const subject = useSubject();
const messageBytesMax = 65_536;

/** TEXT NUL BYTES; `raw` are the bytes of the strings that stand as "\u0001COUNT" in the text. */
const message = (text, ...raw) => Buffer.concat([Buffer.from(`${text}\0`), ...raw]);
const mark = (bytes) => `\u0001${bytes.length}`;

/** { text, raw } of a binary message. */
function parts(bytes) {
  const end = bytes.indexOf(0);
  const text = bytes.subarray(0, end).toString();
  let at = end + 1;
  const counts = text.split('"\u0001').slice(1);
  const raw = counts.map((count) => bytes.subarray(at, (at += Number.parseInt(count, 10))));
  assert.equal(at, bytes.length, "all bytes belong to a string");
  return { text, raw };
}

/** A member of `room` whose messages are binary: what comes is a string or { text, raw }. */
async function binaryMember(room, userId = "ann") {
  const socket = new WebSocket(new URL("/dialogue", subject.url.replace(/^http/, "ws")), "dialogue.v1");
  const came = [];
  let wake = () => {};
  socket.on("message", (data, isBinary) => {
    came.push(isBinary ? parts(data) : data.toString());
    wake();
  });
  const closed = once(socket, "close").then(([code]) => code);
  await once(socket, "open");
  const next = async (wanted) => {
    const deadline = AbortSignal.timeout(kPatienceMs);
    for (;;) {
      const at = came.findIndex((each) => wanted.test(each.text ?? each));
      if (at >= 0) return came.splice(at, 1)[0];
      await new Promise((resolve, reject) => {
        wake = resolve;
        deadline.onabort = () => reject(new Error(`${wanted} did not come, but ${JSON.stringify(came).slice(0, 500)}`));
      });
    }
  };
  const say = (...list) => socket.send(list.map((frame) => JSON.stringify(frame)).join("\n"));
  say([frames.hello, 1, 1, 0, { identity: { userId } }], [frames.join, 1, 0, 0, 0, room, {}]);
  const greeting = await next(/\[33,1,1,/);
  assert.equal(typeof greeting, "string", "WELCOME is a text");
  const joined = /\[34,1,/.test(greeting) ? greeting : await next(/\[34,1,/);
  const [, , number] = JSON.parse(joined.split("\n").find((line) => line.startsWith("[34,")));
  return { socket, next, closed, say, number };
}

const picture = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 13) & 255));

test("a binary PUBLISH is equivalent to its text: members get the same event, as text or binary", async () => {
  const ann = await binaryMember("game-binary");
  const bob = await Peer.greet(subject.url, "bob");
  const [, , room] = await bob.join("game-binary");
  const payload = `{"name":"é","picture":"${mark(picture)}","small":"Zm9v"}`;
  ann.socket.send(message(`[${frames.publish},${ann.number},${events.move},0,0,${payload}]`, picture));
  const asText = await bob.next(frames.event);
  assert.equal(asText[1], room);
  assert.deepEqual(asText[7], { name: "é", picture: picture.toString("base64"), small: "Zm9v" });
  const { text, raw } = await ann.next(/\[36,/);
  const event = text.split("\n").find((line) => line.startsWith("[36,"));
  assert.ok(event.endsWith(`,0,${payload}]`), event);
  assert.deepEqual(raw, [picture]);
  ann.say([frames.history, 5, ann.number, 2 ** 53 - 1, 10, 0]);
  const page = await ann.next(/\[42,5,0,/);
  assert.deepEqual(page.raw, [picture]);
  await bob.close();
  ann.socket.close();
});

test("text stays valid once binary messages are granted, and several frames may share a binary message", async () => {
  const ann = await binaryMember("game-both");
  ann.say([frames.publish, ann.number, events.move, 0, 0, "text"]);
  await ann.next(/"text"\]/);
  const frame = (value) => `[${frames.publish},${ann.number},${events.move},0,0,"${value}"]`;
  ann.socket.send(
    message(`${frame(mark(picture))}\n${frame("between")}\n${frame(mark(picture.subarray(1)))}`, picture, picture.subarray(1)),
  );
  const seen = [];
  while (seen.length < 3) {
    const came = await ann.next(/\[36,/);
    let at = 0;
    for (const line of (came.text ?? came).split("\n"))
      if (line.startsWith("[36,")) seen.push(line.includes("\u0001") ? came.raw[at++].length : JSON.parse(line)[7]);
  }
  assert.deepEqual(seen, [3000, "between", 2999]);
  ann.socket.close();
});

const malformed = [
  ["no NUL", Buffer.from("[11]")],
  ["fewer bytes than it says", message(`[11,"${mark(picture)}"]`, picture.subarray(1))],
  ["more bytes than it says", message(`[11,"${mark(picture)}"]`, picture, Buffer.of(1))],
  ["a length that is none", message('["\u0001x"]')],
  ["a mark outside of a string", message("[\u00011]", Buffer.of(1))],
  ["a text that is not UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d, 0])],
];
for (const [what, bytes] of malformed)
  test(`a binary message with ${what} is a malformed frame`, async () => {
    const ann = await binaryMember("chat");
    ann.socket.send(bytes);
    const [, code] = JSON.parse(await ann.next(/^\[45,/));
    assert.equal(code, codes.frameMalformed);
    assert.equal(await ann.closed, 4500);
  });

test("limits count the text of a binary message", async () => {
  const ann = await binaryMember("chat");
  const bytes = Buffer.alloc(messageBytesMax * 0.75, 7);
  ann.socket.send(message(`[${frames.publish},${ann.number},${events.move},0,0,"${mark(bytes)}"]`, bytes));
  const [, code] = JSON.parse(await ann.next(/^\[45,/));
  assert.equal(code, codes.frameTooLarge);
  assert.equal(await ann.closed, 1009);
});

test("without the feature, binary messages are refused", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  peer.sendBytes(message("[11]"));
  const [, code] = await peer.until(frames.bye);
  assert.equal(code, codes.binaryUnsupported);
  assert.equal(await peer.closed(), 1003);
});

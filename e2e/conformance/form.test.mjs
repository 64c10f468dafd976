// The form of frames and messages: a request that names itself is refused, and what answers nothing ends the connection with
// the documented code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, frames, isOverRequests, Peer, webSocketTest } from "./peer.mjs";
import { useSubject } from "./subject.mjs";

const subject = useSubject();
const messageBytesMax = 64 * 1024;
const envelopeBytesMax = 512;
const batchBytesMax = 16 * 1024;
const batchFramesMax = 16;

/** In the body of a request an empty line is no frame. */
const emptyLines = { "an empty message": "", "an empty line between two frames": "[8,1]\n\n[8,2]" };
const malformed = {
  ...(isOverRequests ? {} : emptyLines),
  "an object": "{}",
  "a bare number": "8",
  "an empty array": "[]",
  "half an array": "[8,1",
  "text after an array that names nothing": "[11]x",
  "a string as its type": '["8",1]',
  "an object as its number": "[8,{}]",
  "a negative number": "[8,-1]",
  "a fraction": "[8,1.5]",
  "an exponent": "[8,1e3]",
  "a leading zero": "[8,01]",
  "a number above 2^53-1": "[8,9007199254740992]",
  "a number of 400 digits": `[8,${"9".repeat(400)}]`,
  "white space among the integers": "[8, 1]",
  "too few elements": "[8]",
  "a publication without its number": '[4,1,1,"x",0,{}]',
  "a CREDIT without its sequence": "[9,1]",
  "a request with the number 0": "[8,0]",
};
for (const [what, text] of Object.entries(malformed)) {
  test(`R-32 a frame that is ${what} ends the connection with frame_malformed`, async () => {
    const peer = await Peer.greet(subject.url, "ann");
    peer.sendText(text);
    assert.equal((await peer.until(frames.bye))[1], codes.frameMalformed);
    assert.equal(await peer.closed(), 4500);
  });
}

/** Each has the number 7. */
const unreadable = {
  "has too many elements": "[8,7,2]",
  "has text after its array": "[8,7]x",
  "has too few elements": "[2,7]",
  "has a number for its room": "[2,7,0,0,0,7,{}]",
  "has NUL in its room": '[2,7,0,0,0,"\\u0000",{}]',
  "has half a surrogate pair in its room": '[2,7,0,0,0,"a\\ud83d",{}]',
  "has half a surrogate pair in its filter": '[2,7,0,0,0,"chat",{"filter":{"prefix":["k","a\\ud83d"]}}]',
  "has a position above 2^53-1": '[2,7,2,1e300,1e300,"chat",{}]',
  "has options that are no JSON": '[2,7,0,0,0,"chat",{]',
  "names no room to leave": "[3,7,null]",
  "names no event": "[5,7,1,-1]",
  "has a place that is no number": "[7,7,1,1.5,10,0]",
  "has half a surrogate pair in after": '[8,7,{"after":"\\ud83d"}]',
  "has a token that is no text": '[10,7,{"token":"\\udc00"}]',
  "has NUL in its question": '[12,7,{"right":"\\u0000"}',
};
for (const [what, text] of Object.entries(unreadable)) {
  test(`F-R01 a request that ${what} is refused with request_invalid, and the connection continues`, async () => {
    const peer = await Peer.greet(subject.url, "ann");
    peer.sendText(text);
    assert.deepEqual((await peer.next(frames.reply)).slice(0, 3), [frames.reply, 7, codes.requestInvalid]);
    await peer.join("chat");
    await peer.close();
  });
}

test("F-R01 a publication that cannot be read is refused with request_invalid, and consumes its number", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  const room = (await peer.join("chat"))[2];
  const tails = ["", ",0", ',{"trace":"\\ud83d"},7', ",1,7", ",[],7"];
  for (const [index, tail] of tails.entries()) {
    peer.sendText(`[4,${room},2,${index + 1}${tail}]`);
    assert.deepEqual((await peer.next(frames.nack)).slice(1, 4), [room, index + 1, codes.requestInvalid]);
  }
  peer.send([frames.publish, room, 2, tails.length + 1, 0, "next"]);
  await peer.next(frames.ack);
  await peer.close();
});

for (const text of ["[0]", "[30,1,1,1,1,1]", "[44,1]", "[63]", "[9007199254740991]"]) {
  test(`R-21 the unknown frame ${text} ends the connection with frame_unknown`, async () => {
    const peer = await Peer.greet(subject.url, "ann");
    peer.sendText(text);
    assert.equal((await peer.until(frames.bye))[1], codes.frameUnknown);
    assert.equal(await peer.closed(), 4501);
  });
}

webSocketTest("R-34 a binary message ends the connection with binary_unsupported and 1003", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  peer.sendBytes(Buffer.from("[8,1]"), { binary: true });
  assert.equal((await peer.until(frames.bye))[1], codes.binaryUnsupported);
  assert.equal(await peer.closed(), 1003);
});

webSocketTest("R-02 text that is not UTF-8 closes with 1007", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  peer.sendBytes(Buffer.from([0x5b, 0x38, 0x2c, 0xc0, 0xaf, 0x5d]), { binary: false });
  assert.equal(await peer.closed(), 1007);
});

test("R-04 a message over 64 KiB closes with 1009; one of exactly 64 KiB is read", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  const room = (await peer.join("chat"))[2];
  const messageOf = (bytes) => {
    const head = `[4,${room},2,1,0,"`;
    return `${head}${"x".repeat(bytes - head.length - 2)}"]`;
  };
  peer.sendText(messageOf(messageBytesMax));
  assert.equal((await peer.next(frames.nack))[3], codes.payloadTooLarge);
  peer.sendText(messageOf(messageBytesMax + 1));
  assert.equal((await peer.until(frames.bye))[1], codes.frameTooLarge);
  assert.equal(await peer.closed(), 1009);
});

test("R-34 a payload that leaves 512 bytes of its message free is taken, one byte more is payload_too_large", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  const room = (await peer.join("chat"))[2];
  const text = "x".repeat(messageBytesMax - envelopeBytesMax - '""'.length);
  peer.send([frames.publish, room, 2, 1, 0, text]);
  await peer.next(frames.ack);
  assert.equal((await peer.next(frames.event))[7], text);
  peer.send([frames.publish, room, 2, 2, 0, `${text}x`]);
  assert.equal((await peer.next(frames.nack))[3], codes.payloadTooLarge);
});

webSocketTest("a message holds up to 16 frames; one more ends the connection", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  const lists = (count) => Array.from({ length: count }, (_, index) => [frames.list, index + 1]);
  peer.send(...lists(batchFramesMax));
  for (let req = 1; req <= batchFramesMax; ++req) assert.equal((await peer.next(frames.reply))[1], req);
  peer.send(...lists(batchFramesMax + 1));
  assert.equal((await peer.until(frames.bye))[1], codes.batchTooLarge);
  assert.equal(await peer.closed(), 4502);
});

webSocketTest("two frames of more than 16 KiB in one message end the connection", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  const room = (await peer.join("chat"))[2];
  peer.send([frames.publish, room, 2, 1, 0, "x".repeat(batchBytesMax)], [frames.list, 1]);
  assert.equal((await peer.until(frames.bye))[1], codes.batchTooLarge);
  assert.equal(await peer.closed(), 4502);
});

test("PONG is never wrong after HELLO", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  peer.send([frames.pong], [frames.list, 5]);
  assert.equal((await peer.next(frames.reply))[1], 5);
  await peer.close();
});

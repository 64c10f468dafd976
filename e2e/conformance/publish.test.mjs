// Publications: acknowledged, delivered to every member in order with the same bytes, refused with the code and the path of the
// fault.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { codes, events, frames, Peer } from "./peer.mjs";
import { useSubject } from "./subject.mjs";

const subject = useSubject();
let ann, bob, room, epoch, head;

beforeEach(async () => {
  ann = await Peer.greet(subject.url, "ann");
  bob = await Peer.greet(subject.url, "bob");
  await ann.join("chat");
  [, , room, epoch, , head] = await bob.join("chat");
  await ann.next(frames.presence);
});

afterEach(async () => {
  await ann.close();
  await bob.close();
});

const publish = (event, number, payload) => [frames.publish, room, event, number, 0, payload];

test("ACK comes before the publisher's own EVENT, and every member gets the same bytes", async () => {
  ann.send(publish(events.message, 1, { text: "Hi" }));
  const [, ackRoom, number, ackEpoch, seq, timestampMs, duplicate] = await ann.next(frames.ack);
  assert.deepEqual([ackRoom, number, ackEpoch, seq, duplicate], [room, 1, epoch, head + 1, 0]);
  const own = await ann.nextText(frames.event);
  assert.deepEqual(own.frame, [frames.event, room, events.message, seq, timestampMs, "ann", 0, { text: "Hi" }]);
  assert.equal((await bob.nextText(frames.event)).text, own.text);
});

test("P-03 sequences of a room are contiguous over publishers and events", async () => {
  ann.send(publish(events.message, 1, { text: "1" }), publish(events.move, 2, [2]));
  await bob.next(frames.event);
  await bob.next(frames.event);
  bob.send(publish(events.move, 1, 3));
  await bob.next(frames.ack);
  await bob.next(frames.event);
  const seen = [await ann.until(frames.event), await ann.until(frames.event), await ann.until(frames.event)].map(
    (frame) => frame[3],
  );
  assert.deepEqual(seen, [head + 1, head + 2, head + 3]);
});

test("F-U-M13 members receive a key's deletion, also after a reconnect, and later members nothing of the key", async () => {
  const name = `place-${process.pid}`;
  const zone = { id: name, name: "Hall" };
  const sent = (number, ext, payload) => [frames.publish, room, events.zone, number, ext, payload];
  ann.send(sent(1, 0, zone), sent(2, { delete: 1 }, { id: name }));
  assert.deepEqual((await bob.next(frames.event)).slice(6), [0, zone]);
  const [, , , seq, , , ext, payload] = await bob.next(frames.event);
  assert.deepEqual([ext.deleted, payload], [1, { id: name }]);
  const back = await Peer.greet(subject.url, "back");
  back.send([frames.join, 1, 2, epoch, seq - 2, "chat", {}]);
  const got = await back.until(frames.event);
  assert.deepEqual([got[3], got[6].deleted, got[7]], [seq, 1, { id: name }]);
  const anew = await Peer.greet(subject.url, "anew");
  anew.send([frames.join, 1, 1, 0, 2, "chat", {}]);
  const [, , , to] = await anew.until(frames.skip);
  assert.equal(to, seq);
  anew.send([frames.history, 2, room, seq, 2, 1]);
  assert.deepEqual((await anew.until(frames.reply))[3].events, []);
  ann.send([frames.publish, room, events.move, 3, { delete: 1 }, 1]);
  assert.equal((await ann.until(frames.nack))[3], codes.requestInvalid);
  await back.close();
  await anew.close();
});

test("R-51 the server sets author and time, whatever a publisher writes into ext or beside it", async () => {
  const lies = { from: "bob", userId: "bob", timestamp: 1, seq: 1, system: true };
  ann.sendText(`[4,${room},${events.move},1,${JSON.stringify(lies)},{"from":"bob","timestamp":1}]`);
  const [, , , , seq, timestampMs] = await ann.next(frames.ack);
  const said = await bob.next(frames.event);
  assert.deepEqual(said, [frames.event, room, events.move, seq, timestampMs, "ann", 0, { from: "bob", timestamp: 1 }]);
  assert.ok(timestampMs > 1_700_000_000_000);
  await ann.next(frames.event);
  for (const more of [`"bob"`, `"bob",1`, "7"]) {
    const eve = await Peer.greet(subject.url, "eve");
    await eve.join("chat");
    eve.sendText(`[4,${room},${events.move},2,0,${more},{}]`);
    const kind = (await eve.nextOf(frames.bye, frames.nack))[0];
    assert.ok([frames.bye, frames.nack].includes(kind));
    if (kind === frames.nack) await eve.close();
  }
});

for (const [what, payload, code, path] of [
  ["a missing property", "{}", codes.requiredMissing, "$"],
  ["a wrong type", '{"text":7}', codes.wrongType, "$.text"],
  ["an empty text", '{"text":""}', codes.tooShort, "$.text"],
  ["a text over its length", `{"text":"${"x".repeat(21)}"}`, codes.tooLong, "$.text"],
  ["an undeclared property", '{"text":"a","more":1}', codes.propertyUnknown, "$.more"],
  ["the property __proto__", '{"text":"a","__proto__":{"admin":true}}', codes.propertyUnknown, "$.__proto__"],
  ["a declared key given twice", '{"text":"a","text":"b"}', codes.duplicateKey, "$.text"],
  ["an array in place of the object", "[1]", codes.wrongType, "$"],
]) {
  test(`${what} is refused with its code and path`, async () => {
    ann.sendText(`[4,${room},${events.message},1,0,${payload}]`);
    const [, nackRoom, number, answered, retryAfterMs, why] = await ann.next(frames.nack);
    assert.deepEqual([nackRoom, number, answered, retryAfterMs], [room, 1, code, 0]);
    assert.equal(why.path ?? "$", path);
    assert.equal(typeof why.message, "string");
    ann.send(publish(events.message, 2, { text: "on" }));
    await ann.next(frames.ack);
    assert.deepEqual((await bob.next(frames.event))[7], { text: "on" });
  });
}

for (const [what, payload, code] of [
  ["R-28 a payload 20,000 levels deep", "[".repeat(20_000) + "]".repeat(20_000), codes.jsonDepth],
  ["R-29 a lone surrogate", '"\\ud800"', codes.jsonUtf8],
]) {
  test(`${what} is refused, and no member receives it`, async () => {
    ann.sendText(`[4,${room},${events.move},1,0,${payload}]`);
    assert.equal((await ann.next(frames.nack))[3], code);
    ann.send(publish(events.move, 2, "after"));
    assert.equal((await bob.next(frames.event))[7], "after");
  });
}

for (const payload of [
  "9007199254740993",
  "1e999",
  "-0",
  "9".repeat(400),
  '"\\u0000"',
  '{"__proto__":1,"constructor":2}',
  '{"a":1,"a":2}',
  '"\\u2028 🦊"',
]) {
  test(`R-30 the payload ${payload.slice(0, 32)} arrives byte for byte`, async () => {
    ann.sendText(`[4,${room},${events.move},1,0,${payload}]`);
    await ann.next(frames.ack);
    const { text } = await bob.nextText(frames.event);
    assert.ok(text.endsWith(`,0,${payload}]`), text);
  });
}

test("P-02 raw CR and TAB outside strings become spaces, and nothing else changes", async () => {
  ann.sendText(`[4,${room},${events.move},1,0,{"a":\t1,\r"b":"\\n\\t"}]`);
  await ann.next(frames.ack);
  assert.ok((await bob.nextText(frames.event)).text.endsWith(',0,{"a": 1, "b":"\\n\\t"}]'));
});

test("R-23 an unknown event, one that the room does not list, and a room not joined are refused", async () => {
  const duo = (await ann.join("duo", 2))[2];
  for (const [frame, code] of [
    [publish(99, 1, 1), codes.eventUnknown],
    [publish(0, 2, 1), codes.eventUnknown],
    [[frames.publish, duo, events.move, 1, 0, 1], codes.eventNotAllowed],
    [[frames.publish, 2 ** 53 - 1, events.move, 3, 0, 1], codes.notJoined],
  ]) {
    ann.send(frame);
    const [, nackRoom, number, answered] = await ann.next(frames.nack);
    assert.deepEqual([nackRoom, number, answered], [frame[1], frame[3], code]);
  }
});

test("a room without events allows none", async () => {
  const mute = (await ann.join("mute", 2))[2];
  ann.send([frames.publish, mute, events.message, 1, 0, { text: "x" }]);
  assert.equal((await ann.next(frames.nack))[3], codes.eventNotAllowed);
});

test("a volatile event has sequence 0 and does not count", async () => {
  ann.send(publish(events.tick, 0, 1), publish(events.move, 1, 2));
  assert.deepEqual((await ann.next(frames.ack)).slice(2, 5), [0, epoch, 0]);
  assert.equal((await bob.next(frames.event))[3], 0);
  assert.equal((await bob.next(frames.event))[3], head + 1);
});

test("R-26 a number sent again is answered with its first position, and a hole with the number expected", async () => {
  const eve = await Peer.greet(subject.url, "eve", { producer: { id: "tab-1" } });
  await eve.join("chat");
  eve.send(publish(events.move, 1, "once"));
  const first = await eve.until(frames.ack);
  await eve.next(frames.event);
  eve.send(publish(events.move, 1, "once"));
  assert.deepEqual(await eve.next(frames.ack), [...first.slice(0, 6), 1]);
  eve.send(publish(events.move, 3, "too early"));
  const [, , number, code, , why] = await eve.next(frames.nack);
  assert.deepEqual([number, code, why.expected], [3, codes.producerHole, 2]);
  eve.send(publish(events.move, 2, "second"));
  assert.deepEqual((await eve.next(frames.ack)).slice(2, 5), [2, epoch, first[4] + 1]);
  await eve.close();
});

test("F-K05 an old number is refused from a producer that is not remembered, and new numbers continue", async () => {
  const eve = await Peer.greet(subject.url, "eve", { producer: { id: "tab-2", outbox: "memory" } });
  await eve.join("chat");
  const publishWith = (number, ext) => [frames.publish, room, events.message, number, ext, { text: "Hi" }];
  eve.send(publishWith(1, { resent: 86_400 }), publishWith(70, 0));
  const [, , number, code] = await eve.next(frames.nack);
  assert.deepEqual([number, code], [1, codes.producerUnknown]);
  const [, , later, hole, , why] = await eve.next(frames.nack);
  assert.deepEqual([later, hole, why.expected], [70, codes.producerHole, 1]);
  eve.send(publishWith(70, { first: 1 }), publishWith(71, 0), publishWith(70, { resent: 1 }));
  const acks = [await eve.until(frames.ack), await eve.until(frames.ack), await eve.until(frames.ack)];
  assert.deepEqual(
    acks.map((ack) => [ack[2], ack[6]]),
    [
      [70, 0],
      [71, 0],
      [70, 1],
    ],
  );
  assert.equal(acks[2][4], acks[0][4]);
  await eve.close();
});

test("P-03 a member that is subscribed to some events is notified of skipped ones", async () => {
  bob.send([frames.unsubscribe, 1, room, 0], [frames.subscribe, 2, room, events.move]);
  await bob.next(frames.reply);
  await bob.next(frames.reply);
  ann.send(publish(events.message, 1, { text: "not for bob" }), publish(events.move, 2, "for bob"));
  const covered = new Set();
  for (let last = 0; last < head + 2; ) {
    const taken = await bob.nextOf(frames.skip, frames.event);
    const [from, to] = taken[0] === frames.skip ? [taken[2], taken[3]] : [taken[3], taken[3]];
    if (taken[0] === frames.event) assert.equal(taken[7], "for bob");
    for (let seq = from; seq <= to; ++seq) covered.add(seq);
    last = to;
  }
  assert.deepEqual([...covered], [head + 1, head + 2]);
});

// The log as clients see it: joining at a position, HISTORY, CREDIT, and coming back with a session's secret.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { events, frames, Peer } from "./peer.mjs";
import { useSubject } from "./subject.mjs";

const unbounded = Number.MAX_SAFE_INTEGER;
const subject = useSubject();
let ann, room, epoch, first;

beforeEach(async () => {
  ann = await Peer.greet(subject.url, "ann");
  let head;
  [, , room, epoch, , head] = await ann.join("chat");
  first = head + 1;
  for (let i = 0; i < 5; ++i) {
    ann.send([frames.publish, room, events.message, i + 1, 0, { text: `${i}` }]);
    await ann.next(frames.ack);
    await ann.next(frames.event);
  }
});

afterEach(() => ann.close());

/** A second member that joins at a place; resolves with it and its JOINED. */
async function joining(kind, atEpoch, seq) {
  const bob = await Peer.greet(subject.url, "bob");
  bob.send([frames.join, 9, kind, atEpoch, seq, "chat", {}]);
  return [bob, await bob.next(frames.joined)];
}

const sequences = async (peer, count) => {
  const seen = [];
  while (seen.length < count) seen.push((await peer.until(frames.event))[3]);
  return seen;
};

test("joining since a position gives what came after it, then what is new", async () => {
  const [bob, joined] = await joining(2, epoch, first + 1);
  assert.deepEqual(joined.slice(3, 7), [epoch, joined[4], first + 4, 1]);
  assert.deepEqual(await sequences(bob, 3), [first + 2, first + 3, first + 4]);
  ann.send([frames.publish, room, events.message, 6, 0, { text: "new" }]);
  assert.deepEqual(await sequences(bob, 1), [first + 5]);
  await bob.close();
});

test("joining at the last n gives the last n", async () => {
  const [bob, joined] = await joining(1, 0, 2);
  assert.equal(joined[6], 1);
  assert.deepEqual(await sequences(bob, 2), [first + 3, first + 4]);
  await bob.close();
});

for (const [what, atEpoch, seq, reason] of [
  ["another epoch", 1, 1, "epoch_changed"],
  ["a position ahead of the log", undefined, unbounded, "ahead"],
]) {
  test(`joining since ${what} is not recovered, and has the reason`, async () => {
    const [bob, joined] = await joining(2, atEpoch ?? epoch, seq);
    assert.equal(joined[6], 0);
    assert.equal(joined[7].reason, reason);
    assert.deepEqual(await sequences(bob, 1), [joined[4]]); // from the beginning of the log
    await bob.close();
  });
}

test("HISTORY gives a page in ascending order, and what it covers", async () => {
  ann.send([frames.history, 5, room, unbounded, 3, 0]);
  const [, req, code, page] = await ann.next(frames.reply);
  assert.deepEqual([req, code, page.epoch, page.head, page.first, page.last], [5, 0, epoch, first + 4, first + 2, first + 4]);
  assert.deepEqual(
    page.events.map(([event, seq, , from, data]) => [event, seq, from, data.text]),
    [2, 3, 4].map((i) => [events.message, first + i, "ann", `${i}`]),
  );
});

test("CREDIT holds events back until it grows", async () => {
  const [bob] = await joining(0, 0, 0);
  bob.send([frames.credit, room, first + 4], [frames.list, 3]);
  await bob.until(frames.reply); // the credit was heard
  ann.send([frames.publish, room, events.message, 6, 0, { text: "held" }]);
  await ann.until(frames.ack);
  bob.send([frames.list, 4]);
  assert.equal((await bob.until(frames.reply))[1], 4);
  bob.send([frames.credit, room, unbounded]);
  assert.deepEqual(await sequences(bob, 1), [first + 5]);
  await bob.close();
});

test("a session that resumes ends its previous connection", async () => {
  const old = await Peer.greet(subject.url, "eve");
  const back = await Peer.greet(subject.url, "eve", { resume: old.welcome[7].resume });
  assert.equal(await old.closed(), 4506);
  await back.close();
});

// Rooms: JOIN, JOINED, LEAVE, LEFT, PRESENCE, LIST, and each way in which a request is refused while the connection goes on.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { codes, events, frames, Peer } from "./peer.mjs";
import { useSubject } from "./subject.mjs";

const subject = useSubject();
const roomsPerConnectionMax = 128;
const opened = [];

async function greet(userId, options) {
  const peer = await Peer.greet(subject.url, userId, options);
  opened.push(peer);
  return peer;
}

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close();
});

/** Waits until PRESENCE tells of somebody among `joined` or `left`; the clock and the entry. Nobody else may have left before. */
async function cameOrWent(peer, room, list, isMeant) {
  for (;;) {
    const [, told, clock, changes] = await peer.until(frames.presence);
    assert.equal(told, room);
    const found = (changes[list] ?? []).find(isMeant);
    if (found !== undefined) return [clock, found];
    assert.deepEqual(changes.left ?? [], []);
  }
}

/** The REPLY to `frame`, which must refuse it with `code`; LIST still works after it. */
async function refused(peer, frame, code) {
  peer.send(frame);
  const [, req, answered, why] = await peer.until(frames.reply);
  assert.equal(req, frame[1]);
  assert.equal(answered, code);
  assert.equal(typeof why.message, "string");
  peer.send([frames.list, 999]);
  assert.deepEqual((await peer.until(frames.reply)).slice(0, 3), [frames.reply, 999, 0]);
}

test("JOINED has the documented form", async () => {
  const ann = await greet("ann", { identity: { userId: "ann", name: "Ann", meta: { role: "host" } } });
  ann.send([frames.join, 4, 0, 0, 0, "chat", {}]);
  const [type, req, room, epoch, base, head, recovered, rest] = await ann.next(frames.joined);
  assert.deepEqual([type, req, recovered], [frames.joined, 4, 1]);
  assert.ok(room > 0 && Number.isSafeInteger(room));
  assert.ok(epoch > 0 && Number.isSafeInteger(epoch));
  assert.ok(base <= head + 1);
  assert.equal(rest.roomId, "chat");
  assert.equal(rest.name, "Support chat");
  assert.equal(rest.maxSize, 50);
  assert.ok(Number.isSafeInteger(rest.clock));
  assert.deepEqual(rest.members, [{ userId: "ann", name: "Ann", meta: { role: "host" } }]);
});

test("a room has one number for all of its members", async () => {
  const [ann, bob] = [await greet("ann"), await greet("bob")];
  assert.equal((await ann.join("chat"))[2], (await bob.join("chat"))[2]);
});

test("PRESENCE notifies the others of joins and leaves, with a clock that rises", async () => {
  const [ann, bob] = [await greet("ann"), await greet("bob", { identity: { userId: "bob", name: "Bob" } })];
  const [, , room, , , , , { clock }] = await ann.join("chat");
  await bob.join("chat");
  const [joinedClock, joined] = await cameOrWent(ann, room, "joined", (member) => member.userId === "bob");
  assert.deepEqual(joined, { userId: "bob", name: "Bob" });
  assert.ok(joinedClock > clock);
  bob.send([frames.leave, 2, room]);
  assert.deepEqual(await bob.until(frames.left), [frames.left, 2, room, 0]);
  const [leftClock] = await cameOrWent(ann, room, "left", (userId) => userId === "bob");
  assert.ok(leftClock > joinedClock);
});

test("a user with two connections is one member, and stays until the last one has ended", async () => {
  const [watcher, first, second] = [await greet("watcher"), await greet("ann"), await greet("ann")];
  const room = (await watcher.join("chat"))[2];
  await first.join("chat");
  const { members } = (await second.join("chat"))[7];
  assert.deepEqual(members.map((member) => member.userId).sort(), ["ann", "watcher"]);
  await cameOrWent(watcher, room, "joined", (member) => member.userId === "ann");
  await first.close();
  const third = await greet("bob");
  await third.join("chat");
  const [, bob] = await cameOrWent(watcher, room, "joined", (member) => member.userId === "bob");
  assert.ok(bob, "somebody's coming is told, and ann's going was not told before it");
  await second.close();
  await cameOrWent(watcher, room, "left", (userId) => userId === "ann");
});

test("joining twice is already_joined", async () => {
  const ann = await greet("ann");
  await ann.join("chat");
  await refused(ann, [frames.join, 2, 0, 0, 0, "chat", {}], codes.alreadyJoined);
});

test("leaving without having joined is not_joined, for a room that exists and for one that does not", async () => {
  const [ann, bob] = [await greet("ann"), await greet("bob")];
  const room = (await ann.join("chat"))[2];
  await refused(bob, [frames.leave, 3, room], codes.notJoined);
  await refused(bob, [frames.leave, 4, 2 ** 53 - 1], codes.notJoined);
  ann.send([frames.leave, 5, room]);
  await ann.until(frames.left);
  await refused(ann, [frames.leave, 6, room], codes.notJoined);
});

test("an unknown room is room_unknown", async () => {
  await refused(await greet("ann"), [frames.join, 2, 0, 0, 0, "nowhere", {}], codes.roomUnknown);
});

test("R-23 a name that is not valid is name_invalid", async () => {
  const ann = await greet("ann");
  for (const roomId of ["", "a b", "../etc/passwd", "*", ">", "a..b", "__proto__", "сhat", "x".repeat(129)]) {
    await refused(ann, [frames.join, 2, 0, 0, 0, roomId, {}], codes.nameInvalid);
  }
});

test("P-04 a full room is room_full, and has a place again when a member left", async () => {
  const [ann, bob, eve] = [await greet("ann"), await greet("bob"), await greet("eve")];
  const room = (await ann.join("duo"))[2];
  await bob.join("duo");
  await refused(eve, [frames.join, 2, 0, 0, 0, "duo", {}], codes.roomFull);
  ann.send([frames.leave, 3, room]);
  await ann.until(frames.left);
  assert.equal((await eve.join("duo", 4))[1], 4);
});

test("R-27 a connection may be in 128 rooms", async () => {
  const ann = await greet("ann");
  for (let i = 0; i < roomsPerConnectionMax; ++i) await ann.join(`game-${i}`, i + 1);
  await refused(ann, [frames.join, 500, 0, 0, 0, "chat", {}], codes.tooManyRooms);
});

test("JOIN with an event that does not exist, or that the room does not list, is refused by name", async () => {
  const ann = await greet("ann");
  await refused(ann, [frames.join, 2, 0, 0, 0, "chat", { events: ["nothing"] }], codes.eventUnknown);
  await refused(ann, [frames.join, 3, 0, 0, 0, "duo", { events: ["move"] }], codes.eventNotAllowed);
});

for (const [what, text] of [
  ["R-31 a repeated key in its options", '[2,8,0,0,0,"chat",{"events":["move"],"events":["tick"]}]'],
  ["an array in place of its options", '[2,8,0,0,0,"chat",[]]'],
  ["a number in place of its events", '[2,8,0,0,0,"chat",{"events":7}]'],
  ["an unknown kind of start", '[2,8,3,0,0,"chat",{}]'],
]) {
  test(`${what} makes JOIN request_invalid`, async () => {
    const ann = await greet("ann");
    ann.sendText(text);
    assert.deepEqual((await ann.until(frames.reply)).slice(0, 3), [frames.reply, 8, codes.requestInvalid]);
    assert.equal((await ann.join("chat", 9))[1], 9);
  });
}

test("SUBSCRIBE and UNSUBSCRIBE answer 0 and {}; refusals have a reason", async () => {
  const ann = await greet("ann");
  const room = (await ann.join("chat"))[2];
  for (const [type, event] of [
    [frames.unsubscribe, 0],
    [frames.subscribe, events.move],
    [frames.unsubscribe, events.move],
    [frames.subscribe, 0],
  ]) {
    ann.send([type, 5, room, event]);
    assert.deepEqual(await ann.until(frames.reply), [frames.reply, 5, 0, {}]);
  }
  await refused(ann, [frames.subscribe, 6, room, 99], codes.eventUnknown);
  const game = (await ann.join("game-1"))[2];
  await refused(ann, [frames.subscribe, 7, game, events.message], codes.eventNotAllowed);
  await refused(ann, [frames.subscribe, 8, 2 ** 53 - 1, 0], codes.notJoined);
});

test("LIST returns the existing rooms, sorted, with their sizes", async () => {
  const [ann, bob] = [await greet("ann"), await greet("bob")];
  await ann.join("game-list");
  await bob.join("game-list");
  ann.send([frames.list, 3, { limit: 1000 }]); // the tests of this file leave more than a page of 100
  const [, req, code, { rooms }] = await ann.until(frames.reply);
  assert.deepEqual([req, code], [3, 0]);
  assert.deepEqual(
    rooms.map((room) => room.id),
    rooms.map((room) => room.id).toSorted(),
  );
  assert.deepEqual(
    rooms.find((room) => room.id === "game-list"),
    { id: "game-list", name: "Game", size: 2, maxSize: 4 },
  );
  assert.deepEqual(
    rooms.find((room) => room.id === "duo"),
    { id: "duo", name: "Two seats", size: 0, maxSize: 2 },
  );
});

test("F-K12 LIST is paged by after and limit, and returns the start of the next page", async () => {
  const ann = await greet("ann");
  const page = async (options) => {
    ann.send([frames.list, 4, options]);
    return (await ann.until(frames.reply)).slice(2);
  };
  const [, whole] = await page({ limit: 1000 });
  const all = whole.rooms.map((room) => room.id);
  assert.ok(all.length > 2);
  assert.equal(whole.next, undefined);
  const paged = [];
  for (let after; ; ) {
    const [code, { rooms, next }] = await page({ after, limit: 2 });
    assert.equal(code, 0);
    assert.ok(rooms.length <= 2);
    paged.push(...rooms.map((room) => room.id));
    if (next === undefined) break;
    after = next;
  }
  assert.deepEqual(paged, all);
  for (const wrong of [{ limit: 0 }, { limit: 1001 }, { after: 1 }, { after: "#1" }])
    assert.equal((await page(wrong))[0], codes.requestInvalid, JSON.stringify(wrong));
});

test("F-N02 requests that read are limited, and the answer has the time of the retry", async () => {
  const ann = await greet("ann");
  const over = 450; // far above what is allowed at once, and what time gives meanwhile
  const codesSeen = new Set();
  for (let sent = 0; sent < over; sent += 15) {
    const batch = Array.from({ length: 15 }, (_, n) => [frames.list, sent + n + 1]);
    ann.send(...batch);
    for (const _ of batch) {
      const [, , code, result] = await ann.next(frames.reply);
      codesSeen.add(code);
      if (code !== 0) assert.ok(result.retryAfterMs > 0);
    }
  }
  assert.deepEqual([...codesSeen], [0, codes.rateLimited]);
});

test("R-24 a request number is returned unchanged, even when it is used twice", async () => {
  const ann = await greet("ann");
  ann.send([frames.list, 2 ** 53 - 1], [frames.list, 7], [frames.list, 7]);
  const answered = [await ann.next(frames.reply), await ann.next(frames.reply), await ann.next(frames.reply)];
  assert.deepEqual(
    answered.map((reply) => reply[1]),
    [2 ** 53 - 1, 7, 7],
  );
});

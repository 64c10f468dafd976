// Messages, their changes and what is not read of them, in real time and over HTTP against the real program: rights, exact
// counters, and that what was deleted is nowhere, also after kills.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../support/chat_server.mjs";
import { startChat } from "../support/start_chat.mjs";

const { server, ann, bob, eve } = await startChat("ann", "bob", "eve");

let rooms = 0;
/** A room of Ann's that `others` have joined. */
async function makeRoom(...others) {
  const { id } = await ann.call("rooms.create", { name: `Room ${++rooms}` });
  for (const one of others) await one.call("rooms.join", { room: id });
  return id;
}

/** A person in a room: publishes, and closes. */
async function inRoom(one, id) {
  const client = one.connect();
  const room = await client.join(`room-${id}`);
  return {
    say: async (text, more = {}) => (await room.trigger("message", { text, ...more })).seq,
    try: (event, data) =>
      room.trigger(event, data).then(
        () => "ok",
        (error) => error.reason ?? error.code,
      ),
    room,
    close: () => client.close(),
  };
}

const countsOf = async (one, id) => (await one.call("rooms.list")).rooms.find((room) => room.id === id).counts;
const unread = (one, id, wanted) =>
  until(async () => {
    const counts = await countsOf(one, id);
    return counts.unread === wanted && counts;
  }, `${wanted} unread messages`);

test("only its author edits a message, and nobody changes what is gone", async () => {
  const id = await makeRoom(bob);
  const [a, b] = [await inRoom(ann, id), await inRoom(bob, id)];
  const seq = await b.say("first");
  assert.equal(await b.try("message.edit", { seq, text: "second" }), "ok");
  assert.match(await a.try("message.edit", { seq, text: "mine" }), /Only its author/);
  assert.match(await b.try("message.edit", { seq, text: "\u200b" }), /nothing that can be seen/);
  assert.match(await b.try("message.edit", { seq: 1, text: "x" }), /gone/); // a line about a member
  await a.try("reaction", { seq, emoji: "👍", on: true });
  await ann.call("messages.delete", { room: id, seq });
  for (const [event, data] of [
    ["message.edit", { seq, text: "again" }],
    ["reaction", { seq, emoji: "👍", on: true }],
    ["pin", { seq, on: true }],
    ["message", { text: "an answer", reply: seq }],
  ])
    assert.match(await b.try(event, data), /gone|moderators/, event);
  a.close();
  b.close();
});

test("reactions are emoji, pins are for moderators, mentions are of members", async () => {
  const id = await makeRoom(bob);
  const [a, b] = [await inRoom(ann, id), await inRoom(bob, id)];
  const seq = await a.say("hello");
  for (const emoji of ["👍", "❤️", "👩‍👩‍👧", "🇫🇷", "1️⃣", "✅", "👍🏽"])
    assert.equal(await b.try("reaction", { seq, emoji, on: true }), "ok", emoji);
  for (const emoji of ["a", "no", "<b>", "👍👍", "é", "上", " ", "1"])
    assert.match(await b.try("reaction", { seq, emoji, on: true }), /one emoji/, emoji);
  assert.match(await b.try("pin", { seq, on: true }), /moderators/);
  assert.equal(await a.try("pin", { seq, on: true }), "ok");
  const pins = await until(async () => {
    const { messages } = await bob.call("messages.pins", { room: id });
    return messages.length > 0 && messages;
  });
  assert.deepEqual(
    pins.map(({ text }) => text),
    ["hello"],
  );
  assert.match(await a.try("message", { text: "@eve", mentions: [eve.id] }), /not a member/);
  a.close();
  b.close();
});

test("counters are exact: own messages, deleted ones and those before joining do not count", async () => {
  const id = await makeRoom();
  const a = await inRoom(ann, id);
  await a.say("before");
  await bob.call("rooms.join", { room: id });
  const b = await inRoom(bob, id);
  await unread(bob, id, 0);
  const first = await a.say("one");
  const second = await a.say("two @bob", { mentions: [bob.id] });
  await b.say("three");
  assert.deepEqual((await unread(bob, id, 2)).mentions, 1);
  await unread(ann, id, 1);
  await ann.call("messages.delete", { room: id, seq: second });
  assert.deepEqual((await unread(bob, id, 1)).mentions, 0);
  await bob.call("messages.read", { room: id, seq: first });
  await unread(bob, id, 0);
  await bob.call("messages.read", { room: id, seq: 1 }); // marks move forward only
  await unread(bob, id, 0);
  await bob.call("messages.unread", { room: id, seq: first });
  await unread(bob, id, 1);
  assert.equal(await eve.refusal("messages.read", { room: id, seq: 1 }), "not_member");
  for (const seq of [-1, 1.5, "1", null, 2 ** 60])
    assert.equal(await bob.refusal("messages.read", { room: id, seq }), "invalid_request");
  a.close();
  b.close();
});

test("reading on one page is told to the other pages of the user", async () => {
  const id = await makeRoom(bob);
  const [a, b] = [await inRoom(ann, id), await inRoom(bob, id)];
  const other = bob.connect();
  await other.join(`room-${id}`);
  const told = new Promise((resolve) => other.onDirect("mark", ({ data }) => resolve(data)));
  const seq = await a.say("hello");
  await unread(bob, id, 1);
  await bob.call("messages.read", { room: id, seq });
  const counts = await told;
  assert.deepEqual([counts.room, counts.mark, counts.unread], [id, seq, 0]);
  for (const one of [a, b, other]) one.close();
});

test("counters equal a recount after random acts of three people", async () => {
  const id = await makeRoom(bob, eve);
  const people = [ann, bob, eve];
  const inside = await Promise.all(people.map((one) => inRoom(one, id)));
  const said = []; // { seq, author, isDeleted }
  const marks = new Map();
  for (const one of people) marks.set(one, (await countsOf(one, id)).mark);
  let seed = 7;
  const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let step = 0; step < 80; ++step) {
    const who = random(3);
    const act = random(10);
    const target = said[random(Math.max(1, said.length))];
    if (act < 5 || !target) said.push({ seq: await inside[who].say(`message ${step}`), author: people[who] });
    else if (act < 7) {
      await people[who].call("messages.read", { room: id, seq: target.seq });
      marks.set(people[who], Math.max(marks.get(people[who]), target.seq));
    } else if (act < 8) {
      await people[who].call("messages.unread", { room: id, seq: target.seq });
      marks.set(people[who], target.seq - 1);
    } else if (act < 9) await inside[who].try("reaction", { seq: target.seq, emoji: "👍", on: random(2) === 0 });
    else {
      await until(async () => (await target.author.refusal("messages.delete", { room: id, seq: target.seq })) === "ok");
      target.isDeleted = true;
    }
  }
  for (const one of people) {
    const expected = said.filter(({ seq, author, isDeleted }) => !isDeleted && author !== one && seq > marks.get(one)).length;
    await unread(one, id, expected);
  }
  for (const one of inside) one.close();
});

/** Whether any file of the server has these bytes. */
function isInFiles(text) {
  const directory = join(server.data, "data");
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.some(({ name }) => readFileSync(join(directory, name)).includes(text));
}

test("a deleted text is in no file, nor are its edits; also where the program is killed meanwhile", async () => {
  const id = await makeRoom(bob);
  let b = await inRoom(bob, id);
  const secrets = [];
  for (let i = 0; i < 3; ++i) {
    const [before, after_] = [`wombat-${i}-before`, `wombat-${i}-after`];
    const seq = await b.say(before);
    await b.try("message.edit", { seq, text: after_ });
    await until(async () => {
      const { messages } = await bob.call("messages.get", { room: id, seqs: [seq] });
      return messages[0]?.text === after_;
    }, "the edit");
    assert.ok(isInFiles(after_));
    secrets.push(before, after_);
    await bob.call("messages.delete", { room: id, seq });
    if (i < 2) {
      await server.kill();
      await server.launch();
      b.close();
      b = await inRoom(bob, id);
    }
  }
  await until(() => !secrets.some(isInFiles), "the texts leave all files");
  const events = [];
  for await (const message of b.room.history({ limit: Infinity })) events.push(message);
  assert.ok(!JSON.stringify(events).includes("wombat"));
  assert.equal(events.filter(({ event }) => event === "message.delete").length, 3);
  b.close();
});

test("many deletions in several rooms hold up no counter, and leave all files", async () => {
  const ids = [await makeRoom(bob), await makeRoom(bob), await makeRoom(bob)];
  const insides = [];
  for (const id of ids) insides.push(await inRoom(ann, id));
  for (let round = 0; round < 4; ++round) {
    for (const [i, a] of insides.entries()) {
      const seq = await a.say(`platypus-${i}-${round}`);
      await until(async () => (await ann.refusal("messages.delete", { room: ids[i], seq })) === "ok");
      await a.say("kept");
    }
    for (const id of ids) await unread(bob, id, round + 1);
  }
  await until(() => !isInFiles("platypus"), "the texts leave all files");
});

test("the projection goes on where a kill has ended it, and repeats nothing", async () => {
  const id = await makeRoom(bob);
  let sent = 0;
  for (let round = 0; round < 4; ++round) {
    const a = await inRoom(ann, id);
    const saying = Array.from({ length: 20 }, (_, i) =>
      a.say(`${round}-${i}`).then(
        () => ++sent,
        () => undefined,
      ),
    );
    await Promise.race(saying);
    await server.kill();
    a.close();
    await Promise.all(saying);
    await server.launch();
  }
  const b = await inRoom(bob, id);
  let inLog = 0;
  for await (const { event } of b.room.history({ limit: Infinity })) inLog += event === "message" ? 1 : 0;
  assert.ok(inLog >= sent);
  await unread(bob, id, inLog);
  b.close();
});

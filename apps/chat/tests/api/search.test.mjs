// Search over HTTP against the real program: words, parts of words, scripts without blanks, rights, edits, deletions, hostile
// queries.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/chat_server.mjs";
import { startChat } from "../support/start_chat.mjs";

const { ann, eve } = await startChat("ann", "eve");
const { id } = await ann.call("rooms.create", { name: "Secret", private: true });
const room = await ann.connect().join(`room-${id}`);

const say = async (text) => (await room.trigger("message", { text })).seq;
const find = async (text, one = ann) => (await one.call("messages.search", { text })).messages.map((each) => each.text);
const found = (text, wanted) => until(async () => (await find(text)).includes(wanted), `${text} finds ${wanted}`);

test("messages are found by words, their beginnings, without accents and inside sentences of Han", async () => {
  for (const text of ["The Crème is here", "我昨天去了上海看朋友", "Donaudampfschiff"]) await say(text);
  await found("creme", "The Crème is here");
  await found("上海", "我昨天去了上海看朋友");
  await found("海", "我昨天去了上海看朋友");
  await found("donau", "Donaudampfschiff");
  assert.deepEqual(await find("creme donau"), []);
});

test("others do not find what is said in rooms that they are not in", async () => {
  await say("wombat");
  await found("wombat", "wombat");
  assert.deepEqual(await find("wombat", eve), []);
});

test("an edit is found by its new text, and a deleted message not at all", async () => {
  const seq = await say("badger one");
  await found("badger", "badger one");
  await room.trigger("message.edit", { seq, text: "otter two" });
  await found("otter", "otter two");
  assert.deepEqual(await find("badger"), []);
  await ann.call("messages.delete", { room: id, seq });
  assert.deepEqual(await find("otter"), []);
});

test("no query is an operator", async () => {
  for (const text of [
    '"',
    '" OR "',
    "a AND",
    "NOT x",
    "text:x",
    "*",
    "^a",
    "(",
    "NEAR(a b)",
    "'; DROP TABLE search; --",
    "",
    " ",
    "\u0000",
  ])
    assert.ok(Array.isArray(await find(text)), text);
  assert.equal(await ann.refusal("messages.search", { text: "x".repeat(257) }), "invalid_request");
});

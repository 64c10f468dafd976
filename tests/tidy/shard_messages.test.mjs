// What shards send each other is values: no function, no pointer into the sender. Another node could be on the other side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpp, read } from "./repository.mjs";

const kDirectory = "server/core/messages/";
// What is no part of a message: what an application is called with, and how it is asked.
const kNotSent = ["hooks.hpp", "hook_question.hpp"].map((name) => kDirectory + name);

/** The code of a header, without comments and what stands in quotes. */
function code(path) {
  return read(path)
    .replaceAll(/\/\/.*$/gm, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""');
}

const kPointer = /^\s*(const )?[A-Za-z_][\w:<>, ]*[*&]\s*\w+\s*(=[^;]*)?;/;

/** What is forbidden in a member of a message, with its line. */
function faults(text) {
  return text.split("\n").flatMap((line, index) => {
    const isMember = !line.includes("(") && line.trim().endsWith(";");
    const isFunction = /std::function|\bCallDone\b/.test(line);
    const isPointer = isMember && kPointer.test(line) && !/\b(using|return)\b/.test(line);
    const isShared = /shared_ptr<(?!const )/.test(line);
    const isView = isMember && /\bstd::(string_view|span)\b/.test(line);
    return isFunction || isPointer || isShared || isView ? [`${index + 1}: ${line.trim()}`] : [];
  });
}

/** The headers that the alternatives of ShardMessageBody stand in. */
function messageHeaders() {
  const list = /using ShardMessageBody =\s+std::variant<([^;]*)>;/.exec(code(`${kDirectory}shard_message.hpp`));
  assert.ok(list, "ShardMessageBody is a variant");
  const types = list[1].split(",").map((name) => name.trim().replace(/^Gather<(\w+)>$/, "$1"));
  assert.ok(types.length > 30, "all alternatives are read");
  const headers = new Set();
  for (const type of [...types, "Gather"]) {
    const at = cpp.filter((path) => path.startsWith(kDirectory) && code(path).includes(`struct ${type} {`));
    assert.equal(at.length, 1, `${type} is defined in one header of ${kDirectory}`);
    headers.add(at[0]);
  }
  return [...headers];
}

test("a shard message holds no function and no pointer into its sender", () => {
  const headers = messageHeaders();
  for (const path of kNotSent) assert.ok(!headers.includes(path), `${path} defines no message`);
  for (const path of headers) assert.deepEqual(faults(code(path)), [], path);
});

test("the rule finds what it forbids", () => {
  for (const member of [
    "  std::function<void(int)> done;",
    "  Room* room = nullptr;",
    "  const Room& room;",
    "  std::shared_ptr<Room> room;",
    "  std::string_view text;",
  ])
    assert.equal(faults(member).length, 1, member);
  for (const member of [
    "  std::shared_ptr<const Identity> identity;",
    "  std::unique_ptr<Error> refused;",
    "  std::uint64_t a = 2 * 3;",
  ])
    assert.equal(faults(member).length, 0, member);
});

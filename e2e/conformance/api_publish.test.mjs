// Publishing by HTTP: one event, batches, keys that make it exactly once, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useApiServer } from "./api.mjs";
import { events, frames, Peer } from "./peer.mjs";

const server = useApiServer();
const isFull = process.env.DIALOGUE_RELIABILITY === "full";
const rounds = isFull ? 1000 : 10;

const message = (text, more = {}) => ({ event: "message", data: { text }, ...more });
const publish = (room, data, headers) => server.call("POST", `/rooms/${room}/events`, { data, headers });
const withKey = (room, data, key) => publish(room, data, { "Idempotency-Key": key });

/** A room of its own for a test. */
async function makeRoom(id, names = ["message", "move", "tick"]) {
  assert.equal((await server.call("POST", "/rooms", { data: { id, events: names, retention: {} } })).status, 201);
  return id;
}

test("an event that is published by HTTP has a place in the log and reaches the members", async () => {
  const ann = await Peer.greet(server.url, "ann");
  const joined = await ann.join("chat");
  const { status, body } = await publish("chat", message("by hand"));
  assert.equal(status, 200);
  assert.deepEqual([body.room, body.seq, body.epoch, body.duplicate], ["chat", joined[5] + 1, joined[3], false]);
  const event = await ann.until(frames.event);
  assert.deepEqual(event.slice(2), [events.message, body.seq, body.timestamp, "system", 0, { text: "by hand" }]);
  await publish("chat", message("as bob", { from: "bob" }));
  assert.equal((await ann.until(frames.event))[5], "bob");
  await ann.close();
});

test("P-02 a payload is kept byte for byte", async () => {
  const room = await makeRoom("bytes");
  const data = '{"a":9007199254740993,"b":1e999,"c":-0,"d":"\\u00e9"}';
  assert.equal((await server.call("POST", `/rooms/${room}/events`, { text: `{"event":"move","data":${data}}` })).status, 200);
  assert.ok((await server.call("GET", `/rooms/${room}/history`)).text.includes(`"data":${data},`));
});

test("a volatile event has seq 0, and takes no key", async () => {
  const { status, body } = await publish("chat", { event: "tick", data: 1 });
  assert.deepEqual([status, body.seq], [200, 0]);
  const keyed = await withKey("chat", { event: "tick", data: 1 }, "tick-1");
  assert.deepEqual([keyed.status, keyed.body.code], [422, "request_invalid"]);
});

test("an event that is published as a user has the user's rights and author, and its key is the caller's", async () => {
  const as = { userId: "ann", name: "Ann", meta: { role: "editor" } };
  const { status } = await server.call("POST", "/rooms", {
    data: { id: "paper", events: ["message"], access: { publish: ["role:editor"] } },
  });
  assert.equal(status, 201);
  const first = await withKey("paper", message("by ann", { as }), "line-1");
  assert.deepEqual([first.status, first.body.seq, first.body.duplicate], [200, 1, false]);
  assert.deepEqual((await withKey("paper", message("by ann", { as }), "line-1")).body, { ...first.body, duplicate: true });
  const bob = await publish("paper", message("by bob", { as: { userId: "bob" } }));
  assert.deepEqual([bob.status, bob.body.code], [403, "forbidden"]);
  assert.match(bob.body.detail, /publish needs role:editor/);
  const { body } = await server.call("GET", "/rooms/paper/history");
  assert.deepEqual(
    body.events.map((each) => [each.seq, each.from]),
    [[1, "ann"]],
  );
});

test("in a batch, each item may be for another user", async () => {
  const room = await makeRoom("many");
  const items = ["ann", "bob"].map((userId) => ({ room, ...message(userId, { as: { userId } }) }));
  items.push({ room, ...message("x", { as: { userId: "system" } }) });
  const { body } = await server.call("POST", "/publish", { data: { items } });
  assert.deepEqual(
    body.results.map(({ receipt, problem }) => receipt?.seq ?? [problem.code, problem.path]),
    [1, 2, ["request_invalid", "$.as"]],
  );
});

const refusals = [
  ["a room that is not there", "nowhere", message("x"), 404, "room_unknown"],
  ["a room that cannot be", "a%20b", message("x"), 404, "room_unknown"],
  ["an event that is not there", "chat", { event: "shout", data: 1 }, 422, "event_unknown"],
  ["an event that the room does not list", "duo", { event: "move", data: 1 }, 422, "event_not_allowed"],
  ["a payload that does not fit", "chat", message(""), 422, "too_short", "$.data.text"],
  ["a payload without a member", "chat", { event: "message", data: {} }, 422, "required_missing", "$.data"],
  ["a payload that is too large", "chat", { event: "move", data: "x".repeat(65_025) }, 413, "payload_too_large"],
  ["a body without data", "chat", { event: "message" }, 422, "required_missing", "$"],
  ["a body with a member too many", "chat", { ...message("x"), seq: 7 }, 422, "property_unknown", "$.seq"],
  ["a body with a timestamp of its own", "chat", { ...message("x"), timestamp: 1 }, 422, "property_unknown", "$.timestamp"],
  ["an event that is no text", "chat", { event: 7, data: 1 }, 422, "wrong_type", "$.event"],
  ["a sender that is no user id", "chat", message("x", { from: "a\nb" }), 422, "request_invalid"],
  ["a user beside a sender", "chat", message("x", { from: "ann", as: { userId: "ann" } }), 422, "request_invalid"],
  ["a user without an id", "chat", message("x", { as: {} }), 422, "required_missing", "$.as"],
  ["a user that is no object", "chat", message("x", { as: "ann" }), 422, "wrong_type", "$.as"],
  ["a user that is no user id", "chat", message("x", { as: { userId: "a\nb" } }), 422, "request_invalid", "$.as"],
  [
    "a user with a member too many",
    "chat",
    message("x", { as: { userId: "ann", role: "x" } }),
    422,
    "property_unknown",
    "$.as.role",
  ],
  ["a name with a NUL", "chat", { event: "a\0b", data: 1 }, 422, "request_invalid"],
];
for (const [name, room, data, status, code, path] of refusals)
  test(`${name} is refused with ${code}`, async () => {
    const answer = await publish(room, data);
    assert.deepEqual([answer.status, answer.body.code, answer.body.path, answer.body.status], [status, code, path, status]);
    assert.equal(answer.headers["content-type"], "application/problem+json");
    assert.ok(answer.body.detail.length > 5);
  });

for (const [name, text, code] of [
  ["is not JSON", '{"event":"message","data":{"text":"x"}', "json_syntax"],
  ["is empty", "", "json_syntax"],
  ["is not UTF-8", Buffer.from('{"event":"message","data":"\xff"}', "latin1"), "json_utf8"],
  ["names a member twice", '{"event":"message","event":"move","data":1}', "duplicate_key"],
  ["is nested too deeply", `{"event":"move","data":${"[".repeat(40)}${"]".repeat(40)}}`, "json_depth"],
])
  test(`a body that ${name} is refused with ${code}`, async () => {
    const { status, body } = await server.call("POST", "/rooms/chat/events", { text });
    assert.deepEqual([status, body.code], [400, code]);
  });

test("a body must be application/json", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]) {
    const { status } = await publish("chat", message("x"), { "Content-Type": type });
    assert.equal(status, 415, type);
  }
  assert.equal((await publish("chat", message("x"), { "Content-Type": "Application/JSON; charset=utf-8" })).status, 200);
});

test("a batch has a result for each item, in their order", async () => {
  const room = await makeRoom("batch");
  const items = [
    { room, ...message("one") },
    { room: "nowhere", ...message("x") },
    { room, ...message("") },
    { room, ...message("two", { from: "ann" }) },
    { room: "not a name", ...message("x") },
  ];
  const { status, body } = await server.call("POST", "/publish", { data: { items } });
  assert.equal(status, 200);
  const told = body.results.map(({ receipt, problem }) => receipt?.seq ?? `${problem.status} ${problem.code}`);
  assert.deepEqual(told, [1, "404 room_unknown", "422 too_short", 2, "404 room_unknown"]);
  assert.equal(body.results[2].problem.path, "$.data.text");
});

test("a batch of no item or of more than a hundred is refused whole", async () => {
  for (const [count, code] of [
    [0, "too_few_items"],
    [101, "too_many_items"],
  ]) {
    const items = Array.from({ length: count }, () => ({ room: "chat", ...message("x") }));
    const { status, body } = await server.call("POST", "/publish", { data: { items } });
    assert.deepEqual([status, body.code, body.path], [422, code, "$.items"]);
  }
});

test("P-10 a batch that is sent again with its key is published once", async () => {
  const room = await makeRoom("batch-again");
  const send = (items) => server.call("POST", "/publish", { data: { items }, headers: { "Idempotency-Key": "b1" } });
  const items = ["one", "two"].map((text) => ({ room, ...message(text) }));
  const first = await send(items);
  const again = await send(items);
  assert.deepEqual(
    again.body.results.map(({ receipt }) => receipt),
    first.body.results.map(({ receipt }) => ({ ...receipt, duplicate: true })),
  );
  const other = await send([items[0], { room, ...message("three") }]);
  assert.deepEqual(other.body.results[1].problem.code, "producer_conflict");
  const counted = await server.call("POST", "/publish", { data: { items }, headers: { "Idempotency-Key": "p/1" } });
  assert.deepEqual([counted.status, counted.body.code], [422, "request_invalid"]);
});

test("P-10 the same key and body give the same receipt, another body is a conflict", async () => {
  const room = await makeRoom("keys");
  const first = await withKey(room, message("once"), "k-1");
  const again = await withKey(room, message("once"), "k-1");
  assert.deepEqual(again.body, { ...first.body, duplicate: true });
  for (const other of [message("other"), { event: "move", data: { text: "once" } }, message("once", { from: "ann" })]) {
    const { status, body } = await withKey(room, other, "k-1");
    assert.deepEqual([status, body.code], [409, "producer_conflict"]);
  }
  assert.equal((await withKey(room, message("once"), "k-2")).body.seq, first.body.seq + 1);
});

test("a refused publication does not use its key up", async () => {
  const room = await makeRoom("refused-keys");
  assert.equal((await withKey(room, message(""), "k-1")).status, 422);
  assert.deepEqual([(await withKey(room, message("good"), "k-1")).body.seq], [1]);
});

test("numbers of a producer leave no hole, and a final refusal uses one up", async () => {
  const room = await makeRoom("numbers");
  assert.equal((await withKey(room, message("one"), "p/1")).body.seq, 1);
  const hole = await withKey(room, message("three"), "p/3");
  assert.deepEqual([hole.status, hole.body.code, hole.body.expected], [409, "producer_hole", 2]);
  assert.equal((await withKey(room, message(""), "p/2")).body.code, "too_short");
  assert.equal((await withKey(room, message("two"), "p/2")).body.code, "producer_conflict");
  assert.equal((await withKey(room, message("three"), "p/3")).body.seq, 2);
});

test("a key of another form is refused", async () => {
  for (const key of ["a b", "a/0", "a/01", "a/-1", "a/1/2", "/1", "a/9007199254740992", "x".repeat(65), "é"]) {
    const { status, body } = await withKey("chat", message("x"), key);
    assert.deepEqual([status, body.code], [422, "request_invalid"], key);
  }
});

test(`R-33 concurrent HTTP and WebSocket publications of one number are stored once, with one position (${rounds})`, async () => {
  const room = await makeRoom("races");
  const ann = await Peer.greet(server.url, "ann", { producer: { id: "p" } });
  const joined = await ann.join(room);
  for (let number = 1; number <= rounds; number += 1) {
    const text = `race ${number}`;
    const byHttp = withKey(room, message(text, { from: "ann" }), `p/${number}`);
    ann.send([frames.publish, joined[2], events.message, number, 0, { text }]);
    const [, , , epoch, seq] = await ann.until(frames.ack);
    const { status, body } = await byHttp;
    assert.deepEqual([status, body.epoch, body.seq, seq], [200, epoch, seq, number]);
  }
  const { body } = await server.call("GET", `/rooms/${room}`);
  assert.equal(body.head, rounds);
  await ann.close();
});

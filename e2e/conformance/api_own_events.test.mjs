// Events for users and sessions by HTTP: who gets them, and that they are kept nowhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { createDialogueClient } from "../../js/dist/index.js";
import { useApiServer } from "./api.mjs";
import { events, frames, Peer } from "./peer.mjs";

const server = useApiServer();
const hello = { event: "message", data: { text: "for you" } };
const toUser = (user, data, headers) => server.call("POST", `/users/${encodeURIComponent(user)}/publish`, { data, headers });
const toSession = (session, data) => server.call("POST", `/sessions/${session}/publish`, { data });

test("an event for a user reaches all of his connections, and is of no room", async () => {
  const [first, second, bob] = await Promise.all(["ann", "ann", "bob"].map((user) => Peer.greet(server.url, user)));
  const { status, body } = await toUser("ann", hello);
  assert.deepEqual([status, body], [200, { connections: 2 }]);
  for (const peer of [first, second]) {
    const [, room, event, seq, timestamp, ...rest] = await peer.next(frames.event);
    assert.deepEqual([room, event, seq, rest], [0, events.message, 0, ["system", 0, hello.data]]);
    assert.ok(timestamp > 1.7e12);
  }
  assert.equal((await toUser("bob", { ...hello, from: "ann" })).body.connections, 1);
  assert.equal((await bob.next(frames.event))[5], "ann");
  await Promise.all([first, second, bob].map((peer) => peer.close()));
});

test("an event for a session reaches that connection", async () => {
  const [first, second] = [await Peer.greet(server.url, "cara"), await Peer.greet(server.url, "cara")];
  assert.deepEqual((await toSession(second.welcome[7].session, { event: "tick", data: 1 })).body, { connections: 1 });
  assert.deepEqual((await second.next(frames.event)).slice(1, 4), [0, events.tick, 0]);
  assert.deepEqual((await toSession(first.welcome[7].session, { event: "move", data: 2 })).body, { connections: 1 });
  assert.equal((await first.next(frames.event))[2], events.move);
  await Promise.all([first.close(), second.close()]);
});

test("an offline user receives nothing, also later", async () => {
  assert.deepEqual((await toUser("dora", hello)).body, { connections: 0 });
  assert.deepEqual((await toSession("nobody", hello)).body, { connections: 0 });
  const dora = await Peer.greet(server.url, "dora");
  await dora.join("chat");
  await toUser("dora", { event: "tick", data: "now" });
  assert.equal((await dora.until(frames.event))[7], "now");
  await dora.close();
});

const refusals = [
  ["an event that is not there", "ann", { event: "shout", data: 1 }, "event_unknown"],
  ["a payload that does not fit", "ann", { event: "message", data: { text: "" } }, "too_short", "$.data.text"],
  ["a room beside", "ann", { ...hello, room: "chat" }, "property_unknown", "$.room"],
  ["no data", "ann", { event: "message" }, "required_missing", "$"],
  ["a user that cannot be", "a\nb", hello, "request_invalid"],
  ["a sender that is no user id", "ann", { ...hello, from: "a\nb" }, "request_invalid"],
];
for (const [name, user, data, code, path] of refusals)
  test(`an event for a user is refused: ${name}`, async () => {
    const { status, body } = await toUser(user, data);
    assert.deepEqual([status, body.code, body.path], [422, code, path]);
  });

test("an event for a user takes no Idempotency-Key, and needs the API's", async () => {
  assert.deepEqual((await toUser("ann", hello, { "Idempotency-Key": "k" })).body.code, "request_invalid");
  const path = "/users/ann/publish";
  assert.equal((await server.call("POST", path, { data: hello, authorization: null })).status, 401);
});

test("a batch may name rooms, users and sessions, each item one of them", async () => {
  const ann = await Peer.greet(server.url, "ann");
  const { session } = ann.welcome[7];
  const items = [
    { room: "chat", ...hello },
    { user: "ann", ...hello },
    { session, event: "tick", data: 7 },
    { user: "nobody", ...hello },
    { user: "ann", room: "chat", ...hello },
    hello,
    { user: "ann", event: "shout", data: 1 },
  ];
  const { status, body } = await server.call("POST", "/publish", { data: { items } });
  assert.equal(status, 200);
  const told = body.results.map(({ receipt, sent, problem }) => problem?.code ?? sent?.connections ?? `seq ${receipt.seq}`);
  assert.deepEqual(told, ["seq 1", 1, 1, 0, "request_invalid", "request_invalid", "event_unknown"]);
  assert.deepEqual([(await ann.next(frames.event))[2], (await ann.next(frames.event))[2]], [events.message, events.tick]);
  const keyed = await server.call("POST", "/publish", { data: { items: [items[1]] }, headers: { "Idempotency-Key": "b" } });
  assert.equal(keyed.body.results[0].problem.code, "request_invalid");
  await ann.close();
});

test("the client receives it by onDirect, and requests its permissions", async () => {
  const client = createDialogueClient({ url: server.url, auth: { userId: "eve" }, WebSocket });
  const heard = new Promise((resolve) => client.onDirect("message", resolve));
  assert.equal(await client.can("publish", "chat", "message"), true);
  assert.equal(await client.can("manage", "chat"), false);
  assert.equal(await client.can("join", "nowhere"), false);
  assert.deepEqual((await toUser("eve", hello)).body, { connections: 1 });
  const { timestamp, ...message } = await heard;
  assert.deepEqual(message, { event: "message", data: hello.data, from: "system" });
  assert.ok(timestamp > 1.7e12);
  client.close();
});

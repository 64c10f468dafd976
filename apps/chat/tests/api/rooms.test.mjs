// Rooms, members and their rights over HTTP and in real time, against the real program; and a kill between a write and its
// publication.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/chat_server.mjs";
import { startChat } from "../support/start_chat.mjs";

const { server, ann, bob, eve } = await startChat("ann", "bob", "eve");

let rooms = 0;
const makeRoom = (owner, more = {}) => owner.call("rooms.create", { name: `Room ${++rooms}`, ...more });

/** What became of an attempt to join or publish. */
const codeOf = (work) =>
  work.then(
    () => "ok",
    (error) => error.code,
  );

test("a public room is listed and joined; joining twice is joining once", async () => {
  const room = await makeRoom(ann, { topic: "All of us" });
  assert.equal((await bob.call("rooms.list")).rooms.find(({ id }) => id === room.id).role, undefined);
  const [first, second] = await Promise.all([
    bob.call("rooms.join", { room: room.id }),
    bob.call("rooms.join", { room: room.id }),
  ]);
  assert.deepEqual([first.role, second.role, second.members], ["member", "member", 2]);
  const { members } = await bob.call("rooms.members", { room: room.id });
  assert.deepEqual(
    members.map(({ name, role }) => [name, role]),
    [
      ["ann", "owner"],
      ["bob", "member"],
    ],
  );
});

test("a private room does not exist for others, whatever they ask", async () => {
  const room = await makeRoom(ann, { private: true });
  assert.ok(!(await eve.call("rooms.list")).rooms.some(({ id }) => id === room.id));
  assert.equal(await eve.refusal("rooms.join", { room: room.id }), "not_found");
  for (const name of ["rooms.members", "rooms.leave"]) assert.equal(await eve.refusal(name, { room: room.id }), "not_member");
  assert.equal(await eve.refusal("rooms.remove", { room: room.id, user: ann.id }), "not_member");
  assert.equal(await eve.refusal("rooms.role", { room: room.id, user: eve.id, role: "owner" }), "not_member");
  const client = eve.connect();
  assert.equal(await codeOf(client.join(`room-${room.id}`)), "denied_by_hook");
  assert.equal(await codeOf(client.join("room-nonsense")), "denied_by_hook");
  client.close();
});

test("only members publish, only what can be seen, and never the server's own events", async () => {
  const room = await makeRoom(ann);
  const client = ann.connect();
  const joined = await client.join(`room-${room.id}`);
  assert.equal((await joined.trigger("message", { text: "Hi" })).duplicate, false);
  assert.equal(await codeOf(joined.trigger("message", { text: " \u200b " })), "denied_by_hook");
  assert.equal(await codeOf(joined.trigger("message", { text: "x".repeat(4097) })), "too_long");
  assert.equal(await codeOf(joined.trigger("member", { id: "1", user: ann.id, change: "left" })), "forbidden");
  client.close();
});

test("members change roles by their rights only", async () => {
  const room = await makeRoom(ann);
  for (const one of [bob, eve]) await one.call("rooms.join", { room: room.id });
  const role = (one, user, to) => one.refusal("rooms.role", { room: room.id, user: user.id, role: to });
  const remove = (one, user) => one.refusal("rooms.remove", { room: room.id, user: user.id });
  assert.equal(await role(bob, bob, "owner"), "forbidden");
  assert.equal(await remove(bob, eve), "forbidden");
  assert.equal(await role(ann, bob, "king"), "invalid_request");
  assert.equal(await role(ann, bob, "moderator"), "ok");
  assert.equal(await remove(bob, ann), "forbidden");
  assert.equal(await remove(bob, eve), "ok");
  assert.equal(await remove(bob, eve), "not_found");
  assert.equal(await remove(ann, ann), "invalid_request");
});

test("the last owner stays, and of two owners who demote each other at once one remains", async () => {
  const room = await makeRoom(ann);
  assert.equal(await ann.refusal("rooms.leave", { room: room.id }), "last_owner");
  assert.equal(await ann.refusal("rooms.role", { room: room.id, user: ann.id, role: "member" }), "last_owner");
  await bob.call("rooms.join", { room: room.id });
  await ann.call("rooms.role", { room: room.id, user: bob.id, role: "owner" });
  const demote = (one, other) => one.refusal("rooms.role", { room: room.id, user: other.id, role: "member" });
  const codes = await Promise.all([demote(ann, bob), demote(bob, ann)]);
  assert.equal(codes.filter((code) => code === "ok").length, 1, codes.join());
  const { members } = await ann.call("rooms.members", { room: room.id });
  assert.equal(members.filter((member) => member.role === "owner").length, 1);
});

test("a removed member's membership ends at once, and it neither joins nor publishes again", async () => {
  const room = await makeRoom(ann);
  await bob.call("rooms.join", { room: room.id });
  const client = bob.connect();
  const joined = await client.join(`room-${room.id}`);
  const left = new Promise((resolve) => joined.onLeave((reason) => resolve(reason?.code)));
  await ann.call("rooms.remove", { room: room.id, user: bob.id });
  assert.ok(await left);
  assert.equal(await codeOf(client.join(`room-${room.id}`)), "denied_by_hook");
  client.close();
});

test("a public name is used once, also by two at the same moment", async () => {
  const create = (one) => one.refusal("rooms.create", { name: "Only One" });
  assert.deepEqual((await Promise.all([create(ann), create(bob)])).sort(), ["name_taken", "ok"]);
  assert.equal(await ann.refusal("rooms.create", { name: " only  ONE " }), "name_taken");
  for (const name of ["", " ", "\u200b", "a\nb", "x".repeat(65)])
    assert.equal(await ann.refusal("rooms.create", { name }), "invalid_request");
  assert.equal(await ann.refusal("rooms.create", { name: "x", private: "yes" }), "invalid_request");
  assert.equal(await ann.refusal("rooms.join", { room: "../../etc/passwd" }), "invalid_request");
  assert.equal(await ann.refusal("users.get", { ids: Array(101).fill(ann.id) }), "invalid_request");
});

test("what changes in a room is said there once, also where the program is killed in between", async () => {
  const room = await makeRoom(ann);
  const expected = ["joined"];
  for (let i = 0; i < 5; ++i) {
    const one = await server.person(`visitor_${i}`);
    // The answer may be lost with the program: the row was written, and its publication may or may not have been.
    const asked = one.try("rooms.join", { room: room.id }).catch(() => undefined);
    await (i % 2 ? asked : Promise.race([asked, new Promise((resolve) => setImmediate(resolve))]));
    await server.kill();
    await asked;
    await server.launch();
    const { members } = await ann.call("rooms.members", { room: room.id });
    if (members.some(({ id }) => id === one.id)) expected.push(one.id);
  }
  const client = ann.connect();
  const joined = await client.join(`room-${room.id}`);
  const said = await until(async () => {
    const events = [];
    for await (const message of joined.history({ limit: Infinity })) events.push(message.data);
    return events.length >= expected.length && events;
  }, "as many events as members");
  assert.deepEqual(
    said.slice(1).map(({ user }) => user),
    expected.slice(1),
  );
  assert.equal(new Set(said.map(({ id }) => id)).size, said.length);
  client.close();
});

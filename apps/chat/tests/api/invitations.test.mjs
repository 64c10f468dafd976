// Direct messages and invitations over HTTP and in real time, against the real program.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startChat } from "../support/start_chat.mjs";

const { server, ann, bob, eve } = await startChat("ann", "bob", "eve");

let rooms = 0;
const makeRoom = async () => (await ann.call("rooms.create", { name: `Room ${++rooms}`, private: true })).id;

test("two who open a direct room at the same moment get one room, and no third one sees it", async () => {
  const [one, two] = await Promise.all([ann.call("direct.open", { user: bob.id }), bob.call("direct.open", { user: ann.id })]);
  assert.equal(one.room, two.room);
  const seen = (await bob.call("rooms.list")).rooms.find(({ id }) => id === one.room);
  assert.deepEqual([seen.partner.name, seen.counts.unread], ["ann", 0]);
  assert.ok(!(await eve.call("rooms.list")).rooms.some(({ id }) => id === one.room));
  assert.equal(await eve.refusal("rooms.join", { room: one.room }), "not_found");
  assert.equal(await ann.refusal("rooms.leave", { room: one.room }), "forbidden");
  assert.equal(await ann.refusal("rooms.remove", { room: one.room, user: bob.id }), "forbidden");
  assert.equal(await ann.refusal("invitations.create", { room: one.room, name: "eve" }), "forbidden");
  assert.equal(await ann.refusal("direct.open", { user: ann.id }), "invalid_request");
  assert.equal(await ann.refusal("direct.open", { user: "00000000-0000-4000-8000-000000000000" }), "not_found");
});

test("an invitation reaches a connected user at once, and is accepted once", async () => {
  const room = await makeRoom();
  const client = bob.connect();
  await new Promise((resolve) => client.on("state", (state) => state === "connected" && resolve()));
  const told = new Promise((resolve) => client.onDirect("invitations.changed", resolve));
  const { id } = await ann.call("invitations.create", { room, name: "BOB" });
  await told;
  const { invitations } = await bob.call("invitations.list");
  assert.deepEqual(
    invitations.map((each) => [each.id, each.room.id, each.inviter.name]),
    [[id, room, "ann"]],
  );
  assert.equal((await ann.call("invitations.create", { room, name: "bob" })).id, id); // twice is once
  assert.equal(await eve.refusal("invitations.accept", { id }), "not_found");
  const codes = await Promise.all([bob.refusal("invitations.accept", { id }), bob.refusal("invitations.accept", { id })]);
  assert.deepEqual(codes.sort(), ["not_found", "ok"]);
  assert.equal(await ann.refusal("invitations.create", { room, name: "bob" }), "already_member");
  assert.deepEqual((await bob.call("invitations.list")).invitations, []);
  client.close();
});

test("an invitation is declined by its user or withdrawn by a moderator, and is nothing to others", async () => {
  const room = await makeRoom();
  const { id } = await ann.call("invitations.create", { room, name: "eve" });
  assert.equal(await bob.refusal("invitations.decline", { id }), "not_found");
  assert.equal(await bob.refusal("invitations.sent", { room }), "forbidden");
  assert.equal((await ann.call("invitations.sent", { room })).invitations[0].invitee.name, "eve");
  await eve.call("invitations.decline", { id });
  assert.equal(await eve.refusal("invitations.accept", { id }), "not_found");
  assert.equal(await ann.refusal("invitations.create", { room, name: "no_such_user" }), "not_found");
});

test("a link admits as many as it says, also at the same moment", async () => {
  const room = await makeRoom();
  const { code } = await ann.call("invitations.link", { room, uses: 1 });
  const codes = await Promise.all([bob.refusal("invitations.accept", { code }), eve.refusal("invitations.accept", { code })]);
  assert.deepEqual(codes.sort(), ["not_found", "ok"]);
  for (const uses of [0, 101, -1, "5"]) assert.equal(await ann.refusal("invitations.link", { room, uses }), "invalid_request");
  assert.equal(await bob.refusal("invitations.accept", { code: "nonsense" }), "not_found");
  assert.equal(await bob.refusal("invitations.accept", {}), "not_found");
});

test("an invitation ends with the right of who gave it", async () => {
  const room = await makeRoom();
  const { code } = await ann.call("invitations.link", { room });
  await bob.call("invitations.accept", { code });
  await ann.call("rooms.role", { room, user: bob.id, role: "moderator" });
  const { id } = await bob.call("invitations.create", { room, name: "eve" });
  await ann.call("rooms.role", { room, user: bob.id, role: "member" });
  assert.equal(await bob.refusal("invitations.create", { room, name: "eve" }), "forbidden");
  assert.equal(await eve.refusal("invitations.accept", { id }), "not_found");
  assert.ok(!(await eve.call("invitations.list")).invitations.some((each) => each.id === id));
});

test("twenty invitations an hour are enough", async () => {
  const flooder = await server.person("flooder");
  const room = (await flooder.call("rooms.create", { name: "Flood" })).id;
  let code = "ok";
  for (let i = 0; i < 25 && code === "ok"; ++i) code = await flooder.refusal("invitations.link", { room });
  assert.equal(code, "too_many");
});

test("users are found by a part of their names, and wildcards are letters", async () => {
  const names = async (text) => (await ann.call("users.find", { text })).users.map(({ name }) => name);
  assert.deepEqual(await names("bo"), ["bob"]);
  assert.deepEqual(await names("%"), []);
  assert.deepEqual(await names("_ob"), []);
  assert.deepEqual(await names("' OR 1=1 --"), []);
});

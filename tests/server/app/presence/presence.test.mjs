// States of presence from outside: the program, and clients over each transport.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDialogueClient } from "../../../../js/dist/index.js";
import { presence } from "../../../../js/dist/presence.js";
import { directoryOf, root, Server } from "../support/program.mjs";

const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

const cursor = { type: "object", properties: { x: { type: "number" } }, required: ["x"], additionalProperties: false };
const app = {
  events: {},
  rooms: {
    "doc-{id}": { events: [], presence: { state: cursor, rate: 50, grace: "5m" } },
    "brief-{id}": { events: [], presence: { state: cursor, rate: 50, grace: "1ms" } },
    "tabs-{id}": { events: [], presence: { state: cursor, rate: 50, merge: "sessions" } },
    plain: { events: [] },
  },
};

let server;
const clients = [];
before(async () => {
  const directory = directoryOf({ "app.json": app });
  server = await Server.start([join(directory, "app.json"), "--shards", "2"]);
});
after(async () => {
  for (const client of clients) client.close();
  await server.stop();
});

const connect = (userId, options) => {
  const client = createDialogueClient({ url: server.url, WebSocket, auth: { userId }, ...options });
  clients.push(client);
  return client;
};
/** Resolves with the members once they fit. */
const until = (states, fits) =>
  new Promise((resolve) => {
    const look = () => fits(states.members) && resolve(states.members);
    states.on("members", look);
    look();
  });
const shown = (members) => members.map(({ userId, state }) => [userId, state?.x]).sort();

for (const transport of ["websocket", "stream", "polling"])
  test(`a watcher receives the members, their moves and their leaving over ${transport}`, async () => {
    const room = `doc-${transport}`;
    const [ann, bob] = [connect("ann", { transports: [transport] }), connect("bob", { transports: [transport] })];
    await Promise.all([ann.join(room), bob.join(room)]);
    const of = presence(ann, room);
    await of.set({ x: 1 });
    const seen = presence(bob, room);
    const changes = [];
    for (const change of ["enter", "update", "leave"])
      seen.on(change, ({ userId, state }) => changes.push([change, userId, state.x]));
    await until(seen, (members) => members.length === 1);
    await of.set({ x: 2 });
    await until(seen, ([member]) => member?.state.x === 2);
    await seen.set({ x: 9 });
    assert.deepEqual(shown(await until(of, (members) => members.length === 2)), [
      ["ann", 2],
      ["bob", 9],
    ]);
    of.close();
    await until(seen, (members) => members.length === 1 && members[0].userId === "bob");
    assert.deepEqual(
      changes.filter(([, userId]) => userId === "ann"),
      [
        ["enter", "ann", 1],
        ["update", "ann", 2],
        ["leave", "ann", 2],
      ],
    );
  });

test("a state that does not fit is refused before it is sent, and by the server", async () => {
  const ann = connect("ann");
  await ann.join("doc-1");
  const states = presence(ann, "doc-1");
  await assert.rejects(states.set({ x: "left" }), { code: "wrong_type", path: "$.x" });
  await assert.rejects(states.set({ x: 1, y: 2 }), { code: "property_unknown" });
});

test("a closed page ends its state when the grace has passed, and not before", async () => {
  const bob = connect("bob");
  for (const [room, left] of [
    ["brief-1", []],
    ["doc-2", [["ann", 1]]],
  ]) {
    const ann = connect("ann");
    await Promise.all([ann.join(room), bob.join(room)]);
    const seen = presence(bob, room);
    await presence(ann, room).set({ x: 1 });
    await until(seen, (members) => members.length === 1);
    ann.close();
    await bob.join(room);
    if (left.length === 0) await until(seen, (members) => members.length === 0);
    assert.deepEqual(shown(seen.members), left);
    seen.close();
  }
});

test("a user in several tabs has one state, the newest; or all of them", async () => {
  const [first, second, bob] = [connect("ann"), connect("ann"), connect("bob")];
  for (const room of ["doc-3", "tabs-3"]) {
    await Promise.all([first.join(room), second.join(room)]);
    const seen = presence(bob, room);
    await presence(first, room).set({ x: 1 });
    await until(seen, (members) => members.length === 1);
    const other = presence(second, room);
    await other.set({ x: 2 });
    const [ann] = await until(seen, ([member]) => member.state?.x === 2 || member.sessions?.length === 2);
    assert.deepEqual(
      ann.sessions?.map(({ state }) => state.x),
      room === "tabs-3" ? [1, 2] : undefined,
    );
    other.close();
    const [left] = await until(seen, ([member]) => member.state?.x === 1 || member.sessions?.length === 1);
    assert.equal(left.state?.x ?? left.sessions[0].state.x, 1);
    seen.close();
  }
});

test("a room without states, and one that nobody may watch, refuse the watch with a reason", async () => {
  const ann = connect("ann");
  const states = presence(ann, "plain");
  const error = await new Promise((resolve) => states.on("error", resolve));
  assert.equal(error.code, "request_invalid");
  assert.match(error.message, /states/);
});

// Bans, mutes and slow mode over HTTP and in real time, against the real program: who may, that they hold at once on every way
// into a room, and that they survive a kill.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/chat_server.mjs";
import { startChat } from "../support/start_chat.mjs";

const { server, ann, bob, eve, mod } = await startChat("ann", "bob", "eve", "mod");

let rooms = 0;
/** A room of Ann's with Mod, its moderator, and the others. */
async function makeRoom(more = {}, others = [bob, eve]) {
  const { id } = await ann.call("rooms.create", { name: `Room ${++rooms}`, ...more });
  const { code } = await ann.call("invitations.link", { room: id });
  for (const one of [mod, ...others]) await one.call("invitations.accept", { code });
  await ann.call("rooms.role", { room: id, user: mod.id, role: "moderator" });
  return { id, code };
}

/** What a publication says: "ok", or why it is refused. */
const saying = (room, text) =>
  room.trigger("message", { text }).then(
    () => "ok",
    (error) => error.reason ?? error.code,
  );

test("a ban ends the membership at once and closes every way into the room, with its reason", async () => {
  const { id, code } = await makeRoom();
  const client = bob.connect();
  const room = await client.join(`room-${id}`);
  const left = new Promise((resolve) => room.onLeave(resolve));
  await mod.call("rooms.ban", { room: id, user: bob.id, minutes: 60, reason: "spam" });
  await left;
  const why = /^You are banned from this room until \d{4}-\d\d-\d\d \d\d:\d\d UTC: spam\.$/;
  const joined = await client.join(`room-${id}`).catch((error) => error);
  assert.match(joined.reason, why);
  for (const [name, body] of [
    ["rooms.join", { room: id }],
    ["invitations.accept", { code }],
  ]) {
    const { status, body: answer } = await bob.try(name, body);
    assert.deepEqual([status, answer.error.code], [403, "banned"], name);
    assert.match(answer.error.message, why);
  }
  const { rooms: seen, bans } = await bob.call("rooms.list");
  assert.ok(!seen.some((each) => each.id === id && each.role));
  assert.match(bans.find((each) => each.room === id).words, why);
  assert.equal(await mod.refusal("invitations.create", { room: id, name: "bob" }), "banned");
  await server.kill();
  await server.launch();
  assert.equal(await bob.refusal("rooms.join", { room: id }), "banned");
  const [listed] = (await mod.call("rooms.restrictions", { room: id })).bans;
  assert.deepEqual([listed.user.id, listed.by, listed.reason], [bob.id, mod.id, "spam"]);
  await mod.call("rooms.unban", { room: id, user: bob.id });
  await bob.call("rooms.join", { room: id });
  assert.equal(await saying(await bob.connect().join(`room-${id}`), "hello again"), "ok");
});

test("roles decide who restricts whom", async () => {
  const { id } = await makeRoom();
  for (const name of ["rooms.ban", "rooms.mute"]) {
    const restrict = (one, user, more = {}) => one.refusal(name, { room: id, user: user.id, ...more });
    assert.equal(await restrict(bob, eve), "forbidden");
    assert.equal(await restrict(mod, ann), "forbidden");
    assert.equal(await restrict(mod, mod), "invalid_request");
    for (const minutes of [0, -1, 525_601, "5", 1.5]) assert.equal(await restrict(mod, eve, { minutes }), "invalid_request");
    assert.equal(await restrict(mod, eve, { reason: "x".repeat(201) }), "invalid_request");
    assert.equal(await restrict(mod, { id: "00000000-0000-4000-8000-000000000000" }), "not_found");
  }
  assert.equal(await bob.refusal("rooms.restrictions", { room: id }), "forbidden");
  assert.equal(await bob.refusal("rooms.slow", { room: id, seconds: 5 }), "forbidden");
  assert.equal(await mod.refusal("rooms.unban", { room: id, user: eve.id }), "not_found");
  const { room: direct } = await ann.call("direct.open", { user: bob.id });
  assert.equal(await ann.refusal("rooms.ban", { room: direct, user: bob.id }), "forbidden");
  const stranger = await server.person("stranger");
  assert.equal(await stranger.refusal("rooms.ban", { room: id, user: bob.id }), "not_member");
  await mod.call("rooms.ban", { room: id, user: stranger.id }); // before the first join
  assert.equal(await stranger.refusal("rooms.join", { room: id }), "banned");
});

test("a banned member of a private room learns why, and others learn nothing of the room", async () => {
  const { id } = await makeRoom({ private: true }, [eve]);
  await ann.call("rooms.ban", { room: id, user: eve.id });
  assert.equal((await eve.call("rooms.list")).bans.find((each) => each.room === id).words, "You are banned from this room.");
  assert.equal(await bob.refusal("rooms.join", { room: id }), "not_found");
});

test("a muted member reads and says nothing, also after leaving and joining again", async () => {
  const { id } = await makeRoom();
  const room = await eve.connect().join(`room-${id}`);
  const { seq } = await room.trigger("message", { text: "before" });
  await mod.call("rooms.mute", { room: id, user: eve.id, reason: "quiet, please" });
  assert.equal(await saying(room, "after"), "You are muted in this room: quiet, please.");
  for (const [event, data] of [
    ["message.edit", { seq, text: "changed" }],
    ["reaction", { seq, emoji: "👍", on: true }],
  ])
    await assert.rejects(room.trigger(event, data));
  assert.match((await eve.call("rooms.list")).rooms.find((each) => each.id === id).muted, /muted/);
  await eve.call("rooms.leave", { room: id });
  await eve.call("rooms.join", { room: id });
  const again = await eve.connect().join(`room-${id}`);
  assert.match(await saying(again, "after"), /muted/);
  await mod.call("rooms.unmute", { room: id, user: eve.id });
  assert.equal(await saying(again, "at last"), "ok");
});

test("slow mode holds members to one message in its time, also of two at once, and nobody else", async () => {
  const { id } = await makeRoom();
  const [a, b] = [await ann.connect().join(`room-${id}`), await bob.connect().join(`room-${id}`)];
  await mod.call("rooms.slow", { room: id, seconds: 3600 });
  assert.equal((await bob.call("rooms.list")).rooms.find((each) => each.id === id).slowSeconds, 3600);
  const said = await Promise.all([saying(b, "one"), saying(b, "two")]);
  assert.equal(said.filter((each) => each === "ok").length, 1);
  assert.match(
    said.find((each) => each !== "ok"),
    /^This room is in slow mode\. Wait for 3\d{3} s\.$/,
  );
  assert.deepEqual(await Promise.all([saying(a, "one"), saying(a, "two")]), ["ok", "ok"]);
  await mod.call("rooms.slow", { room: id, seconds: 0 });
  assert.equal(await saying(b, "three"), "ok");
  for (const seconds of [-1, 21_601, "5", null])
    assert.equal(await mod.refusal("rooms.slow", { room: id, seconds }), "invalid_request");
});

test("a restriction that has ended holds nobody", async () => {
  const { id } = await makeRoom();
  await mod.call("rooms.ban", { room: id, user: bob.id, minutes: 1 });
  const { bans } = await mod.call("rooms.restrictions", { room: id });
  assert.ok(bans[0].until > Date.now() && bans[0].until < Date.now() + 120_000);
  await mod.call("rooms.ban", { room: id, user: bob.id, reason: "longer" }); // the newer one counts
  const after = (await mod.call("rooms.restrictions", { room: id })).bans;
  assert.deepEqual([after.length, after[0].reason, after[0].until], [1, "longer", undefined]);
  await until(async () => (await bob.call("rooms.list")).bans.some((each) => each.words.includes("longer")));
});

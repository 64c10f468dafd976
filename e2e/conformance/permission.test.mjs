// CAN: what a client may do, as the server would judge the deed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, frames, Peer } from "./peer.mjs";
import { useSubject } from "./subject.mjs";

const subject = useSubject();

/** What the server answers to CAN. */
async function ask(peer, question) {
  peer.send([frames.can, 7, question]);
  const [, request, code, result] = await peer.next(frames.reply);
  assert.equal(request, 7);
  return { code, ...result };
}

const answers = [
  ["joining a room", { right: "join", room: "chat" }, true],
  ["reading its history", { right: "history", room: "chat" }, true],
  ["seeing its members", { right: "presence", room: "chat" }, true],
  ["publishing an event of it", { right: "publish", room: "chat", event: "message" }, true],
  ["a pattern's room that nobody has opened", { right: "publish", room: "game-77", event: "move" }, true],
  ["an unknown key beside", { right: "join", room: "chat", later: [1] }, true],
  ["managing, which nobody is granted", { right: "manage", room: "chat" }, "manage is granted to no user"],
  ["an event of another room", { right: "publish", room: "duo", event: "move" }, /move/],
  ["an event that is not there", { right: "publish", room: "chat", event: "shout" }, /no event shout/],
  ["a room that is not there", { right: "join", room: "nowhere" }, /no room nowhere/],
  ["a room that cannot be", { right: "join", room: "a b" }, /name is not valid/],
];
for (const [name, question, expected] of answers)
  test(`CAN is answered: ${name}`, async () => {
    const ann = await Peer.greet(subject.url, "ann");
    const { code, allowed, reason } = await ask(ann, question);
    assert.deepEqual([code, allowed], [0, expected === true]);
    if (expected === true) assert.equal(reason, undefined);
    else if (typeof expected === "string") assert.equal(reason, expected);
    else assert.match(reason, expected);
    await ann.close();
  });

const malformed = [{}, { right: "everything", room: "chat" }, { right: "publish", room: "chat" }, { right: "join", room: 7 }, []];
for (const question of malformed)
  test(`CAN of ${JSON.stringify(question)} is refused, and the connection continues`, async () => {
    const ann = await Peer.greet(subject.url, "ann");
    assert.equal((await ask(ann, question)).code, codes.requestInvalid);
    assert.equal((await ask(ann, { right: "join", room: "chat" })).allowed, true);
    await ann.close();
  });

test("questions of one message are answered each", async () => {
  const ann = await Peer.greet(subject.url, "ann");
  const rooms = ["chat", "nowhere", "duo", "game-1"];
  ann.send(...rooms.map((room, index) => [frames.can, index + 1, { right: "join", room }]));
  const told = {};
  for (const _ of rooms) {
    const [, request, , { allowed }] = await ann.next(frames.reply);
    told[rooms[request - 1]] = allowed;
  }
  assert.deepEqual(told, { chat: true, nowhere: false, duo: true, "game-1": true });
  await ann.close();
});

// `dialogue why` of a connection that does not read: what waits in the server is not delivered, while the connection is open and
// after it has ended. And of a room that was deleted and made again: the log that is asked about counts.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, run, Server, until } from "../support/program.mjs";

const kKey = "k".repeat(40);
const kLarge = "x".repeat(60_000);
const app = {
  events: { message: { schema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] } } },
  rooms: { "game-{id}": { events: ["message"], retention: { maxEvents: 10_000 } } },
};
const files = directoryOf({ "app.json": app, keys: `office admin ${kKey}\n` });

let server;
before(async () => {
  const args = ["--listen", "127.0.0.1:0", "--api-key-file", path(files, "keys"), "--dev", "--shards", "2"];
  server = await Server.start([path(files, "app.json"), ...args]);
});
after(() => server.stop());

async function api(method, target, body) {
  const answer = await fetch(`${server.url}/api/v1${target}`, {
    method,
    headers: { authorization: `Bearer ${kKey}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

async function publish(room, text) {
  const { status, body } = await api("POST", `/rooms/${room}/events`, { event: "message", data: { text } });
  assert.equal(status, 200);
  return body.seq;
}

const why = async (room, seq, user) => (await api("GET", `/why?room=${room}&seq=${seq}&user=${encodeURIComponent(user)}`)).body;

/** A masked text frame of WebSocket. */
function masked(text) {
  const bytes = Buffer.from(text);
  const mask = randomBytes(4);
  assert.ok(bytes.length < 65_536);
  const head = bytes.length < 126 ? [0x81, 0x80 | bytes.length] : [0x81, 0x80 | 126, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from(head), mask, bytes.map((byte, i) => byte ^ mask[i & 3])]);
}

/** A member over a socket of its own, which reads only as much as it is told to. Without a user it is a guest. */
async function rawMember(room, user) {
  const socket = connect({ port: server.port, host: "127.0.0.1", highWaterMark: 16 * 1024 });
  await once(socket, "connect");
  let heard = "";
  const hears = async (pattern) => {
    while (!pattern.test(heard)) {
      const part = socket.read();
      if (part) heard += part.toString("latin1");
      else await once(socket, "readable");
    }
    return pattern.exec(heard);
  };
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /dialogue HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: dialogue.v1\r\n\r\n`,
  );
  await hears(/101 [\s\S]*\r\n\r\n/);
  socket.write(masked(JSON.stringify([1, 1, 0, 0, user ? { identity: { userId: user } } : {}])));
  await hears(new RegExp(`\\[${frames.welcome},`));
  socket.write(masked(JSON.stringify([frames.join, 1, 0, 0, 0, room, {}])));
  await hears(new RegExp(`\\[${frames.joined},`));
  return { socket, hears };
}

/** Publishes until something waits for the user's connection; resolves to the last sequence. */
async function fill(room, user) {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    let seq;
    for (let i = 0; i < 8; ++i) seq = await publish(room, kLarge);
    const { connections } = (await api("GET", `/connections?user=${encodeURIComponent(user)}&sort=queued`)).body;
    if (connections[0]?.queuedBytes > 0) return seq;
    assert.ok(!signal.aborted, "nothing ever waited");
  }
}

async function userOf(room) {
  const { connections } = (await api("GET", `/connections?room=${room}`)).body;
  return connections[0].user;
}

for (const [named, user] of [
  ["a named user", "ann"],
  ["a guest", undefined],
])
  test(`an event that waits for ${named} is pending, even when the connection ends, and is delivered when read`, async () => {
    const room = user ? "game-named" : "game-guest";
    const { socket } = await rawMember(room, user);
    const id = user ?? (await until(() => userOf(room), Boolean));
    const first = await publish(room, "first");
    const last = await fill(room, id);
    assert.equal((await why(room, first, id)).answer, "delivered");
    const waiting = await why(room, last, id);
    assert.equal(waiting.answer, "pending", JSON.stringify(waiting));
    assert.ok(waiting.connections[0].position < last);
    for (let seq = first; seq <= last; ++seq)
      assert.equal((await why(room, seq, id)).answer === "delivered", seq <= waiting.connections[0].position, `${seq}`);

    const heard = (async () => {
      for await (const _ of socket);
    })();
    await until(
      () => why(room, last, id),
      ({ answer }) => answer === "delivered",
    );
    socket.destroy();
    await heard.catch(() => undefined);
    await until(
      () => why(room, last, id),
      ({ connections }) => !connections[0].open,
    );
    assert.equal((await why(room, last, id)).answer, "delivered");

    const again = await rawMember(room, user && "bob");
    const other = user
      ? "bob"
      : await until(
          () => userOf(room),
          (found) => found && found !== id,
        );
    const end = await fill(room, other);
    again.socket.destroy();
    const ended = await until(
      () => why(room, end, other),
      ({ connections }) => !connections[0].open,
    );
    assert.equal(ended.reason === "written" || ended.answer === "delivered", false, JSON.stringify(ended));
    assert.ok(ended.connections[0].position < end);
    assert.match(ended.evidence.join(), /queued in the server when it ended/);
  });

test("of a room that was made again, connections of its log answer, and the old one's positions have their epoch", async () => {
  const make = { id: "made", events: ["message"] };
  assert.equal((await api("POST", "/rooms", make)).status, 201);
  const old = await FrameClient.connect(server.url);
  await old.greet("cem", "old");
  await old.ask([frames.join, 1, 0, 0, 0, "made", {}], frames.joined);
  for (let i = 0; i < 5; ++i) await publish("made", "old");
  old.terminate();
  await until(
    () => why("made", 5, "cem"),
    ({ connections }) => connections[0] && !connections[0].open,
  );
  assert.equal((await api("DELETE", "/rooms/made")).status, 204);
  assert.equal((await api("POST", "/rooms", make)).status, 201);

  const alone = await until(
    () => why("made", 1, "cem"),
    ({ reason }) => reason !== "room_unknown",
  );
  assert.equal(alone.answer === "delivered", false);
  const now = await FrameClient.connect(server.url);
  await now.greet("cem", "now");
  await publish("made", "before it joined");
  await now.ask([frames.join, 1, 0, 0, 0, "made", {}], frames.joined);
  const seq = await publish("made", "new");
  await now.hear(frames.event);
  const found = await until(
    () => why("made", seq, "cem"),
    ({ answer }) => answer === "delivered",
  );
  const [open, ended] = [true, false].map((is) => found.connections.find((each) => each.open === is));
  assert.deepEqual([open.reason, ended.reason], ["written", "other_log"]);
  assert.notEqual(open.epoch, ended.epoch);
  assert.equal((await why("made", 1, "cem")).reason, "joined_later");
  const printed = run(["why", server.url, "made", `${seq}`, "cem", "--key-env", "KEY"], { env: { KEY: kKey } });
  assert.match(printed.stdout, /^delivered: /);
  assert.ok(printed.stdout.includes(`another log, of epoch ${ended.epoch},`), printed.stdout);
  await now.close();
});

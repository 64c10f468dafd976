// Erasing a user from outside: by HTTP while the server runs, by the command afterwards. The files are read byte by byte.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const user = "quintessa";
const secret = (number) => `a private thought number ${number}, with „quotes” and ünïcode`;

const text = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
const app = {
  events: { message: { schema: text }, erased: { schema: true } },
  rooms: {
    chat: { events: ["message", "erased"], retention: { maxEvents: 1000 } },
    volatile: { events: ["message", "erased"], durability: "memory" },
    "user:{id}": { events: ["message"], retention: { maxEvents: 1000 } },
  },
};

async function serve() {
  const directory = directoryOf({ "app.json": app, keys: kKey });
  const database = join(directory, "kept.db");
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys")];
  const server = await Server.start([...args, "--store", `sqlite:${database}`, "--shards", "2"]);
  return { server, directory, database, again: () => Server.start([...args, "--store", `sqlite:${database}`, "--shards", "2"]) };
}

async function api(server, method, path, body) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${kKey}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

const publish = async (server, room, from, data) => {
  const { status, body } = await api(server, "POST", `/rooms/${room}/events`, { event: "message", from, data: { text: data } });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

/** How often `needle` stands in the files of the database. */
const found = (directory, needle) =>
  readdirSync(directory)
    .filter((name) => name.startsWith("kept.db"))
    .map((name) => readFileSync(join(directory, name)).toString("latin1"))
    .reduce((sum, bytes) => sum + bytes.split(Buffer.from(needle).toString("latin1")).length - 1, 0);

/** A member of a room, and its number. */
async function member(server, userId, room, [kind, epoch, seq] = [1, 0, 1000]) {
  const client = await FrameClient.connect(server.url);
  await client.greet(userId, `p-${userId}`);
  const joined = await client.ask([frames.join, 1, kind, epoch, seq, room, {}], frames.joined);
  return { client, room: joined[2], epoch: joined[3] };
}

test("DELETE /users/{user}/data: members purge, who comes back gets SKIP, and the files have nothing of the user", async () => {
  const { server, directory } = await serve();
  const bob = await member(server, "bob", "chat");
  const own = await member(server, user, "chat");
  const first = await publish(server, "chat", "bob", "before");
  const heard = await bob.client.hear(frames.event);
  own.client.say([frames.publish, own.room, heard[2], 1, 0, { text: secret(1) }]);
  assert.equal((await own.client.hear(frames.ack))[4], 2);
  for (let i = 2; i <= 40; ++i) await publish(server, "chat", i % 2 ? "bob" : user, i % 2 ? `of bob ${i}` : secret(i));
  for (let i = 0; i < 5; ++i) {
    await publish(server, "volatile", user, secret(100 + i));
    await publish(server, `user:${user}`, "system", `inbox of ${user} ${i}`);
  }
  assert.ok(found(directory, user) > 0);
  assert.ok(found(directory, secret(2)) > 0);

  const exported = await api(server, "GET", `/users/${user}/data`);
  assert.equal(exported.status, 200);
  const rooms = exported.body.events.map((event) => event.room);
  assert.equal(rooms.filter((room) => room === "chat").length, 21);
  assert.equal(rooms.filter((room) => room === `user:${user}`).length, 5);
  assert.equal(exported.body.events[0].data.text, secret(1));
  assert.match(exported.body.next, /part=1/); // rooms in memory are parts of their own

  const { status, body } = await api(server, "DELETE", `/users/${user}/data`);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.events, 21 + 5);
  assert.equal(body.connections, 1);
  assert.ok(body.producers >= 1);
  assert.ok(body.piecesSearched > 0);
  assert.equal(body.clean, true, JSON.stringify(body));
  assert.equal(found(directory, user), 0);
  assert.equal(found(directory, "private thought"), 0);
  assert.equal(found(directory, "inbox of"), 0);
  assert.ok(found(directory, "of bob 3") > 0);

  // A live member learns which sequences it has to forget.
  let erased;
  do erased = await bob.client.hear(frames.event);
  while (erased.at(-1).sequences === undefined);
  assert.equal(erased[5], "system");
  assert.deepEqual(erased.at(-1).sequences.slice(0, 2), [
    [2, 3],
    [5, 5],
  ]);

  // One who was away gets SKIPs in place of them, and the same event.
  const back = await member(server, "carol", "chat", [2, first.epoch, 1]);
  const sequences = [];
  for (let last = 1; last < erased[3]; ) {
    const frame = await back.client.hear(frames.event, frames.skip);
    assert.equal(frame[0] === frames.skip ? frame[2] : frame[3], last + 1);
    last = frame[3];
    if (frame[0] === frames.event) sequences.push([frame[3], frame[5]]);
  }
  assert.ok(sequences.every(([, from]) => from !== user));
  assert.deepEqual(sequences.at(-1), [erased[3], "system"]);

  for (const each of (await api(server, "GET", "/rooms/volatile/history")).body.events) assert.equal(each.from, "system");
  assert.deepEqual((await api(server, "GET", `/users/${user}/data`)).body.events, []);
  assert.ok(!server.lines.some((line) => /api_write.*eraseUserData/.test(line) && line.includes(user)));
  assert.ok(server.lines.some((line) => /eraseUserData/.test(line)));
  assert.deepEqual(await server.stop(), [0, null]);
  assert.equal(found(directory, user), 0);
});

test("one erasure at a time: while it waits for a reader of the database another is rate_limited, the same waits", async () => {
  const { server, directory, database } = await serve();
  await publish(server, "chat", user, secret(1));
  const script =
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN'); " +
    "c.execute('SELECT count(*) FROM record').fetchall(); print('reading', flush=True); sys.stdin.read()";
  const reader = spawn("python3", ["-c", script, database], { stdio: ["pipe", "pipe", "inherit"] });
  await once(reader.stdout, "data");
  const first = api(server, "DELETE", `/users/${user}/data`);
  const signal = AbortSignal.timeout(30_000);
  while ((await api(server, "GET", `/users/${user}/data`)).body.events.length > 0) signal.throwIfAborted();
  const second = await api(server, "DELETE", "/users/bob/data");
  assert.equal(second.status, 429);
  assert.equal(second.body.code, "rate_limited");
  assert.ok(found(directory, user) > 0);
  const repeated = api(server, "DELETE", `/users/${user}/data`);
  await publish(server, "chat", "bob", "which is answered behind the request before it");
  reader.stdin.end();
  const { body } = await first;
  assert.deepEqual([body.clean, body.events], [true, 1]);
  const again = await repeated;
  assert.equal(again.status, 200);
  assert.equal(found(directory, user), 0);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("dialogue erase: refuses beside a server; then the file has nothing of the user, and export prints nothing", async () => {
  const { server, directory, database, again } = await serve();
  for (let i = 0; i < 200; ++i)
    await publish(server, "chat", i % 3 ? "bob" : user, `${i % 3 ? "of bob" : secret(i)} ${"x".repeat(i * 40)}`);
  await publish(server, `user:${user}`, "bob", `hello ${user}`);
  const exporting = run(["export", "--user", user, "--store", database]);
  assert.equal(exporting.status, 0, exporting.stderr);
  const lines = exporting.stdout.trim().split("\n").map(JSON.parse);
  assert.equal(lines.length, 68);
  assert.equal(lines[0].from, user);
  const beside = run(["erase", "--user", user, "--store", database]);
  assert.equal(beside.status, 1);
  assert.match(beside.stderr, /another process uses this database/);
  assert.deepEqual(await server.stop(), [0, null]);
  assert.ok(found(directory, user) > 0);

  const { status, stdout, stderr } = run(["erase", "--user", user, "--store", `sqlite:${database}`, "--json"]);
  assert.equal(status, 0, stdout + stderr);
  const report = JSON.parse(stdout);
  assert.equal(report.events, 68);
  assert.equal(report.rooms, 2);
  assert.equal(report.clean, true);
  assert.equal(found(directory, user), 0);
  assert.equal(found(directory, "private thought"), 0);
  assert.equal(run(["export", "--user", user, "--store", database]).stdout, "");
  assert.match(run(["store", "check", database]).stdout, /no fault/);

  const restarted = await again();
  assert.equal((await publish(restarted, "chat", "bob", "on it goes")).seq, 201);
  const { events } = (await api(restarted, "GET", "/rooms/chat/history?limit=100")).body;
  assert.ok(events.every(({ from }) => from === "bob"));
  assert.deepEqual(await restarted.stop(), [0, null]);
});

test("dialogue erase --scan: a log that still has payloads is reported, and the command ends with 1", async () => {
  const { server, directory, database } = await serve();
  for (let i = 0; i < 5; ++i) await publish(server, "chat", user, secret(i));
  assert.deepEqual(await server.stop(), [0, null]);
  const log = join(directoryWithLog(secret(3)), "app.log");
  const ended = run(["erase", "--user", user, "--store", database, "--scan", log]);
  assert.equal(ended.status, 1);
  assert.match(ended.stdout, /app\.log, \d+ bytes: the id 0 times, payloads [1-9]/);
  assert.match(ended.stdout, /NOT CLEAN/);
  assert.equal(found(directory, user), 0);
});

function directoryWithLog(payload) {
  return directoryOf({ "app.log": `${JSON.stringify({ event: "hook", body: JSON.stringify({ text: payload }) })}\n` });
}

test("dialogue erase and export say what is wrong with what they are given", () => {
  const directory = directoryOf({});
  for (const command of ["erase", "export"]) {
    const missing = run([command, "--user", user, "--store", join(directory, "none.db")]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /there is no such database/);
    assert.match(run([command, "--user", user, "--store", "memory:"]).stderr, /a memory store ends with its server/);
    assert.equal(run([command, "--store", "x.db"]).status, 2);
  }
});

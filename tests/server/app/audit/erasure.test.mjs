// Erasing a user from outside: by HTTP while the server runs, by the command afterwards. The files are read byte by byte.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, holdDatabase, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const kAudit = "AUDIT"; // stands for the path of the audit
const user = "quintessa";
const secret = (number) => `a private thought number ${number}, with „quotes” and ünïcode`;

const text = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
const app = {
  events: { message: { schema: text }, erased: { schema: true } },
  rooms: {
    chat: { events: ["message", "erased"], retention: { maxEvents: 1000 } },
    volatile: { events: ["message", "erased"], durability: "memory" },
    "user:{id}": { events: ["message"], retention: { maxEvents: 1000 } },
    "inbox-{id}": { events: ["message"], retention: { maxEvents: 1000 } },
    "topic-{id}": { events: ["message", "erased"], retention: { maxEvents: 1000 } },
    "2024-news": { events: ["message"], retention: { maxEvents: 1000 } },
  },
};

async function serve({ more = [] } = {}) {
  const directory = directoryOf({ "app.json": app, keys: `${kKey}\n` });
  const database = join(directory, "kept.db");
  const audit = join(directory, "audit.db");
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys")];
  args.push(...more.map((argument) => (argument === kAudit ? audit : argument)));
  const server = await Server.start([...args, "--store", `sqlite:${database}`, "--shards", "2"]);
  return {
    server,
    directory,
    database,
    audit,
    again: () => Server.start([...args, "--store", `sqlite:${database}`, "--shards", "2"]),
  };
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

/** How often `needle` stands in the files of the database, or of the audit. */
const found = (directory, needle, files = "kept.db") =>
  readdirSync(directory)
    .filter((name) => name.startsWith(files))
    .map((name) => readFileSync(join(directory, name)).toString("latin1"))
    .reduce((sum, bytes) => sum + bytes.split(Buffer.from(needle).toString("latin1")).length - 1, 0);

/** A member of a room, and its number. */
async function member(server, userId, room, [kind, epoch, seq] = [1, 0, 1000]) {
  const client = await FrameClient.connect(server.url);
  await client.greet(userId, `p-${userId}`);
  const joined = await client.ask([frames.join, 1, kind, epoch, seq, room, {}], frames.joined);
  return { client, room: joined[2], epoch: joined[3] };
}

test("P-57 DELETE /users/{user}/data: members purge, returning clients get SKIP, and the files are clean", async () => {
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
  assert.equal(body.events, 21 + 5 + 5);
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
  await server.printed(/eraseUserData/);
  assert.ok(!server.lines.some((line) => /api_write.*eraseUserData/.test(line) && line.includes(user)));
  assert.deepEqual(await server.stop(), [0, null]);
  assert.equal(found(directory, user), 0);
});

test("P-57 one erasure at a time: while it waits for a database reader another is rate_limited, the same waits", async () => {
  const { server, directory, database } = await serve();
  await publish(server, "chat", user, secret(1));
  const script =
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN'); " +
    "c.execute('SELECT count(*) FROM record').fetchall(); print('reading', flush=True); sys.stdin.read()";
  const reader = spawn("python3", ["-c", script, database], { stdio: ["pipe", "pipe", "inherit"] });
  await once(reader.stdout, "data");
  const first = api(server, "DELETE", `/users/${user}/data`);
  const signal = AbortSignal.timeout(kPatienceMs);
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
  assert.equal((await lastErased(restarted, "chat")).seq, 201);
  assert.equal((await publish(restarted, "chat", "bob", "on it goes")).seq, 202);
  const { events } = (await api(restarted, "GET", "/rooms/chat/history?limit=100")).body;
  assert.ok(events.every(({ from, event }) => from === (event === "erased" ? "system" : "bob")));
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

test("dialogue erase and export report invalid arguments", () => {
  const directory = directoryOf({});
  for (const command of ["erase", "export"]) {
    const missing = run([command, "--user", user, "--store", join(directory, "none.db")]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /the database does not exist/);
    assert.match(run([command, "--user", user, "--store", "memory:"]).stderr, /a memory store ends with its server/);
    assert.equal(run([command, "--store", "x.db"]).status, 2);
    for (const nobody of ["system", "x".repeat(200), "a\nb"]) {
      const refused = run([command, `--user=${nobody}`, "--store", "x.db"]);
      assert.equal(refused.status, 2);
      assert.match(refused.stderr, /not a user id/);
    }
  }
});

/** What an audit records of the user beside sign-ins: refused calls, publications to rooms that are called after the user. */
async function fillAudit(server) {
  const member = await FrameClient.connect(server.url);
  await member.greet(user, "p");
  await publish(server, `inbox-${user}`, "bob", "for the inbox");
  await publish(server, `user:${user}`, "bob", "for the own room");
  await publish(server, "chat", "bob", "for everybody");
  for (const path of [`/users/${user}/data`, `/rooms/inbox-${user}`, "/users/%71uintessa/connections", "/users/annual/data"]) {
    const { status } = await fetch(`${server.url}/api/v1${path}`, { method: "DELETE", headers: { authorization: "Bearer x" } });
    assert.equal(status, 401);
  }
  await member.close();
}

/** Asks until the room has an event `erased`; the last one. */
async function lastErased(server, room) {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    const { events } = (await api(server, "GET", `/rooms/${room}/history?limit=100`)).body;
    const found = events.filter(({ event }) => event === "erased").at(-1);
    if (found) return found;
    signal.throwIfAborted();
  }
}

/** Asks until the audit has so many records of an action. */
async function audited(server, action, count) {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    const { body } = await api(server, "GET", `/audit?action=${action}`);
    if (body.records.length >= count) return body.records;
    signal.throwIfAborted();
  }
}

test("P-57 an erasure leaves nothing of the user in the audit: not in refused calls, nor in names of rooms", async () => {
  const { server, directory, audit } = await serve({ more: ["--audit", kAudit] });
  await fillAudit(server);
  await audited(server, "api_refused", 4);
  await audited(server, "publishEvent", 3);
  await audited(server, "sign_in", 1);
  assert.ok(found(directory, user, "audit.db") > 0);
  const { status, body } = await api(server, "DELETE", `/users/${user}/data`);
  assert.equal(status, 200, JSON.stringify(body));
  // The store has the inbox's name.
  assert.deepEqual([body.clean, body.revocationsKept, body.mentionsByOthers], [true, 0, 1], JSON.stringify(body));
  assert.equal(body.auditMentions, 0);
  assert.ok(body.files.some(({ path, userId }) => path === audit && userId === 0));
  assert.equal(found(directory, user, "audit.db"), 0);
  assert.equal(found(directory, "%71uintessa", "audit.db"), 0);
  const published = await audited(server, "publishEvent", 3);
  assert.deepEqual(
    published.map(({ values }) => values.room),
    [undefined, undefined, "chat"],
  );
  const refused = await audited(server, "api_refused", 4);
  assert.deepEqual(
    refused.map(({ record, values }) => [record.fields.operation, values.user, typeof values.address]),
    [
      ["eraseUserData", undefined, "undefined"],
      ["deleteRoom", undefined, "string"],
      ["disconnectUser", undefined, "undefined"],
      ["eraseUserData", "annual", "string"],
    ],
  );
  assert.deepEqual(await server.stop(), [0, null]);
  assert.match(run(["audit", "verify", audit]).stdout, /The chain is complete/);
});

test("an audit that cannot be written makes an erasure fail, and the next one ends it", async () => {
  const { server, directory, audit } = await serve({ more: ["--audit", kAudit] });
  await fillAudit(server);
  const release = await holdDatabase(audit);
  const refused = await api(server, "DELETE", `/users/${user}/data`);
  assert.deepEqual([refused.status, refused.body.code], [503, "store_unavailable"]);
  await release();
  const { body } = await api(server, "DELETE", `/users/${user}/data`);
  assert.equal(body.clean, true, JSON.stringify(body));
  assert.equal(found(directory, user, "audit.db"), 0);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("after dialogue erase, the next start publishes the event erased; the audit has forgotten, too", async () => {
  const { server, directory, database, audit, again } = await serve({ more: ["--audit", kAudit] });
  await fillAudit(server);
  for (const from of ["bob", user, user, "bob", user]) await publish(server, "chat", from, `a thought of ${from}`);
  await publish(server, "inbox-bob", user, "a thought for bob");
  assert.deepEqual(await server.stop(), [0, null]);
  const args = ["erase", "--user", user, "--store", database, "--audit", audit];
  assert.equal(run([...args.slice(0, -1), join(directory, "app.json")]).status, 1); // no audit: nothing was erased
  const { status, stdout, stderr } = run([...args, "--json"]);
  assert.equal(status, 0, stdout + stderr);
  const report = JSON.parse(stdout);
  assert.deepEqual([report.events, report.notices, report.auditMentions], [5, 2, 0]);
  assert.equal(found(directory, user, "audit.db"), 0);
  const told = run(args).stdout;
  assert.match(told, /At its next start the server publishes 2 events named erased, in rooms that list it/);
  assert.match(told, /Clean: no data of the user is left/);
  assert.match(run(["store", "check", database]).stdout, /no fault/);

  const restarted = await again();
  const last = await lastErased(restarted, "chat");
  const sequences = [
    [3, 4],
    [6, 6],
  ];
  assert.deepEqual([last.from, last.data.sequences], ["system", sequences]);
  assert.equal((await publish(restarted, "chat", "bob", "on it goes")).seq, last.seq + 1);
  assert.deepEqual((await api(restarted, "GET", "/rooms/inbox-bob/history")).body.events, []);
  assert.deepEqual(await restarted.stop(), [0, null]);
  assert.doesNotMatch(run(args).stdout, /named erased/); // they were published, or no one wants them
});

test("P-57 a server that is killed while it erases publishes what it had erased when it starts again", async () => {
  const { server, database, again } = await serve();
  const rooms = Array.from({ length: 300 }, (_, number) => `topic-${number}`);
  for (const room of rooms) await publish(server, room, user, secret(1));
  const bob = await member(server, "bob", rooms[0]);
  const cutOff = api(server, "DELETE", `/users/${user}/data`).catch(() => undefined);
  let heard;
  do heard = await bob.client.hear(frames.event);
  while (heard.at(-1).sequences === undefined); // of the first step
  await server.stop("SIGKILL");
  await cutOff;
  const restarted = await again();
  assert.equal((await api(restarted, "DELETE", `/users/${user}/data`)).body.clean, true);
  for (const room of rooms) assert.deepEqual((await lastErased(restarted, room)).data.sequences, [[1, 1]]);
  assert.deepEqual(await restarted.stop(), [0, null]);
  assert.match(run(["store", "check", database]).stdout, /no fault/);
});

test("ids that others' data only seems to have, across two columns of a row, leave an erasure clean", async () => {
  const { server, database, audit } = await serve({ more: ["--audit", kAudit, "--receipts", "1"] });
  for (let i = 0; i < 60; ++i) {
    const client = await FrameClient.connect(server.url);
    await client.greet("user1", "p");
    await client.close();
    await publish(server, "2024-news", "user1", "7");
  }
  const member1 = await member(server, "user1", "2024-news");
  await member1.client.hear(frames.event);
  await member1.client.close();
  for (const id of ["user12", "user14", "user1{", "user12024", "suser1", "geuser1"]) {
    const { status, body } = await api(server, "DELETE", `/users/${encodeURIComponent(id)}/data`);
    assert.equal(status, 200);
    assert.equal(body.clean, true, `${id}: ${JSON.stringify(body)}`);
  }
  assert.deepEqual(await server.stop(), [0, null]);
  const { status, stdout } = run(["erase", "--user", "user12", "--store", database, "--audit", audit]);
  assert.equal(status, 0, stdout);
});

test("revocations of a user's tokens are kept and counted as what they are, by HTTP and by dialogue erase", async () => {
  const secrets = join(directoryOf({ secret: "s".repeat(40) }), "secret");
  const { server, database } = await serve({ more: ["--auth-key", secrets] });
  await publish(server, "chat", user, secret(1));
  for (const revocation of [{ user }, { user: `${user}x` }, { user, issuedBefore: 1_700_000_000 }])
    assert.equal((await api(server, "POST", "/revocations", revocation)).status, 200);
  const { body } = await api(server, "DELETE", `/users/${user}/data`);
  assert.deepEqual([body.clean, body.revocationsKept, body.mentionsByOthers], [true, 2, 0], JSON.stringify(body));
  assert.deepEqual(await server.stop(), [0, null]);
  const { stdout, status } = run(["erase", "--user", user, "--store", database]);
  assert.equal(status, 0);
  assert.match(stdout, /Kept until they expire: 2 revocations of the user's tokens/);
  assert.doesNotMatch(stdout, /Others mention/);
});

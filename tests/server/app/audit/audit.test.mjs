// The audit from outside: what a server records, what it refuses without it, and what the commands find in the file.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { app, directoryOf, holdDatabase, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const kBilling = "b".repeat(40);

async function serve({ args = [] } = {}) {
  const directory = directoryOf({ "app.json": app, keys: `office admin ${kKey}\nbilling publish ${kBilling}\n` });
  const audit = join(directory, "audit.db");
  const server = await Server.start([
    join(directory, "app.json"),
    ...["--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys"), "--audit", audit, "--shards", "2", ...args],
  ]);
  return { server, directory, audit };
}

async function api(server, method, path, { key = kKey, body } = {}) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() };
}

/** Changes the file as one does who has the right to write it. */
function change(path, sql) {
  const script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()";
  const ended = spawnSync("python3", ["-c", script, path, sql], { encoding: "utf8" });
  assert.equal(ended.status, 0, ended.stderr);
}

const records = (answer) => answer.body.records.map(({ record, values }) => ({ ...record, values }));
const publish = { event: "message", data: { text: "a payload that no audit has" } };

/** Asks until the audit has a record like this: those of sign-ins come when they come. */
async function recorded(server, action) {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    signal.throwIfAborted();
    const found = records(await api(server, "GET", `/audit?action=${action}`));
    if (found.length > 0) return found;
  }
}

const figures = async (server) => (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${kKey}` } })).text();

/** Asks for the metrics until they match. */
async function figure(server, pattern) {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    signal.throwIfAborted();
    if (pattern.test(await figures(server))) return;
  }
}

test("P-56 administrative calls, sign-ins, refusals and reloads are recorded; values are beside the chain", async () => {
  const { server, audit, directory } = await serve();
  const client = await FrameClient.connect(server.url);
  await client.greet("quintessa", "p");
  assert.equal((await api(server, "POST", "/rooms", { body: { id: "made", events: ["message"] } })).status, 201);
  assert.equal((await api(server, "DELETE", "/rooms/made")).status, 204);
  assert.equal((await api(server, "DELETE", "/users/quintessa/connections")).body.connections, 1);
  assert.equal((await api(server, "POST", "/rooms/chat/events", { key: kBilling, body: publish })).status, 200);
  assert.equal((await api(server, "DELETE", "/rooms/chat", { key: kBilling })).status, 403);
  appendFileSync(join(directory, "keys"), `third read ${"c".repeat(40)}\n`);
  await server.tell("SIGHUP", /"reloaded"|api_keys_reloaded/);

  const [signIn] = await recorded(server, "sign_in");
  assert.equal(signIn.values.user, "quintessa");
  assert.match(signIn.personal.user, /^[0-9a-f]{64}$/);
  const [kick] = await recorded(server, "disconnectUser");
  assert.equal(kick.fields.actor, "key:office");
  assert.equal(kick.values.user, "quintessa");
  const [kicked] = await recorded(server, "disconnectUser.done");
  assert.equal(kicked.fields.of, String(kick.seq));
  assert.equal(kicked.fields.status, "200");
  const [published] = await recorded(server, "publishEvent");
  assert.deepEqual([published.fields.actor, published.values.room, published.fields.status], ["key:billing", "chat", "200"]);
  const [refused] = await recorded(server, "api_refused");
  assert.deepEqual([refused.fields.actor, refused.fields.operation, refused.values.room], ["key:billing", "deleteRoom", "chat"]);
  await recorded(server, "reload");
  assert.equal((await recorded(server, "reload.done"))[0].fields.outcome, "done");
  const ofOffice = records(await api(server, "GET", "/audit?actor=key:office&limit=2"));
  assert.deepEqual(
    ofOffice.map(({ action }) => action),
    ["createRoom", "deleteRoom"],
  );
  const first = await api(server, "GET", "/audit?limit=3");
  assert.equal(first.body.next, 3);
  assert.equal(records(await api(server, "GET", `/audit?limit=3&after=${first.body.next}`))[0].seq, 4);
  const last = await api(server, "GET", "/audit?limit=2&before=6");
  assert.deepEqual([records(last).map(({ seq }) => seq), last.body.next], [[5, 4], 4]);
  assert.deepEqual(
    records(await api(server, "GET", `/audit?limit=9&before=${last.body.next}&after=1`)).map(({ seq }) => seq),
    [3, 2],
  );
  assert.equal((await api(server, "GET", "/audit?before=0")).status, 422);
  assert.equal((await api(server, "GET", "/audit", { key: kBilling })).status, 403);
  const text = await figures(server);
  for (const action of ["administration", "publication", "refusal", "configuration"])
    assert.match(text, new RegExp(`dialogue_audit_records_total\\{action="${action}"\\} [1-9]`));
  assert.match(text, /dialogue_audit_records_total\{action="sign_in"\} 1/);
  assert.deepEqual(await server.stop(), [0, null]);

  assert.equal(statSync(`${audit}-key`).mode & 0o777, 0o600);
  assert.ok(!readFileSync(audit).includes("a payload that no audit has"));
  assert.ok(!readFileSync(audit).includes(kKey));
  const verified = run(["audit", "verify", audit, "--public-key", `${audit}-key.pub`]);
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  assert.match(verified.stdout, /The chain is complete/);
  const head = /head ([0-9a-f]{64})/.exec(verified.stdout)[1];
  assert.equal(run(["audit", "verify", audit, "--head", head]).status, 0);
  assert.equal(run(["audit", "verify", audit, "--head", "0".repeat(64)]).status, 1);
  const lines = run(["audit", audit, "--json", "--actor", "quintessa"]).stdout;
  assert.equal(lines, "");
  const all = run(["audit", audit, "--json"]).stdout.trim().split("\n").map(JSON.parse);
  for (const [at, { record }] of all.entries()) assert.equal(record.seq, at + 1);
  assert.match(run(["audit", audit, "--action", "deleteRoom"]).stdout, /deleteRoom {2}\{"actor":"key:office"/);
  assert.equal(run(["audit", audit, "--since", "2999-01-01"]).stdout, "");
  assert.match(run(["audit", audit, "--since", "yesterday"]).stderr, /is not a date/);
});

test("every sign-in of a crowd is recorded, and refusals beyond what is recorded are counted in a gap", async () => {
  const kCrowd = 400;
  const kBatch = 16; // frames of a message
  const { server, audit } = await serve({ args: ["--shards", "1"] });
  const clients = await Promise.all(Array.from({ length: kCrowd }, () => FrameClient.connect(server.url)));
  await Promise.all(clients.map((client, i) => client.greet(`user-${i}`, "p")));
  const refused = Array.from({ length: kCrowd }, (_, i) => [2, i + 1, 0, 0, 0, "nowhere", {}]);
  for (let at = 0; at < kCrowd; at += kBatch) clients[0].sayAll(refused.slice(at, at + kBatch));
  for (let i = 0; i < kCrowd; ++i) await clients[0].hear(frames.reply, frames.nack);
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
  const { stdout } = run(["audit", audit, "--json"]);
  const found = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).record);
  const count = (action) => found.filter((record) => record.action === action).length;
  assert.equal(count("sign_in"), kCrowd);
  const gaps = found.filter(({ action }) => action === "gap").reduce((sum, gap) => sum + Number(gap.fields.records), 0);
  assert.equal(count("request_refused") + gaps, kCrowd);
});

test("an audit whose name looks like a URI of SQLite is a file of that name", async () => {
  const directory = directoryOf({ "app.json": app });
  const name = "file:audit.db?mode=memory";
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--audit", name];
  const server = await Server.start(args, { shell: `cd ${directory}` });
  await (await FrameClient.connect(server.url)).greet("ann", "p");
  await server.stop();
  const { stdout, stderr } = run(["audit", join(directory, name), "--action", "sign_in", "--json"]);
  assert.match(stdout, /"action":"sign_in"/, stderr);
});

test("a byte that is changed in the file is found by dialogue audit verify", async () => {
  const { server, audit } = await serve();
  for (const id of ["one", "two", "three"]) await api(server, "POST", "/rooms", { body: { id, events: ["message"] } });
  assert.deepEqual(await server.stop(), [0, null]);
  change(audit, "UPDATE record SET text = replace(text, 'key:office', 'key:someone') WHERE seq = 3");
  const { status, stdout } = run(["audit", "verify", audit]);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /CHANGED, record \d+ was changed/);
  assert.match(stdout, /THE AUDIT IS NOT WHAT WAS WRITTEN/);
});

test("while the audit cannot be written, administrative calls are refused and publications go on", async () => {
  const { server, audit } = await serve();
  const release = await holdDatabase(audit);
  const refused = await api(server, "POST", "/rooms", { body: { id: "made", events: ["message"] } });
  assert.equal(refused.status, 503);
  assert.match(refused.body.detail, /audit cannot be written/);
  assert.equal((await api(server, "POST", "/rooms/chat/events", { body: publish })).status, 200);
  const client = await FrameClient.connect(server.url);
  await client.greet("bob", "p");
  await figure(server, /dialogue_audit_records_lost_total [1-9]/);
  await release();
  assert.equal((await api(server, "GET", "/rooms/made")).status, 404);
  assert.equal((await api(server, "POST", "/rooms", { body: { id: "made", events: ["message"] } })).status, 201);
  assert.ok(Number((await recorded(server, "gap"))[0].fields.records) > 0);
  await server.printed(/audit_failed/);
  assert.deepEqual(await server.stop(), [0, null]);
  assert.equal(run(["audit", "verify", audit]).status, 0);
});

test("P-57 erasing a user takes the values out of the audit, and the chain still verifies", async () => {
  const { server, audit, directory } = await serve({ args: ["--store", `sqlite:${join(directoryOf({}), "kept.db")}`] });
  const client = await FrameClient.connect(server.url);
  await client.greet("quintessa", "p");
  await recorded(server, "sign_in");
  const { body } = await api(server, "DELETE", "/users/quintessa/data");
  assert.ok(body.auditValues >= 3, JSON.stringify(body));
  assert.deepEqual(await server.stop(), [0, null]);
  assert.ok(!readFileSync(audit).includes("quintessa"));
  assert.ok(!existsSync(`${audit}-wal`) || !readFileSync(`${audit}-wal`).includes("quintessa"));
  const { status, stdout } = run(["audit", "verify", audit]);
  assert.equal(status, 0, stdout);
  assert.match(stdout, / [1-9]\d* erased/);
  assert.ok(existsSync(directory));
});

test("a server without --audit reports that, and one whose audit cannot be opened does not start", async () => {
  const directory = directoryOf({ "app.json": app, keys: kKey, "no.db": "this is no database, however long it may be" });
  const server = await Server.start([
    join(directory, "app.json"),
    "--listen",
    "127.0.0.1:0",
    "--api-key-file",
    join(directory, "keys"),
  ]);
  const { status, body } = await api(server, "GET", "/audit");
  assert.equal(status, 422);
  assert.match(body.detail, /--audit FILE/);
  assert.deepEqual(await server.stop(), [0, null]);
  const refused = run([
    "serve",
    join(directory, "app.json"),
    "--listen",
    "127.0.0.1:0",
    "--store",
    "memory:",
    "--audit",
    join(directory, "no.db"),
  ]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /--audit/);
});

test("an audit belongs to one server: a second one does not start, and the first keeps recording", async () => {
  const { server, directory, audit } = await serve();
  const place = ["--listen", "127.0.0.1:0", "--store", "memory:", "--audit", audit];
  const second = run(["serve", join(directory, "app.json"), ...place]);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another process writes this audit/);
  assert.equal((await api(server, "POST", "/rooms/chat/events", { body: publish })).status, 200);
  await server.stop();
});

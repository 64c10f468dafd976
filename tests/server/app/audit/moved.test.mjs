// An audit that is moved, removed or begun anew, from outside: what a server and the commands say of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { app, binary, directoryOf, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const kNobody = 65534;
const isRoot = process.getuid() === 0;

function place() {
  const directory = directoryOf({ "app.json": app, keys: `office admin ${kKey}\n` });
  const audit = join(directory, "audit.db");
  const start = (...more) =>
    Server.start([
      join(directory, "app.json"),
      ...["--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys"), "--audit", audit, ...more],
    ]);
  return { directory, audit, start };
}

async function ask(server, method, path, body) {
  const headers = { authorization: `Bearer ${kKey}`, ...(body && { "content-type": "application/json" }) };
  const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() };
}

const makeRoom = async (server, id) => (await ask(server, "POST", "/rooms", { id, events: ["message"] })).status;

/** Asks until the verdict has such a level: a reading may be a second old. */
async function verdict(server, level) {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    signal.throwIfAborted();
    const { body } = await ask(server, "GET", "/overview");
    if (level.test(body.verdict?.level)) return body.verdict.sentence;
  }
}

const recordsOf = (path) =>
  run(["audit", path, "--json"])
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line).record);

test("while its audit is moved away a server refuses administration, and continues when the file is restored", async () => {
  const { audit, start } = place();
  const server = await start();
  assert.equal(await makeRoom(server, "one"), 201);
  assert.match(await verdict(server, /ok/), /Healthy/);
  renameSync(audit, `${audit}.1`);
  assert.equal(await makeRoom(server, "two"), 503);
  assert.equal((await ask(server, "GET", "/audit")).status, 503);
  assert.match(await server.printed(/audit_failed/), /audit\.db: the file was moved or removed .* Put the opened file back/);
  assert.equal(await verdict(server, /critical/), "The audit cannot be written: administrative calls are refused.");
  assert.match(run(["top", server.url, "--once", "--key-env", "KEY"], { env: { KEY: kKey } }).stdout, /^critical: The audit/);
  assert.deepEqual(
    recordsOf(`${audit}.1`).map(({ action }) => action),
    ["createRoom", "createRoom.done"],
  );
  renameSync(`${audit}.1`, audit);
  assert.equal(await makeRoom(server, "two"), 201);
  await verdict(server, /ok|warning/); // records may have been lost in the last minute
  assert.equal((await ask(server, "GET", "/audit")).status, 200);
  assert.deepEqual(await server.stop(), [0, null]);
  assert.equal(run(["audit", "verify", audit]).status, 0);
});

test("a server whose quiet audit was removed finds out by itself, and by itself that it is back", async () => {
  const { audit, start } = place();
  const server = await start();
  assert.equal(await makeRoom(server, "one"), 201);
  renameSync(audit, `${audit}.1`);
  await server.printed(/audit_failed/);
  renameSync(`${audit}.1`, audit);
  await verdict(server, /ok/);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("an audit that restarts with an existing key is reported at the start, and by verify", async () => {
  const { audit, directory, start } = place();
  const begun = /audit_begun_anew/;
  const first = await start();
  assert.equal(await makeRoom(first, "one"), 201);
  assert.deepEqual(await first.stop(), [0, null]);
  const second = await start();
  assert.deepEqual(await second.stop(), [0, null]);
  for (const server of [first, second]) assert.ok(!server.lines.some((line) => begun.test(line)), server.lines.join("\n"));
  for (const name of readdirSync(directory)) if (/^audit\.db(-wal|-shm)?$/.test(name)) rmSync(join(directory, name));
  const third = await start();
  assert.match(await third.printed(begun), /audit\.db: the audit has no records, though its key .*audit\.db-key is not new/);
  assert.deepEqual(await third.stop(), [0, null]);
  const { status, stdout } = run(["audit", "verify", audit]);
  assert.equal(status, 0);
  assert.match(stdout, /^THERE ARE NO RECORDS: the audit is new, or a file with records was removed/m);
  assert.doesNotMatch(stdout, /chain is complete/i);
});

test("an audit whose file or directory this user may not read is refused, and the error says what to do", {
  skip: !isRoot && "needs root, to be somebody else",
}, async () => {
  const { audit, directory, start } = place();
  await (await start()).stop();
  assert.ok(!existsSync(`${audit}-wal`));
  const asNobody = (...args) => spawnSync(binary, args, { encoding: "utf8", uid: kNobody, gid: kNobody, timeout: 30_000 });
  chmodSync(directory, 0o755);
  for (const words of [[], ["verify"]]) {
    const { status, stderr } = asNobody("audit", ...words, audit);
    assert.equal(status, 1);
    assert.match(stderr, /audit\.db: the audit cannot be read: Permission denied\. Give this user the right to read it\./);
  }
  chmodSync(audit, 0o644);
  for (const words of [[], ["verify"]]) {
    const { status, stderr } = asNobody("audit", ...words, audit);
    assert.equal(status, 1);
    assert.match(stderr, /audit\.db: the audit cannot be read, since no file can be made .*: Permission denied\. Copy it/);
  }
});

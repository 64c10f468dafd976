// A store whose file is moved while the server runs: nothing more is acknowledged, operators see why, and nothing is lost.
import assert from "node:assert/strict";
import { copyFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const key = "0123456789abcdef0123456789abcdef";
const keeping = structuredClone(app);
keeping.rooms.chat.retention = { maxEvents: 100 };

async function call(server, method, path, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(`${server.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
}
const publish = (server, text) => call(server, "POST", "/api/v1/rooms/chat/events", { event: "message", data: { text } });
const texts = async (server) => (await call(server, "GET", "/api/v1/rooms/chat/history")).events.map(({ data }) => data.text);

test("a store that is moved away acknowledges nothing more, and has all it acknowledged when it is put back", async () => {
  const directory = directoryOf({ "app.json": keeping });
  const [path, moved] = [join(directory, "chat.db"), join(directory, "moved.db")];
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", `sqlite:${path}`, "--api-key-env", "KEY"];
  const start = () => Server.start(args, { env: { KEY: `backend admin ${key}` } });
  const server = await start();
  assert.equal((await publish(server, "before")).status, 200);
  renameSync(path, moved);
  const { status, code } = await publish(server, "after");
  assert.deepEqual([status, code], [503, "store_unavailable"]);
  const line = JSON.parse(await server.printed(/was moved or removed/));
  assert.deepEqual([line.level, line.event], ["warn", "store"]);
  assert.ok(line.message.includes(path), line.message);
  await server.printed(/"store_failed"/);
  assert.deepEqual(await server.stop("SIGCONT"), [1, null]); // it ends by itself, as after every failure of the store
  renameSync(moved, path);
  const again = await start();
  assert.deepEqual(await texts(again), ["before"]);
  assert.equal((await publish(again, "after")).status, 200);
  await again.stop();
});

test("what only the log of a killed server has survives a start without the database, which check refuses, too", async () => {
  const directory = directoryOf({ "app.json": keeping });
  const [path, moved] = [join(directory, "chat.db"), join(directory, "moved.db")];
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", `sqlite:${path}`, "--api-key-env", "KEY"];
  const env = { KEY: `backend admin ${key}` };
  const server = await Server.start(args, { env });
  for (let i = 0; i < 10; ++i) assert.equal((await publish(server, `${i}`)).status, 200);
  await server.stop("SIGKILL");
  renameSync(path, moved);
  for (const command of ["serve", "check"]) {
    const refused = run([command, ...args], { env });
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(refused.stderr, /chat\.db: the database is gone, but its log .*chat\.db-wal exists.*Put the database back/);
  }
  assert.ok(statSync(`${path}-wal`).size > 0);
  renameSync(moved, path);
  const again = await Server.start(args, { env });
  assert.equal((await texts(again)).length, 10);
  await again.stop();
});

test("a backup that is copied over the store while the server runs is noticed before the next event", async () => {
  const directory = directoryOf({ "app.json": keeping });
  const [path, backup] = [join(directory, "chat.db"), join(directory, "backup.db")];
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", `sqlite:${path}`, "--api-key-env", "KEY"];
  const env = { KEY: `backend admin ${key}` };
  const server = await Server.start(args, { env });
  assert.equal((await publish(server, "one")).status, 200);
  assert.equal(run(["store", "backup", path, backup]).status, 0);
  const long = "x".repeat(400);
  for (let i = 0; i < 600; ++i) assert.equal((await publish(server, long)).status, 200); // more than a checkpoint waits for
  copyFileSync(backup, path);
  assert.equal((await publish(server, "after")).status, 503);
  await server.printed(/another program overwrote the file while open/);
  await server.printed(/"store_failed"/);
  assert.deepEqual(await server.stop("SIGCONT"), [1, null]);
});

test("F-O5 a store that fails in a drain ends it at once, in order, and not by a signal", async () => {
  const directory = directoryOf({ "app.json": keeping });
  const [path, moved] = [join(directory, "chat.db"), join(directory, "moved.db")];
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", `sqlite:${path}`, "--api-key-env", "KEY"];
  args.push("--drain-delay-ms", "600000");
  const server = await Server.start(args, { env: { KEY: `backend admin ${key}` } });
  assert.equal((await publish(server, "before")).status, 200);
  await server.tell("SIGTERM", /"stopping"/);
  renameSync(path, moved);
  assert.equal((await publish(server, "after")).status, 503);
  assert.deepEqual(await server.stop("SIGCONT"), [1, null]);
  await server.printed(/"stopped"/);
});

// A store whose file is moved while the server runs: nothing more is acknowledged, operators see why, and nothing is lost.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, Server } from "../support/program.mjs";

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

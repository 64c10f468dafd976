// `dialogue store copy` between servers: clients resume on the copy at their positions, and a retry is recognised there.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { app, directoryOf, run, Server } from "../support/program.mjs";
import { RedisServer } from "../support/redis.mjs";

const key = "0123456789abcdef0123456789abcdef";
const env = { KEY: `backend admin ${key}` };
const keeping = structuredClone(app);
keeping.rooms.chat.retention = { maxEvents: 1000 };
const directory = directoryOf({ "app.json": keeping });
const definitions = join(directory, "app.json");

const engines = [];
before(async () => {
  engines.push(await PostgresServer.start(), await RedisServer.start());
});
after(() => Promise.all(engines.map((engine) => engine.stop())));

const serve = (store) =>
  Server.start([definitions, "--listen", "127.0.0.1:0", "--store", store, "--api-key-env", "KEY"], { env });
async function publish(server, text, id) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": id };
  const body = JSON.stringify({ event: "message", data: { text } });
  const answer = await fetch(`${server.url}/api/v1/rooms/chat/events`, { method: "POST", headers, body });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

test("a client resumes on a copy of a copy of a copy, and a retry of a publication is stored once", async () => {
  const file = join(directory, "first.db");
  const [postgres, redis] = engines.map(({ url }) => url);
  const stores = [`sqlite:${file}`, `${postgres}?schema=copied`, `${redis}?prefix=copied`, `sqlite:${directory}/last.db`];
  let server = await serve(stores[0]);
  const client = await FrameClient.connect(server.url);
  await client.greet("ann", "p-ann");
  const [, , room, epoch] = await client.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
  assert.ok(room);
  for (let seq = 1; seq <= 5; ++seq) assert.equal((await publish(server, `${seq}`, `id-${seq}`)).seq, seq);
  for (let seq = 1; seq <= 3; ++seq) assert.equal((await client.hear(frames.event))[3], seq);
  await client.close();
  assert.deepEqual(await server.stop(), [0, null]);

  for (const [from, to] of [0, 1, 2].map((i) => [stores[i], stores[i + 1]])) {
    const copied = run(["store", "copy", from, to, "--json"]);
    assert.equal(copied.status, 0, copied.stderr);
    const summary = JSON.parse(copied.stdout);
    assert.equal(summary.verified, true);
    assert.equal(summary.events, 5);
    assert.match(copied.stderr, /verifying: 1 of 1 room \(100 %\)/);
    assert.match(run(["store", "copy", from, to]).stderr, /this store is not empty/);
  }

  server = await serve(stores[3]);
  const again = await publish(server, "5", "id-5");
  assert.deepEqual([again.seq, again.duplicate], [5, true]);
  assert.equal((await publish(server, "6", "id-6")).seq, 6);
  const back = await FrameClient.connect(server.url);
  await back.greet("ann", "p-ann");
  await back.ask([2, 1, 2, epoch, 3, "chat", {}], frames.joined);
  for (let seq = 4; seq <= 6; ++seq) {
    const frame = await back.hear(frames.event);
    assert.deepEqual([frame[3], frame.at(-1).text], [seq, `${seq}`]);
  }
  assert.deepEqual(await server.stop(), [0, null]);
});

test("a copy is refused while a server uses the source, and if both are one store or a file is missing", async () => {
  const from = join(directory, "used.db");
  const to = join(directory, "target.db");
  const server = await serve(`sqlite:${from}`);
  await publish(server, "a", "id-a");
  assert.match(run(["store", "copy", from, to]).stderr, /another process uses this database/);
  await server.stop();
  assert.match(run(["store", "copy", from, `sqlite:${from}`]).stderr, /both stores are the same/);
  assert.match(run(["store", "copy", join(directory, "none.db"), to]).stderr, /the database does not exist/);
  assert.ok(!existsSync(join(directory, "none.db")));
  assert.match(run(["store", "copy", "memory:", to]).stderr, /memory ends with its process/);
  const secret = run(["store", "copy", from, "postgres://ann:hunter2@127.0.0.1:1/chat"]);
  assert.equal(secret.status, 1);
  assert.ok(!secret.stderr.includes("hunter2"), secret.stderr);
});

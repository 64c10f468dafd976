// What an operator's monitoring sees of a drain: readiness goes first, then connections fall, until the process ends.
import assert from "node:assert/strict";
import { join as path } from "node:path";
import { test } from "node:test";
import { FrameClient } from "../support/frame_client.mjs";
import { app, directoryOf } from "../support/program.mjs";
import { read, serve, textOf, until } from "./kit.mjs";

const definitions = path(directoryOf({ "app.json": app }), "app.json");
const kClients = 20;

const statusOf = (url) =>
  textOf(url).then(
    ({ status }) => status,
    () => 0,
  );

test("P-50 during a drain /ready is 503 until the end, and a scrape sees connections fall", async () => {
  const { server, url } = await serve([
    definitions,
    "--drain-delay-ms",
    "300",
    "--drain-ms",
    "0",
    "--drain-timeout-ms",
    "600000",
  ]);
  const clients = [];
  for (let i = 0; i < kClients; ++i) {
    clients.push(await FrameClient.connect(server.url));
    await clients.at(-1).greet(`user${i}`, "p");
  }
  const ready = new URL("/ready", url).href;
  const active = 'dialogue_connections_active{transport="websocket"}';
  assert.equal((await read(url))(active), kClients);
  assert.equal((await read(url))("dialogue_draining"), 0);
  assert.equal(await statusOf(ready), 200);
  for (const client of clients) client.pause(); // they take no BYE, so the drain waits for them

  const ended = server.stop();
  await until(url, (now) => now("dialogue_draining") === 1);
  assert.equal(await statusOf(ready), 503);
  const during = await until(url, (now) => now("dialogue_drain_connections_remaining") >= kClients);
  assert.equal(during('dialogue_ready{check="drain"}'), 0);
  for (const client of clients.splice(0, kClients / 2)) client.terminate();
  await until(url, (now) => now("dialogue_drain_connections_remaining") <= kClients / 2 + 1);
  assert.equal(await statusOf(ready), 503);
  for (const client of clients) client.terminate();
  assert.deepEqual(await ended, [0, null]);
  assert.equal(await statusOf(ready), 0);
});

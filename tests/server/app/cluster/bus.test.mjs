// Nodes on PostgreSQL that wake each other by NATS: what is published arrives with the bus, without it, and when it is back.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { NatsServer } from "../support/nats.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { app, directoryOf, run, Server, until } from "../support/program.mjs";

const key = "0123456789abcdef0123456789abcdef";
const env = { KEY: `backend admin ${key}` };
const shared = structuredClone(app);
delete shared.rooms.chat.maxSize;
const definitions = join(directoryOf({ "app.json": shared }), "app.json");
const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };

let postgres;
let nats;
before(async () => {
  [postgres, nats] = await Promise.all([PostgresServer.start(), NatsServer.start()]);
});
after(() => Promise.all([postgres.stop(), nats.stop()]));

async function publish(node, text) {
  const body = JSON.stringify({ event: "message", data: { text } });
  const answer = await fetch(`${node.url}/api/v1/rooms/chat/events`, { method: "POST", headers, body });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).seq;
}
const busOf = async (node) => (await (await fetch(`${node.url}/api/v1/cluster`, { headers })).json()).bus;
async function figureOf(node, name) {
  const lines = (await (await fetch(`${node.url}/metrics`, { headers })).text()).split("\n");
  return Number(
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")
      .at(-1),
  );
}

test("nodes with a bus deliver in order while it is there, away, and there again", async () => {
  const flags = ["--listen", "127.0.0.1:0", "--cluster", postgres.url, "--bus", nats.url, "--api-key-env", "KEY"];
  const start = () => Server.start([definitions, ...flags, "--http-requests", "100000"], { env });
  const nodes = [await start(), await start()];
  await Promise.all(nodes.map((node) => node.printed(/node_joined.*"nodes":2/)));
  const members = await Promise.all(
    nodes.map(async (node, i) => {
      const client = await FrameClient.connect(node.url);
      await client.greet(`u${i}`, `p${i}`);
      await client.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
      return client;
    }),
  );
  const heardAll = async (first, last) => {
    for (const member of members)
      for (let seq = first; seq <= last; ++seq) {
        const frame = await member.hear(frames.event);
        assert.deepEqual([frame[3], frame.at(-1).text], [seq, `${seq}`]);
      }
  };
  const publishSome = async (first, last) => {
    for (let seq = first; seq <= last; ++seq) assert.equal(await publish(nodes[seq % 2], `${seq}`), seq);
    await heardAll(first, last);
  };

  await until(
    () => busOf(nodes[0]),
    (bus) => bus.state === "ok",
  );
  await publishSome(1, 20);
  const bus = await until(
    () => busOf(nodes[0]),
    ({ sent, received }) => sent > 0 && received > 0,
  );
  assert.deepEqual([bus.kind, bus.address], ["nats", nats.url]);
  await until(
    () => figureOf(nodes[0], 'dialogue_cluster_bus_messages_total{direction="in"}'),
    (count) => count > 0,
  );
  assert.match(run(["top", nodes[0].url, "--once", "--key-env", "KEY"], { env: { KEY: key } }).stdout, /bus ok/);

  await nats.stop();
  await nodes[0].printed(/the bus nats:\/\/127\.0\.0\.1:\d+ is not connected/);
  const away = await until(
    () => busOf(nodes[0]),
    ({ state }) => state === "away",
  );
  assert.ok(away.fault);
  await until(
    () => figureOf(nodes[0], "dialogue_cluster_bus_away"),
    (value) => value === 1,
  );
  assert.equal((await fetch(`${nodes[0].url}/ready`)).status, 200);
  await publishSome(21, 24);

  await nats.run();
  await Promise.all(
    nodes.map((node) =>
      until(
        () => busOf(node),
        ({ state }) => state === "ok",
      ),
    ),
  );
  await nodes[0].printed(/NATS is connected again/);
  await publishSome(25, 40);
  assert.equal(await figureOf(nodes[0], "dialogue_cluster_bus_away"), 0);
  for (const node of nodes) assert.deepEqual(await node.stop(), [0, null]);
});

test("a bus is refused without a cluster, with a store that needs none, and if its address is invalid", () => {
  const refused = (...flags) => {
    const outcome = run(["check", definitions, "--listen", "127.0.0.1:0", ...flags]);
    assert.notEqual(outcome.status, 0, outcome.stdout);
    return outcome.stderr;
  };
  assert.match(refused("--bus", "nats://bus"), /it wakes the nodes of a cluster, and --cluster is not set/);
  assert.match(refused("--bus", "nats://bus", "--cluster", "redis://db"), /wakes the nodes by itself/);
  const wrong = refused("--bus", "nats://ann:hunter2@bus:0", "--cluster", postgres.url);
  assert.match(wrong, /its port is not a number from 1 to 65535/);
  assert.ok(!wrong.includes("hunter2"), wrong);
});

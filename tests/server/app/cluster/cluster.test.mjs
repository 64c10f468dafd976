// Nodes that share a PostgreSQL or a Redis: what a room promises holds at whichever node its members, publishers and operators
// are.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { PostgresServer } from "../support/postgres.mjs";
import { app, directoryOf, run, Server, until } from "../support/program.mjs";
import { RedisServer } from "../support/redis.mjs";
import { yjsPages } from "../support/yjs_pages.mjs";

const key = "0123456789abcdef0123456789abcdef";
const env = { KEY: `backend admin ${key}` };
const shared = structuredClone(app);
shared.events.typing = { schema: {}, delivery: "volatile" };
shared.rooms.chat.events.push("typing");
delete shared.rooms.chat.maxSize;
shared.events.page = { document: { text: ["body"], map: ["meta"] } };
shared.rooms["page-{id}"] = { events: ["page"] };
shared.rooms.table = { maxSize: 2, events: ["message"] };
const definitions = join(directoryOf({ "app.json": shared }), "app.json");

const engines = { PostgreSQL: PostgresServer, Redis: RedisServer };
const urls = {
  PostgreSQL: (url, name) => `${url}?schema=${name}`,
  Redis: (url, name) => `${url}?prefix=${name}`,
};

const { page, synced, shows, eventually, end } = yjsPages();
after(end);
const running = {};
before(async () => {
  for (const [name, Engine] of Object.entries(engines)) running[name] = await Engine.start();
});
after(() => Promise.all(Object.values(running).map((engine) => engine.stop())));

let clusters = 0;
/** So many nodes of a cluster of their own. */
async function clusterOf(engine, count) {
  const name = `cluster${++clusters}`;
  const store = urls[engine](running[engine].url, name);
  const flags = ["--listen", "127.0.0.1:0", "--cluster", store, "--api-key-env", "KEY", "--http-requests", "100000"];
  const start = () => Server.start([definitions, ...flags], { env });
  const nodes = [];
  for (let i = 0; i < count; ++i) {
    nodes.push(await start());
    if (nodes.length > 1)
      await Promise.all(nodes.map((node) => node.printed(new RegExp(`node_joined.*"nodes":${nodes.length}`))));
  }
  return { nodes, start, name, stop: () => Promise.all(nodes.map((node) => node.stop())) };
}

async function call(server, method, path, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(`${server.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, ...(text ? JSON.parse(text) : {}) };
}
const publish = (server, text, room = "chat") =>
  call(server, "POST", `/api/v1/rooms/${room}/events`, { event: "message", data: { text } });

/** The series of /metrics, by name and labels. */
async function figuresOf(server) {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const lines = (await answer.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** A member of a room at a node; `room` is its number. */
async function member(server, userId, roomId = "chat") {
  const client = await FrameClient.connect(server.url);
  await client.greet(userId, `p-${userId}`);
  const [, , room, epoch] = await client.ask([2, 1, 0, 0, 0, roomId, {}], frames.joined);
  return Object.assign(client, { room, epoch });
}

/** The next events of a client: their sequences and texts. */
async function hear(client, count) {
  const heard = [];
  for (let i = 0; i < count; ++i) {
    const frame = await client.hear(frames.event);
    heard.push([frame[3], frame.at(-1).text]);
  }
  return heard;
}

for (const engine of Object.keys(engines)) {
  test(`${engine}: members of every node receive what is published at any node, once and in order`, async () => {
    const { nodes, stop } = await clusterOf(engine, 3);
    const members = await Promise.all(nodes.map((node, i) => member(node, `u${i}`)));
    const acknowledged = new Map();
    await Promise.all(
      nodes.map(async (node, i) => {
        for (let n = 0; n < 20; ++n) {
          const answer = await publish(node, `${i}-${n}`);
          assert.equal(answer.status, 200, JSON.stringify(answer));
          acknowledged.set(answer.seq, `${i}-${n}`);
        }
      }),
    );
    assert.deepEqual(
      [...acknowledged.keys()].sort((a, b) => a - b),
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    for (const each of members)
      assert.deepEqual(
        await hear(each, 60),
        [...acknowledged].sort(([a], [b]) => a - b),
      );
    await stop();
  });

  test(`${engine}: a client that reconnects to another node after a kill continues from its position`, async () => {
    const { nodes, stop, start } = await clusterOf(engine, 2);
    const [first, second] = nodes;
    const client = await member(first, "ann");
    await publish(first, "a");
    assert.deepEqual(await hear(client, 1), [[1, "a"]]);
    await first.stop("SIGKILL");
    await publish(second, "b");
    const back = await FrameClient.connect(second.url);
    await back.greet("ann", "p-ann");
    await back.ask([2, 1, 2, client.epoch, 1, "chat", {}], frames.joined);
    assert.deepEqual(await hear(back, 1), [[2, "b"]]);
    nodes[0] = await start();
    await publish(nodes[0], "c");
    assert.deepEqual(await hear(back, 1), [[3, "c"]]);
    await stop();
  });

  test(`${engine}: presence and sizes are those of all nodes, and members of a killed one leave`, async () => {
    const { nodes, stop, start } = await clusterOf(engine, 2);
    const ann = await member(nodes[0], "ann");
    const bob = await member(nodes[1], "bob");
    const sizeAt = async (node) => (await call(node, "GET", "/api/v1/rooms")).rooms.find(({ id }) => id === "chat").size;
    for (const node of nodes)
      await until(
        () => sizeAt(node),
        (size) => size === 2,
      );
    assert.match(JSON.stringify(await ann.hear(frames.presence)), /bob/);
    await nodes[1].stop("SIGKILL");
    bob.terminate();
    await until(
      () => sizeAt(nodes[0]),
      (size) => size === 1,
    );
    assert.match(JSON.stringify(await ann.hear(frames.presence)), /bob/);
    nodes[1] = await start();
    await stop();
  });

  test(`${engine}: a room with two places has two over all nodes`, async () => {
    const { nodes, stop } = await clusterOf(engine, 3);
    const clients = await Promise.all(
      nodes.flatMap((node, i) =>
        [0, 1].map(async (n) => {
          const client = await FrameClient.connect(node.url);
          await client.greet(`u${i}${n}`, `p${i}${n}`);
          client.say([2, 1, 0, 0, 0, "table", {}]);
          const [type] = await client.hear(frames.joined, frames.reply);
          return { client, isIn: type === frames.joined };
        }),
      ),
    );
    const inside = clients.filter(({ isIn }) => isIn);
    assert.equal(inside.length, 2);
    await inside[0].client.close();
    const waiting = clients.find(({ isIn }) => !isIn).client;
    let request = 1;
    await until(
      async () => (await waiting.ask([2, ++request, 0, 0, 0, "table", {}], frames.joined, frames.reply))[0],
      (type) => type === frames.joined,
    );
    await stop();
  });

  test(`${engine}: volatile events, events for a user and disconnections reach every node`, async () => {
    const { nodes, stop } = await clusterOf(engine, 2);
    const ann = await member(nodes[0], "ann");
    await call(nodes[1], "POST", "/api/v1/rooms/chat/events", { event: "typing", data: 1 });
    assert.equal((await ann.hear(frames.event))[3], 0);
    await call(nodes[1], "POST", "/api/v1/users/ann/publish", { event: "message", data: { text: "psst" } });
    assert.equal((await ann.hear(frames.event)).at(-1).text, "psst");
    await call(nodes[1], "DELETE", "/api/v1/users/ann/connections");
    assert.ok(await ann.hear(frames.bye));
    await stop();
  });

  test(`${engine}: a room that is made or deleted at one node is made or deleted at all`, async () => {
    const { nodes, stop } = await clusterOf(engine, 2);
    const made = await call(nodes[0], "POST", "/api/v1/rooms", { id: "made", events: ["message"] });
    assert.ok(made.status < 300, JSON.stringify(made));
    const client = await FrameClient.connect(nodes[1].url);
    await client.greet("ann", "p");
    let request = 0;
    await until(
      async () => (await client.ask([2, ++request, 0, 0, 0, "made", {}], frames.joined, frames.reply))[0],
      (type) => type === frames.joined,
    );
    await publish(nodes[0], "hello", "made");
    assert.deepEqual(await hear(client, 1), [[1, "hello"]]);
    assert.ok((await call(nodes[0], "DELETE", "/api/v1/rooms/made")).status < 300);
    assert.ok(await client.hear(frames.left, frames.bye));
    await stop();
  });

  test(`${engine}: a restart of the engine beneath the nodes loses and doubles nothing`, async () => {
    const { nodes, stop } = await clusterOf(engine, 2);
    const members = await Promise.all(nodes.map((node, i) => member(node, `u${i}`)));
    const acknowledged = new Map();
    // Each text until it is acknowledged; a refused one was not stored.
    const publishAll = async (node, name) => {
      for (let n = 0; n < 15; ) {
        const answer = await publish(node, `${name}-${n}`);
        if (answer.status !== 200) continue;
        acknowledged.set(answer.seq, `${name}-${n}`);
        n += 1;
      }
    };
    await Promise.all(nodes.map((node, i) => publishAll(node, `before-${i}`)));
    const meanwhile = Promise.all(nodes.map((node, i) => publishAll(node, `meanwhile-${i}`)));
    await running[engine].stop();
    await running[engine].run();
    await meanwhile;
    assert.equal(acknowledged.size, 60);
    for (const each of members)
      assert.deepEqual(
        await hear(each, 60),
        [...acknowledged].sort(([a], [b]) => a - b),
      );
    await stop();
  });

  test(`${engine}: /ready is refused while the engine does not answer, and the cluster shows it`, async () => {
    const { nodes, stop } = await clusterOf(engine, 2);
    const ready = async () => {
      const answer = await fetch(`${nodes[0].url}/ready`);
      return [answer.status, (await answer.json()).status];
    };
    await until(ready, ([status]) => status === 200);
    running[engine].pause();
    try {
      const [, first] = await until(ready, ([status]) => status === 503);
      assert.match(first, /^(store_unavailable|cluster_lease_over)$/);
      await until(ready, ([, reason]) => reason === "cluster_lease_over");
      const away = await call(nodes[0], "GET", "/api/v1/cluster");
      assert.equal(away.lease.state, "over");
      assert.equal(away.store.state, "away");
      assert.ok(away.log.lagMs > 0);
      await until(
        () => figuresOf(nodes[0]),
        (read) => read.get("dialogue_cluster_lease_held") === 0 && read.get('dialogue_cluster_store_state{state="away"}') === 1,
      );
    } finally {
      running[engine].resume();
    }
    await until(ready, ([status]) => status === 200);
    await until(
      () => call(nodes[0], "GET", "/api/v1/cluster"),
      ({ lease, store, nodes: all }) => lease.state === "held" && store.state === "ok" && all.length === 2,
    );
    await stop();
  });

  test(`${engine}: operators see the nodes, by the API, by metrics and by top`, async () => {
    const { nodes, stop } = await clusterOf(engine, 2);
    await member(nodes[1], "ann");
    const ids = new Set();
    for (const node of nodes) {
      const seen = await until(
        () => call(node, "GET", "/api/v1/cluster"),
        ({ nodes: all }) => all.length === 2 && all.some(({ members }) => members === 1),
      );
      assert.equal(seen.status, 200);
      assert.equal(seen.lease.state, "held");
      assert.equal(seen.store.kind, engine === "Redis" ? "redis" : "postgres");
      assert.deepEqual(seen.nodes.map(({ address }) => `http://${address}`).sort(), nodes.map(({ url }) => url).sort());
      assert.equal(seen.nodes.find(({ self }) => self).id, seen.node);
      assert.ok(seen.nodes.every(({ leaseLeftMs, startedAt }) => leaseLeftMs > 0 && startedAt > 0));
      ids.add(seen.node);
      assert.equal((await call(node, "GET", "/api/v1/overview")).cluster.nodes.length, 2);
    }
    assert.equal(ids.size, 2);
    await call(nodes[0], "POST", "/api/v1/rooms/chat/events", { event: "typing", data: 1 });
    const figures = await until(
      () => figuresOf(nodes[0]),
      (read) => read.get('dialogue_cluster_messages_total{direction="out"}') > 0,
    );
    assert.equal(figures.get("dialogue_cluster_nodes"), 2);
    assert.equal(figures.get("dialogue_cluster_lease_held"), 1);
    assert.equal(figures.get("dialogue_cluster_log_lag_entries"), 0);
    const top = run(["top", nodes[0].url, "--once", "--key-env", "KEY"], { env: { KEY: key } });
    assert.match(top.stdout, /nodes 2 {3}lease held/);
    for (const id of ids) assert.match(top.stdout, new RegExp(id));
    await stop();
  });

  test(`${engine}: lists and counts are of all nodes, and name one that does not answer`, async () => {
    const { nodes, stop } = await clusterOf(engine, 3);
    const members = await Promise.all(["ann", "bob", "ann"].map((user, i) => member(nodes[i], user)));
    const connectionsOf = ({ users }) => Object.fromEntries(users.map(({ userId, connections }) => [userId, connections]));
    for (const node of nodes) {
      assert.deepEqual(connectionsOf(await call(node, "GET", "/api/v1/users")), { ann: 2, bob: 1 });
      const asked = await call(node, "GET", "/api/v1/users?user=ann&user=eve");
      assert.deepEqual(connectionsOf(asked), { ann: 2, eve: 0 });
      const { connections } = await call(node, "GET", "/api/v1/connections");
      assert.deepEqual(connections.map(({ user }) => user).sort(), ["ann", "ann", "bob"]);
      assert.equal(connections.filter((row) => row.node).length, 2);
      const inRoom = await until(
        () => call(node, "GET", "/api/v1/rooms/chat/members"),
        (answer) => answer.members?.length === 2,
      );
      assert.deepEqual(connectionsOf({ users: inRoom.members }), { ann: 2, bob: 1 });
    }
    const first = await call(nodes[1], "GET", "/api/v1/users?limit=1");
    assert.deepEqual(connectionsOf(first), { ann: 2 });
    assert.deepEqual(connectionsOf(await call(nodes[2], "GET", first.next)), { bob: 1 });
    const publication = { event: "message", data: { text: "psst" } };
    assert.equal((await call(nodes[1], "POST", "/api/v1/users/ann/publish", publication)).connections, 2);
    for (const i of [0, 2]) assert.equal((await members[i].hear(frames.event)).at(-1).text, "psst");
    const { node: frozen } = await call(nodes[2], "GET", "/api/v1/cluster");
    nodes[2].signal("SIGSTOP");
    const partial = await call(nodes[0], "GET", "/api/v1/users");
    assert.deepEqual(partial.missing, [frozen]);
    assert.deepEqual(connectionsOf(partial), { ann: 1, bob: 1 });
    nodes[2].signal("SIGCONT");
    await until(
      () => call(nodes[0], "DELETE", "/api/v1/users/ann/connections"),
      ({ missing }) => !missing,
    );
    await stop();
  });

  test(`${engine}: a document merges what pages of several nodes write, and survives the node that wrote`, async () => {
    const { nodes, stop } = await clusterOf(engine, 3);
    const [ann, bob] = [page(nodes[0], "page-1"), page(nodes[1], "page-1", { user: "bob" })];
    await Promise.all([synced(ann), synced(bob)]);
    for (let i = 0; i < 40; ++i) {
      ann.body.insert(ann.body.length, "a");
      bob.body.insert(0, "b");
    }
    await eventually(() => ann.body.length === 80 && ann.body.toString() === bob.body.toString());
    ann.provider.destroy();
    await nodes[0].stop("SIGKILL");
    const late = page(nodes[2], "page-1", { user: "eve" });
    await shows(late, bob.body.toString());
    late.body.insert(0, "c");
    await shows(bob, late.body.toString());
    const shown = await call(nodes[1], "GET", "/api/v1/rooms/page-1/documents/page");
    assert.equal(shown.roots.body, late.body.toString());
    for (const each of [bob, late]) each.provider.destroy();
    await stop();
  });

  test(`${engine}: an erased user is in no entry of the cluster's log`, async () => {
    const { nodes, stop, name } = await clusterOf(engine, 2);
    await member(nodes[0], "zoe-0042");
    await call(nodes[1], "POST", "/api/v1/users/zoe-0042/publish", { event: "message", data: { text: "psst" } });
    await until(
      () => running[engine].holds(name, "zoe-0042"),
      (holds) => holds,
    );
    const erased = await call(nodes[1], "DELETE", "/api/v1/users/zoe-0042/data");
    assert.equal(erased.status, 200, JSON.stringify(erased));
    assert.equal(erased.clean, true, JSON.stringify(erased));
    assert.ok(!running[engine].holds(name, "zoe-0042"));
    const bob = await member(nodes[0], "bob");
    await publish(nodes[1], "after");
    assert.deepEqual(await hear(bob, 1), [[1, "after"]]);
    await stop();
  });
}

test("a server without a cluster reports that it has none", async () => {
  const server = await Server.start([definitions, "--listen", "127.0.0.1:0", "--api-key-env", "KEY"], { env });
  const answer = await call(server, "GET", "/api/v1/cluster");
  assert.equal(answer.status, 404);
  assert.match(answer.detail, /without --cluster/);
  assert.equal((await call(server, "GET", "/api/v1/overview")).cluster, undefined);
  assert.ok(![...(await figuresOf(server)).keys()].some((name) => name.startsWith("dialogue_cluster_")));
  assert.match(run(["top", server.url, "--once", "--key-env", "KEY"], { env: { KEY: key } }).stdout, /One node/);
  await server.stop();
});

// What an operator sees of a running server, over HTTP and by the commands, and who may see it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { join } from "../metrics/kit.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { run, Server } from "../support/program.mjs";
import { app, keyFile, keys } from "./observed_app.mjs";

let server;
before(async () => {
  server = await Server.start([app, "--listen", "127.0.0.1:0", "--api-key-file", keyFile, "--dev"]);
});
after(() => server.stop());

async function ask(target, { key = keys.observe, method = "GET", headers = {}, url = server.url } = {}) {
  const answer = await fetch(`${url}/api/v1${target}`, {
    method,
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

async function seen(target, options) {
  const { status, body } = await ask(target, options);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** Looks again until it holds: lists are computed at most twice a second. */
async function until(target, holds) {
  const end = Date.now() + kPatienceMs;
  for (;;) {
    const body = await seen(target);
    if (holds(body)) return body;
    if (Date.now() > end) throw new Error(`it never held: ${JSON.stringify(body)}`);
  }
}

async function client(user) {
  const made = await FrameClient.connect(server.url);
  await made.greet(user, `p-${user}`);
  return made;
}

const post = (target, body) =>
  fetch(`${server.url}/api/v1${target}`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.admin}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function publish(text, { room = "chat", event = "message" } = {}) {
  const answer = await post(`/rooms/${room}/events`, { event, data: { text } });
  assert.equal(answer.status, 200);
  return (await answer.json()).seq;
}

const routes = [
  "/overview",
  "/connections",
  "/refusals",
  "/top",
  "/settings",
  "/store",
  "/hooks",
  "/definitions",
  "/whoami",
  "/why?room=chat&seq=1&user=ann",
];

test("each route needs the scope observe, which operate and admin hold, and observe sees nothing else", async () => {
  for (const route of routes) {
    for (const scope of ["observe", "operate", "admin"])
      assert.equal((await ask(route, { key: keys[scope] })).status, 200, route);
    for (const scope of ["read", "publish", "users"]) {
      const { status, body } = await ask(route, { key: keys[scope] });
      assert.equal(status, 403, route);
      assert.equal(body.scope, "observe");
    }
    assert.equal((await ask(route, { key: "" })).status, 401);
    assert.equal((await ask(route, { method: "POST" })).status, 405);
  }
  for (const route of ["/rooms/chat/history", "/rooms/chat/members", "/rooms", "/audit", "/info"])
    assert.equal((await ask(route)).status, 403, route);
  for (const route of ["/rooms/chat/history", "/rooms", "/info"])
    assert.equal((await ask(route, { key: keys.operate })).status, 200, route);
  assert.equal((await ask("/audit", { key: keys.operate })).status, 403);
  assert.equal((await ask("/connections/x", { method: "DELETE" })).body.scope, "operate");
  assert.equal((await ask("/connections/x", { method: "DELETE", key: keys.operate })).status, 404, "F-X9 as GET says");
});

test("a caller receives its name and its scopes, including implied ones", async () => {
  assert.deepEqual(await seen("/whoami"), { name: "the-observe", scopes: ["observe"] });
  assert.deepEqual((await seen("/whoami", { key: keys.operate })).scopes, ["publish", "read", "observe", "operate"]);
  assert.equal((await seen("/whoami", { key: keys.admin })).scopes.length, 7);
});

test("in development this machine operates the server without a key, and no proxy or foreign page does", async () => {
  const serving = await Server.start([app, "--listen", "127.0.0.1:0"]);
  assert.equal((await ask("/overview", { key: "", url: serving.url })).status, 403);
  await serving.stop();
  const dev = await Server.start([app, "--listen", "127.0.0.1:0"], { command: "dev" });
  const near = { key: "", url: dev.url };
  assert.deepEqual(await seen("/whoami", near), { name: "loopback", scopes: ["publish", "read", "observe", "operate"] });
  assert.equal((await seen("/overview", near)).server.dev, true);
  assert.equal((await ask("/audit", near)).status, 403);
  assert.equal((await ask("/rooms/chat", { ...near, method: "DELETE" })).status, 403);
  assert.equal((await ask("/overview", { ...near, headers: { "x-forwarded-for": "203.0.113.7" } })).status, 403);
  assert.equal((await ask("/overview", { ...near, headers: { origin: "https://evil.example" } })).status, 403);
  await dev.stop();
});

test("the overview has a verdict, numbers, samples and changes", async () => {
  const overview = await seen("/overview");
  assert.match(overview.verdict.level, /^(ok|warning)$/);
  assert.equal(overview.server.draining, false);
  assert.equal(overview.server.dev, false);
  assert.deepEqual(Object.keys(overview.samples.series), [
    "connections",
    "events",
    "deliveries",
    "refusals",
    "lagging",
    "queuedBytes",
    "loopBusy",
    "memoryBytes",
  ]);
  assert.ok(overview.changes.some(({ name, detail }) => name === "listening" && detail.includes(server.url)));
});

test("a connection has its rooms, the rest of its limits, and its decisions with code and event", async () => {
  const ann = await client("ann");
  const room = await join(ann, "chat");
  ann.say([frames.publish, room, 1, 1, 0, { text: 7 }]);
  await ann.hear(frames.nack);
  const { connections } = await seen("/connections?user=ann");
  assert.equal(connections.length, 1);
  const [connection] = connections;
  const { user, transport, peer, rooms, lagging } = connection;
  assert.deepEqual([user, transport, peer, rooms, lagging], ["ann", "websocket", "127.0.0.1", 1, false]);
  const detail = await seen(`/connections/${connection.id}`);
  assert.equal(detail.memberships[0].room, "chat");
  assert.ok(detail.allowances.some(({ name, left, limit }) => name === "reads" && left <= limit));
  const [refused, joined] = detail.decisions;
  assert.deepEqual([refused.what, refused.room, refused.event], ["refused", "chat", "message"]);
  assert.equal(refused.code, "wrong_type");
  assert.equal(joined.what, "joined");
  const { refusals } = await until("/refusals", (found) => found.refusals.some(({ request }) => request === "publish"));
  const row = refusals.find(({ request }) => request === "publish");
  assert.deepEqual([row.code, row.path, row.event, row.room], [refused.code, "$.text", "message", "chat"]);

  for (const whom of ["users/ann", `sessions/${connection.session}`])
    assert.equal((await post(`/${whom}/publish`, { event: "message", data: { text: 7 } })).status, 422, whom);
  const ofApplication = ({ by, room, path }) => by === "application" && room === undefined && path === "$.text";
  const { refusals: later } = await until("/refusals", (found) => found.refusals.some(ofApplication));
  assert.equal(later.find(ofApplication).count, 2);

  const end = { method: "DELETE", key: keys.operate };
  assert.deepEqual(await seen(`/connections/${connection.id}?reason=enough`, end), { connections: 1 });
  await ann.hear(frames.bye);
  const closed = await until("/connections?state=closed&user=ann", (found) => found.connections.length === 1);
  assert.deepEqual([closed.connections[0].initiator, closed.connections[0].code], ["operator", "denied_by_hook"]);
  assert.equal((await seen(`/connections/${connection.id}`)).memberships.length, 1);
  assert.equal((await ask("/connections/nobody")).status, 404);
});

test("P-42 a connection that does not read is seen to lag, also by the commands, and why predicts the outcome", async () => {
  const bob = await client("bob");
  const others = await Promise.all(["cem", "dan"].map(client));
  for (const each of [bob, ...others]) await join(each, "chat");
  bob.pause();
  const large = "x".repeat(60_000);
  let seq = 0;
  const end = Date.now() + kPatienceMs;
  for (;;) {
    for (let i = 0; i < 10; ++i) seq = await publish(large);
    const { connections } = await seen(`/connections?sort=lag&limit=${5 + (seq % 40)}`);
    if (connections[0]?.user === "bob" && connections[0].lagging && connections[0].behind > 3) break;
    assert.ok(Date.now() < end, "bob never lagged");
  }
  const { connections } = await seen("/connections?sort=queued&user=bob");
  assert.ok(connections[0].queuedBytes > 0);
  const detail = await seen(`/connections/${connections[0].id}`);
  assert.ok(detail.decisions.some(({ what, room }) => what === "lagging" && room === "chat"));

  await until("/overview", ({ numbers }) => numbers.lagging > 0); // its numbers may be a second old
  const url = server.url;
  const env = { KEY: keys.observe };
  const top = run(["top", url, "--key-env", "KEY", "--once"], { env });
  assert.equal(top.status, 0, top.stderr);
  assert.match(top.stdout, /member lags|members lag/);
  assert.match(top.stdout, /BEHIND +LAG +QUEUED/);
  assert.match(top.stdout, /yes .* bob /);
  const json = JSON.parse(run(["top", url, "--key-env", "KEY", "--json", "--rows", "1"], { env }).stdout);
  assert.equal(json.connections.connections[0].user, "bob");
  assert.deepEqual(Object.keys(json), ["overview", "top", "refusals", "connections"]);
  assert.ok(!run(["top", url, "--key-env", "KEY"], { env }).stdout.includes("\x1b"));

  const why = run(["why", url, "chat", `${seq}`, "bob", "--key-env", "KEY"], { env });
  assert.equal(why.status, 0, why.stderr);
  assert.match(why.stdout, /^pending: The connection lags/);
  assert.equal((await seen(`/why?room=chat&seq=${seq}&user=cem`)).answer, "delivered");
  bob.terminate();
  for (const each of others) await each.close();
  const closed = await until("/connections?state=closed&user=bob", (found) => found.connections.length === 1);
  assert.ok(closed.connections[0].lagging && closed.connections[0].behind > 0);
});

test("why distinguishes late joins, missing subscriptions, unknown users, and unpublished events", async () => {
  const seq = await publish("first", { room: "game-7" });
  const eve = await client("eve");
  const room = await join(eve, "game-7");
  const why = (at, user) => seen(`/why?room=game-7&seq=${at}&user=${user}`);
  assert.deepEqual(((found) => [found.answer, found.reason])(await why(seq, "eve")), ["not_delivered", "joined_later"]);
  await eve.ask([frames.unsubscribe, 5, room, 0], frames.reply);
  const next = await publish("second", { room: "game-7" });
  await until(`/why?room=game-7&seq=${next}&user=eve`, ({ reason }) => reason === "not_subscribed");
  assert.equal((await why(next, "nobody")).reason, "user_gone");
  assert.equal((await why(next + 100, "eve")).reason, "not_published");
  await eve.close();
  assert.equal((await ask("/why?room=nowhere&seq=1&user=eve")).status, 404);
  const json = run(["why", server.url, "game-7", `${seq}`, "eve", "--json", "--key-env", "KEY"], { env: { KEY: keys.observe } });
  assert.equal(JSON.parse(json.stdout).user, "eve");
});

test("invalid values are refused by name, and nothing else happens", async () => {
  for (const query of [
    "sort=size",
    "state=ajar",
    "limit=0",
    "limit=51",
    "limit=-1",
    "after=x",
    "after=99999999999999999999.x",
    "after=1",
    "user=",
    `user=${"u".repeat(129)}`,
    "room=%00",
    "room=%FF",
    "sort=lag&sort=age",
    "payload=1",
  ])
    assert.equal((await ask(`/connections?${query}`)).status, 422, query);
  assert.deepEqual((await seen("/connections?after=0.zzz")).connections, []);
  assert.deepEqual((await seen("/connections?room=%3Cscript%3E")).connections, []);
  for (const query of ["", "room=chat", "room=chat&seq=0&user=ann", "room=chat&seq=x&user=ann"])
    assert.equal((await ask(`/why?${query}`)).status, 422, query);
  assert.equal((await ask("/why?room=%2E%2E%2F&seq=1&user=ann")).status, 404);
});

test("P-55 connections are listed by pages that leave none out", async () => {
  const clients = await Promise.all(Array.from({ length: 25 }, (_, i) => client(`page-${i}`)));
  await Promise.all(clients.map((each) => join(each, "game-9")));
  for (const sort of ["lag", "age", "rooms", "queued"]) {
    const found = [];
    for (let after = ""; after !== undefined; ) {
      const page = await seen(`/connections?room=game-9&sort=${sort}&limit=10${after && `&after=${after}`}`);
      found.push(...page.connections.map(({ user }) => user));
      after = page.next;
    }
    assert.equal(new Set(found).size, 25, sort);
    assert.equal(found.length, 25, sort);
  }
  await Promise.all(clients.map((each) => each.close()));
});

test("the query of a URL is in no list of settings, nor with the hooks", async () => {
  const url = "http://127.0.0.1:9/hooks?sig=UNSEEN";
  const args = [app, "--hooks-url", url, "--hooks-verbs", "publish", "--hooks-fail", "open", "--hooks-secret-env", "HOOKS"];
  const env = { HOOKS: "h".repeat(32) };
  const keyed = [...args, "--listen", "127.0.0.1:0", "--api-key-file", keyFile, "--dev"];
  const hooked = await Server.start(keyed, { env });
  for (const route of ["/settings", "/hooks"]) {
    const found = await fetch(`${hooked.url}/api/v1${route}`, { headers: { Authorization: `Bearer ${keys.observe}` } });
    const text = await found.text();
    assert.ok(text.includes("http://127.0.0.1:9/hooks?***"), text);
    assert.ok(!text.includes("UNSEEN"), text);
  }
  await hooked.stop();
  const config = run(["config", ...args], { env });
  assert.match(config.stdout, /hooksUrl +http:\/\/127\.0\.0\.1:9\/hooks\?\*\*\* /);
  assert.ok(!config.stdout.includes("UNSEEN"));
});

test("settings have their sources and no secrets; definitions have self-contained schemas", async () => {
  const { settings } = await seen("/settings");
  const listen = settings.find(({ name }) => name === "listen");
  assert.deepEqual([listen.value, listen.source, listen.change], ["127.0.0.1:0", "--listen", "restart"]);
  for (const key of Object.values(keys)) assert.ok(!JSON.stringify(settings).includes(key));
  const { events, rooms } = await seen("/definitions");
  assert.deepEqual(events.message.schema.required, ["text"]);
  assert.equal(events.typing.delivery, "volatile");
  assert.deepEqual(
    rooms.map(({ pattern, isPattern }) => [pattern, isPattern]),
    [
      ["chat", false],
      ["game-{id}", true],
    ],
  );
  const store = await seen("/store");
  assert.deepEqual([store.address, store.durable, store.ready], ["memory:", false, true]);
  assert.deepEqual(
    (await seen("/hooks")).hooks.map(({ hook }) => hook),
    ["connect", "join", "publish"],
  );
  await publish("once more");
  const { events: busy } = await until("/top", (found) => found.events.length > 0);
  assert.ok(busy.some(({ room, event, total }) => room === "chat" && event === "message" && total > 0));
});

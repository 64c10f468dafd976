// Receipts from outside: who received what, by HTTP and by the commands, over a leave, a restart and an erasure.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { tlsFiles } from "../support/http2_kit.mjs";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const kReader = "r".repeat(40);

async function serve(directory, { store = "kept.db", receipts = "1", more = [] } = {}) {
  const address = store === "memory:" ? store : `sqlite:${join(directory, store)}`;
  return Server.start([
    join(directory, "app.json"),
    ...["--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys"), "--audit", join(directory, "audit.db")],
    ...["--shards", "2", "--store", address, "--receipts", receipts],
    ...more,
  ]);
}

const made = () => directoryOf({ "app.json": app, keys: `office admin ${kKey}\nreader read ${kReader}\n` });

async function api(server, method, path, { key = kKey, body } = {}) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

async function publish(server, count, text = "hi") {
  for (let i = 0; i < count; ++i) {
    const answer = await api(server, "POST", "/rooms/chat/events", { body: { event: "message", data: { text } } });
    assert.equal(answer.status, 200);
  }
}

async function join_(server, user) {
  const client = await FrameClient.connect(server.url);
  await client.greet(user, "p");
  await client.ask([frames.join, 1, 0, 0, 0, "chat", {}], frames.joined);
  return client;
}

/** Asks until the room's receipts are these: "ann 1-3". */
async function expectReceipts(server, expected, query = "") {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (let found; ; ) {
    const answer = await api(server, "GET", `/rooms/chat/receipts?${query}`);
    found = answer.body.receipts?.map(({ user, from, to }) => `${user} ${from}-${to}`);
    if (JSON.stringify(found) === JSON.stringify(expected)) return answer.body.receipts;
    if (signal.aborted) assert.deepEqual(found, expected);
  }
}

for (const store of ["kept.db", "memory:"])
  test(`an interval, a leave and the end of the server record received ranges (${store})`, async () => {
    const directory = made();
    const server = await serve(directory, { store });
    const ann = await join_(server, "ann");
    await publish(server, 3);
    const [first] = await expectReceipts(server, ["ann 1-3"]);
    const bob = await join_(server, "bob");
    await publish(server, 2);
    await bob.close();
    await expectReceipts(server, ["ann 1-5", "bob 4-5"]);
    const [ranges] = await expectReceipts(server, ["ann 1-5"], "user=ann");
    assert.equal(ranges.since, first.since);
    assert.ok(ranges.until > first.until);
    await publish(server, 1);
    const event = () => ann.hear(frames.event);
    for (let seq = 0; seq < 6; ++seq) await event();
    assert.deepEqual(await server.stop(), [0, null]);
    const { status, stdout } = run(["audit", "receipts", join(directory, "audit.db"), "--room", "chat", "--json"]);
    assert.equal(status, 0);
    const lines = stdout.trim().split("\n").map(JSON.parse);
    assert.deepEqual(
      lines.map(({ receipt }) => `${receipt.room} ${receipt.user} ${receipt.from}-${receipt.to}`),
      ["chat ann 1-6", "chat bob 4-5"],
    );
    assert.equal(run(["audit", "verify", join(directory, "audit.db")]).status, 0);
  });

/** Returns when two intervals have passed: bob, who reads, has a receipt of an event published after the first. */
async function intervalsPass(server, published, text) {
  await expectReceipts(server, [`bob 1-${published}`], "user=bob");
  await publish(server, 1, text);
  await expectReceipts(server, [`bob 1-${published + 1}`], "user=bob");
}
const receiptsOf = async (server, user) => (await api(server, "GET", `/rooms/chat/receipts?user=${user}`)).body.receipts;

test("what waits for a Socket.IO client's next poll is in no receipt", async () => {
  const server = await serve(made());
  const bob = await join_(server, "bob");
  const opening = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(opening.slice(1));
  const url = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  const say = async (body) => assert.equal(await (await fetch(url, { method: "POST", body })).text(), "ok");
  const poll = async () => (await fetch(url)).text();
  await say('40{"userId":"ann"}');
  await say('42["dialogue:join",{"roomId":"chat"}]');
  for (let heard = ""; !heard.includes("dialogue:joined"); ) heard += await poll();
  await publish(server, 3);
  await intervalsPass(server, 3);
  assert.deepEqual(await receiptsOf(server, "ann"), []);
  for (let heard = ""; heard.split("dialogue:event").length <= 4; ) heard += await poll();
  await expectReceipts(server, ["ann 1-4"], "user=ann");
  await bob.close();
  assert.deepEqual(await server.stop(), [0, null]);
});

test("what waits for the window of an HTTP/2 stream is in no receipt", async () => {
  const server = await serve(made(), { more: tlsFiles() });
  const bob = await join_(server, "bob");
  const kText = "x".repeat(2000);
  const http2 = connectHttp2(server.url, { rejectUnauthorized: false, settings: { initialWindowSize: 0 } });
  const stream = http2.request({ ":method": "POST", ":path": "/dialogue/stream", "content-type": "text/plain" });
  const greeting = '[1,1,0,0,{"identity":{"userId":"ann"}}]';
  stream.end(`{"open":"a-nonce-of-many-bytes"}\n${greeting}\n[2,1,0,0,0,"chat",{}]`);
  await new Promise((resolve) => stream.once("response", resolve));
  await publish(server, 15, kText); // which the pipe between the two connections holds
  await intervalsPass(server, 15, kText);
  const taken = (await receiptsOf(server, "ann")).at(-1)?.to ?? 0;
  assert.ok(taken * kText.length <= 16 * 1024, `${taken} events`);
  http2.destroy();
  await bob.close();
  assert.deepEqual(await server.stop(), [0, null]);
});

test("receipts come in pages to keys with admin, and wrong questions are refused", async () => {
  const server = await serve(made());
  const clients = [];
  const kLongest = `b${"ö".repeat(63)}b`; // 128 bytes, as many as an id may have
  for (const user of ["ann", kLongest, "cleo"]) clients.push(await join_(server, user));
  await publish(server, 1);
  await expectReceipts(server, ["ann 1-1", `${kLongest} 1-1`, "cleo 1-1"]);
  const { body } = await api(server, "GET", "/rooms/chat/receipts?limit=2");
  assert.equal(body.receipts.length, 2);
  await expectReceipts(server, ["cleo 1-1"], `limit=2&after=${encodeURIComponent(body.next)}`);
  assert.deepEqual((await api(server, "GET", "/rooms/nowhere/receipts")).body, { receipts: [] });
  assert.equal((await api(server, "GET", "/rooms/chat/receipts?after=x")).status, 422);
  assert.equal((await api(server, "GET", "/rooms/chat/receipts", { key: kReader })).status, 403);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("an erasure takes a user's receipts, also those not yet written; export prints them", async () => {
  const directory = made();
  const server = await serve(directory, { receipts: "3600" });
  const clients = [await join_(server, "quintessa"), await join_(server, "ann")];
  await publish(server, 2);
  await clients[0].hear(frames.event);
  await clients[0].close();
  const { status } = await api(server, "DELETE", "/users/quintessa/data");
  assert.equal(status, 200);
  await clients[1].close();
  assert.deepEqual(await server.stop(), [0, null]);
  const audit = join(directory, "audit.db");
  assert.ok(!readFileSync(audit).includes("quintessa"));
  assert.ok(!existsSync(`${audit}-wal`) || !readFileSync(`${audit}-wal`).includes("quintessa"));
  const exported = run(["export", "--user", "ann", "--store", join(directory, "kept.db"), "--audit", audit]);
  assert.equal(exported.status, 0, exported.stderr);
  assert.match(exported.stdout, /^\{"receipt":\{"room":"chat","user":"ann","epoch":\d+,"from":1,"to":2,/m);
  assert.match(run(["audit", "receipts", audit, "--user", "ann"]).stdout, /^chat {2}ann {2}1 to 2 of epoch \d+/);
  assert.match(run(["audit", "receipts", audit]).stderr, /--user USER, --room ROOM/);
  const erased = run(["erase", "--user", "ann", "--store", join(directory, "kept.db"), "--audit", audit]);
  assert.equal(erased.status, 0, erased.stdout);
  assert.equal(run(["audit", "receipts", audit, "--user", "ann"]).stdout, "");
});

test("the export of a user by the API ends with the user's receipts, in pages of their own", async () => {
  const definitions = structuredClone(app);
  definitions.rooms["topic-{id}"] = { ...definitions.rooms.chat };
  const directory = directoryOf({ "app.json": definitions, keys: `office admin ${kKey}\n` });
  const server = await serve(directory);
  const kTopics = 120; // more than a page has
  const client = await FrameClient.connect(server.url);
  await client.greet("ann", "p");
  for (let topic = 0; topic < kTopics; ++topic) {
    const room = `topic-${topic}`.padEnd(128, "-"); // as many bytes as an id may have
    await client.ask([frames.join, topic + 1, 0, 0, 0, room, {}], frames.joined);
    const event = { event: "message", data: { text: "hi" } };
    assert.equal((await api(server, "POST", `/rooms/${room}/events`, { body: event })).status, 200);
    await client.hear(frames.event);
  }
  await client.close();
  const rooms = new Set();
  for (const signal = AbortSignal.timeout(kPatienceMs); rooms.size < kTopics; ) {
    rooms.clear();
    const pages = [];
    for (let next = "/users/ann/data"; next; next = pages.at(-1).body.next?.replace("/api/v1", "")) {
      pages.push(await api(server, "GET", next));
      assert.equal(pages.at(-1).status, 200);
    }
    for (const { room, user, from, to } of pages.flatMap(({ body }) => body.receipts ?? [])) {
      assert.deepEqual([user, from, to], ["ann", 1, 1]);
      assert.ok(!rooms.has(room), room);
      rooms.add(room);
    }
    assert.ok(!signal.aborted, `receipts of ${rooms.size} rooms`);
  }
  assert.equal((await api(server, "GET", "/users/ann/data?receipts=x")).status, 422);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("--receipts needs --audit, and without it the question is refused", async () => {
  const directory = made();
  const refused = run([
    "serve",
    join(directory, "app.json"),
    "--store",
    "memory:",
    "--listen",
    "127.0.0.1:0",
    "--receipts",
    "10",
  ]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /--receipts.*--audit/s);
  const server = await serve(directory, { receipts: "0" });
  const { status, body } = await api(server, "GET", "/rooms/chat/receipts");
  assert.equal(status, 422);
  assert.match(body.detail, /--receipts/);
  assert.deepEqual(await server.stop(), [0, null]);
});

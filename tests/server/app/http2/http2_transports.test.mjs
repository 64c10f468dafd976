// The transports over HTTP/2, all of a client's requests on one connection: nothing is lost, repeated or out of order.
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { ask, Http2Bridge, serveTls, session, until } from "../support/http2_kit.mjs";
import { directoryOf } from "../support/program.mjs";
import { call, opened, publish } from "../support/push_kit.mjs";
import { PushStream } from "../support/push_stream.mjs";
import { RequestClient } from "../support/request_client.mjs";

const numbers = (count, first = 1) => Array.from({ length: count }, (_, i) => first + i);

test("100 push streams on one connection have every event, and count as 100 clients", async () => {
  const server = await serveTls(["--shards", "2"]);
  const bridge = await Http2Bridge.open(server.url);
  const streams = await Promise.all(numbers(100).map(() => opened(bridge, "rooms=news,room-a")));
  assert.equal(bridge.connections, 1);
  for (const i of numbers(20)) await publish(server, i % 2 ? "news" : "room-a", i);
  for (const stream of streams)
    assert.deepEqual(
      (await stream.take(20)).map(({ data }) => data.data),
      numbers(20),
    );
  assert.equal((await call(server, "GET", "/rooms/news/members?limit=200")).members.length, 100);
  for (const stream of streams) stream.close();
  bridge.close();
  await server.stop();
});

test("a push stream over HTTP/2 continues over kill -9 of the server by its id", async () => {
  const store = ["--store", `sqlite:${join(directoryOf({}), "events.db")}`];
  const server = await serveTls(store);
  const bridge = await Http2Bridge.open(server.url);
  const stream = await opened(bridge, "rooms=news");
  for (const i of numbers(3)) await publish(server, "news", i);
  assert.equal((await stream.take(3)).length, 3);
  await server.stop("SIGKILL");
  await stream.end();
  bridge.close();
  const next = await serveTls(store);
  await publish(next, "news", 4);
  const again = await Http2Bridge.open(next.url);
  const resumed = await opened(again, "rooms=news", { id: stream.lastEventId });
  assert.deepEqual(
    (await resumed.take(1)).map(({ data }) => data.data),
    [4],
  );
  again.close();
  await next.stop();
});

for (const [room, what] of [
  ["news", "loses nothing"],
  ["short", "has the gap reported where the log is shorter"],
])
  test(`a reader over HTTP/2 whose window is full lags into the log, and ${what}`, async () => {
    const server = await serveTls();
    const http2 = await session(server.url); // its window is Node's default, 64 KiB
    const stream = http2.request({ ":path": `/events?rooms=${room}` });
    stream.setEncoding("utf8");
    await once(stream, "response");
    stream.pause();
    const bridge = await Http2Bridge.open(server.url);
    const quick = await opened(bridge, `rooms=${room}`);
    const text = "x".repeat(10_000);
    for (const i of numbers(300)) {
      await publish(server, room, { i, text });
      await quick.next("message"); // others are served meanwhile
    }
    let body = "";
    stream.on("data", (part) => {
      body += part;
    });
    stream.resume();
    await until(() => body.includes('"i":300') && body.lastIndexOf("\n\n") > body.indexOf('"i":300'), "the last event");
    const seen = PushStream.eventsIn(body).map(({ data }) => data.data.i);
    assert.equal(body.includes("event: dialogue.missed"), room === "short");
    if (room === "news") assert.deepEqual(seen, numbers(300));
    else assert.ok(seen.length < 200 && seen.at(-1) === 300, `${seen}`);
    stream.close(8);
    bridge.close();
    await server.stop();
  });

test("a stream that the peer resets, and a connection that ends, leave their rooms immediately", async () => {
  const server = await serveTls();
  const http2 = await session(server.url);
  const one = http2.request({ ":path": "/events?rooms=small" });
  await new Promise((resolve) => one.once("data", resolve));
  one.close(8);
  await server.printed(/"left".*"small"|left.*small/);
  const two = http2.request({ ":path": "/events?rooms=small" }); // one member fits in
  const first = await new Promise((resolve) => two.once("response", resolve));
  assert.equal(first[":status"], 200);
  await new Promise((resolve) => two.once("data", resolve));
  const left = server.printed(/left.*small/, { anew: true });
  http2.destroy();
  await left;
  await server.stop();
});

const hello = (userId, resume) => [frames.hello, 1, 0, 0, { identity: { userId }, producer: { id: `of-${userId}` }, resume }];
const join0 = (req, room, since) => [frames.join, req, since ? 2 : 0, since?.epoch ?? 0, since?.seq ?? 0, room, {}];
async function member(url, by, userId, { resume, since } = {}) {
  const client = await RequestClient.begin(url, by, [hello(userId, resume), join0(1, "news", since)]);
  const welcome = (await client.take(frames.welcome)).at(-1);
  const joined = await client.take(frames.joined, frames.reply);
  assert.equal(joined[0], frames.joined, JSON.stringify(joined));
  return { client, welcome, room: joined[2], epoch: joined[3] };
}

for (const by of ["poll", "stream"])
  test(`by ${by} over HTTP/2, two members talk both ways, and go on after kill -9 of the server`, async () => {
    const store = ["--shards", "2", "--store", `sqlite:${join(directoryOf({}), "rooms.db")}`];
    let server = await serveTls(store);
    let bridge = await Http2Bridge.open(server.url);
    let ann = await member(bridge.url, by, "ann");
    let bob = await member(bridge.url, by, "bob");
    const seen = [];
    const take = async (count) => {
      for (let i = 0; i < count; ++i) seen.push((await bob.client.take(frames.event)).at(-1));
    };
    for (const i of numbers(30)) await ann.client.say([frames.publish, ann.room, 1, i, 0, i]);
    await take(30);
    assert.equal(bridge.connections, 1);
    const since = { epoch: bob.epoch, seq: 30 };
    ann.client.abandon();
    bob.client.abandon();
    await server.stop("SIGKILL");
    bridge.close();
    server = await serveTls(store);
    bridge = await Http2Bridge.open(server.url);
    ann = await member(bridge.url, by, "ann");
    for (const i of numbers(10, 30)) await ann.client.say([frames.publish, ann.room, 1, i, 0, i]); // the first is a repetition
    bob = await member(bridge.url, by, "bob", { since });
    await take(9);
    assert.deepEqual(seen, numbers(39));
    await ann.client.close();
    await bob.client.close();
    bridge.close();
    assert.deepEqual(await server.stop(), [0, null]);
  });

test("an Engine.IO session polls over HTTP/2, and its ping comes there", async () => {
  const server = await serveTls(["--socketio-ping-interval-ms", "100"]);
  const http2 = await session(server.url);
  const path = "/socket.io/?EIO=4&transport=polling";
  const { sid } = JSON.parse((await ask(http2, { ":path": path })).body.slice(1));
  const posted = await ask(http2, { ":path": `${path}&sid=${sid}`, ":method": "POST" }, "40");
  assert.deepEqual([posted.status, posted.body], [200, "ok"]);
  let packets = "";
  await until(async () => {
    packets += (await ask(http2, { ":path": `${path}&sid=${sid}` })).body;
    return packets.includes("40{") && packets.includes("2");
  }, "CONNECT and a ping");
  await server.stop();
});

test("a WebSocket beside HTTP/2 has a connection of its own, and both are in one room", async () => {
  const server = await serveTls();
  const bridge = await Http2Bridge.open(server.url);
  const stream = await opened(bridge, "rooms=news");
  const ann = await FrameClient.connect(server.url, { rejectUnauthorized: false });
  await ann.greet("ann", "of-ann");
  const [, , room] = await ann.ask(join0(1, "news"), frames.joined);
  await ann.ask([frames.publish, room, 1, 1, 0, "hello"], frames.ack);
  assert.equal((await stream.next("message")).data.data, "hello");
  const http2 = await session(server.url);
  assert.equal(http2.remoteSettings.enableConnectProtocol ?? false, false);
  const asked = await ask(http2, {
    ":path": "/dialogue",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  });
  assert.deepEqual([asked.status, asked.headers.upgrade], [426, undefined]);
  await ann.close();
  bridge.close();
  await server.stop();
});

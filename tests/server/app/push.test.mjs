// Push streams of `dialogue serve` from outside, byte by byte: what a stream says, and how it continues where it was.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../patience.mjs";
import { makeCertificate } from "./support/certificate.mjs";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { directoryOf, Server } from "./support/program.mjs";
import { anyPort, call, kKey, opened, publish, serve } from "./support/push_kit.mjs";
import { PushStream } from "./support/push_stream.mjs";

test("P-24 a stream works without definitions: /events?rooms=news of a bare `dialogue serve`", async () => {
  const server = await Server.start(anyPort, { env: { DIALOGUE_API_KEY_ENV: "KEY", KEY: kKey } });
  const stream = await PushStream.open(server.url, "/events?rooms=news");
  assert.equal(stream.status, 200);
  assert.equal(stream.headers["content-type"], "text/event-stream");
  assert.equal(stream.headers["cache-control"], "no-cache, no-transform");
  assert.equal(stream.headers["x-accel-buffering"], "no");
  assert.equal(stream.headers["x-content-type-options"], "nosniff");
  assert.equal(stream.headers.vary, "Origin");
  assert.equal(stream.headers["content-encoding"], undefined);
  const open = await stream.next();
  assert.equal(open.event, "dialogue.open");
  assert.deepEqual(open.data.rooms, ["news"]);
  assert.match(open.data.userId, /^guest-/);
  assert.ok(stream.body.startsWith(`:${" ".repeat(2048)}\nretry: 3000\n\n`));
  const { seq, epoch } = await publish(server, "news", { text: "Hello" });
  const { event, data, id, lines } = await stream.next();
  assert.equal(event, "message");
  assert.equal(lines, 1);
  const { timestamp, ...envelope } = data;
  assert.ok(timestamp > 0);
  assert.deepEqual(envelope, { event: "message", roomId: "news", data: { text: "Hello" }, from: "system", seq, epoch });
  assert.equal(id, `${epoch.toString(36)}.${seq.toString(36)}`);
  await server.stop();
});

test("HTTP/1.0, HEAD, a preflight and other methods have their answers", async () => {
  const server = await serve();
  const old = await opened(server, "rooms=news", { version: "1.0" });
  assert.equal(old.headers.connection, "close");
  assert.equal(old.headers["transfer-encoding"], undefined);
  await publish(server, "news", 1);
  assert.equal((await old.next("message")).data.data, 1);
  const close = { Connection: "close" };
  const head = await (await PushStream.open(server.url, "/events?rooms=news", { method: "HEAD", headers: close })).end();
  assert.deepEqual([head.status, head.headers["content-type"], head.body], [200, "text/event-stream", ""]);
  const preflight = await PushStream.open(server.url, "/events?rooms=news", {
    method: "OPTIONS",
    headers: { ...close, Origin: server.url, "Access-Control-Request-Headers": "authorization" },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], server.url);
  assert.match(preflight.headers["access-control-allow-headers"], /Authorization, Last-Event-ID/);
  const put = await PushStream.open(server.url, "/events?rooms=news", {
    method: "PUT",
    headers: { ...close, "Content-Length": "0" },
  });
  assert.deepEqual([put.status, put.headers.allow], [405, "GET, HEAD, OPTIONS"]);
  await server.stop();
});

test("P-14 a stream of three rooms that is cut after any byte continues by its id: nothing is lost or repeated", async () => {
  const server = await serve();
  const rooms = ["news", "room-a", "room-b"];
  const query = `rooms=${rooms.join(",")}`;
  const kEvents = 12;
  const stream = await opened(server, query);
  for (let i = 0; i < kEvents; ++i) await publish(server, rooms[(i * i) % 3], `event ${i}`);
  await stream.take(kEvents);
  const bySeq = (room, events) => events.filter(({ data }) => data.roomId === room).map(({ data }) => data.seq);
  const whole = Object.fromEntries(rooms.map((room) => [room, bySeq(room, PushStream.eventsIn(stream.body))]));
  assert.equal(Object.values(whole).flat().length, kEvents);
  const first = stream.body.indexOf("id: ");
  for (let cut = first; cut <= stream.body.length; cut += cut < first + 40 ? 1 : 29) {
    const kept = PushStream.eventsIn(stream.body.slice(0, cut));
    const id = kept.lastEventId;
    // By header, or by query; the header is what EventSource sends beside the URL that it was given.
    const again = id
      ? await (cut % 2 ? opened(server, `${query}&lastEventId=${id}`) : opened(server, `${query}&lastEventId=0.0`, { id }))
      : await opened(server, `${query}&last=100`);
    const all = [...kept, ...(await again.take(kEvents - kept.length))];
    for (const room of rooms) assert.deepEqual(bySeq(room, all), whole[room], `cut after ${cut} bytes`);
    again.close();
  }
  await server.stop();
});

test("P-14 a stream continues over kill -9 of the server", async () => {
  const store = ["--store", `sqlite:${join(directoryOf({}), "push.db")}`];
  let server = await serve(store);
  let stream = await opened(server, "rooms=news,orders");
  for (let i = 1; i <= 3; ++i) await publish(server, "news", i);
  await publish(server, "orders", 1, "order.paid");
  await stream.take(4);
  const id = stream.lastEventId;
  for (let i = 4; i <= 6; ++i) await publish(server, "news", i);
  await server.stop("SIGKILL");
  await stream.end();
  server = await serve(store);
  await publish(server, "orders", 2, "order.created");
  stream = await opened(server, "rooms=news,orders", { id });
  const events = await stream.take(4);
  assert.deepEqual(
    events.filter(({ data }) => data.roomId === "news").map(({ data }) => [data.seq, data.data]),
    [
      [4, 4],
      [5, 5],
      [6, 6],
    ],
  );
  assert.deepEqual(
    events.filter(({ data }) => data.roomId === "orders").map(({ data }) => [data.seq, data.event]),
    [[2, "order.created"]],
  );
  assert.doesNotMatch(stream.body, /dialogue\.missed/);
  await server.stop();
});

test("a stream over TLS is one of the same kind, and lags in the same way", async () => {
  const made = directoryOf({});
  makeCertificate(made);
  const server = await serve(["--tls-cert", join(made, "cert.pem"), "--tls-key", join(made, "key.pem"), "--shards", "1"]);
  const stream = await opened(server, "rooms=room-a");
  const publisher = await FrameClient.connect(server.url, { rejectUnauthorized: false });
  await publisher.greet("ann", "page");
  const [, , room] = await publisher.ask([2, 1, 0, 0, 0, "room-a", {}], frames.joined);
  stream.pause();
  const kCount = 90; // the room keeps 100
  const text = "x".repeat(60_000);
  for (let i = 1; i <= kCount; ++i) await publisher.ask([4, room, 1, i, 0, text], frames.ack);
  stream.resume();
  assert.deepEqual(
    (await stream.take(kCount)).map(({ data }) => data.seq),
    Array.from({ length: kCount }, (_, i) => i + 1),
  );
  await publisher.close();
  await server.stop();
});

test("a connection that was kept for another request becomes a stream", async () => {
  const server = await serve();
  const socket = connect(server.port, "127.0.0.1");
  let said = "";
  const changed = new EventEmitter();
  socket.on("data", (bytes) => {
    said += bytes;
    changed.emit("said");
  });
  const until = async (text) => {
    const signal = AbortSignal.timeout(kPatienceMs); // a bound for what never comes
    while (!said.includes(text)) await once(changed, "said", { signal });
  };
  const request = (path) => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`);
  request("/health");
  await until('"ok"');
  request("/events?rooms=news");
  await until("dialogue.open");
  await publish(server, "news", "over a kept connection");
  await until("over a kept connection");
  socket.destroy();
  await server.stop();
});

test("an id is good as soon as a stream is open, and a heartbeat carries the newest one", async () => {
  const server = await serve(["--stream-heartbeat-ms", "1000"]);
  let stream = await opened(server, "rooms=news");
  await stream.next("dialogue.heartbeat");
  const id = stream.lastEventId;
  stream.close();
  await publish(server, "news", "meanwhile");
  stream = await opened(server, "rooms=news", { id });
  assert.equal((await stream.next("message")).data.data, "meanwhile");
  assert.equal(typeof (await stream.next("dialogue.heartbeat")).data.timestamp, "number");
  assert.equal(typeof (await stream.next("dialogue.heartbeat")).data.timestamp, "number"); // the first one counted as answered
  await server.stop();
});

test("P-15 losses are reported: trimmed events, another epoch, other rooms, forged and unreadable ids", async () => {
  const server = await serve();
  const first = await opened(server, "rooms=short");
  await publish(server, "short", 1);
  await first.take(1);
  const id = first.lastEventId;
  for (let i = 2; i <= 10; ++i) await publish(server, "short", i);
  const missed = async (query, its) => {
    const stream = await opened(server, query, { id: its });
    return [(await stream.next("dialogue.missed")).data, stream];
  };
  const [trimmed, after] = await missed("rooms=short", id);
  assert.deepEqual(trimmed, { roomId: "short", reason: "trimmed", from: 2, to: 5 });
  assert.deepEqual(
    (await after.take(5)).map(({ data }) => data.seq),
    [6, 7, 8, 9, 10],
  );
  const [epoch] = id.split(".");
  assert.deepEqual((await missed("rooms=short", `${epoch}.zzzz`))[0], { roomId: "short", reason: "ahead" });
  assert.deepEqual((await missed("rooms=short", "abc.1"))[0], { roomId: "short", reason: "epoch_changed" });
  assert.deepEqual((await missed("rooms=news", id))[0], { roomId: "news", reason: "epoch_changed" });
  const [news, both] = await missed("rooms=news,short", id); // an id of one room says nothing of two
  assert.deepEqual(news, { roomId: "news", reason: "id_unknown" });
  assert.deepEqual((await both.next("dialogue.missed")).data, { roomId: "short", reason: "id_unknown" });
  for (const forged of ["7", "../etc", "1.1-", "-1.1", "1.1.1", "ZZ.1", "1.01", `${"z".repeat(500)}`, "%00"])
    assert.deepEqual((await missed("rooms=short", forged))[0], { roomId: "short", reason: "id_unknown" }, forged);
  await server.stop();
});

test("R-18 what users write stays within its data line", async () => {
  const server = await serve();
  const stream = await opened(server, "rooms=news");
  const texts = [
    "a\r\nevent: forged\r\ndata: x",
    "b\n\nid: 1\n\n",
    "c\u2028d\u2029e",
    "f\rretry: 1",
    "\u0085",
    ": comment",
    "\ufeffdata: y",
  ];
  for (const text of texts) await publish(server, "news", { text, [text]: [text] });
  const events = await stream.take(texts.length);
  assert.deepEqual(
    events.map(({ data }) => data.data),
    texts.map((text) => ({ text, [text]: [text] })),
  );
  for (const { event, lines } of events) assert.deepEqual([event, lines], ["message", 1]);
  assert.equal(stream.retryMs, 3000);
  await server.stop();
});

test("R-67 a stream that is not read lags into the log, loses nothing, and others are served meanwhile", async () => {
  const server = await serve(["--shards", "1"]);
  const slow = await opened(server, "rooms=news");
  const quick = await opened(server, "rooms=news");
  slow.pause();
  const text = "x".repeat(16_000);
  const kCount = 600; // about 10 MB, more than the sockets hold
  for (let at = 0; at < kCount; at += 20) await Promise.all(Array.from({ length: 20 }, () => publish(server, "news", { text })));
  assert.deepEqual(
    (await quick.take(kCount)).map(({ data }) => data.seq),
    Array.from({ length: kCount }, (_, i) => i + 1),
  );
  slow.resume();
  assert.deepEqual(
    (await slow.take(kCount)).map(({ data }) => data.seq),
    Array.from({ length: kCount }, (_, i) => i + 1),
  );
  await server.stop();
});

test("a peer that sends data after its request is cut off, and one that disconnects is removed", async () => {
  const server = await serve();
  const stream = await opened(server, "rooms=news&userId=ann");
  stream.write("x".repeat(100_000));
  await stream.end();
  const { connections } = await call(server, "GET", "/users?limit=10").then(({ users }) => ({ connections: users.length }));
  assert.equal(connections, 0);
  await server.stop();
});

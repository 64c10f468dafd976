// Peers that break the rules of HTTP/2 or use it against the server: each costs no more than its own connection, and others are
// served meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectPlain } from "node:net";
import { test } from "node:test";
import { connect } from "node:tls";
import { ask, serveTls, session, until } from "../support/http2_kit.mjs";
import { publish } from "../support/push_kit.mjs";

const kEnhanceYourCalm = 11;
const kQuick = ["--handshake-timeout-ms", "2000", "--ping-interval-ms", "1000", "--ping-timeout-ms", "5000"];
const kTypes = { data: 0, headers: 1, rst: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 };
const kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const number = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const field = (name, value) =>
  Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
const get = (path) =>
  Buffer.concat([field(":method", "GET"), field(":scheme", "https"), field(":path", path), field(":authority", "localhost")]);

/** A connection that says what a test wants; `frames` are those of the server, until it closes. */
class RawPeer {
  frames = [];
  hasEnded = false;
  #rest = Buffer.alloc(0);

  static async open(server, { begins = true } = {}) {
    const peer = new RawPeer();
    peer.socket = connect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    peer.socket.on("error", () => undefined);
    peer.socket.on("data", (bytes) => peer.#take(bytes));
    peer.socket.on("close", () => {
      peer.hasEnded = true;
    });
    await once(peer.socket, "secureConnect");
    assert.equal(peer.socket.alpnProtocol, "h2");
    if (begins) peer.socket.write(Buffer.concat([Buffer.from(kPreface), frame(kTypes.settings, 0, 0)]));
    return peer;
  }

  write(...frames) {
    if (!this.hasEnded) this.socket.write(Buffer.concat(frames));
  }

  of(type, stream) {
    return this.frames.filter((each) => each.type === type && (stream === undefined || each.stream === stream));
  }

  /** The code of GOAWAY, once the server has closed. */
  async ended() {
    await until(() => this.hasEnded, "the end of the connection");
    return this.of(kTypes.goaway).at(-1)?.payload.readUInt32BE(4);
  }

  #take(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) {
      const size = this.#rest.readUIntBE(0, 3);
      const [type, flags, stream] = [this.#rest[3], this.#rest[4], this.#rest.readUInt32BE(5)];
      this.frames.push({ type, flags, stream, payload: this.#rest.subarray(9, 9 + size) });
      this.#rest = this.#rest.subarray(9 + size);
    }
  }
}

const isServed = async (server) => assert.equal((await ask(await session(server.url), { ":path": "/health" })).status, 200);

test("a connection without a preface, and a header block without an end, are closed in time", async () => {
  const server = await serveTls(kQuick);
  const silent = await RawPeer.open(server, { begins: false });
  const partial = await RawPeer.open(server, { begins: false });
  partial.socket.write(kPreface.slice(0, 10));
  const block = await RawPeer.open(server);
  block.write(frame(kTypes.headers, 1, 1, get("/")));
  const dribble = setInterval(() => block.write(frame(kTypes.continuation, 0, 1)), 100);
  await isServed(server);
  assert.equal(await silent.ended(), kEnhanceYourCalm);
  assert.equal(await partial.ended(), kEnhanceYourCalm);
  assert.notEqual(await block.ended(), 0);
  clearInterval(dribble);
  await server.stop();
});

test("a connection without a request is closed in order after its idle time, and one with a stream is not", async () => {
  const server = await serveTls(["--http-keep-alive-ms", "3000"]);
  const busy = await RawPeer.open(server);
  busy.write(frame(kTypes.headers, 5, 1, get("/events?rooms=news")));
  const idle = await RawPeer.open(server);
  await until(() => busy.of(kTypes.data, 1).length > 0, "the stream");
  assert.equal(await idle.ended(), 0);
  assert.equal(busy.hasEnded, false);
  await publish(server, "news", "still here");
  await until(() => Buffer.concat(busy.of(kTypes.data).map(({ payload }) => payload)).includes("still here"), "an event");
  busy.socket.destroy();
  await server.stop();
});

test("CVE-2023-44487: a peer that opens streams and resets them is cut off, and leaves no work behind", async () => {
  const server = await serveTls();
  const peer = await RawPeer.open(server);
  const pairs = [];
  for (let stream = 1; stream < 20_000; stream += 2)
    pairs.push(frame(kTypes.headers, 5, stream, get("/events?rooms=news")), frame(kTypes.rst, 0, stream, number(8)));
  peer.write(...pairs);
  await isServed(server);
  assert.equal(await peer.ended(), kEnhanceYourCalm);
  await isServed(server);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("floods of PING, of SETTINGS, of empty DATA and of CONTINUATION are cut off", async () => {
  const server = await serveTls();
  const floods = {
    ping: [frame(kTypes.ping, 0, 0, Buffer.alloc(8))],
    settings: [frame(kTypes.settings, 0, 0)],
    "empty DATA": [frame(kTypes.data, 0, 1)],
    continuation: [frame(kTypes.continuation, 0, 1)],
  };
  for (const [name, [flood]] of Object.entries(floods)) {
    const peer = await RawPeer.open(server);
    if (name === "empty DATA") peer.write(frame(kTypes.headers, 4, 1, get("/health")));
    if (name === "continuation") peer.write(frame(kTypes.headers, 1, 1, get("/")));
    peer.write(Buffer.concat(Array(100_000).fill(flood)));
    assert.notEqual(await peer.ended(), 0, name);
  }
  await isServed(server);
  await server.stop();
});

test("a peer with a window of 0 holds at most a stream's bound, and the stream is reset after 15 s", async () => {
  const server = await serveTls();
  const peer = await RawPeer.open(server, { begins: false });
  const windowOfZero = Buffer.from([0, 4, 0, 0, 0, 0]);
  peer.socket.write(Buffer.concat([Buffer.from(kPreface), frame(kTypes.settings, 0, 0, windowOfZero)]));
  peer.write(frame(kTypes.headers, 5, 1, get("/events?rooms=news")), frame(kTypes.headers, 5, 3, get("/health")));
  await until(() => peer.of(kTypes.headers).length === 2, "two heads");
  const answers = setInterval(() => peer.write(frame(kTypes.ping, 0, 0, Buffer.alloc(8))), 1000); // it lives
  await until(() => peer.of(kTypes.rst, 1).length + peer.of(kTypes.rst, 3).length === 2, "two resets");
  clearInterval(answers);
  assert.equal(
    peer.of(kTypes.data).reduce((sum, { payload }) => sum + payload.length, 0),
    0,
  );
  assert.equal(peer.hasEnded, false);
  await isServed(server);
  peer.socket.destroy();
  await server.stop();
});

test("a peer that is silent on a stream is pinged, and closed if it does not answer", async () => {
  const server = await serveTls(kQuick);
  const dead = await RawPeer.open(server);
  dead.write(frame(kTypes.headers, 5, 1, get("/events?rooms=news")));
  const alive = await session(server.url);
  const stream = alive.request({ ":path": "/events?rooms=news" });
  await once(stream, "response");
  assert.equal(await dead.ended(), undefined, "it was not asked to go, it is gone");
  assert.equal(dead.of(kTypes.ping).filter(({ flags }) => flags === 0).length, 1);
  assert.equal(alive.closed, false);
  stream.close(8);
  await server.stop();
});

test("a peer that reads slowly has time to reach the PING that follows the data", async () => {
  const kWindow = 16_000_000;
  const kEvents = 50;
  const server = await serveTls(kQuick);
  const slow = await RawPeer.open(server, { begins: false });
  const wide = Buffer.concat([Buffer.from([0, 4]), number(kWindow)]); // SETTINGS_INITIAL_WINDOW_SIZE
  slow.write(Buffer.from(kPreface), frame(kTypes.settings, 0, 0, wide), frame(kTypes.windowUpdate, 0, 0, number(kWindow)));
  slow.write(frame(kTypes.headers, 5, 1, get("/events?rooms=news")));
  await until(() => slow.of(kTypes.headers, 1).length > 0, "the response");
  slow.socket.pause();
  for (let i = 0; i < kEvents; ++i) await publish(server, "news", "x".repeat(60_000));
  const dead = await RawPeer.open(server);
  dead.write(frame(kTypes.headers, 5, 1, get("/events?rooms=news")));
  await dead.ended();
  assert.equal(slow.hasEnded, false);
  slow.socket.resume();
  await until(() => slow.of(kTypes.ping).some(({ flags }) => flags === 0), "the PING");
  assert.equal(slow.hasEnded, false);
  slow.socket.destroy();
  await server.stop();
});

test("streams beyond --http2-streams-max are refused, and those within it are served", async () => {
  const server = await serveTls(["--http2-streams-max", "3"]);
  const peer = await RawPeer.open(server);
  for (const stream of [1, 3, 5, 7]) peer.write(frame(kTypes.headers, 5, stream, get("/events?rooms=news")));
  await until(() => peer.of(kTypes.rst, 7).length > 0 && peer.of(kTypes.headers).length === 3, "a refusal and three streams");
  assert.equal(peer.of(kTypes.rst, 7)[0].payload.readUInt32BE(0), 7);
  peer.write(frame(kTypes.rst, 0, 1, number(8)), frame(kTypes.headers, 5, 9, get("/health")));
  await until(() => peer.of(kTypes.headers, 9).length > 0, "a stream in the place of another");
  peer.socket.destroy();
  await server.stop();
});

test("each stream counts as a connection of its address: one too many is answered 429", async () => {
  const server = await serveTls(["--connections-per-address", "4", "--trusted-proxy", "127.0.0.1/32", "--dev"]);
  const http2 = await session(server.url);
  const from = { "x-forwarded-for": "203.0.113.7" };
  const open = () => {
    const stream = http2.request({ ":path": "/events?rooms=news", ...from });
    stream.on("error", () => undefined);
    return once(stream, "response").then(([fields]) => ({ status: fields[":status"], type: fields["content-type"], stream }));
  };
  for (let i = 0; i < 4; ++i) assert.equal((await open()).status, 200);
  const refused = await open();
  let text = "";
  for await (const part of refused.stream) text += part;
  assert.match(`${refused.status} ${text}`, /dialogue\.error|429/);
  const other = await ask(http2, { ":path": "/health", "x-forwarded-for": "203.0.113.8" });
  assert.equal(other.status, 200);
  await server.stop();
});

test("over HTTP/2 a connection counts once for its address, and each request under way once more", async () => {
  const limits = ["--connections-per-address", "4", "--trusted-proxy", "127.0.0.1/32", "--proxy-protocol", "--dev"];
  const server = await serveTls(limits);
  const socket = connectPlain(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("PROXY TCP4 203.0.113.7 203.0.113.1 5000 443\r\n");
  const tls = connect({ socket, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  await once(tls, "secureConnect");
  const http2 = connectHttp2(server.url, { createConnection: () => tls });
  const streams = [1, 2, 3].map(() => http2.request({ ":path": "/events?rooms=news" }));
  const heads = await Promise.all(streams.map((stream) => once(stream, "response"))); // they may come together
  for (const [fields] of heads) assert.equal(fields[":status"], 200);
  const refused = await ask(http2, { ":path": "/health" });
  assert.equal(refused.status, 429);
  streams[0].close(8);
  await until(async () => (await ask(http2, { ":path": "/health" })).status === 200, "a free place");
  http2.destroy();
  await server.stop();
});

test("bodies: one that is too large, one that never comes, one shorter than its length", async () => {
  const server = await serveTls();
  const http2 = await session(server.url);
  const large = await ask(http2, { ":path": "/health", ":method": "POST" }, Buffer.alloc(200_000));
  assert.equal(large.status, 413);
  const short = await ask(http2, { ":path": "/health", ":method": "POST", "content-length": "10" }, "short");
  assert.equal(short.code, 1);
  const missing = http2.request({ ":path": "/health", ":method": "POST" }, { endStream: false });
  missing.on("error", () => undefined);
  const [fields] = await once(missing, "response");
  assert.equal(fields[":status"], 408);
  await isServed(server);
  await server.stop();
});

test("a drain completes requests in progress, sends GOAWAY, and ends idle connections immediately", async () => {
  const server = await serveTls(["--drain-ms", "1500"]);
  const [idle, busy] = [await RawPeer.open(server), await RawPeer.open(server)];
  busy.write(frame(kTypes.headers, 5, 1, get("/events?rooms=news")));
  await until(() => busy.of(kTypes.data, 1).length > 0, "the stream");
  const stopped = server.stop();
  assert.equal(await idle.ended(), 0);
  assert.equal(await busy.ended(), 0);
  assert.equal(busy.of(kTypes.goaway)[0].payload.readUInt32BE(0), 0x7fffffff);
  const text = Buffer.concat(busy.of(kTypes.data).map(({ payload }) => payload)).toString();
  assert.match(text, /event: dialogue\.\w+/);
  assert.equal(busy.of(kTypes.data, 1).at(-1).flags & 1, 1, "the stream has ended in order");
  assert.deepEqual(await stopped, [0, null]);
});

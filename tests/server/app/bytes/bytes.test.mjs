// Values of bytes from outside: the packed client in Node against the program, over text, binary messages and HTTP requests, with
// the log, history, the HTTP API, push streams and recordings between them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { directoryOf, root, run, Server } from "../support/program.mjs";
import { anyPort, call, kKey } from "../support/push_kit.mjs";
import { PushStream } from "../support/push_stream.mjs";

const dist = (name) => import(pathToFileURL(join(root, "js", "dist", name)));
const { createDialogueClient } = await dist("index.js");
const { binaryWebSocket, payloadBytes, toBase64 } = await dist("bytes.js");
const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

const kBytesMax = 40_000;
const directory = directoryOf({
  "app.json": {
    events: {
      picture: {
        schema: {
          type: "object",
          properties: {
            name: { type: "string" },
            data: { type: "string", format: "bytes", minBytes: 1, maxBytes: kBytesMax },
          },
          required: ["name", "data"],
          additionalProperties: false,
        },
      },
    },
    rooms: { album: { events: ["picture"] } },
  },
});
const definitions = join(directory, "app.json");

/** The generated module's app. */
const app = (() => {
  const { status, stderr } = run(["codegen", definitions, "--ts", join(directory, "app.ts")]);
  assert.equal(status, 0, stderr);
  const module = readFileSync(join(directory, "app.ts"), "utf8");
  assert.match(module, /^ {2}data: Uint8Array;$/m);
  assert.match(module, /^import \{ payloadBytes \} from "dialogue-client\/bytes";$/m);
  const [, catalogue] = /^const catalogue =\n {2}"(.*)";$/m.exec(module);
  return { catalogue, fingerprint: /fingerprint: "(\w+)"/.exec(module)[1], bytes: payloadBytes(catalogue) };
})();

const serve = (args = []) => Server.start([definitions, ...anyPort, "--api-key-env", "KEY", ...args], { env: { KEY: kKey } });

/** Bytes of all values, among them those that text could not hold. */
const bytesOf = (size) => Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255);

/** A WebSocket class that keeps the sockets that it opened. */
function counted() {
  const opened = [];
  class Counted extends WebSocket {
    constructor(...args) {
      super(...args);
      opened.push(this);
    }
  }
  const sum = (key) => opened.reduce((total, { _socket }) => total + (_socket?.[key] ?? 0), 0);
  return { Counted, written: () => sum("bytesWritten"), read: () => sum("bytesRead") };
}

/** A member of "album", its next picture, and what its sockets have carried. */
async function member(server, userId, { isBinary = false, ...options } = {}) {
  const { Counted, ...sockets } = counted();
  const client = createDialogueClient({
    url: server.url,
    app,
    auth: { userId },
    WebSocket: isBinary ? binaryWebSocket(Counted) : Counted,
    ...options,
  });
  const room = await client.join("album");
  const next = () => new Promise((resolve) => room.once("picture", resolve));
  return { client, room, next, sockets };
}

async function all(messages) {
  const list = [];
  for await (const message of messages) list.push(message);
  return list;
}

test("bytes are the same for all clients: over text, binary messages and HTTP requests, live and in history", async () => {
  const server = await serve();
  const people = [
    await member(server, "text"),
    await member(server, "binary", { isBinary: true }),
    await member(server, "polling", { transports: ["polling"] }),
    await member(server, "stream", { transports: ["stream"] }),
  ];
  const sizes = [1, 2, 3, 47, 48, 49, 1000, 30_000];
  for (const [index, size] of sizes.entries()) {
    const data = bytesOf(size);
    const arrived = people.map(({ next }) => next());
    await people[index % people.length].room.trigger("picture", { name: "é", data });
    for (const message of await Promise.all(arrived)) assert.deepEqual(message.data, { name: "é", data });
  }
  for (const { room, client } of people) {
    const history = await all(room.history());
    assert.deepEqual(
      history.map(({ data }) => data.data),
      sizes.map(bytesOf),
    );
    client.close();
  }
  await server.stop();
});

test("the log, the HTTP API and push streams have the base64, and the log has it after a restart", async () => {
  const store = ["--store", `sqlite:${join(directory, "album.db")}`];
  const data = bytesOf(5000);
  const base64 = toBase64(data);
  let server = await serve(store);
  const stream = await PushStream.open(server.url, "/events?rooms=album");
  await stream.next("dialogue.open");
  const ann = await member(server, "ann", { isBinary: true });
  await ann.room.trigger("picture", { name: "one", data });
  const { data: envelope } = await stream.next("picture");
  assert.deepEqual(envelope.data, { name: "one", data: base64 });
  const arrived = ann.next();
  await call(server, "POST", "/rooms/album/events", { event: "picture", data: { name: "two", data: base64 } });
  assert.deepEqual((await arrived).data.data, data);
  ann.client.close();
  await server.stop();
  server = await serve(store);
  const { events } = await call(server, "GET", "/rooms/album/history");
  assert.deepEqual(
    events.map((event) => event.data),
    [
      { name: "one", data: base64 },
      { name: "two", data: base64 },
    ],
  );
  const bob = await member(server, "bob", { isBinary: true });
  assert.deepEqual(
    (await all(bob.room.history())).map((each) => each.data.data),
    [data, data],
  );
  bob.client.close();
  await server.stop();
});

test("bounds count bytes, at both ends alike", async () => {
  const server = await serve();
  const ann = await member(server, "ann");
  for (const [data, code] of [
    [new Uint8Array(), "too_few_bytes"],
    [bytesOf(kBytesMax + 1), "too_many_bytes"],
    ["Zm9", "format_mismatch"],
  ]) {
    await assert.rejects(ann.room.trigger("picture", { name: "", data }), { code, path: "$.data" });
    const answer = await fetch(`${server.url}/api/v1/rooms/album/events`, {
      method: "POST",
      headers: { Authorization: `Bearer ${kKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ event: "picture", data: { name: "", data } }, app.bytes.encode),
    });
    assert.equal(answer.status, 422);
    const problem = await answer.json();
    assert.deepEqual([problem.code, problem.path], [code, "$.data.data"]);
  }
  await ann.room.trigger("picture", { name: "", data: bytesOf(kBytesMax) });
  ann.client.close();
  await server.stop();
});

test("a recording of bytes replays to the same decisions", async () => {
  for (const more of [[], ["--record-payloads"]]) {
    const file = join(directory, `bytes${more.length}.rec`);
    const server = await serve(["--record", file, ...more]);
    const ann = await member(server, "ann", { isBinary: true });
    await ann.room.trigger("picture", { name: "one", data: bytesOf(500) });
    ann.client.close();
    await server.stop();
    const { status, stdout, stderr } = run(["replay", file]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /The same decisions as recorded\.\n$/);
  }
});

test("binary messages save a quarter of the bytes, both ways", async (context) => {
  const server = await serve();
  const carried = {};
  for (const isBinary of [false, true]) {
    const { client, room, next, sockets } = await member(server, isBinary ? "binary" : "text", { isBinary });
    const [written, read] = [sockets.written(), sockets.read()];
    const arrived = next();
    await room.trigger("picture", { name: "", data: bytesOf(kBytesMax) });
    await arrived;
    carried[isBinary ? "binary" : "text"] = { up: sockets.written() - written, down: sockets.read() - read };
    client.close();
  }
  context.diagnostic(`${kBytesMax} bytes: ${JSON.stringify(carried)}`);
  const { text, binary } = carried;
  assert.ok(binary.up > kBytesMax && binary.up < kBytesMax * 1.02, `${binary.up} up`);
  assert.ok(binary.down > kBytesMax && binary.down < kBytesMax * 1.02, `${binary.down} down`);
  assert.ok(text.up > (kBytesMax * 4) / 3 && text.down > (kBytesMax * 4) / 3);
  await server.stop();
});

// The HTTP layer of `dialogue serve` from outside: who is named in the log, keys with names and scopes, figures, limits of keys
// and of strangers, TLS handshakes, and what is served of a directory. Clients' addresses are what a trusted proxy says.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificate } from "./support/certificate.mjs";
import { app, directoryOf, run, Server } from "./support/program.mjs";

const kClient = "203.0.113.7";
const kKey = "0123456789abcdef0123456789abcdef";
const keyOf = (name) => name.padEnd(32, "-");
const directory = directoryOf({
  "app.json": app,
  "one.key": kKey,
  "keys.txt": [
    "# name, scopes, key",
    `billing publish,read ${keyOf("billing-new")}`,
    `billing publish,read ${keyOf("billing-old")}`,
    `office rooms,users sha256:${createHash("sha256").update(keyOf("office")).digest("hex")}`,
    keyOf("all"),
  ].join("\n"),
  "index.html": "<!doctype html><title>Hello</title>",
});
const definitions = join(directory, "app.json");
const proxied = ["--listen", "127.0.0.1:0", "--store", "memory:", "--trusted-proxy", "127.0.0.1"];
const withOneKey = [...proxied, "--api-key-file", join(directory, "one.key")];

const serve = (args) => Server.start([definitions, ...args]);
const from = (address, key) => ({ "X-Forwarded-For": address, ...(key && { Authorization: `Bearer ${key}` }) });

/** One call of the API from `address`: { status, headers, body }. */
async function call(server, method, path, { key = kKey, address = kClient, data, headers = {} } = {}) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { ...from(address, key), ...(data !== undefined && { "Content-Type": "application/json" }), ...headers },
    body: data === undefined ? undefined : JSON.stringify(data),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
}

/** The status of a GET with a Host of its own, which fetch does not send. */
async function statusOf(url, headers) {
  const asked = request(url, { headers });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

const event = { event: "message", data: { text: "a payload of ann" } };
const line = async (server, pattern) => JSON.parse(await server.printed(pattern));

test("F-N10 log lines name the client that a trusted proxy speaks for, and the proxy as the peer", async () => {
  const server = await serve(withOneKey);
  await call(server, "GET", "/info", { key: "wrong" });
  await fetch(`${server.url}/dialogue`, { headers: { ...from("203.0.113.8"), Origin: "https://evil.example" } });
  await statusOf(`${server.url}/metrics`, from("203.0.113.9"));
  for (const [name, address] of [
    ["api_refused", kClient],
    ["request_refused", "203.0.113.9"],
  ]) {
    const said = await line(server, new RegExp(`"${name}".*${address}`));
    assert.equal(said.address, address);
    assert.equal(said.peer, "127.0.0.1");
  }
  await server.stop();
});

test("F-N11 every write through the API has a line: who, from where, what, and what came of it", async () => {
  const server = await serve([...proxied, "--api-key-file", join(directory, "keys.txt")]);
  const key = keyOf("all");
  const written = [
    ["POST", "/rooms/chat/events", event, { operation: "publishEvent", room: "chat", eventName: "message", seq: 1, status: 200 }],
    [
      "POST",
      "/publish",
      {
        items: [
          { room: "chat", ...event },
          { room: "chat", event: "message", data: 1 },
        ],
      },
      { operation: "publishBatch", items: 2, refused: 1, rooms: ["chat"], status: 200 },
    ],
    ["POST", "/users/ann/publish", event, { operation: "publishToUser", user: "ann", connections: 0, status: 200 }],
    ["POST", "/rooms", { id: "party", events: ["message"] }, { operation: "createRoom", room: "party", status: 201 }],
    ["DELETE", "/rooms/party", undefined, { operation: "deleteRoom", room: "party", status: 204 }],
    [
      "DELETE",
      "/users/ann/connections?reason=secret-reason",
      undefined,
      { operation: "disconnectUser", user: "ann", connections: 0, status: 200 },
    ],
    ["POST", "/revocations", { user: "bob" }, { operation: "revokeTokens", code: "not_supported", status: 422 }],
  ];
  for (const [method, path, data, fields] of written) {
    await call(server, method, path, { key, data });
    const said = await line(server, new RegExp(`"api_write".*"${fields.operation}"`));
    for (const [name, value] of Object.entries({ caller: "key:default", address: kClient, peer: "127.0.0.1", ...fields }))
      assert.deepEqual(said[name], value, `${fields.operation}: ${name}`);
  }
  await call(server, "GET", "/rooms", { key });
  await server.stop();
  const all = server.lines.join("\n");
  assert.equal(all.match(/"api_write"/g).length, written.length);
  for (const secret of [key, "a payload of ann", "secret-reason"]) assert.ok(!all.includes(secret), secret);
});

test("F-N11 keys have names and scopes; a key without the scope is answered 403 with the scope's name", async () => {
  const server = await serve([...proxied, "--api-key-file", join(directory, "keys.txt")]);
  const billing = [keyOf("billing-new"), keyOf("billing-old")]; // two at once: how a key is changed
  for (const key of billing) {
    assert.equal((await call(server, "POST", "/rooms/chat/events", { key, data: event })).status, 200);
    assert.equal((await call(server, "GET", "/rooms/chat/history", { key })).status, 200);
    assert.equal((await fetch(`${server.url}/metrics`, { headers: from(kClient, key) })).status, 200);
    for (const [scope, method, path, data] of [
      ["rooms", "POST", "/rooms", { id: "party", events: ["message"] }],
      ["rooms", "DELETE", "/rooms/chat"],
      ["users", "DELETE", "/users/ann/connections"],
      ["users", "POST", "/revocations", { user: "ann" }],
    ]) {
      const { status, headers, body } = await call(server, method, path, { key, data });
      assert.deepEqual([status, body.code, body.scope], [403, "forbidden", scope]);
      assert.match(body.detail, new RegExp(`billing.*${scope}`));
      assert.equal(headers.get("www-authenticate"), `Bearer error="insufficient_scope", scope="${scope}"`);
    }
  }
  const office = keyOf("office"); // the server knows its digest only
  assert.equal((await call(server, "DELETE", "/users/ann/connections", { key: office })).status, 200);
  assert.equal((await call(server, "POST", "/rooms/chat/events", { key: office, data: event })).body.scope, "publish");
  assert.equal((await call(server, "GET", "/rooms", { key: office })).body.scope, "read");
  assert.equal((await fetch(`${server.url}/metrics`, { headers: from(kClient, office) })).status, 403);
  const refused = await line(server, /"api_refused".*"key:billing"/);
  assert.deepEqual([refused.status, refused.method, refused.address], [403, "POST", kClient]);
  await server.stop();
});

test("F-N11 a key file that cannot be meant is refused at the start, and no key is shown", () => {
  for (const [text, words] of [
    [`billing pubish ${kKey}`, /pubish.*publish, read, rooms, users, observe, operate and admin/],
    [`billing publish, read ${kKey}`, /a name, its scopes and the secret/],
    ["billing publish short", /5 characters is too short/],
    [`office rooms ${kKey}\nbilling read ${kKey}`, /office.*billing.*same secret/],
    ["billing read sha256:00", /64 of 0-9 a-f/],
  ]) {
    const files = directoryOf({ "app.json": app, "bad.txt": text });
    const ended = run(["serve", join(files, "app.json"), ...proxied, "--api-key-file", join(files, "bad.txt")]);
    assert.equal(ended.status, 1, ended.stderr);
    assert.match(ended.stderr, words);
    assert.ok(!ended.stderr.includes(kKey));
  }
});

test("F-N12 figures do not open through a plain proxy on this machine", async () => {
  // nginx with nothing but proxy_pass: a loopback peer, a loopback Host, no X-Forwarded-*.
  const server = await serve([...withOneKey, "--metrics-listen", "127.0.0.1:0"]);
  assert.equal(await statusOf(`${server.url}/metrics`, { Host: "127.0.0.1:8080", Connection: "close" }), 401);
  assert.equal(await statusOf(`${server.url}/metrics`, { Authorization: `Bearer ${kKey}` }), 200);
  const { metrics } = await line(server, /"listening"/);
  assert.equal(await statusOf(metrics, {}), 200);
  const only = new URL(metrics).origin;
  for (const [path, status] of [
    ["/health", 200],
    ["/ready", 200],
    ["/", 404],
    ["/api/v1/openapi.json", 404],
    ["/dialogue", 404],
  ])
    assert.equal(await statusOf(`${only}${path}`, {}), status, path);
  assert.equal(await statusOf(`${only}/dialogue`, { Connection: "Upgrade", Upgrade: "websocket" }), 404);
  await server.stop();
});

test("F-N12 without keys and tokens, metrics are for this machine, by its own name only", async () => {
  const server = await serve(proxied);
  assert.equal(await statusOf(`${server.url}/metrics`, {}), 200);
  assert.equal(await statusOf(`${server.url}/metrics`, { Host: "chat.example.com" }), 401);
  assert.equal(await statusOf(`${server.url}/metrics`, from(kClient)), 401);
  await server.stop();
});

test("F-N14 an address begins TLS as often as WebSockets, and its neighbour meanwhile", async () => {
  makeCertificate(directory);
  const tls = ["--tls-cert", join(directory, "cert.pem"), "--tls-key", join(directory, "key.pem"), "--proxy-protocol"];
  const server = await serve([...proxied, ...tls]);
  const port = new URL(server.url).port;
  /** Whether a handshake from `address` is begun: what speaks no TLS is told so then (400), at little cost, else cut at once. */
  const begins = async (address) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`PROXY TCP4 ${address} 127.0.0.1 40000 443\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    let said = "";
    socket.on("data", (bytes) => {
      said += bytes;
      socket.destroy();
    });
    await new Promise((resolve) => socket.once("close", resolve));
    return said.startsWith("HTTP/1.1 400 ");
  };
  const results = [];
  while (results.length < 20_000 && results.at(-1) !== false)
    results.push(...(await Promise.all(Array.from({ length: 25 }, () => begins(kClient)))));
  assert.ok(results.filter(Boolean).length >= 1000);
  assert.equal(results.at(-1), false);
  assert.equal(await begins("203.0.113.8"), true);
  // A cause writes a hundred lines a second, and those who spoke no TLS have written theirs: so it is tried until it is told.
  const isTold = (text) => /"request_refused".*Too many TLS handshakes/.test(text);
  while (!server.lines.some(isTold)) await Promise.all(Array.from({ length: 25 }, () => begins(kClient)));
  const said = JSON.parse(server.lines.find(isTold));
  assert.deepEqual([said.address, said.peer], [kClient, "127.0.0.1"]);
  await server.stop();
});

test("F-N18 a caller with a key has the key's own limit of publications, from any address", async () => {
  const server = await serve([...withOneKey, "--api-key-requests", "60"]);
  for (let i = 1; i <= 60; i += 1) {
    const { status, headers } = await call(server, "POST", "/rooms/chat/events", { data: event });
    assert.equal(status, 200);
    const [limit, left, reset] = ["limit", "remaining", "reset"].map((name) => Number(headers.get(`ratelimit-${name}`)));
    assert.deepEqual([limit, left >= 60 - i], [60, true]);
    assert.ok(reset > 0 && reset <= 60);
  }
  // Some of the minute has passed meanwhile, so a few more may go through before the limit holds.
  let answer;
  do answer = await call(server, "POST", "/rooms/chat/events", { data: event, address: "203.0.113.99" });
  while (answer.status === 200);
  assert.deepEqual([answer.status, answer.headers.get("ratelimit-remaining")], [429, "0"]);
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  assert.match(answer.body.detail, /key/);
  await server.stop();
});

test("F-N18 a caller without a key counts by address, and reads the rest of the limit", async () => {
  const server = await serve([...withOneKey, "--http-requests", "5"]);
  const ask = (address) => call(server, "GET", "/openapi.json", { key: null, address });
  const first = await ask(kClient);
  assert.deepEqual([first.status, first.headers.get("ratelimit-limit")], [200, "5"]);
  assert.equal(first.headers.get("ratelimit-remaining"), "4");
  let last = first;
  while (last.status === 200) last = await ask(kClient);
  assert.equal(last.headers.get("ratelimit-remaining"), "0");
  assert.ok(Number(last.headers.get("retry-after")) >= 1);
  assert.equal((await call(server, "GET", "/info")).status, 200); // a key does not wait for its address
  assert.equal((await ask("203.0.113.8")).status, 200);
  await server.stop();
});

test("F-N27 a link to a hidden file is not served, and the policy of pages can be set", async () => {
  const web = directoryOf({
    "index.html": "<!doctype html><title>Hello</title>",
    ".secret.txt": "nothing for pages",
    "open.txt": "all",
  });
  symlinkSync(join(web, ".secret.txt"), join(web, "secret.txt"));
  symlinkSync(join(web, "open.txt"), join(web, "link.txt"));
  const policyOf = async (...args) => {
    const server = await serve([...proxied, "--static", web, ...args]);
    assert.equal((await fetch(`${server.url}/secret.txt`)).status, 404);
    assert.equal(await (await fetch(`${server.url}/link.txt`)).text(), "all");
    const { headers } = await fetch(server.url);
    await server.stop();
    return headers.get("content-security-policy");
  };
  assert.match(await policyOf(), /^default-src 'self'; script-src/);
  assert.equal(await policyOf("--content-security-policy", "default-src 'none'"), "default-src 'none'");
  assert.equal(await policyOf("--content-security-policy", "none"), null);
});

// Who may use the HTTP API: keys, limits of an address, pages of other origins.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { call, key, startServer, useApiServer } from "./api.mjs";
import { frames, Peer } from "./peer.mjs";
import { stopProgram } from "./subject.mjs";

const programPath = process.env.DIALOGUE_PROGRAM ?? fileURLToPath(new URL("../../build/release/bin/dialogue", import.meta.url));
const definitions = fileURLToPath(new URL("app.json", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "dialogue-api-"));
const keyFile = join(directory, "keys");
const emptyFile = join(directory, "empty");
const otherKey = "fedcba9876543210fedcba9876543210";
writeFileSync(keyFile, `# the backend's\n${otherKey}\n\n`);
writeFileSync(emptyFile, "# nothing\n");

const limits = ["--trusted-proxy", "127.0.0.1", "--http-requests", "12", "--http-messages", "3"];
const server = useApiServer("--api-key-file", keyFile, "--allow-origin", "https://app.example", ...limits);
let keyless;
before(async () => {
  keyless = await startServer();
});
after(async () => {
  await stopProgram(keyless);
  rmSync(directory, { recursive: true, force: true });
});

/** Calls as somebody behind the trusted proxy. */
const from = (address, method, path, { headers, ...options } = {}) =>
  server.call(method, path, { ...options, headers: { "X-Forwarded-For": address, ...headers } });

test("each key opens the API, whatever the case of the scheme", async () => {
  assert.equal((await server.call("GET", "/info")).status, 200);
  assert.equal((await server.call("GET", "/info", { authorization: `bearer  ${otherKey}` })).status, 200);
});

test("R-44 without a key, or with a wrong one, everything but the document is 401", async () => {
  const wrong = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    `Basic ${key}`,
    `Bearer ${key.slice(1)}`,
    `Bearer ${key}x`,
    `Bearer x, Bearer ${key}`,
  ];
  for (const authorization of wrong) {
    const { status, headers, body } = await server.call("GET", "/info", { authorization: authorization ?? null });
    assert.deepEqual([status, headers["www-authenticate"], body.code], [401, "Bearer", "unauthorized"], authorization);
  }
  assert.equal((await server.call("GET", `/info?token=${key}`, { authorization: null })).status, 401);
  assert.equal((await server.call("GET", "/openapi.json", { authorization: null })).status, 200);
});

test("F-N05 R-44 an address that guesses is slowed down after ten failures, and the valid key is still accepted", async () => {
  const guess = (n) => from("198.51.100.1", "GET", "/info", { authorization: `Bearer guess-${n}-${"x".repeat(32)}` });
  for (let n = 0; n < 10; n += 1) assert.equal((await guess(n)).status, 401);
  const stopped = await guess(10);
  assert.deepEqual([stopped.status, stopped.body.code], [429, "rate_limited"]);
  assert.ok(Number(stopped.headers["retry-after"]) >= 1);
  for (const address of ["198.51.100.1", "198.51.100.2"]) assert.equal((await from(address, "GET", "/info")).status, 200);
});

test("R-63 requests and publications of an address without a key have limits, with a time to retry", async () => {
  const program = await startServer("--auth-hs256-env", "TEST_API_KEY", ...limits);
  const authorization = `Bearer ${tokenFor("ann", undefined, { rooms: { "*": ["manage", "publish"] } })}`;
  const headers = { "X-Forwarded-For": "198.51.100.3" };
  const ask = (method, path, data) => call(program.url, method, path, { headers, authorization, data });
  const statuses = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await ask("POST", "/rooms/chat/events", { event: "move", data: 1 })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  for (let n = 0; n < 7; n += 1) assert.equal((await ask("GET", "/info")).status, 200);
  const over = await ask("GET", "/info");
  assert.equal(over.status, 429);
  assert.ok(over.body.retryAfterMs > 0 && Number(over.headers["retry-after"]) >= 1);
  await stopProgram(program);
  for (const path of ["/health", "/ready"]) assert.equal((await call(server.url.concat(path), "GET", "", {})).status, 200);
});

test("R-46 a server without a key has no API, and explains how to get one", async () => {
  for (const authorization of [null, `Bearer ${key}`]) {
    const { status, body } = await call(keyless.url, "GET", "/rooms", { authorization });
    assert.deepEqual([status, body.code], [403, "forbidden"]);
    assert.match(body.detail, /--api-key-file/);
  }
});

for (const [name, args, words] of [
  ["is too short", ["--api-key-env", "SHORT_KEY"], /too short; it has at least 32/],
  ["is not set", ["--api-key-env", "NO_SUCH_KEY"], /has no NO_SUCH_KEY/],
  ["is not in its file", ["--api-key-file", emptyFile], /this file contains no API key/],
])
  test(`R-46 a server whose key ${name} does not start`, () => {
    const { status, stderr } = spawnSync(
      programPath,
      ["serve", definitions, "--listen", "127.0.0.1:0", "--store", "memory:", ...args],
      {
        env: { ...process.env, SHORT_KEY: "short-and-secret" },
        encoding: "utf8",
      },
    );
    assert.equal(status, 1);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /short-and-secret/);
  });

test("R-11 a page of a foreign origin is refused, with and without the key", async () => {
  for (const origin of ["https://elsewhere.example", "null", "https://app.example.evil.example", "http://app.example"]) {
    const { status, headers } = await server.call("GET", "/info", { headers: { Origin: origin } });
    assert.deepEqual([status, headers["access-control-allow-origin"]], [403, undefined], origin);
    const preflight = await server.call("OPTIONS", "/info", { headers: { Origin: origin }, authorization: null });
    assert.deepEqual([preflight.status, preflight.headers["access-control-allow-origin"]], [403, undefined]);
  }
});

test("a page of a listed origin may send every permitted request, and read every answer", async () => {
  const headers = { Origin: "https://app.example" };
  const preflight = await server.call("OPTIONS", "/rooms/chat/events", { headers, authorization: null });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], "https://app.example");
  assert.equal(preflight.headers["access-control-allow-methods"], "POST");
  assert.match(preflight.headers["access-control-allow-headers"], /Authorization.*Idempotency-Key/);
  assert.equal(preflight.headers["access-control-allow-credentials"], undefined);
  for (const [authorization, status] of [
    [`Bearer ${key}`, 200],
    [null, 401],
  ]) {
    const answer = await server.call("GET", "/info", { headers, authorization });
    assert.deepEqual([answer.status, answer.headers["access-control-allow-origin"]], [status, "https://app.example"]);
    assert.match(answer.headers.vary, /Origin/);
  }
});

test("the server's own pages need no list", async () => {
  const { status, headers } = await server.call("GET", "/info", { headers: { Origin: server.url } });
  assert.deepEqual([status, headers["access-control-allow-origin"]], [200, undefined]);
});

test("P-09 no key is in the log", async () => {
  const program = await startServer("--api-key-env", "TEST_API_KEY", "--log", "json", "--log-level", "debug");
  let log = "";
  for (const stream of [program.stdout, program.stderr])
    stream.on("data", (chunk) => {
      log += chunk;
    });
  await call(program.url, "GET", "/info", {});
  await call(program.url, "GET", `/info?token=${otherKey}`, { authorization: `Bearer ${otherKey}` });
  await stopProgram(program);
  assert.match(log, /api_refused/);
  assert.doesNotMatch(log, new RegExp(`${key}|${otherKey}`));
});

/** A token for `userId` that the server with the secret `key` believes. */
function tokenFor(userId, jti, claims = {}) {
  const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1000) - 60;
  const signed = `${encode({ alg: "HS256" })}.${encode({ sub: userId, iat, exp: iat + 600, ...(jti && { jti }), ...claims })}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

test("R-41 tokens are taken back by their id, by their user, or all, and their connections end", async () => {
  const program = await startServer("--api-key-env", "TEST_API_KEY", "--auth-hs256-env", "TEST_API_KEY");
  const revoke = (data) => call(program.url, "POST", "/revocations", { data });
  const enter = async (...who) => {
    const peer = await Peer.connect(program.url);
    peer.send([frames.hello, 1, 0, 0, { token: tokenFor(...who) }]);
    return peer;
  };
  for (const [what, who] of [
    [{ tokenId: "t-1" }, ["ann", "t-1"]],
    [{ user: "bob", forgetAt: Math.floor(Date.now() / 1000) + 1000 }, ["bob"]],
    [{ everybody: true }, ["eve"]],
  ]) {
    const peer = await enter(...who);
    await peer.until(frames.welcome);
    const { status, body } = await revoke(what);
    assert.deepEqual([status, body.connections], [200, 1]);
    assert.equal("issuedBefore" in body, !what.tokenId);
    await peer.until(frames.bye);
    await peer.closed();
    const again = await enter(...who);
    assert.match((await again.until(frames.bye))[3].message, /revoked/i);
    await again.closed();
  }
  for (const data of [{}, { user: "ann", everybody: true }, { everybody: false }, { user: "" }, { name: "ann" }])
    assert.equal((await revoke(data)).status, 422, JSON.stringify(data));
  const inMs = await revoke({ everybody: true, issuedBefore: Date.now() });
  assert.deepEqual([inMs.status, inMs.body.path], [422, "$.issuedBefore"]);
  assert.match(inMs.body.detail ?? inMs.body.message, /seconds/);
  await stopProgram(program);
});

test("without tokens there is nothing to revoke", async () => {
  const { status, body } = await server.call("POST", "/revocations", { data: { user: "ann" } });
  assert.deepEqual([status, body.code], [422, "not_supported"]);
});

test("R-53 a token with manage opens the routes of its rooms, one for every room opens all, any other none", async () => {
  const program = await startServer("--auth-hs256-env", "TEST_API_KEY");
  const ask = async (rooms, method, path, data) => {
    const claims = rooms === undefined ? {} : { rooms };
    const authorization = `Bearer ${tokenFor("ann", undefined, claims)}`;
    return (await call(program.url, method, path, { authorization, data })).status;
  };
  const event = { event: "move", data: 1 };
  const one = { chat: ["manage"] };
  assert.equal(await ask(one, "POST", "/rooms/chat/events", event), 403, "F-N07 manage alone publishes nothing");
  const publisher = { chat: ["manage", "publish:move"] };
  for (const [from, status] of [
    [undefined, 200],
    ["ann", 200],
    ["system", 200],
    ["bob", 403],
  ])
    assert.equal(await ask(publisher, "POST", "/rooms/chat/events", { ...event, from }), status, `F-N07 from ${from}`);
  assert.equal(await ask(one, "GET", "/rooms/chat/members"), 200);
  assert.equal(await ask(one, "GET", "/rooms/duo"), 403);
  for (const path of ["/rooms", "/users", "/info"]) assert.equal(await ask(one, "GET", path), 403, path);
  assert.equal(await ask(one, "POST", "/publish", { items: [{ room: "chat", ...event }] }), 403);
  assert.equal(await ask({ "game-*": ["manage"] }, "GET", "/rooms/game-7"), 200);
  for (const path of ["/rooms", "/rooms/chat", "/users", "/info"])
    assert.equal(await ask({ "*": ["manage"] }, "GET", path), 200, path);
  for (const rooms of [undefined, { chat: "*" }, { "*": ["publish", "history", "presence", "join"] }])
    assert.equal(await ask(rooms, "GET", "/rooms/chat"), 403, JSON.stringify(rooms));
  for (const star of ["*", "a", ""]) {
    const claims = { star, rooms: { "{star}": ["manage"], "*~{star}-": ["manage"], "-{star}~*": ["manage"] } };
    const authorization = `Bearer ${tokenFor("ann", undefined, claims)}`;
    assert.equal((await call(program.url, "GET", "/info", { authorization })).status, 403, star);
  }
  const forged = tokenFor("ann", undefined, { rooms: { "*": ["manage"] } }).slice(0, -3);
  assert.equal((await call(program.url, "GET", "/info", { authorization: `Bearer ${forged}AAA` })).status, 401);
  await stopProgram(program);
});

test("a user's own token reads the log of a room that the user may join and whose history the user may read", async () => {
  const program = await startServer("--auth-hs256-env", "TEST_API_KEY");
  const read = async (path, claims = {}) => {
    const { status } = await call(program.url, "GET", path, { authorization: `Bearer ${tokenFor("ann", undefined, claims)}` });
    return status;
  };
  assert.equal(await read("/rooms/chat/history?limit=1"), 200);
  assert.equal(await read("/rooms/game-7/history"), 200);
  assert.equal(await read("/rooms/chat/history", { rooms: { chat: ["join", "history"] } }), 200);
  for (const rooms of [{ duo: ["join", "history"] }, { chat: ["join"] }, { chat: ["history"] }, {}])
    assert.equal(await read("/rooms/chat/history", { rooms }), 403, JSON.stringify(rooms));
  for (const path of ["/rooms/chat", "/rooms/chat/members", "/rooms", "/users", "/rooms/nowhere/history"])
    assert.equal(await read(path), 403, path);
  await stopProgram(program);
});

test("if a backend decides joins, rights alone do not open a log", async () => {
  const program = await startServer(
    ...["--auth-hs256-env", "TEST_API_KEY", "--hooks-url", "http://127.0.0.1:9", "--hooks-verbs", "join"],
    ...["--hooks-secret-env", "TEST_API_KEY", "--hooks-fail", "open"],
  );
  const authorization = `Bearer ${tokenFor("ann")}`;
  assert.equal((await call(program.url, "GET", "/rooms/chat/history", { authorization })).status, 403);
  await stopProgram(program);
});

// What nobody should send to the HTTP API: injected fields, two meanings of one body, bodies without an end; and what is unusual
// but right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { key, raw, useApiServer } from "./api.mjs";

const server = useApiServer();
const body = '{"event":"move","data":1}';
const fields = `Host: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;
const post = (more, sent) => `POST /api/v1/rooms/chat/events HTTP/1.1\r\n${fields}${more}\r\n${sent}`;
const close = "Connection: close\r\n";
const length = `Content-Length: ${body.length}\r\n`;
const statusOf = (answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const statusesOf = (answer) => [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
const head = async () => (await server.call("GET", "/rooms/chat")).body.head;

for (const [name, more, sent, status] of [
  ["both lengths", `${length}Transfer-Encoding: chunked\r\n`, `0\r\n\r\n`, 400],
  ["two lengths", `${length}Content-Length: 3\r\n`, body, 400],
  ["a length with a sign", `Content-Length: +${body.length}\r\n`, body, 400],
  ["a length that is none", "Content-Length: 0x10\r\n", body, 400],
  ["an unknown coding", "Transfer-Encoding: xchunked\r\n", body, 400],
  ["a coding in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n", 400],
  ["a chunk whose size is none", "Transfer-Encoding: chunked\r\n", `zz\r\n${body}\r\n0\r\n\r\n`, 400],
  ["a chunk that is longer than its size", "Transfer-Encoding: chunked\r\n", `3\r\n${body}\r\n0\r\n\r\n`, 400],
  ["a bare line feed in a field", "X-A: 1\nX-B: 2\r\n", "", 400],
  ["a folded field", "X-A: 1\r\n 2\r\n", "", 400],
  ["two keys to the API", `Authorization: Bearer x\r\n${length}${close}`, body, 400],
  ["two Idempotency-Keys", `Idempotency-Key: a\r\nIdempotency-Key: b\r\n${length}${close}`, body, 400],
  ["a carriage return in its Idempotency-Key", `Idempotency-Key: a\rb\r\n${length}`, body, 400],
])
  test(`a publication with ${name} is refused and changes nothing`, async () => {
    const before = await head();
    assert.equal(statusOf(await raw(server.url, post(more, sent))), status);
    assert.equal(await head(), before);
  });

for (const path of [
  "/rooms/a%0d%0aSet-Cookie:%20x=1",
  "/users/a%0d%0aX:%20y/connections",
  "/rooms/%2e%2e/history",
  "/rooms/%ff",
  "/rooms//events",
  "/rooms/chat/",
  "/../info",
])
  test(`${path} does not lead into a field or out of the API`, async () => {
    const answer = await raw(server.url, `DELETE /api/v1${path} HTTP/1.1\r\n${fields}${close}\r\n`);
    assert.ok([404, 405, 422].includes(statusOf(answer)), answer);
    assert.doesNotMatch(answer, /^(Set-Cookie|X:)/m);
  });

test("the data after a body is the next request, and nothing else", async () => {
  const next = `GET /api/v1/rooms/chat HTTP/1.1\r\n${fields}${close}\r\n`;
  const answer = await raw(server.url, post(length, body) + next);
  assert.deepEqual(statusesOf(answer), [200, 200]);
  assert.ok(answer.includes('"head":'));
});

test("a refused request's body is not taken for a request", async () => {
  const hidden = `GET /api/v1/info HTTP/1.1\r\n${fields}\r\n`;
  const refused = `POST /api/v1/nothing HTTP/1.1\r\n${fields}${close}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
  assert.deepEqual(statusesOf(await raw(server.url, refused)), [404]);
  const unasked = `GET /api/v1/info HTTP/1.1\r\n${fields}${close}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
  assert.deepEqual(statusesOf(await raw(server.url, unasked)), [200]);
});

test("a body in chunks is a body", async () => {
  const chunks = `${body.slice(0, 7)}`;
  const sent = `7\r\n${chunks}\r\n${(body.length - 7).toString(16)}\r\n${body.slice(7)}\r\n0\r\n\r\n`;
  assert.deepEqual(statusesOf(await raw(server.url, post(`Transfer-Encoding: chunked\r\n${close}`, sent))), [200]);
});

test("a client that expects 100-continue receives it only if the body will be read", async () => {
  const expect = `Expect: 100-continue\r\n${close}`;
  assert.deepEqual(statusesOf(await raw(server.url, post(`${expect}${length}`, body))), [100, 200]);
  const nowhere = `POST /api/v1/nothing HTTP/1.1\r\n${fields}${expect}${length}\r\n`;
  assert.deepEqual(statusesOf(await raw(server.url, nowhere)), [404]);
});

test("R-34 a body of the largest size is read, one more byte is 413, with or without a length", async () => {
  const most = 1024 * 1024;
  const fill = (size) => `{"event":"move","data":1}${" ".repeat(size - body.length)}`;
  assert.deepEqual(statusesOf(await raw(server.url, post(`Content-Length: ${most}\r\n${close}`, fill(most)))), [200]);
  assert.deepEqual(statusesOf(await raw(server.url, post(`Content-Length: ${most + 1}\r\n`, ""))), [413]);
  const chunk = `${(most + 1).toString(16)}\r\n${fill(most + 1)}\r\n0\r\n\r\n`;
  assert.deepEqual(statusesOf(await raw(server.url, post("Transfer-Encoding: chunked\r\n", chunk))), [413]);
});

test("a stranger's body is not read beyond what is dropped", async () => {
  const strange = `POST /api/v1/rooms/chat/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1048576\r\n\r\n`;
  assert.deepEqual(statusesOf(await raw(server.url, strange)), [413]);
});

test("an unsupported method of a path is 405 with the supported ones; an unknown path is 404", async () => {
  for (const [method, path, allow] of [
    ["PUT", "/rooms", "GET, HEAD, POST"],
    ["POST", "/rooms/chat", "GET, HEAD, DELETE"],
    ["PATCH", "/info", "GET, HEAD"],
  ]) {
    const { status, headers } = await server.call(method, path);
    assert.deepEqual([status, headers.allow], [405, allow]);
  }
  for (const path of ["/nothing", "/rooms/chat/events/1", "/Info"]) assert.equal((await server.call("GET", path)).status, 404);
  assert.equal((await server.call("GET", "", { headers: {} })).status, 404);
});

test("HEAD is GET without the body", async () => {
  const answer = await raw(server.url, `HEAD /api/v1/info HTTP/1.1\r\n${fields}${close}\r\n`);
  assert.equal(statusOf(answer), 200);
  assert.match(answer, /Content-Length: \d\d/);
  assert.ok(answer.endsWith("\r\n\r\n"));
});

test("a peer that leaves before its answer affects no other client", async () => {
  const aborted = Array.from({ length: 50 }, async () => {
    const signal = AbortSignal.timeout(1);
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    await fetch(`${server.url}/api/v1/rooms/chat/events`, { method: "POST", body, headers, signal }).catch(() => undefined);
  });
  await Promise.all(aborted);
  assert.equal((await server.call("GET", "/info")).status, 200);
});

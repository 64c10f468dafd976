// Calls from outside: the program, a backend that handles them by signed HTTP, and clients over each transport.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { createDialogueClient } from "../../../../js/dist/index.js";
import { binary, directoryOf, root, Server } from "../support/program.mjs";

const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

const kKey = "k".repeat(40);
const kSecret = "a-secret-of-at-least-32-bytes-for-tests";
const text = { type: "string", minLength: 1 };
const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });
const app = {
  events: {},
  calls: {
    "orders.create": {
      request: object({ sku: text }),
      answer: object({ id: text, user: text }),
      errors: { out_of_stock: object({ left: { type: "integer" } }) },
      timeout: "2s",
    },
    "orders.pay": { request: object({ id: text }), answer: object({ number: { type: "integer" } }), idempotent: true },
    "admin.purge": { access: ["role:admin"] },
  },
  streams: { "logs.follow": { items: text } },
};
const directory = directoryOf({
  "app.json": JSON.stringify(app),
  "hooks.key": `${kSecret}\n`,
  "api.key": `office publish ${kKey}\n`,
});

/** What the backend got, and what it answers by the call's name. */
const calls = [];
const answers = {
  "orders.create": ({ data, user }) => {
    if (data.sku === "none") return { error: "out_of_stock", data: { left: 0 } };
    if (data.sku === "odd") return { answer: { id: 7 } };
    if (data.sku === "undeclared") return { error: "on_fire" };
    if (data.sku === "neither") return {};
    return { answer: { id: `o-${data.sku}`, user: user.id } };
  },
  "orders.pay": () => ({ answer: { number: calls.length } }),
};
const backend = createServer(async (request, response) => {
  const body = (await request.toArray()).join("");
  const [, time, signature] = /^t=(\d+),v1=(\w+)$/.exec(request.headers["dialogue-signature"]);
  assert.equal(signature, createHmac("sha256", kSecret).update(`${time}.${body}`).digest("hex"));
  const { version, call } = JSON.parse(body);
  assert.equal(version, 1);
  calls.push(call);
  if (call.data?.sku === "never") return;
  if (call.data?.sku === "broken") response.statusCode = 500;
  response.end(JSON.stringify(answers[call.name](call)));
});

let server;
const clients = [];
before(async () => {
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  const hooks = ["--hooks-url", `http://127.0.0.1:${backend.address().port}/hooks`, "--hooks-verbs", "call"];
  const secret = ["--hooks-secret-file", join(directory, "hooks.key"), "--hooks-fail", "closed"];
  const keys = ["--api-key-file", join(directory, "api.key")];
  server = await Server.start([join(directory, "app.json"), ...hooks, ...secret, ...keys]);
});
after(async () => {
  for (const client of clients) client.close();
  await server.stop();
  backend.closeAllConnections();
  backend.close();
});
const connect = (userId, options) => {
  const client = createDialogueClient({ url: server.url, WebSocket, auth: { userId }, ...options });
  clients.push(client);
  return client;
};

for (const transport of ["websocket", "stream", "polling"])
  test(`a backend answers a call over ${transport}`, async () => {
    const ann = connect("ann", { transports: [transport] });
    assert.deepEqual(await ann.call("orders.create", { sku: "a" }), { id: "o-a", user: "ann" });
    const { name, user, session, timeoutMs, key } = calls.at(-1);
    assert.deepEqual([name, user.id, timeoutMs, key], ["orders.create", "ann", 2000, undefined]);
    assert.match(session, /^\w+$/);
    const failed = await ann.attempt("orders.create", { sku: "none" });
    assert.deepEqual([failed.ok, failed.error, failed.data], [false, "out_of_stock", { left: 0 }]);
  });

test("a bad answer is handler_failed, an error of the backend handler_unavailable, no answer call_timeout", async () => {
  const ann = connect("ann");
  const error = async (sku) => (await ann.attempt("orders.create", { sku })).error;
  for (const sku of ["odd", "undeclared", "neither"]) assert.equal(await error(sku), "handler_failed");
  assert.equal(await error("broken"), "handler_unavailable");
  assert.equal(await error("never"), "call_timeout");
  assert.equal((await ann.attempt("orders.create", { sku: "after" })).ok, true);
});

test("an idempotent call with a key reaches the backend once, from any connection of the user", async () => {
  const [first, second, bob] = [connect("ann"), connect("ann"), connect("bob")];
  const pay = (client) => client.call("orders.pay", { id: "o-1" }, { idempotencyKey: "pay-1" });
  const answer = await pay(first);
  assert.deepEqual(await pay(second), answer);
  assert.equal(calls.at(-1).key, "pay-1");
  const count = calls.length;
  assert.notDeepEqual(await pay(bob), answer);
  assert.equal(calls.length, count + 1);
});

test("a caller without access, and a call without a handler, are refused with the reason", async () => {
  const ann = connect("ann");
  await assert.rejects(ann.call("admin.purge"), { code: "forbidden", message: /admin\.purge needs role:admin/ });
  const stream = ann.stream("logs.follow");
  await assert.rejects(stream.next(), { code: "handler_unavailable" });
});

async function post(name, body, headers = {}) {
  const response = await fetch(`${server.url}/api/v1/calls/${name}`, {
    method: "POST",
    headers: { authorization: `Bearer ${kKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test("a call by HTTP has the answer, or a problem with the declared error", async () => {
  assert.deepEqual(await post("orders.create", { data: { sku: "a" }, from: "ann" }), {
    status: 200,
    body: { answer: { id: "o-a", user: "ann" } },
  });
  assert.deepEqual([calls.at(-1).session, calls.at(-1).timeoutMs], ["", 2000]);
  const failed = await post("orders.create", { data: { sku: "none" } });
  assert.deepEqual([failed.status, failed.body.code, failed.body.error], [422, "call_failed", "out_of_stock"]);
  assert.deepEqual(failed.body.data, { left: 0 });
  const rows = [
    ["orders.create", { data: { sku: "" } }, 422, "$.data.sku"],
    ["orders.create", { data: { sku: "odd" } }, 500],
    ["orders.create", { data: { sku: "broken" } }, 503],
    ["orders.create", { data: { sku: "never" }, timeoutMs: 50 }, 504],
    ["orders.create", { from: "a\u0001" }, 422, "$.from"],
    ["orders.create", { more: 1 }, 422, "$.more"],
    ["orders.none", {}, 404],
    ["logs.follow", {}, 422],
  ];
  for (const [name, body, status, path] of rows) {
    const answer = await post(name, body);
    assert.deepEqual([answer.status, answer.body.path], [status, path], JSON.stringify([name, body, answer.body]));
  }
});

test("an idempotent call by HTTP is handled once", async () => {
  const pay = () => post("orders.pay", { data: { id: "o-2" }, from: "ann" }, { "idempotency-key": "pay-2" });
  const first = await pay();
  assert.equal(first.status, 200);
  const count = calls.length;
  assert.deepEqual(await pay(), first);
  assert.equal(calls.length, count);
  const other = await post("orders.pay", { data: { id: "o-3" }, from: "ann" }, { "idempotency-key": "pay-2" });
  assert.deepEqual([other.status, other.body.code], [409, "producer_conflict"]);
});

test("dialogue call prints the answer, and a declared error's value with its reason", async () => {
  const call = async (...args) => {
    const program = spawn(binary, ["call", server.url, ...args, "--key-env", "CALL_KEY"], { env: { CALL_KEY: kKey } });
    const [stdout, stderr, [status]] = await Promise.all([textOf(program.stdout), textOf(program.stderr), once(program, "exit")]);
    return { stdout, stderr, status };
  };
  const done = await call("orders.create", '{"sku":"b"}', "--from", "bob");
  assert.deepEqual([done.status, JSON.parse(done.stdout)], [0, { id: "o-b", user: "bob" }], done.stderr);
  const failed = await call("orders.create", '{"sku":"none"}');
  assert.deepEqual([failed.status, JSON.parse(failed.stdout)], [1, { left: 0 }]);
  assert.match(failed.stderr, /422 The handler answered with the error out_of_stock/);
  const wrong = await call("orders.create", "{sku:1}");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /this is not JSON/);
});

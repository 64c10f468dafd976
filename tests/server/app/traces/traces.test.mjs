// Traces from a request of the HTTP API to a receiver of OTLP, and to the hook backend.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join as path } from "node:path";
import { test } from "node:test";
import { read, serve, until } from "../metrics/kit.mjs";
import { FrameClient } from "../support/frame_client.mjs";
import { directoryOf, run } from "../support/program.mjs";
import { attributesOf, Receiver, spansOf } from "./receiver.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const definitions = {
  events: { message: { schema: { type: "object" } }, typing: { schema: {}, delivery: "volatile" } },
  rooms: { chat: { events: ["message", "typing"], durability: "commit" } },
};
const directory = directoryOf({ "app.json": definitions });
const app = path(directory, "app.json");
const kParent = "4bf92f3577b34da6a3ce929d0e0e4736";
const kRoute = "POST /api/v1/rooms/{room}/events";
const parentOf = (flags) => `00-${kParent}-00f067aa0ba902b7-${flags}`;

function publish(server, { event = "message", data = {}, key = kKey, ...more } = {}) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
  return fetch(`${server.url}/api/v1/rooms/chat/events`, { method: "POST", headers, body: JSON.stringify({ event, data }) });
}

const traced = (receiver, ...args) =>
  serve([app, "--api-key-env", "KEY", "--otlp-endpoint", receiver.url, ...args], { env: { KEY: kKey } });
const ofTrace = (spans, id) => spans.filter(({ traceId }) => traceId === id);
const named = (spans, name) => spans.find((span) => span.name === name);

test("the receiver takes nothing that the specification does not allow", () => {
  assert.throws(() => spansOf('{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[]}]}'));
  assert.throws(() => spansOf('{"resourceSpans":[],"more":1}'));
});

test("a publication's trace continues the caller's, and has accept, validate, append and fan-out", async () => {
  const receiver = await Receiver.start();
  const { server, url } = await traced(receiver, "--store", `sqlite:${path(directory, "chat.db")}`, "--trace-sample", "0");
  const answer = await publish(server, { traceparent: parentOf("01"), tracestate: "vendor=x" });
  assert.equal(answer.status, 200);
  const spans = await receiver.until((all) => named(ofTrace(all, kParent), kRoute) && ofTrace(all, kParent));
  const [root, validate, append, fanOut] = [kRoute, "validate", "append", "fan-out"].map((name) => named(spans, name));
  assert.equal(spans.length, 4);
  assert.equal(answer.headers.get("traceparent"), `00-${kParent}-${root.spanId}-01`);
  assert.equal(root.parentSpanId, "00f067aa0ba902b7");
  assert.equal(root.traceState, "vendor=x");
  assert.equal(root.kind, 2);
  assert.equal(attributesOf(root)["http.response.status_code"], "200");
  for (const step of [validate, append, fanOut]) assert.equal(step.parentSpanId, root.spanId);
  assert.ok(BigInt(validate.startTimeUnixNano) >= BigInt(root.startTimeUnixNano));
  assert.equal(validate.endTimeUnixNano, append.startTimeUnixNano);
  assert.equal(append.endTimeUnixNano, fanOut.startTimeUnixNano);
  assert.equal(attributesOf(fanOut)["dialogue.members"], "0");
  assert.match(await server.printed(/api_write/), new RegExp(`"trace":"${kParent}"|trace=${kParent}`));
  await until(url, (now) => now("dialogue_trace_spans_sent_total") === 4);
  assert.equal((await read(url))("dialogue_trace_spans_dropped_total"), 0);
  await server.stop();
  await receiver.stop();
});

test("of what begins here the sample decides; of the caller's the flag, once the caller is known", async () => {
  const receiver = await Receiver.start();
  const { server } = await traced(receiver, "--trace-sample", "1");
  const own = (await publish(server, { traceparent: "00-nonsense" })).headers.get("traceparent");
  assert.match(own, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.match((await publish(server, { traceparent: parentOf("00") })).headers.get("traceparent"), /-00$/);
  await publish(server, { event: "typing" });
  const spans = await receiver.until((all) => all.filter(({ name }) => name === kRoute).length === 2 && all);
  assert.equal(ofTrace(spans, kParent).length, 0);
  assert.equal(ofTrace(spans, own.slice(3, 35)).length, 4);
  assert.equal(spans.filter(({ name }) => name === "append").length, 1); // volatile events have none
  await server.stop();
  await receiver.stop();
});

test("a stranger's sampling flag sends nothing, and a refusal is not a failure", async () => {
  const receiver = await Receiver.start();
  const { server, url } = await traced(receiver, "--trace-sample", "0");
  const stranger = await publish(server, { key: "x".repeat(32), traceparent: parentOf("01") });
  assert.equal(stranger.status, 401);
  assert.equal(stranger.headers.get("traceparent").slice(-2), "00");
  assert.match(await server.printed(/api_refused/), new RegExp(kParent));
  assert.equal((await publish(server, { data: 1 })).status, 422);
  assert.equal((await read(url))("dialogue_trace_spans_sent_total"), 0);
  await server.stop(); // which sends what waits
  assert.deepEqual(receiver.spans, []);
  await receiver.stop();
});

test("temporarily refused spans are sent again, and a stop sends waiting ones", async () => {
  const receiver = await Receiver.start();
  receiver.statuses = [503, 429];
  const { server } = await traced(receiver, "--trace-sample", "1");
  await publish(server);
  await receiver.until((all) => named(all, kRoute));
  await publish(server);
  await server.stop();
  assert.equal(receiver.spans.filter(({ name }) => name === kRoute).length, 2);
  await receiver.stop();
});

test("a receiver that refuses permanently loses spans, which are counted, and no request", async () => {
  const receiver = await Receiver.start();
  receiver.statuses = [400];
  const { server, url } = await traced(receiver, "--trace-sample", "1");
  assert.equal((await publish(server)).status, 200);
  await until(url, (now) => now("dialogue_trace_spans_dropped_total") === 4);
  await server.printed(/traces_dropped/);
  await server.stop();
  await receiver.stop();
});

test("the hook backend gets the context of its request's trace", async () => {
  const receiver = await Receiver.start();
  const seen = [];
  const backend = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    seen.push(request.headers.traceparent);
    const answers = JSON.parse(body).hooks.map(({ id }) => ({ id, allow: true }));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ hooks: answers }));
  });
  await once(backend.listen(0, "127.0.0.1"), "listening");
  const hooks = ["--hooks-url", `http://127.0.0.1:${backend.address().port}/`, "--hooks-secret-env", "KEY"];
  const { server } = await traced(receiver, ...hooks, "--hooks-verbs", "connect", "--hooks-fail", "open", "--trace-sample", "1");
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const span = await receiver.until((all) => named(all, "hooks"));
  assert.equal(seen[0], `00-${span.traceId}-${span.spanId}-01`);
  assert.equal(span.kind, 3);
  assert.equal(attributesOf(span)["dialogue.hooks"], "1");
  await ann.close();
  await server.stop();
  backend.close();
  await receiver.stop();
});

test("the sample is reloaded, and without a receiver nothing is answered", async () => {
  const receiver = await Receiver.start();
  const file = path(directory, "dialogue.json");
  writeFileSync(file, JSON.stringify({ app, traceSample: "0" }));
  const { server } = await serve(["--config", file, "--api-key-env", "KEY", "--otlp-endpoint", receiver.url], {
    env: { KEY: kKey },
  });
  assert.match((await publish(server)).headers.get("traceparent"), /-00$/);
  writeFileSync(file, JSON.stringify({ app, traceSample: "1" }));
  await server.tell("SIGHUP", /"event":"reloaded"|were reloaded/);
  assert.match((await publish(server)).headers.get("traceparent"), /-01$/);
  await server.stop();
  await receiver.stop();
  const { server: plain } = await serve([app, "--api-key-env", "KEY"], { env: { KEY: kKey } });
  assert.equal((await publish(plain, { traceparent: parentOf("01") })).headers.get("traceparent"), null);
  await plain.stop();
});

test("what cannot be a receiver or a share is refused by name", () => {
  const otlp = run(["check", app, "--otlp-endpoint", "localhost:4318"]);
  assert.notEqual(otlp.status, 0);
  assert.match(otlp.stderr + otlp.stdout, /--otlp-endpoint/);
  for (const share of ["1.5", "-1", "nan", "1e-1", "", "half"]) {
    const refused = run(["check", app, `--trace-sample=${share}`]);
    assert.notEqual(refused.status, 0, share);
    assert.match(refused.stderr + refused.stdout, /--trace-sample/);
  }
});

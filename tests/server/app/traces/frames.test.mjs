// Traces of clients' publications in the real program: from PUBLISH over the server's spans to EVENT, hooks and log; and the
// header fields of receivers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join as path } from "node:path";
import { test } from "node:test";
import { join, openMetrics, serve, textOf } from "../metrics/kit.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, run } from "../support/program.mjs";
import { attributesOf, Receiver } from "./receiver.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const kSpan = "00f067aa0ba902b7";
const contextOf = (flags = "01") => `00-${kTrace}-${kSpan}-${flags}`;
const definitions = {
  events: { message: { schema: { type: "object" } }, typing: { schema: {}, delivery: "volatile" } },
  rooms: { chat: { events: ["message", "typing"], durability: "commit" } },
};
const directory = directoryOf({ "app.json": definitions });
const app = path(directory, "app.json");
const named = (spans, name) => spans.filter((span) => span.name === name);
const start = (receiver, ...args) =>
  serve([app, "--otlp-endpoint", receiver.url, "--trace-sample", "0", "--shards", "2", ...args], {
    env: { KEY: kKey, HEADERS: "Api-Key: secret-of-the-receiver" },
  });

/** Two members of the room: { ann, bob, room }. */
async function members(server) {
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const room = await join(ann, "chat");
  const bob = await FrameClient.connect(server.url);
  await bob.greet("bob", "p");
  await join(bob, "chat");
  return { ann, bob, room };
}

const publish = (ann, room, number, ext, event = 1) => ann.say([frames.publish, room, event, number, ext, {}]);

test("P-54 a publication's trace goes over accept, validate, append and fan-out to the members, and to no log", async () => {
  const receiver = await Receiver.start();
  const { server, url } = await start(receiver, "--store", `sqlite:${path(directory, "chat.db")}`);
  const { ann, bob, room } = await members(server);
  publish(ann, room, 1, { first: 1, resent: 0, trace: contextOf() });
  await ann.hear(frames.ack);
  assert.deepEqual((await bob.hear(frames.event))[6], { trace: contextOf() });
  const spans = await receiver.until((all) => named(all, "fan-out").length >= 1 && named(all, "PUBLISH").length === 1 && all);
  const [root] = named(spans, "PUBLISH");
  assert.equal(root.traceId, kTrace);
  assert.equal(root.parentSpanId, kSpan);
  assert.deepEqual(attributesOf(root), { "dialogue.room": "chat", "dialogue.event": "message" });
  for (const name of ["accept", "validate", "append"]) {
    const [step] = named(spans, name);
    assert.equal(step.parentSpanId, root.spanId, name);
  }
  const offered = named(spans, "fan-out").reduce((sum, span) => sum + Number(attributesOf(span)["dialogue.members"]), 0);
  assert.equal(offered, 2);

  publish(ann, room, 2, 0);
  await ann.hear(frames.ack);
  assert.equal((await bob.hear(frames.event))[6], 0);
  const cleo = await FrameClient.connect(server.url);
  await cleo.greet("cleo", "p");
  cleo.say([frames.join, 1, 1, 0, 2, "chat", {}]);
  for (let i = 0; i < 2; ++i) assert.equal((await cleo.hear(frames.event))[6], 0);

  const { text } = await textOf(url, openMetrics);
  const exemplar = new RegExp(`# \\{trace_id="${kTrace}"\\} [\\d.e-]+ \\d{10}(\\.\\d+)?$`, "m");
  assert.match(text, new RegExp(`^dialogue_events_total\\{room="chat",event="message"\\} 2 ${exemplar.source}`, "m"));
  assert.match(text, new RegExp(`^dialogue_events_latency_seconds_bucket\\{.*\\} \\d+ ${exemplar.source}`, "m"));
  assert.doesNotMatch((await textOf(url)).text, /trace_id/);
  await server.stop();
  await receiver.stop();
});

test("the flag of a client in no room sends nothing, a refusal is not a failure, a malformed trace is ignored", async () => {
  const receiver = await Receiver.start();
  const { server } = await start(receiver);
  const { ann, bob, room } = await members(server);
  publish(ann, room + 1, 1, { trace: contextOf() });
  await ann.hear(frames.nack);
  publish(ann, room, 1, { trace: contextOf("00") });
  assert.deepEqual((await bob.hear(frames.event))[6], { trace: contextOf("00") });
  publish(ann, room, 2, { trace: `${contextOf()}-more` });
  assert.equal((await bob.hear(frames.event))[6], 0);
  await server.stop();
  assert.deepEqual(receiver.spans, []);
  await receiver.stop();
});

test("a publication by HTTP gives its members the context of its request, if that is sampled", async () => {
  const receiver = await Receiver.start();
  const { server } = await start(receiver, "--api-key-env", "KEY");
  const { bob } = await members(server);
  const ask = (flags) =>
    fetch(`${server.url}/api/v1/rooms/chat/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${kKey}`, "content-type": "application/json", traceparent: contextOf(flags) },
      body: JSON.stringify({ event: "message", data: {} }),
    });
  const answer = await ask("01");
  assert.deepEqual((await bob.hear(frames.event))[6], { trace: answer.headers.get("traceparent") });
  await ask("00");
  assert.equal((await bob.hear(frames.event))[6], 0);
  await server.stop();
  await receiver.stop();
});

test("the trace of a hook request links to its publications, and they have the span hooks", async () => {
  const receiver = await Receiver.start();
  const backend = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const answers = JSON.parse(body).hooks.map(({ id }) => ({ id, allow: true }));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ answers }));
  });
  await once(backend.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${backend.address().port}/`;
  const hooks = ["--hooks-url", url, "--hooks-secret-env", "KEY", "--hooks-verbs", "publish", "--hooks-fail", "closed"];
  const { server } = await start(receiver, ...hooks, "--trace-sample", "1");
  const { ann, bob, room } = await members(server);
  publish(ann, room, 1, { trace: contextOf() });
  await bob.hear(frames.event);
  const spans = await receiver.until(
    (all) => named(all, "PUBLISH").length === 1 && all.some((span) => span.name === "hooks" && span.links) && all,
  );
  const [root] = named(spans, "PUBLISH");
  const request = spans.find((span) => span.name === "hooks" && span.links);
  assert.deepEqual(request.links, [{ traceId: kTrace, spanId: root.spanId }]);
  assert.ok(spans.some((span) => span.name === "hooks" && span.parentSpanId === root.spanId));
  await server.stop();
  backend.close();
  await receiver.stop();
});

test("a client that floods the receiver with sampled traces has a hundred a second sent", async () => {
  const receiver = await Receiver.start();
  const { server } = await start(receiver);
  const { ann, room } = await members(server);
  const began = Date.now();
  const count = 600;
  for (let i = 0; i < count; ++i) publish(ann, room, 0, { trace: contextOf() }, 2);
  for (let i = 0; i < count; ++i) await ann.hear(frames.ack);
  const seconds = Math.ceil((Date.now() - began) / 1000) + 1;
  await server.stop();
  const sent = named(receiver.spans, "PUBLISH").length;
  assert.ok(sent >= 100 && sent <= 100 * seconds, `${sent} in ${seconds} s`);
  await receiver.stop();
});

test("header fields come from the environment or a file, are reloaded, and are shown nowhere", async () => {
  const receiver = await Receiver.start();
  const secrets = path(directory, "headers");
  writeFileSync(secrets, "# the collector's\nApi-Key: secret-one\nX-Tenant: chat\n");
  const flags = ["--otlp-headers-file", secrets];
  const { server } = await start(receiver, ...flags, "--api-key-env", "KEY", "--log-level", "debug");
  const { ann, bob, room } = await members(server);
  publish(ann, room, 1, { trace: contextOf() });
  await bob.hear(frames.event);
  await receiver.until((all) => named(all, "PUBLISH").length === 1);
  assert.equal(receiver.fields.at(-1)["api-key"], "secret-one");
  assert.equal(receiver.fields.at(-1)["x-tenant"], "chat");
  writeFileSync(secrets, "api-key=secret%2Dtwo,x-tenant=chat");
  await server.tell("SIGHUP", /"reloaded"|reloaded /);
  publish(ann, room, 2, { trace: contextOf() });
  await receiver.until((all) => named(all, "PUBLISH").length === 2);
  assert.equal(receiver.fields.at(-1)["api-key"], "secret-two");
  assert.match(server.lines.join("\n"), /otlp_headers_reloaded/);
  const config = run(["config", app, "--otlp-endpoint", receiver.url, ...flags]);
  assert.match(config.stdout, /otlpHeadersFile/);
  assert.doesNotMatch(config.stdout + config.stderr + server.lines.join("\n"), /secret-(one|two)/);
  await server.stop();
  await receiver.stop();
});

test("bad header fields are refused with the place, and never with the value", () => {
  const url = ["--otlp-endpoint", "http://127.0.0.1:4318"];
  const cases = [
    [[...url, "--otlp-headers-env", "NOWHERE"], {}, /NOWHERE/],
    [[...url, "--otlp-headers-env", "H"], { H: "just-secret" }, /--otlp-headers-env H: one of its lines is not a header field/],
    [
      [...url, "--otlp-headers-env", "H"],
      { H: "Bad Name: secret" },
      /--otlp-headers-file: one of them has a name that HTTP does not allow/,
    ],
    [[...url, "--otlp-headers-env", "H"], { H: "Content-Length: secret" }, /Content-Length/],
    [["--otlp-headers-env", "H"], { H: "a: secret" }, /no receiver is set/],
    [[...url, "--otlp-headers-env", "H", "--otlp-headers-file", app], { H: "a: secret" }, /--otlp-headers-file is set as well/],
  ];
  for (const [args, env, words] of cases) {
    const refused = run(["check", app, ...args], { env });
    assert.notEqual(refused.status, 0, args.join(" "));
    assert.match(refused.stdout + refused.stderr, words);
    assert.doesNotMatch(refused.stdout + refused.stderr, /secret/);
  }
});

test("level and sample are reloaded by the API, too", async () => {
  const receiver = await Receiver.start();
  const file = path(directory, "dialogue.json");
  writeFileSync(file, JSON.stringify({ app, traceSample: "0", logLevel: "error" }));
  const { server } = await serve(
    ["--config", file, "--api-key-env", "KEY", "--otlp-endpoint", receiver.url, "--log-level", "info"],
    {
      env: { KEY: kKey },
    },
  );
  const headers = { authorization: `Bearer ${kKey}`, "content-type": "application/json" };
  const sampled = async () => (await fetch(`${server.url}/api/v1/rooms`, { headers })).headers.get("traceparent").slice(-2);
  assert.equal(await sampled(), "00");
  writeFileSync(file, JSON.stringify({ app, traceSample: "1" }));
  const answer = await fetch(`${server.url}/api/v1/reload`, { method: "POST", headers, body: "{}" });
  assert.equal(answer.status, 200, await answer.text());
  assert.equal(await sampled(), "01");
  await server.stop();
  await receiver.stop();
});

// HTTP/2 as other people's tools speak it: curl, nghttp and h2load against a real `dialogue serve`.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { kPatienceMs } from "../../../patience.mjs";
import { serveTls, tlsFiles } from "../support/http2_kit.mjs";
import { app, directoryOf, Server } from "../support/program.mjs";
import { anyPort, kKey } from "../support/push_kit.mjs";
import { PushStream } from "../support/push_stream.mjs";

const run = promisify(execFile);
const kTimes = { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 };
const curl = async (...args) =>
  (await run("curl", ["-sk", "--http2", "-w", "\n%{http_version} %{http_code}", ...args], kTimes)).stdout;

test("curl and nghttp have the probes, the figures, the HTTP API and its refusals", async () => {
  const server = await serveTls();
  assert.match(await curl(`${server.url}/health`), /"status":"ok"[\s\S]*\n2 200$/);
  assert.match(await curl(`${server.url}/ready`), /"status":"ready"[\s\S]*\n2 200$/);
  assert.match(await curl("-H", `Authorization: Bearer ${kKey}`, `${server.url}/metrics`), /^# HELP[\s\S]*\n2 200$/);
  assert.match(await curl("--head", `${server.url}/health`), /content-length: 16[\s\S]*\n2 200$/);
  assert.match(await curl(`${server.url}/no-such`), /\n2 404$/);
  assert.match(await curl(`${server.url}/dialogue`), /\n2 426$/);
  assert.match(await curl(`${server.url}/api/v1/rooms`), /"unauthorized"[\s\S]*\n2 401$/);
  const key = ["-H", `Authorization: Bearer ${kKey}`, "-H", "Content-Type: application/json"];
  const event = JSON.stringify({ event: "message", data: { text: "é".repeat(100) } });
  assert.match(await curl(...key, "-d", event, `${server.url}/api/v1/rooms/news/events`), /"seq":1[\s\S]*\n2 20[01]$/);
  const large = join(directoryOf({ large: "x".repeat(3_000_000) }), "large"); // curl 7.88 drops a response that comes early
  const refused = await run("nghttp", ["-n", "-v", "-d", large, ...key, `${server.url}/api/v1/rooms/news/events`], kTimes);
  assert.match(refused.stdout, /:status: 413[\s\S]*RST_STREAM[\s\S]*NO_ERROR/);
  assert.match(await curl(...key, `${server.url}/api/v1/rooms/news/history`), /ééé[\s\S]*\n2 200$/);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("nghttp gets files of all sizes, whole, and a head that is too large is answered with 431", async () => {
  const text = "0123456789abcdef".repeat(65_536);
  const directory = directoryOf({ "app.json": app, "index.html": "<!doctype html><title>Hello</title>", "large.txt": text });
  const server = await Server.start([join(directory, "app.json"), "--static", directory, ...anyPort, ...tlsFiles()]);
  const { stdout } = await run("nghttp", [`${server.url}/large.txt`], kTimes);
  assert.ok(stdout === text, `${stdout.length} bytes`);
  const several = (await run("nghttp", ["-n", "-v", "-m", "50", `${server.url}/`], kTimes)).stdout;
  assert.equal(several.match(/:status: 200/g)?.length, 50);
  const refused = (await run("nghttp", ["-n", "-v", "-H", `large: ${"x".repeat(12_000)}`, `${server.url}/`], kTimes)).stdout;
  assert.match(refused, /:status: 431/);
  const windows = (await run("nghttp", ["-w", "10", "-W", "10", `${server.url}/large.txt`], kTimes)).stdout;
  assert.ok(windows === text, "with windows of 1 KiB");
  await server.stop();
});

test("h2load: 20 connections with 100 streams each lose no request, and leave nothing behind", async () => {
  const server = await serveTls();
  const { stdout } = await run("h2load", ["-n", "20000", "-c", "20", "-m", "100", `${server.url}/health`], kTimes);
  assert.match(stdout, /20000 succeeded, 0 failed, 0 errored, 0 timeout/);
  assert.match(stdout, /status codes: 20000 2xx/);
  const bodies = directoryOf({ body: "x".repeat(60_000) });
  const posted = await run(
    "h2load",
    ["-n", "500", "-c", "5", "-m", "20", "-d", join(bodies, "body"), `${server.url}/health`],
    kTimes,
  );
  assert.match(posted.stdout, /500 done[\s\S]*status codes: 0 2xx, 0 3xx, 500 4xx/);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("the guide's `curl -N` reads a push stream over HTTP/2 while events come", async () => {
  const server = await serveTls();
  const child = spawn("curl", ["-skN", "--http2", `${server.url}/events?rooms=news`]);
  let body = "";
  child.stdout.on("data", (part) => {
    body += part;
  });
  const seen = async (pattern) => {
    while (!pattern.test(body)) await once(child.stdout, "data", { signal: AbortSignal.timeout(kPatienceMs) });
  };
  await seen(/dialogue\.open/);
  const key = ["-H", `Authorization: Bearer ${kKey}`, "-H", "Content-Type: application/json"];
  for (const data of [1, 2])
    await curl(...key, "-d", JSON.stringify({ event: "message", data }), `${server.url}/api/v1/rooms/news/events`);
  await seen(/"data":2/);
  assert.deepEqual(
    PushStream.eventsIn(body).map(({ data }) => data.data),
    [1, 2],
  );
  child.kill();
  await server.stop();
});

test("HTTP/1.1 stays available: ALPN decides, and --http2-streams-max 0 disables HTTP/2", async () => {
  const server = await serveTls();
  const both = await run("curl", ["-sk", "--http1.1", "-w", "%{http_version}", `${server.url}/health`], kTimes);
  assert.match(both.stdout, /1\.1$/);
  await server.stop();
  const without = await serveTls(["--http2-streams-max", "0"]);
  assert.match(await curl(`${without.url}/health`), /\n1\.1 200$/);
  await without.stop();
});

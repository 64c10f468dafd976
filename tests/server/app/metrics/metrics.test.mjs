// What /metrics exports, seen from outside: the formats, and each metric that no shard alone can move.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { on, once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join as path } from "node:path";
import { test } from "node:test";
import { makeCertificate } from "../support/certificate.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, root, run } from "../support/program.mjs";
import { join, openMetrics, read, serve, textOf, until } from "./kit.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const definitions = {
  events: { message: { schema: {} } },
  rooms: { chat: { events: ["message"] }, "game-{id}": { events: ["message"] } },
};
const directory = directoryOf({ "app.json": definitions });
const app = path(directory, "app.json");

const namesOfTable = () =>
  run(["version"]).status === 0 &&
  spawnSync("grep", ["-oE", "^\\| `[a-z_]+` \\| (counter|gauge|histogram)", path(root, "docs/reference/metrics.md")], {
    encoding: "utf8",
  })
    .stdout.trim()
    .split("\n")
    .map((line) => /`(\w+)`/.exec(line)[1]);

test("the text has a family for each metric of the reference", async () => {
  const { server, url } = await serve([app]);
  const { type, text } = await textOf(url);
  assert.equal(type, "text/plain; version=0.0.4; charset=utf-8");
  const names = namesOfTable();
  assert.ok(names.length > 60);
  for (const name of names) assert.match(text, new RegExp(`^# TYPE ${name} `, "m"));
  await server.stop();
});

test("zeros of rooms and events are exported from the start, and OpenMetrics ends with its mark", async () => {
  const { server, url } = await serve([app]);
  const { type, text } = await textOf(url, openMetrics);
  assert.equal(type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert.match(text, /# TYPE dialogue_events counter\n/);
  assert.match(text, /# UNIT dialogue_events_latency_seconds seconds\n/);
  assert.match(text, /dialogue_events_total\{room="chat",event="message"\} 0\n/);
  assert.match(text, /dialogue_events_latency_seconds_bucket\{room="game-\{id\}",event="message",le="1\.0"\} 0\n/);
  assert.ok(text.endsWith("\n# EOF\n"));
  await server.stop();
});

test("P-44 a message moves events, latency, deliveries, bytes and the time to its acknowledgement", async () => {
  const { server, url } = await serve([app, "--shards", "2"]);
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const room = await join(ann, "game-7");
  await ann.ask([frames.publish, room, 1, 1, 0, { text: "hi" }], frames.ack);
  await ann.hear(frames.event);
  const found = await until(url, (now) => now('dialogue_events_latency_seconds_count{room="game-{id}",event="message"}') === 1);
  assert.equal(found('dialogue_events_total{room="game-{id}",event="message"}'), 1);
  assert.equal(found('dialogue_events_total{room="chat",event="message"}'), 0);
  assert.equal(found('dialogue_rooms_size{room="game-{id}"}'), 1);
  assert.equal(found('dialogue_deliveries_total{transport="websocket"}'), 1);
  assert.equal(found('dialogue_publish_ack_seconds_count{durability="memory"}'), 1);
  assert.equal(found("dialogue_users_online"), 1);
  assert.equal(found("dialogue_users_seen_total"), 1);
  const latency = found('dialogue_events_latency_seconds_sum{room="game-{id}",event="message"}');
  assert.ok(latency > 0 && latency < 60);
  assert.ok(found('dialogue_bytes_total{direction="in",transport="websocket"}') > 50);
  assert.ok(found('dialogue_bytes_total{direction="out",transport="websocket"}') > 50);
  assert.ok(found('dialogue_handshake_seconds_count{stage="welcome"}') === 1);
  assert.ok(![...found.values.keys()].some((series) => series.includes("game-7") || series.includes("ann")));
  await ann.close();
  await server.stop();
});

test("requests count by route, and loops, the process and log lines over time", async () => {
  const { server, url } = await serve([app, "--api-key-env", "KEY"], { env: { KEY: kKey } });
  const authorization = `Bearer ${kKey}`;
  const body = JSON.stringify({ event: "message", data: 1 });
  const headers = { authorization, "content-type": "application/json" };
  const answer = await fetch(`${server.url}/api/v1/rooms/chat/events`, { method: "POST", headers, body });
  assert.ok(answer.ok);
  await fetch(`${server.url}/health`);
  await fetch(`${server.url}/nothing`);
  await fetch(`${server.url}/api/v1/rooms`);
  const first = await read(url);
  const requests = (method, route, status) =>
    first(`dialogue_http_requests_total{method="${method}",route="${route}",status="${status}"}`);
  assert.equal(requests("POST", "/api/v1/rooms/{room}/events", answer.status), 1);
  assert.equal(requests("GET", "/health", 200), 1);
  assert.equal(requests("GET", "file", 404), 1);
  assert.equal(requests("GET", "/api/v1/rooms", 401), 1);
  assert.equal(first('dialogue_http_request_duration_seconds_count{method="POST",route="/api/v1/rooms/{room}/events"}'), 1);
  for (const series of [
    'dialogue_loop_busy_seconds_total{shard="0"}',
    'dialogue_loop_turn_seconds_count{shard="0"}',
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "dialogue_memory_used_bytes",
    "dialogue_metric_series",
    'dialogue_log_lines_total{level="info"}',
  ])
    assert.ok(first(series) > 0, series);
  const age = Date.now() / 1000 - first("process_start_time_seconds");
  assert.ok(age >= -1 && age < 600, `${age}`);
  const then = await until(url, (now) => now("process_cpu_seconds_total") > first("process_cpu_seconds_total"));
  assert.ok(then('dialogue_loop_busy_seconds_total{shard="0"}') > first('dialogue_loop_busy_seconds_total{shard="0"}'));
  await server.stop();
});

test("a store's commits, batches and files count", async () => {
  const { server, url } = await serve([app, "--store", `sqlite:${path(directory, "chat.db")}`]);
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const room = await join(ann, "chat");
  await ann.ask([frames.publish, room, 1, 1, 0, 1], frames.ack);
  const found = await until(url, (now) => now('dialogue_publish_ack_seconds_count{durability="commit"}') === 1);
  assert.equal(found("dialogue_store_commit_seconds_count"), 1);
  assert.equal(found('dialogue_store_batch_events_bucket{le="1"}'), 1);
  assert.equal(found("dialogue_store_writer_queue_events"), 0);
  assert.ok(found('dialogue_store_size_bytes{file="database"}') > 0);
  assert.equal(found('dialogue_store_errors_total{operation="append"}'), 0);
  await ann.close();
  await server.stop();
});

test("the limit of memory is exported if there is one, and the limit of an address counts its hits", async () => {
  const limits = ["--memory-max", "512", "--http-requests", "2", "--trusted-proxy", "127.0.0.1"];
  const { server, url } = await serve([app, "--api-key-env", "KEY", ...limits], { env: { KEY: kKey } });
  const headers = { "x-forwarded-for": "192.0.2.7" };
  for (const isLimited of [false, false, true]) {
    const { status } = await fetch(`${server.url}/api/v1/openapi.json`, { headers });
    assert.equal(status === 429, isLimited, `${status}`);
  }
  const found = await until(url, (now) => now('dialogue_limit_hits_total{limit="address"}') === 1);
  assert.equal(found("dialogue_memory_limit_bytes"), 512 * 1024 * 1024);
  await server.stop();
  const unlimited = await serve([app, "--memory-max", "0"]);
  assert.equal((await read(unlimited.url))("dialogue_memory_limit_bytes"), undefined);
  await unlimited.server.stop();
});

test("the keys of an issuer have the time of their last fetch", async () => {
  const made = run([
    "keys",
    "--alg",
    "ES256",
    "--private",
    path(directory, "key2.pem"),
    "--public",
    path(directory, "keys.jwks"),
  ]);
  assert.equal(made.status, 0, made.stderr);
  let isUp = false;
  const issuer = createServer((_, answer) => {
    if (!isUp) return answer.writeHead(500).end();
    return answer.writeHead(200, { "content-type": "application/json" }).end(readFileSync(path(directory, "keys.jwks")));
  }).listen(0, "127.0.0.1");
  await once(issuer, "listening");
  const { server, url } = await serve([app, "--auth-jwks", `http://127.0.0.1:${issuer.address().port}/keys`]);
  const came = "dialogue_jwks_last_success_timestamp_seconds";
  await server.printed(/jwks_failed/);
  assert.equal((await read(url))(came), undefined);
  isUp = true;
  await server.printed(/jwks_fetched/);
  const found = await until(url, (now) => now(came) > 0);
  assert.ok(Math.abs(Date.now() / 1000 - found(came)) < 120);
  await server.stop();
  issuer.closeAllConnections();
  issuer.close();
});

test("hooks count by verb and answer, and a broken backend suspends them", async () => {
  const backend = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(500).end());
  }).listen(0, "127.0.0.1");
  await once(backend, "listening");
  const hooks = ["--hooks-url", `http://127.0.0.1:${backend.address().port}/`, "--hooks-secret-env", "SECRET"];
  const { server, url } = await serve([app, ...hooks, "--hooks-verbs", "connect", "--hooks-fail", "closed"], {
    env: { SECRET: "a-secret-of-at-least-32-bytes-for-tests" },
  });
  const fail = async (user) => {
    const client = await FrameClient.connect(server.url);
    await assert.rejects(client.greet(user, "p"));
  };
  const failed = 'dialogue_hook_requests_total{hook="connect",outcome="failed"}';
  // Failures of one user alone suspend nobody else's questions.
  for (let i = 0; (await read(url))("dialogue_hook_breaker_open") !== 1; ++i) await fail(`user${i}`);
  const found = await read(url);
  assert.ok(found(failed) > 0);
  assert.ok(found('dialogue_hook_seconds_count{hook="connect"}') > 0);
  backend.close();
  await server.stop();
});

test("tokens count by outcome, and a certificate has the time of its expiry", async () => {
  const secret = "a secret of at least 32 bytes, for tests";
  makeCertificate(directory);
  const { server, url } = await serve(
    [
      ...[app, "--auth-hs256-env", "SECRET"],
      ...["--tls-cert", path(directory, "cert.pem"), "--tls-key", path(directory, "key.pem")],
    ],
    { env: { SECRET: secret } },
  );
  const token = run(["token", "--sub", "ann", "--key-env", "SECRET"], { env: { SECRET: secret } }).stdout.trim();
  const client = () => FrameClient.connect(server.url, { rejectUnauthorized: false });
  const ann = await client();
  await ann.ask([1, 1, 0, 0, { token }], frames.welcome);
  const eve = await client();
  await assert.rejects(eve.ask([1, 1, 0, 0, { token: `${token}x` }], frames.welcome));
  const found = await until(url, (now) => now('dialogue_auth_attempts_total{method="token",outcome="refused"}') === 1);
  assert.equal(found('dialogue_auth_attempts_total{method="token",outcome="accepted"}'), 1);
  assert.equal(found('dialogue_connections_refused_total{reason="token_invalid"}'), 1);
  const days = (found("dialogue_tls_certificate_not_after_timestamp_seconds") - Date.now() / 1000) / 86400;
  assert.ok(days > 80 && days < 91, `${days}`);
  await ann.close();
  await server.stop();
});

test("a refused page and a reload that fails are counted", async () => {
  const keys = path(directory, "keys");
  writeFileSync(keys, kKey);
  const { server, url } = await serve([app, "--api-key-file", keys]);
  const before = await read(url);
  assert.equal(before("dialogue_config_last_reload_successful"), 1);
  await assert.rejects(FrameClient.connect(server.url, { origin: "https://elsewhere.example" }));
  const refused = await until(url, (now) => now('dialogue_connections_refused_total{reason="origin_forbidden"}') === 1);
  assert.equal(refused("dialogue_config_last_reload_timestamp_seconds"), before("dialogue_config_last_reload_timestamp_seconds"));
  writeFileSync(keys, "too short");
  await server.tell("SIGHUP", /reload_refused/);
  assert.equal((await read(url))("dialogue_config_last_reload_successful"), 0);
  writeFileSync(keys, kKey);
  await server.tell("SIGHUP", /"event":"reloaded"/);
  const again = await until(
    url,
    (now) => now("dialogue_config_last_reload_timestamp_seconds") > before("dialogue_config_last_reload_timestamp_seconds"),
  );
  assert.equal(again("dialogue_config_last_reload_successful"), 1);
  await server.stop();
});

test("StatsD gets gauges and the growth of counters, with tags", async () => {
  const receiver = createSocket("udp4").bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const statsd = ["--statsd", `127.0.0.1:${receiver.address().port}`, "--statsd-interval-ms", "100"];
  const { server } = await serve([app, ...statsd]);
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const room = await join(ann, "chat");
  await ann.ask([frames.publish, room, 1, 1, 0, 1], frames.ack);
  const wanted = new Set(["dialogue_users_online:1|g", "dialogue_events_total:1|c|#room:chat,event:message"]);
  for await (const [datagram] of on(receiver, "message")) {
    for (const line of `${datagram}`.split("\n")) wanted.delete(line);
    if (wanted.size === 0) break;
  }
  receiver.close();
  await ann.close();
  await server.stop();
});

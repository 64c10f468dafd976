// `dialogue doctor` against the bare server, and through a proxy that breaks connections in ways of its own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { breakingProxy } from "../support/breaking_proxy.mjs";
import { lossyProxy } from "../support/lossy_proxy.mjs";
import { run as runProgram } from "../support/program.mjs";
import { freePort } from "../support/proxies.mjs";
import { serve, tokenFor } from "../support/push_kit.mjs";
import { assertAboutThreeSeconds, assertFinding, examine } from "./doctor_kit.mjs";

const short = ["--seconds", "2"];
let server;
before(async () => {
  server = await serve();
});
after(() => server.stop());

test("the bare server has no fault", async () => {
  const run = await examine(server.url, "--seconds", "3");
  assert.deepEqual([run.faults, run.warnings], [[], []], run.text);
  const checks = run.report.findings.map(({ check }) => check);
  assert.deepEqual(checks, [
    "address",
    "websocket",
    "websocket life",
    "stream",
    "stream life",
    "push stream",
    "push stream life",
    "long polling",
    "request body",
    "origin",
    "HTTP version",
  ]);
  assertFinding(run, "websocket life", "ok", /The server may be silent for 25\.0 s: to test that, use --seconds 35/);
});

test("the address of a WebSocket is the address of its server", async () => {
  const run = await examine(`${server.url.replace("http", "ws")}/dialogue`, ...short);
  assert.deepEqual(run.faults, [], run.text);
});

test("a server that requires tokens: without one that is a warning, with one everything is tested", async () => {
  const strict = await serve(["--auth-hs256-env", "SECRET"]);
  const without = await examine(strict.url, ...short);
  assert.deepEqual(without.faults, [], without.text);
  assertFinding(without, "identity", "warning", /a token is required.*The proxy is not the cause.*--token/);
  assertFinding(without, "websocket", "ok", /the server's refusal/);
  assertFinding(without, "push stream", "warning", /--token/);
  const withToken = await examine(strict.url, ...short, "--token", tokenFor("ann"));
  assert.deepEqual(withToken.warnings, [], withToken.text);
  assert.ok(!withToken.text.includes(tokenFor("ann").split(".")[2]));
  await strict.stop();
});

const modes = [
  [{ webSocket: "reset" }, "websocket", /handshake is not answered: cut/, { nginx: "Upgrade $http_upgrade" }],
  [{ webSocket: "200" }, "websocket", /answered by status 200, not by 101/, { nginx: "Upgrade $http_upgrade" }],
  [{ webSocket: "101 then nothing" }, "websocket", /succeeds \(101\), but no frame/, { haproxy: "timeout tunnel" }],
  [{ webSocket: "hold all" }, "websocket", /succeeds \(101\), but no frame/, { nginx: "proxy_buffering off;" }],
  [{ webSocket: "hold first" }, "websocket", /held until the next one/, { nginx: "proxy_buffering off;" }],
  [{ http: { stream: "hold all" } }, "stream", /but no event: events are delayed/, { nginx: "proxy_buffering off;" }],
  [{ http: { stream: "buffer" } }, "stream", /not even the head/, { nginx: "proxy_buffering off;" }],
  [{ http: { stream: "html" } }, "stream", /was replaced: it is text\/html/, { nginx: "proxy_pass" }],
  [{ http: { stream: "503" } }, "stream", /status 503/, { nginx: "proxy_pass" }],
  [{ http: { poll: "503" } }, "long polling", /status 503/, { nginx: "proxy_pass" }],
  [{ http: { "user=me": "buffer" } }, "push stream", /not even the head/, { haproxy: "option http-no-delay" }],
];
for (const [mode, check, found, advice] of modes)
  test(`a proxy with ${JSON.stringify(mode)}: ${check} is the fault`, async () => {
    const proxy = await breakingProxy(server.port, mode);
    const run = await examine(proxy.url, ...short);
    assertFinding(run, check, "fault", found, advice);
    assert.deepEqual(run.faults, [check], run.text);
    proxy.close();
  });

test("P-40 a proxy that gives each connection 3 s: a lifetime, since bytes had just passed", async () => {
  const proxy = await lossyProxy(server.port, () => ({ lifetimeMs: 3000 }));
  const run = await examine(proxy.url, "--seconds", "6");
  for (const check of ["websocket life", "stream life", "push stream life"]) {
    const { figures } = assertFinding(run, check, "fault", /cut after \d+\.\d s .*a limit on the age of connections/, {
      nginx: "worker_shutdown_timeout",
      haproxy: "hard-stop-after",
    });
    assertAboutThreeSeconds(figures.cutMs, run);
  }
  assertFinding(run, "long polling", "fault", /is cut after \d+\.\d s: cut/);
  proxy.close();
});

test("a proxy that cuts a response in its first kilobyte: each of them is a fault", async () => {
  const proxy = await lossyProxy(server.port, () => ({ down: 700 }));
  const run = await examine(proxy.url, ...short);
  for (const check of ["stream", "push stream"]) assertFinding(run, check, "fault", /no event|not even the head/);
  proxy.close();
});

test("an address where nothing listens, and an invalid one", async () => {
  const run = await examine(`http://127.0.0.1:${await freePort()}`, ...short);
  assertFinding(run, "address", "fault", /Connection refused/, { nginx: "proxy_pass" });
  const { status, stderr } = runProgram(["doctor", "tcp://localhost:80"]);
  assert.equal(status, 1);
  assert.match(stderr, /not the address of a server\. Write https:\/\/HOST/);
});

test("an answer without end is read up to its bound, and is not Dialogue", async () => {
  let sent = 0;
  const piece = Buffer.alloc(65_536);
  const endless = createServer((_, response) => {
    const more = () => {
      do sent += piece.length;
      while (response.write(piece));
    };
    response.on("drain", more);
    response.on("error", () => undefined);
    more();
  });
  await once(endless.listen(0, "127.0.0.1"), "listening");
  const run = await examine(`http://127.0.0.1:${endless.address().port}`, ...short);
  assertFinding(run, "address", "fault", /it is not Dialogue/);
  assert.ok(sent > 4 * 2 ** 20 && sent < 64 * 2 ** 20, `${sent} bytes`); // of two requests, with what sockets hold
  endless.close();
  endless.closeAllConnections();
});

test("the text has a line for each finding, and below it the directives", async () => {
  const { status, stdout } = runProgram(["doctor", `http://127.0.0.1:${await freePort()}`]);
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^fault +address +127\.0\.0\.1:\d+: Connection refused\n +> Start the .*\n +nginx: +location .*\n +HAProxy: +server one/,
  );
  const help = runProgram(["doctor", "--help"]);
  assert.equal(help.status, 0);
  for (const option of ["--seconds", "--token", "--insecure", "--ca", "--json", "Exit code"])
    assert.ok(help.stdout.includes(option));
});

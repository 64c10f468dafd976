// --admin-listen: the HTTP API, figures and probes apart from the public port, on TCP or on a Unix socket.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { request } from "node:http";
import { createConnection } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const directory = directoryOf({ "app.json": app });
const definitions = join(directory, "app.json");
const start = (address, ...args) =>
  Server.start([definitions, "--listen", "127.0.0.1:0", "--api-key-env", "KEY", "--admin-listen", address, ...args], {
    env: { KEY: kKey },
  });
const adminOf = async (server) =>
  /"admin":"([^"]+)"|admin=(\S+)/
    .exec(await server.printed(/admin/))
    .slice(1)
    .find(Boolean);

/** An answer: { status, text }. */
async function ask(options, path, { method = "GET", headers = {}, body } = {}) {
  const asked = request({ ...options, path, method, headers, agent: false });
  asked.end(body);
  const [answer] = await once(asked, "response");
  let text = "";
  for await (const part of answer) text += part;
  return { status: answer.statusCode, text };
}

const key = { authorization: `Bearer ${kKey}` };

async function checkAdmin(options) {
  assert.match((await ask(options, "/metrics")).text, /dialogue_build_info/);
  assert.equal((await ask(options, "/health")).status, 200);
  assert.equal((await ask(options, "/ready")).status, 200);
  assert.equal((await ask(options, "/api/v1/rooms")).status, 401);
  assert.equal((await ask(options, "/api/v1/rooms", { headers: key })).status, 200);
  const published = await ask(options, "/api/v1/rooms/chat/events", {
    method: "POST",
    headers: { ...key, "content-type": "application/json" },
    body: JSON.stringify({ event: "message", data: { text: "hi" } }),
  });
  assert.equal(published.status, 200);
  for (const path of ["/", "/dialogue", "/_dialogue/client.js", "/socket.io/?EIO=4&transport=polling", "/dialogue/poll"])
    assert.equal((await ask(options, path)).status, 404, path);
  const upgrade = {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "a".repeat(24),
  };
  assert.equal((await ask(options, "/dialogue", { headers: upgrade })).status, 404);
}

test("on TCP it serves the API with its keys, figures without, and no members", async () => {
  const server = await start("127.0.0.1:0");
  const { hostname, port } = new URL(await adminOf(server));
  await checkAdmin({ host: hostname, port });
  assert.equal(run(["health", `http://${hostname}:${port}`]).status, 0);
  await server.stop();
});

test("on a Unix socket it is for owner and group, curl and `dialogue health` reach it, and its file goes", async () => {
  const path = join(directory, "admin.sock");
  const server = await start(`unix:${path}`, "--proxy-protocol", "--trusted-proxy", "127.0.0.1");
  assert.equal(await adminOf(server), `unix:${path}`);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  await checkAdmin({ socketPath: path });
  const metrics = execFileSync("curl", ["--silent", "--unix-socket", path, "http://localhost/metrics"], { encoding: "utf8" });
  assert.match(metrics, /dialogue_connections_active/);
  for (const flags of [[], ["--ready"]]) {
    const health = run(["health", `unix:${path}`, ...flags]);
    assert.equal(health.status, 0, health.stderr);
    assert.match(health.stdout, /: 200 /);
  }
  const second = run(["serve", definitions, "--listen", "127.0.0.1:0", "--dev", "--admin-listen", `unix:${path}`]);
  assert.notEqual(second.status, 0);
  assert.match(second.stderr + second.stdout, /another server listens on/);
  assert.match((await server.printed(/api_write/)).toString(), /127\.0\.0\.1/);
  await server.stop();
  assert.equal(existsSync(path), false);
  assert.equal(run(["health", `unix:${path}`]).status, 1);
  assert.equal(run(["health", "unix:"]).status, 1);
});

test("a socket that a killed server left is taken over", async () => {
  const path = join(directory, "left.sock");
  await (await start(`unix:${path}`)).stop("SIGKILL");
  assert.equal(existsSync(path), true);
  const server = await start(`unix:${path}`);
  assert.equal((await ask({ socketPath: path }, "/health")).status, 200);
  await server.stop();
  assert.equal(existsSync(path), false);
});

test("many silent peers on the Unix socket do not keep others out, and it answers in a drain", async () => {
  const path = join(directory, "busy.sock");
  const server = await start(`unix:${path}`, "--drain-delay-ms", "600000");
  const silent = Array.from({ length: 200 }, () => createConnection(path));
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  silent[0].write("nonsense\r\n\r\n");
  assert.equal((await ask({ socketPath: path }, "/health")).status, 200);
  const ended = server.stop();
  await server.printed(/stopping/);
  assert.equal((await ask({ socketPath: path }, "/ready")).status, 503);
  for (const socket of silent) socket.destroy();
  await server.stop(); // a second signal ends it in its delay
  assert.deepEqual(await ended, [null, "SIGTERM"]);
});

test("an invalid address is refused by name", () => {
  for (const [address, words] of [
    ["localhost", /neither HOST:PORT nor unix:PATH/],
    ["unix:", /no path/],
    [`unix:/${"x".repeat(100)}`, /no path of 1 to 100 bytes/],
  ]) {
    const refused = run(["check", definitions, "--admin-listen", address]);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stdout + refused.stderr, /--admin-listen/);
    assert.match(refused.stdout + refused.stderr, words);
  }
});

test("check refuses the paths that serve refuses, and both name the option", () => {
  for (const [address, words] of [
    [
      `unix:${directory}/nodir/x.sock`,
      /^--admin-listen: cannot create a file in .*nodir: No such file or directory\. Create the/,
    ],
    [`unix:${definitions}`, /^--admin-listen: .*app\.json exists and is not a socket\. Remove it/],
    [`unix:${definitions}/x.sock`, /^--admin-listen: cannot create a file in .*: Not a directory\./],
  ])
    for (const command of ["check", "serve"]) {
      const options = command === "serve" ? ["--listen", "127.0.0.1:0", "--store", "memory:"] : [];
      const refused = run([command, definitions, "--admin-listen", address, ...options]);
      assert.equal(refused.status, 1, command);
      assert.match(refused.stderr, words, command);
    }
});

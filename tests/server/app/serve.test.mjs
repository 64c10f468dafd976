// `dialogue serve` from outside: starting, refusing to start, serving, settings and their precedence, ending.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, root, run, Server } from "./support/program.mjs";

const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

const directory = directoryOf({
  "app.json": app,
  "index.html": "<!doctype html><title>Hello</title>",
  "dialogue.json": { listen: "127.0.0.3:0", log: "pretty", shards: 1 },
});
const definitions = join(directory, "app.json");
const config = join(directory, "dialogue.json");
const anyPort = ["--listen", "127.0.0.1:0"];

for (const signal of ["SIGTERM", "SIGINT"])
  test(`serve logs its address, answers there, and ends with 0 on ${signal}`, async () => {
    const server = await Server.start([definitions, ...anyPort]);
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    assert.deepEqual(await server.stop(signal), [0, null]);
  });

test("P-08 serve gives a connected client a time to reconnect before it ends", async () => {
  const server = await Server.start([definitions, ...anyPort, "--drain-ms", "0"]);
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/dialogue`, "dialogue.v1");
  const frames = [];
  const closed = new Promise((resolve) => socket.on("close", resolve));
  await new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("open", () => socket.send('[1,1,0,0,{"identity":{"userId":"ann"}}]'));
    socket.on("message", (text) => {
      frames.push(
        ...String(text)
          .split("\n")
          .map((frame) => JSON.parse(frame)),
      );
      if (frames.some(([type]) => type === 33)) resolve();
    });
  });
  const ended = server.stop();
  assert.equal(await closed, 1012);
  assert.equal(frames.at(-1)[0], 45);
  assert.deepEqual(await ended, [0, null]);
});

test("a flag beats the environment, the environment the file", async () => {
  const hostOf = async (args, env) => {
    const server = await Server.start([definitions, ...args], { env });
    await server.stop();
    return new URL(server.url).hostname;
  };
  const env = { DIALOGUE_LISTEN: "127.0.0.2:0", DIALOGUE_CONFIG: config };
  assert.equal(await hostOf(anyPort, env), "127.0.0.1");
  assert.equal(await hostOf([], env), "127.0.0.2");
  assert.equal(await hostOf([], { DIALOGUE_CONFIG: config }), "127.0.0.3");
  assert.equal(await hostOf(["--config", config], { DIALOGUE_CONFIG: "no-such-file.json" }), "127.0.0.3");
});

test("the environment names the definitions", async () => {
  const server = await Server.start(anyPort, { env: { DIALOGUE_APP: definitions } });
  assert.deepEqual(await server.stop(), [0, null]);
});

test("log lines are JSON without a terminal, and pretty on request", async () => {
  const machine = await Server.start([definitions, ...anyPort]);
  await machine.stop();
  const listening = machine.lines.map((line) => JSON.parse(line)).find(({ event }) => event === "listening");
  assert.equal(listening.level, "info");
  assert.equal(listening.url, machine.url);
  assert.match(listening.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const people = await Server.start([definitions, ...anyPort, "--log", "pretty"]);
  await people.stop();
  assert.match(people.lines[0], /^\d\d:\d\d:\d\d\.\d{3} info +listening on http:/);
});

test("serve refuses to start with a message that names the place", () => {
  for (const [args, env, expected] of [
    [["no-such-file.json"], {}, /^no-such-file\.json: the file cannot be read: No such file or directory\./],
    [[definitions, "--listen", "8080"], {}, /^--listen: "8080" is not HOST:PORT\./],
    [[definitions], { DIALOGUE_SHARDS: "many" }, /^DIALOGUE_SHARDS: "many" is not a whole number from 1 to 256\./],
    [[definitions, "--store", "mysql://h"], {}, /^--store: "mysql:\/\/h": unknown store scheme\. Use sqlite:PATH, /],
    [[definitions, "--cluster", "memory:"], {}, /^--cluster: "memory:" is a store that servers cannot share\. Write postgres/],
    [[definitions, "--store", `sqlite:${join(directory, "nowhere", "chat.db")}`, ...anyPort], {}, /nowhere/],
    [[definitions, "--static", join(directory, "nowhere"), ...anyPort], {}, /nowhere/],
    [[definitions, "--config", definitions], {}, /app\.json:1:2: there is no setting "events"\. Use one of: listen, tlsCert,/],
  ]) {
    const { status, stderr } = run(["serve", ...args], { env });
    assert.equal(status, 1, stderr);
    assert.match(stderr, expected);
  }
});

test("an address in use is named", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  const { status, stderr } = run(["serve", definitions, "--listen", new URL(server.url).host, "--store", "memory:"]);
  await server.stop();
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`${new URL(server.url).port}.*in use`, "i"));
});

test("serve warns loudly of --dev, and refuses an address without a possible client", async () => {
  const warnings = async (...args) => {
    const server = await Server.start([definitions, ...args]);
    await server.stop();
    return server.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn");
  };
  assert.deepEqual(await warnings(...anyPort), []);
  const open = run(["serve", definitions, "--listen", "0.0.0.0:0", "--store", "memory:"]);
  assert.equal(open.status, 1);
  assert.match(open.stderr, /--listen 0\.0\.0\.0:0: other machines can reach this address.*--auth-key.*--auth-anonymous.*--dev/);
  const [guests] = await warnings("--listen", "0.0.0.0:0", "--auth-anonymous");
  assert.equal(guests.event, "anonymous_allowed");
  const [dev] = await warnings(...anyPort, "--dev");
  assert.equal(dev.event, "development_identities_anywhere");
  assert.match(dev.message, /ANY user/);
});

test("serve serves files, and the browser client that was built into it", async () => {
  const server = await Server.start([definitions, ...anyPort, "--static", directory]);
  const page = await fetch(server.url);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.match(await page.text(), /Hello/);
  const client = await fetch(`${server.url}/_dialogue/client.js`);
  assert.equal(client.status, 200);
  assert.match(client.headers.get("content-type"), /^text\/javascript/);
  assert.equal(await client.text(), readFileSync(join(root, "js", "dist", "index.js"), "utf8"));
  const chunks = ["validator", "history", "outbox", "fallback", "renewal", "extra", "servers", "debug"];
  for (const name of chunks.map((chunk) => `${chunk}.js`)) {
    const file = await fetch(`${server.url}/_dialogue/${name}`);
    assert.equal(await file.text(), readFileSync(join(root, "js", "dist", name), "utf8"));
  }
  await server.stop();
});

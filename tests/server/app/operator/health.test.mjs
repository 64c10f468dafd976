// `dialogue health`: whether a server lives and whether it takes new work, by the exit code.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const definitions = join(directoryOf({ "app.json": app }), "app.json");

test("a server that runs is healthy and ready, by its URL and at the port of DIALOGUE_LISTEN", async () => {
  const server = await Server.start([definitions, "--listen", "127.0.0.1:0"]);
  const { host } = new URL(server.url);
  for (const args of [[server.url], [server.url, "--ready"]]) {
    const { status, stdout, stderr } = run(["health", ...args]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^http://${host}/(health|ready): 200 `));
  }
  const port = host.split(":")[1];
  assert.equal(run(["health"], { env: { DIALOGUE_LISTEN: `0.0.0.0:${port}` } }).status, 0);
  await server.stop();
  const { status, stderr } = run(["health", server.url]);
  assert.equal(status, 1);
  assert.match(stderr, /refused/i);
});

test("a server that does not answer is not healthy after --timeout", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const { status, stderr } = run(["health", `http://127.0.0.1:${silent.address().port}`, "--timeout", "1"]);
  silent.close();
  assert.equal(status, 1);
  assert.match(stderr, /\/health: /);
});

test("what is no URL is refused with the form of one", () => {
  const { status, stderr } = run(["health", "localhost"]);
  assert.equal(status, 1);
  assert.match(stderr, /http:\/\/HOST:PORT/);
});

// `dialogue health`: whether a server lives and whether it takes new work, by the exit code.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { app, binary, directoryOf, run, Server } from "../support/program.mjs";

/** The same as run(), beside servers of this process. */
const runAside = (args) =>
  promisify(execFile)(binary, args).then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ status: code, stdout, stderr }),
  );

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

test("every command sends its requests below the URL's path; a query is refused; a foreign server is named", async () => {
  const asked = [];
  const other = createHttpServer((request, response) => {
    asked.push(request.url);
    response.end('{"status":"ok"}');
  }).listen(0, "127.0.0.1");
  await once(other, "listening");
  const url = `http://127.0.0.1:${other.address().port}`;
  assert.match((await runAside(["health", `${url}/sub/`])).stdout, new RegExp(`^${url}/sub/health: 200 `));
  for (const args of [
    ["top", `${url}/sub`, "--once"],
    ["drain", `${url}/sub`],
    ["why", `${url}/sub`, "chat", "1", "ann"],
  ]) {
    const { status, stdout, stderr } = await runAside(args);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /the address is not a Dialogue server/);
  }
  assert.deepEqual(
    asked.map((target) => target.split("?")[0]),
    ["/sub/health", "/sub/api/v1/overview", "/sub/api/v1/drain", "/sub/api/v1/why"],
  );
  const { status, stderr } = run(["health", `${url}/?x=SECRET`]);
  assert.equal(status, 1);
  assert.match(stderr, /\?\*\*\*: a server's URL has no query/);
  other.close();
});

test("without a URL it requests the address in DIALOGUE_LISTEN, whatever its family", async () => {
  const server = await Server.start([definitions, "--listen", "[::1]:0"]);
  const { port } = new URL(server.url);
  for (const listen of [`[::1]:${port}`, `[::]:${port}`]) {
    const { status, stdout } = run(["health"], { env: { DIALOGUE_LISTEN: listen } });
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^http://\\[::1\\]:${port}/health: 200`));
  }
  const { status, stderr } = run(["health"], { env: { DIALOGUE_LISTEN: "junk" } });
  assert.equal(status, 1);
  assert.match(stderr, /DIALOGUE_LISTEN: "junk" is not HOST:PORT/);
  await server.stop();
});

test("an invalid URL is refused with the form of a URL", () => {
  const { status, stderr } = run(["health", "localhost"]);
  assert.equal(status, 1);
  assert.match(stderr, /http:\/\/HOST:PORT/);
});

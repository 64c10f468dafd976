// Signals that come before the server listens, and files that may not grow.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { app, binary, directoryOf, Server } from "../support/program.mjs";
import { freePort } from "../support/proxies.mjs";

const key = "0123456789abcdef0123456789abcdef";

test("F-R19 SIGHUP and SIGUSR1 during the start end nothing, and the reload follows", async () => {
  const directory = directoryOf({});
  const pipe = join(directory, "app.json");
  execFileSync("mkfifo", [pipe]);
  const args = ["serve", pipe, "--listen", "127.0.0.1:0", "--store", "memory:", "--log", "json"];
  const program = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(program, "exit");
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const until = async (pattern) => {
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(!done, `it ended before ${pattern}`);
      if (pattern.test(value)) return;
    }
  };
  const writing = openSync(pipe, "w"); // returns when the program reads its definitions
  program.kill("SIGHUP");
  program.kill("SIGUSR1");
  writeSync(writing, JSON.stringify(app));
  closeSync(writing);
  await until(/"listening"/);
  program.kill("SIGTERM");
  await until(/"stopped"/);
  assert.deepEqual(await ended, [0, null]);
});

test("F-R29 a reader of the log that has stopped reading does not hold the end of the server", async () => {
  const directory = directoryOf({ "app.json": app });
  const pipe = join(directory, "log");
  execFileSync("mkfifo", [pipe]);
  const filling = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  assert.throws(() => {
    for (;;) writeSync(filling, "x".repeat(4096));
  }, /EAGAIN/);
  const log = openSync(pipe, "r+");
  const port = await freePort();
  const args = ["serve", join(directory, "app.json"), "--listen", `127.0.0.1:${port}`, "--store", "memory:"];
  const program = spawn(binary, args, { stdio: ["ignore", log, "inherit"] });
  const ended = once(program, "exit");
  const isHealthy = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  const deadline = AbortSignal.timeout(kPatienceMs);
  while (!(await isHealthy())) deadline.throwIfAborted();
  program.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
  for (const descriptor of [filling, log]) closeSync(descriptor);
});

test("F-R18 a limit of file sizes refuses publications as a full disk does, and the server stays", async () => {
  const directory = directoryOf({ "app.json": app });
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", `sqlite:${join(directory, "chat.db")}`];
  const server = await Server.start([...args, "--api-key-env", "KEY"], {
    env: { KEY: `backend admin ${key}` },
    shell: "ulimit -f 1024",
  });
  const call = (path, body) =>
    fetch(`${server.url}${path}`, {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
  const text = "x".repeat(2000);
  let refused;
  for (let i = 0; i < 2000 && !refused; ++i) {
    const answer = await call("/api/v1/rooms/chat/events", { event: "message", data: { text } });
    const { code } = await answer.json();
    if (answer.status !== 200) refused = code;
  }
  assert.equal(refused, "store_full");
  assert.equal((await call("/health")).status, 200);
  assert.equal((await call("/api/v1/rooms/chat/history")).status, 200);
  assert.equal((await server.stop())[1], null);
});

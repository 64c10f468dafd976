// A pipe in place of a file with keys, secrets or header fields is refused at once: by `check`, by `serve` and by a reload.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const kSecret = "k".repeat(40);
const hooks = ["--hooks-url", "http://127.0.0.1:9/hooks", "--hooks-verbs", "publish", "--hooks-fail", "closed"];
const flags = [
  ["--api-key-file", "--api-key-env", `office admin ${kSecret}\n`],
  ["--auth-key", "--auth-hs256-env", kSecret],
  ["--hooks-secret-file", "--hooks-secret-env", kSecret, ...hooks],
  ["--otlp-headers-file", "--otlp-headers-env", "X-Key: k\n", "--otlp-endpoint", "http://127.0.0.1:9"],
];

for (const [flag, instead, content, ...more] of flags)
  test(`a pipe as ${flag} is refused by check, serve and a reload`, async () => {
    const directory = directoryOf({ "app.json": app, secret: content });
    const path = join(directory, "secret");
    const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", flag, path, ...more];
    const server = await Server.start(args);
    rmSync(path);
    execFileSync("mkfifo", [path]);
    const told = await server.tell("SIGHUP", /this is a pipe/);
    assert.ok(told.includes(path), told);
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    rmSync(path);
    writeFileSync(path, content);
    await server.tell("SIGHUP", /reloaded/);
    await server.stop();

    rmSync(path);
    execFileSync("mkfifo", [path]);
    for (const command of ["check", "serve"]) {
      const { status, stderr } = run([command, ...args], { env: { DIALOGUE_STORE: "memory:" } });
      assert.equal(status, 1, command);
      assert.ok(stderr.startsWith(`${path}: this is a pipe`), stderr);
      assert.ok(stderr.includes("Write a file") && stderr.includes(instead), stderr);
    }
  });

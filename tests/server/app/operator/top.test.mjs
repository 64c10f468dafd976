// The commands that look at a running server, on a terminal and where something is wrong.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { on, once } from "node:events";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { binary, directoryOf, run, Server } from "../support/program.mjs";
import { app, keyFile, keys } from "./observed_app.mjs";

let server;
before(async () => {
  server = await Server.start([app, "--listen", "127.0.0.1:0", "--api-key-file", keyFile]);
});
after(() => server.stop());

test("top and why report an invalid key, URL or missing server", () => {
  const refused = run(["top", server.url, "--once"]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /401/);
  const gone = run(["top", "http://127.0.0.1:9", "--once"]);
  assert.equal(gone.status, 1);
  assert.notEqual(gone.stderr, "");
  assert.equal(run(["why", "nonsense", "chat", "1", "ann"]).status, 1);
  assert.equal(run(["why", server.url, "chat", "one", "ann"]).status, 2);
  assert.equal(run(["top", server.url, "--sort", "size"]).status, 2);
});

test("P-55 in a terminal, top shows tables by keys and leaves the terminal as it was", async () => {
  const files = directoryOf({});
  const command = `stty -a > before; ${binary} top ${server.url} --key-env KEY; stty -a > after`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: files,
    env: { ...process.env, KEY: keys.observe, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let shown = "";
  const signal = AbortSignal.timeout(kPatienceMs);
  const sees = async (pattern) => {
    shown = "";
    for await (const [part] of on(child.stdout, "data", { signal })) {
      shown += part;
      if (pattern.test(shown)) return;
    }
  };
  await sees(/BEHIND.*q quit/s);
  for (const [keysPressed, pattern] of [
    ["r", /COUNT +CODE/],
    ["\x1b[D", /EVENTS\/S +TOTAL/],
    ["n", /One node/],
    ["b", /BEHIND/],
  ]) {
    const next = sees(pattern);
    child.stdin.write(keysPressed);
    await next;
  }
  child.stdin.write("q");
  assert.deepEqual(await ended, [0, null]);
  assert.equal(readFileSync(path(files, "after"), "utf8"), readFileSync(path(files, "before"), "utf8"));
});

/** A command on a terminal of 24 rows and 80 columns that is a `kind`. */
const onTerminal = (kind, command) =>
  spawnSync("script", ["-qec", `stty rows 24 cols 80; ${command}`, "/dev/null"], {
    env: { ...process.env, KEY: keys.observe, TERM: kind },
    encoding: "utf8",
    timeout: kPatienceMs,
  });

test("on a terminal that obeys no escape sequences top prints plain tables once", () => {
  const ended = onTerminal("dumb", `${binary} top ${server.url} --key-env KEY`);
  assert.equal(ended.status, 0, ended.stdout);
  assert.match(ended.stdout, /BEHIND/);
  assert.equal(ended.stdout.includes("\u001b"), false);
});

test("drain explains in a sentence why a key is refused", () => {
  const refused = run(["drain", server.url]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /: 401 [A-Z][^{}]*\.\n$/);
});

// Hooks by HTTP from outside: what keeps the server from starting, and with which words; a backend that never answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { app, directoryOf, run, Server } from "./support/program.mjs";

const directory = directoryOf({
  "app.json": app,
  "empty.key": "# nothing\n",
  "two.key": `${"a".repeat(32)}\n${"b".repeat(32)}\n`,
});
const file = (name) => join(directory, name);
const kSecret = "a secret of at least 32 bytes, for tests".replaceAll(" ", "-");
const env = { SECRET: kSecret, SHORT: "too-short" };
const kDraining = 52; // of docs/reference/errors.md
writeFileSync(file("good.key"), `${kSecret}\n`);

const url = ["--hooks-url", "https://app.example.com/hooks"];
const secret = ["--hooks-secret-env", "SECRET"];
const verbs = ["--hooks-verbs", "connect,publish"];
const fail = ["--hooks-fail", "closed"];

test("settings of hooks that lack something or contradict themselves are refused by serve and check", () => {
  for (const [args, expected] of [
    [[...secret], /--hooks-secret-env: there is no backend to ask/],
    [[...fail], /--hooks-fail: there is no backend to ask/],
    [["--hooks-url", "app.example.com"], /--hooks-url: "app\.example\.com" is not an http or https URL/],
    [["--hooks-url", "https://me:word@app.example.com/"], /is not an http or https URL/],
    [[...url, ...verbs, ...fail], /there is no secret to sign requests with/],
    [[...url, ...verbs, ...fail, "--hooks-secret-env", "NOWHERE"], /NOWHERE: the environment has no such variable/],
    [
      [...url, ...verbs, ...fail, "--hooks-secret-env", "SHORT"],
      /--hooks-secret-env SHORT: a secret of 9 characters is too short/,
    ],
    [[...url, ...verbs, ...fail, "--hooks-secret-file", file("empty.key")], /empty\.key: there is no secret in this file/],
    [[...url, ...verbs, ...fail, "--hooks-secret-file", file("two.key")], /two\.key: there is more than one secret/],
    [[...url, ...verbs, ...fail, ...secret, "--hooks-secret-file", file("two.key")], /there is --hooks-secret-file as well/],
    [[...url, ...secret, ...fail], /--hooks-verbs: nothing is asked/],
    [[...url, ...secret, ...verbs], /--hooks-fail: it is not said what counts/],
    [[...url, ...secret, ...fail, "--hooks-verbs", "join,jump"], /"jump" is nothing that a backend is asked/],
    [[...url, ...secret, ...verbs, "--hooks-fail", "maybe"], /"maybe" is neither open nor closed/],
    [[...url, ...secret, ...verbs, ...fail, "--hooks-rooms", "a b"], /--hooks-rooms: "a b" is neither a room's id nor a pattern/],
    [[...url, ...secret, ...verbs, ...fail, "--hooks-timeout-ms", "0"], /--hooks-timeout-ms: "0" is not a whole number from 50/],
  ])
    for (const command of ["serve", "check"]) {
      const { status, stderr } = run([command, file("app.json"), ...args], { env });
      assert.equal(status, 1, `${args}: ${stderr}`);
      assert.match(stderr, expected);
      assert.ok(!stderr.includes(kSecret) && !stderr.includes("too-short"));
    }
});

test("whole settings of hooks are accepted, from flags, the environment and a file", () => {
  const good = (args, more = {}) => {
    const { status, stderr } = run(["check", file("app.json"), ...args], { env: { ...env, ...more } });
    assert.equal(status, 0, stderr);
  };
  good([...url, ...secret, ...verbs, ...fail, "--hooks-rooms", "staff,game-{id}", "--hooks-timeout-ms", "500"]);
  good([...url, "--hooks-secret-file", file("good.key"), "--hooks-verbs", "leave", "--hooks-verbs", "disconnect", ...fail]);
  const variables = { DIALOGUE_HOOKS_URL: url[1], DIALOGUE_HOOKS_SECRET_ENV: "SECRET", DIALOGUE_HOOKS_VERBS: "join,leave" };
  good(fail, variables);
  const settings = { hooksUrl: url[1], hooksSecretFile: file("good.key"), hooksVerbs: ["connect", "join"], hooksFail: "open" };
  writeFileSync(file("dialogue.json"), JSON.stringify(settings));
  good(["--config", file("dialogue.json")]);
});

test("a publication that waits for a backend which never answers does not keep its client from its goodbye", async () => {
  const backend = createServer().listen(0, "127.0.0.1");
  await once(backend, "listening");
  const asked = once(backend, "request");
  const hooks = ["--hooks-url", `http://127.0.0.1:${backend.address().port}/`, ...secret, ...fail, "--hooks-verbs", "publish"];
  const args = [file("app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", "--drain-timeout-ms", "2000"];
  const server = await Server.start([...args, ...hooks, "--hooks-timeout-ms", "60000"], { env });
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const [, , room] = await ann.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
  ann.say([4, room, 1, 1, 0, { text: "Hello" }]);
  await asked;
  const ended = server.stop();
  assert.deepEqual((await ann.hear(frames.bye, frames.nack, frames.ack)).slice(0, 2), [frames.bye, kDraining]);
  assert.deepEqual(await ended, [0, null]);
  backend.closeAllConnections();
  backend.close();
});

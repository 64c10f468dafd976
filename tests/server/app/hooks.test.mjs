// Hooks by HTTP from outside: what keeps the server from starting, and with which words; a backend that never answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { io } from "./support/engine_kit.mjs";
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
    [[...secret], /--hooks-secret-env: no backend is set/],
    [[...fail], /--hooks-fail: no backend is set/],
    [["--hooks-url", "app.example.com"], /--hooks-url: "app\.example\.com" is not an http or https URL/],
    [["--hooks-url", "https://me:word@app.example.com/"], /is not an http or https URL/],
    [[...url, ...verbs, ...fail], /no secret is set to sign requests/],
    [[...url, ...verbs, ...fail, "--hooks-secret-env", "NOWHERE"], /NOWHERE: this environment variable is not set/],
    [
      [...url, ...verbs, ...fail, "--hooks-secret-env", "SHORT"],
      /--hooks-secret-env SHORT: a secret of 9 characters is too short/,
    ],
    [[...url, ...verbs, ...fail, "--hooks-secret-file", file("empty.key")], /empty\.key: this file contains no secret/],
    [[...url, ...verbs, ...fail, "--hooks-secret-file", file("two.key")], /two\.key: this file contains more than one secret/],
    [[...url, ...verbs, ...fail, ...secret, "--hooks-secret-file", file("two.key")], /--hooks-secret-file is set as well/],
    [[...url, ...secret, ...fail], /--hooks-verbs: no verbs are set/],
    [[...url, ...secret, ...verbs], /--hooks-fail: the policy for a failing backend is not set/],
    [[...url, ...secret, ...fail, "--hooks-verbs", "join,jump"], /"jump" is not a hook/],
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

test("F-U-L1 the bare reason of a refusal arrives as a field, on each way to the server", async () => {
  const reason = "Mind your language.";
  const message = `The application refused: ${reason}`;
  const backend = createServer(async (request, answer) => {
    let text = "";
    for await (const part of request) text += part;
    const answers = JSON.parse(text).hooks.map(({ id, verb, user, room }) => ({
      id,
      allow: user.id !== "eve" && room !== "secret" && verb !== "publish",
      reason,
    }));
    answer.end(JSON.stringify({ answers }));
  }).listen(0, "127.0.0.1");
  await once(backend, "listening");
  const hooks = ["--hooks-url", `http://127.0.0.1:${backend.address().port}/`, ...secret, ...fail];
  const rooms = { chat: { events: ["message"] }, secret: { events: ["message"] } };
  const two = directoryOf({ "app.json": { ...app, rooms } });
  const args = [join(two, "app.json"), "--listen", "127.0.0.1:0", "--store", "memory:"];
  const server = await Server.start([...args, ...hooks, "--hooks-verbs", "connect,join,publish"], { env });

  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  assert.deepEqual((await ann.ask([2, 1, 0, 0, 0, "secret", {}], frames.reply)).at(-1), { message, reason });
  const [, , room] = await ann.ask([2, 2, 0, 0, 0, "chat", {}], frames.joined);
  const nack = await ann.ask([4, room, 1, 1, 0, { text: "Hello" }], frames.nack);
  assert.deepEqual(nack.at(-1), { message, reason, argument: reason });
  ann.terminate();
  const eve = await FrameClient.connect(server.url);
  eve.say([1, 1, 0, 0, { identity: { userId: "eve" } }]);
  assert.deepEqual((await eve.hear(frames.bye)).at(-1), { message, reason });
  eve.terminate();

  const refused = await fetch(`${server.url}/events?rooms=secret&userId=ann`);
  assert.equal(refused.status, 403);
  const problem = await refused.json();
  assert.deepEqual([problem.code, problem.detail, problem.reason], ["denied_by_hook", `secret: ${message}`, reason]);

  const socket = io(server.url, { auth: { userId: "ann" }, reconnection: false });
  await once(socket, "dialogue:connected");
  const code = "denied_by_hook";
  const joined = await socket.emitWithAck("dialogue:join", { roomId: "secret" });
  assert.deepEqual(joined, { ok: false, code, message, roomId: "secret", reason });
  await socket.emitWithAck("dialogue:join", { roomId: "chat" });
  const event = { roomId: "chat", event: "message", data: { text: "Hello" } };
  const triggered = await socket.emitWithAck("dialogue:trigger", event);
  assert.deepEqual(triggered, { ok: false, code, message, roomId: "chat", event: "message", reason });
  socket.close();
  const stranger = io(server.url, { auth: { userId: "eve" }, reconnection: false });
  const [error] = await once(stranger, "connect_error");
  assert.deepEqual([error.message, error.data], [message, { code, reason }]);
  stranger.close();
  await server.stop();
  backend.closeAllConnections();
  backend.close();
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

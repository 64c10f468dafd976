// Ends that are final, with the packed client against the program: the same on each transport, whoever ends the connection;
// and arguments that used to end it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, test } from "node:test";
import { createDialogueClient } from "../../../../js/dist/index.js";
import { app, directoryOf, root, Server } from "../support/program.mjs";

const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

const kKey = "k".repeat(32);
const kSecret = "a-secret-of-at-least-32-bytes-for-tests";
const definitions = join(directoryOf({ "app.json": app }), "app.json");
const transports = ["websocket", "stream", "polling"];

/** Starts the program for one test file's end. */
async function serve(args = []) {
  const server = await Server.start([definitions, "--listen", "127.0.0.1:0", "--api-key-env", "KEY", ...args], {
    env: { KEY: kKey, SECRET: kSecret },
  });
  after(() => server.stop());
  return server;
}

/** A client, and what it emits until it is closed for good. */
function clientOf(server, transport, auth = { userId: "ann" }) {
  const client = createDialogueClient({ url: server.url, WebSocket, transports: [transport], auth });
  after(() => client.close());
  const errors = [];
  client.on("error", ({ code, message }) => errors.push([code, message]));
  const closed = new Promise((resolve) => client.on("state", (state) => state === "closed" && resolve()));
  return { client, errors, closed };
}

for (const transport of transports) {
  test(`F-R11 a kick holds by ${transport}`, async () => {
    const server = await serve();
    const { client, errors, closed } = clientOf(server, transport);
    const room = await client.join("chat");
    assert.equal(client.transport, transport);
    const left = new Promise((resolve) => room.onLeave(resolve));
    const answer = await fetch(`${server.url}/api/v1/users/ann/connections?reason=banned`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${kKey}` },
    });
    assert.ok(answer.ok);
    await closed;
    assert.equal((await left).code, "denied_by_hook");
    assert.deepEqual(errors, [["denied_by_hook", "The application refused: banned"]]);
    assert.equal(client.lastError.code, "denied_by_hook");
  });

  test(`F-R11 a connect hook that denies is called once by ${transport}, and its reason is the error`, async () => {
    let asked = 0;
    const backend = createServer(async (request, response) => {
      const { hooks: questions } = JSON.parse((await request.toArray()).join(""));
      asked += questions.length;
      const answers = questions.map(({ id }) => ({ id, allow: false, reason: "closed today" }));
      response.setHeader("Content-Type", "application/json").end(JSON.stringify({ answers }));
    }).listen(0, "127.0.0.1");
    await once(backend, "listening");
    after(() => backend.close());
    const url = `http://127.0.0.1:${backend.address().port}/`;
    const hooks = ["--hooks-url", url, "--hooks-secret-env", "SECRET", "--hooks-verbs", "connect", "--hooks-fail", "closed"];
    const { client, errors, closed } = clientOf(await serve(hooks), transport);
    await assert.rejects(client.join("chat"), { code: "denied_by_hook", message: /closed today/ });
    await closed;
    assert.deepEqual([errors.map(([code]) => code), asked], [["denied_by_hook"], 1]);
  });

  test(`F-R11 a user id that is too long is refused permanently by ${transport}`, async () => {
    const { client, errors, closed } = clientOf(await serve(), transport, { userId: "i".repeat(200) });
    await assert.rejects(client.join("chat"), { code: "request_invalid" });
    await closed;
    assert.deepEqual(
      errors.map(([code]) => code),
      ["request_invalid"],
    );
  });

  test(`F-R01 F-R02 unreadable and long arguments reject only their own call by ${transport}`, async () => {
    const { client, errors } = clientOf(await serve(), transport);
    const states = [];
    const room = await client.join("chat");
    client.on("state", (state) => states.push(state));
    const filter = { eq: ["k", "y".repeat(70_000)] };
    await assert.rejects(client.join("x-1", { filter }), { code: "payload_too_large" });
    await assert.rejects(client.join("x-1", { match: ["a\ud83d*"] }), { code: "request_invalid", path: "$.match[0]" });
    await assert.rejects(client.join("x-\0"), { code: "request_invalid", path: "$.id" });
    await assert.rejects(client.join("x-1", { from: { since: { epoch: 1e300, seq: 1e300 } } }), { code: "request_invalid" });
    await assert.rejects(client.can("join", "a\ud83d"), { code: "request_invalid", path: "$.room" });
    await assert.rejects(client.listRooms({ after: "a\ud83d" }), { code: "request_invalid", path: "$.after" });
    await assert.rejects(room.history({ before: 1e300 }).next(), { code: "request_invalid", path: "$.before" });
    await room.trigger("message", { text: "on" }, { traceparent: "a\ud83d" });
    assert.deepEqual([states, errors], [[], []]);
  });
}

// dialogue-client/testing/server, which "frameworks.md" describes: the real server for the tests of an application. 20: users of
// other libraries mock theirs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { WebSocket } from "ws";
import { binary as program } from "../../../tests/server/app/support/program.mjs";
import { createDialogueClient } from "../../dist/index.js";
import { dialogueFixtures, startServer } from "../../dist/testing_server.js";

const text = { type: "string", minLength: 1, maxLength: 20 };
const definitions = {
  events: { message: { schema: { type: "object", properties: { text }, required: ["text"] } } },
  rooms: { chat: { events: ["message"] }, booth: { events: ["message"], maxSize: 1 } },
};

const user = (url, userId) => createDialogueClient({ url, WebSocket, auth: { userId } });

test("20: a test talks to the real server: its validator, limits and API, not a copy of them", async () => {
  const server = await startServer(definitions, { program });
  const [ann, bob] = [user(server.url, "ann"), user(server.url, "bob")];
  try {
    const chat = await ann.join("chat");
    await assert.rejects(chat.trigger("message", { text: "" }), { code: "too_short", path: "$.text" });
    await ann.join("booth");
    await assert.rejects(bob.join("booth"), { code: "room_full" });
    const heard = new Promise((resolve) => chat.once("message", resolve));
    const answer = await fetch(`${server.url}/api/v1/rooms/chat/events`, {
      method: "POST",
      headers: { Authorization: `Bearer ${server.apiKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ event: "message", data: { text: "Hi" } }),
    });
    assert.equal(answer.status, 200);
    assert.deepEqual((await heard).data, { text: "Hi" });
    assert.match(server.log(), /"event":"listening"/);
  } finally {
    for (const client of [ann, bob]) client.close();
    await server.stop();
  }
  await server.stop();
  await assert.rejects(fetch(server.url));
});

test("the guide's example runs as it stands", async () => {
  const guide = readFileSync(new URL("../../../docs/guides/frameworks.md", import.meta.url), "utf8");
  const [, code] = /testing_server\.test\.mjs -->\n```ts\n([\s\S]*?)^```$/m.exec(guide);
  const directory = mkdtempSync(join(tmpdir(), "dialogue-guide-"));
  writeFileSync(join(directory, "app.json"), JSON.stringify(definitions));
  const entry = new URL("../../dist/testing_server.js", import.meta.url).href;
  const env = { ...process.env, PATH: `${dirname(program)}:${process.env.PATH}` };
  const args = ["--input-type=module", "-e", code.replace("dialogue-client/testing/server", entry)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, env, encoding: "utf8" });
  rmSync(directory, { recursive: true });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+ [0-9a-f]{64}\n$/);
});

test("definitions may be a file, and arguments are the program's", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-testing-"));
  writeFileSync(join(directory, "app.json"), JSON.stringify(definitions));
  const args = ["--store", `sqlite:${join(directory, "rooms.db")}`];
  const server = await startServer(join(directory, "app.json"), { program, args });
  assert.ok(existsSync(join(directory, "rooms.db")));
  await server.stop();
  rmSync(directory, { recursive: true });
});

const directories = () => readdirSync(tmpdir()).filter((name) => name.startsWith("dialogue-test-"));

test("a server that cannot start is an error that says why, and leaves nothing", async () => {
  const before = directories();
  await assert.rejects(startServer({ events: 5 }, { program }), /ended with 1[\s\S]*events/);
  await assert.rejects(startServer("/nowhere/app.json", { program }), /\/nowhere\/app\.json/);
  const missing = 'startServer: the program "/nowhere/dialogue" was not found: set the option program, or PATH';
  await assert.rejects(startServer(definitions, { program: "/nowhere/dialogue" }), new Error(missing));
  const sleep = { program: process.execPath, timeoutMs: 100, args: [] };
  await assert.rejects(startServer(definitions, sleep), /startServer: .*node (did not listen within 100 ms|ended with)/);
  assert.deepEqual(directories(), before);
});

test("arguments are checked when they are passed", async () => {
  const rejects = (args, words) => assert.rejects(startServer(...args), new TypeError(`startServer: ${words}`));
  await rejects([undefined], "definitions must be a path or an object");
  await rejects([{ catalogue: "", fingerprint: "" }], "definitions must be what app.json has, not the generated module");
  await rejects([definitions, { program: "" }], "program must be a name or a path");
  await rejects([definitions, { args: "--dev" }], "args must be an array of texts");
  await rejects([definitions, { timeoutMs: 1 }], "timeoutMs must be from 100 to 600000");
});

test("a test run that breaks off leaves no server", () => {
  const url = new URL("../../dist/testing_server.js", import.meta.url);
  const script = `
    import { startServer } from ${JSON.stringify(url.href)};
    const { url } = await startServer(${JSON.stringify(definitions)}, { program: ${JSON.stringify(program)} });
    console.log(url);
    process.exit(3);`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(status, 3);
  return assert.rejects(fetch(stdout.trim()));
});

test("the fixture of Playwright is a server for the worker, which ends with it", async () => {
  const { dialogue } = dialogueFixtures(definitions, { program });
  const [serve, { scope }] = dialogue;
  assert.equal(scope, "worker");
  assert.match(String(serve), /^async \(\s*\{\s*\}\s*,/); // the form that Playwright requires
  let address;
  await serve({}, async ({ url }) => {
    address = url;
    assert.equal((await fetch(`${url}/health`)).status, 200);
  });
  await assert.rejects(fetch(address));
});

// Erasing single events from outside: by HTTP while the server runs, by the command afterwards.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { directoryOf, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const app = {
  events: { message: { schema: true }, erased: { schema: true } },
  rooms: { chat: { events: ["message", "erased"], retention: { maxEvents: 1000 } } },
};

async function api(server, method, path, body, key = kKey) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}
const publish = (server, text) => api(server, "POST", "/rooms/chat/events", { event: "message", data: { text } });
const texts = async (server) =>
  (await api(server, "GET", "/rooms/chat/history")).body.events.map((each) => each.data.text ?? each.data);
const isInFiles = (directory, text) =>
  readdirSync(directory).some((name) => name.startsWith("kept.db") && readFileSync(join(directory, name)).includes(text));

test("an event is erased by HTTP, then another one by the command, and no file has their texts", async () => {
  const directory = directoryOf({ "app.json": app, keys: `reader read ${kKey.replaceAll("k", "r")}\n${kKey}\n` });
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys")];
  args.push("--store", `sqlite:${join(directory, "kept.db")}`, "--audit", join(directory, "audit.db"));
  let server = await Server.start(args);
  for (const text of ["first of all", "the regretted second", "a third to keep", "the regretted fourth"])
    await publish(server, text);
  const body = { sequences: [[2, 2]], reason: "requested by its author" };
  const { status, body: erased } = await api(server, "POST", "/rooms/chat/erase", body);
  assert.equal(status, 200, JSON.stringify(erased));
  const { epoch, ...rest } = erased;
  assert.deepEqual(rest, { events: 1, sequences: [[2, 2]], clean: true, recording: false });
  assert.ok(epoch > 0);
  assert.deepEqual(await texts(server), ["first of all", "a third to keep", "the regretted fourth", { sequences: [[2, 2]] }]);
  assert.equal(isInFiles(directory, "regretted second"), false);
  assert.equal(isInFiles(directory, "regretted fourth"), true);

  for (const [wrong, code] of [
    [{ sequences: [] }, 422],
    [{ sequences: [[2]] }, 422],
    [{ sequences: [[3, 2]] }, 422],
    [{ sequences: [[1, 1000]] }, 422],
    [{ sequences: [[0, 1]] }, 422],
    [{ seq: 2 }, 422],
  ])
    assert.equal((await api(server, "POST", "/rooms/chat/erase", wrong)).status, code, JSON.stringify(wrong));
  assert.equal((await api(server, "POST", "/rooms/nowhere/erase", body)).status, 404);
  assert.equal((await api(server, "POST", "/rooms/chat/erase", body, "r".repeat(40))).status, 403);
  const records = (await api(server, "GET", "/audit")).body.records.map((each) => each.record.action);
  assert.ok(records.includes("eraseEvents") && records.includes("eraseEvents.done"), records.join(" "));
  await server.stop();

  const kept = join(directory, "kept.db");
  const done = run(["erase", "--room", "chat", "--seq", "4", "--seq", "90-95", "--store", kept]);
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /^Erased 1 event of chat from /);
  assert.match(done.stdout, /publishes 1 event named erased/);
  assert.equal(isInFiles(directory, "regretted fourth"), false);
  server = await Server.start(args);
  while ((await texts(server)).length < 4);
  assert.deepEqual(await texts(server), ["first of all", "a third to keep", { sequences: [[2, 2]] }, { sequences: [[4, 4]] }]);
  await server.stop();
});

test("dialogue erase says which options belong together", () => {
  for (const [args, words] of [
    [["--store", "x"], /--user, or --room with --seq, is required/],
    [["--store", "x", "--room", "chat"], /--room requires --seq/],
    [["--store", "x", "--seq", "1"], /--seq requires --room/],
    [["--store", "x", "--room", "chat", "--seq", "1", "--user", "ann"], /excludes/],
    [["--store", "x", "--room", "chat", "--seq", "5-1"], /"5-1" is not a position/],
    [["--store", "x", "--room", "chat", "--seq", "1-300"], /more than 256 positions/],
  ]) {
    const { status, stderr } = run(["erase", ...args]);
    assert.equal(status, 2, `${args}: ${stderr}`);
    assert.match(stderr, words);
  }
});

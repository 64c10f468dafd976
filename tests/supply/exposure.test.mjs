// What a stranger learns of the server from outside, and what a crash leaves behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { program } from "../../bench/lib/paths.mjs";
import { FrameClient, frames } from "../server/app/support/frame_client.mjs";
import { app } from "../server/app/support/program.mjs";

const directory = mkdtempSync(join(tmpdir(), "dialogue-supply-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const definitions = join(directory, "app.json");
const rooms = { ...app.rooms, "team-{id}": { events: ["message"] } };
writeFileSync(definitions, JSON.stringify({ ...app, rooms }));

/** The program on any port, by way of a shell that lets it leave core files if it wants to. */
async function serve(...args) {
  const command = [
    "serve",
    definitions,
    "--listen",
    "127.0.0.1:0",
    "--store",
    "memory:",
    "--log",
    "json",
    "--log-level",
    "debug",
  ];
  const child = spawn("sh", ["-c", 'ulimit -c unlimited; exec "$@"', "sh", program, ...command, ...args], { cwd: directory });
  child.said = "";
  const listening = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes) => {
        child.said += bytes;
        const url = /"url":"(http:[^"]+)"/.exec(child.said)?.[1];
        if (url) resolve(url);
      });
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${child.said}`)));
  });
  child.url = await listening;
  after(() => child.kill("SIGKILL")); // where a test fails in the middle
  return child;
}

/** Until it has written `text`: its log has a thread of its own, which a crash does not wait for. */
async function hasSaid(child, text) {
  const ended = once(child, "close").then(() => assert.fail(`it ended before it wrote ${text}:\n${child.said}`));
  ended.catch(() => {}); // it ends some time, as a rule after this
  while (!child.said.includes(text)) await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), ended]);
}

/** Once all that it wrote is here. */
async function end(child, signal) {
  const ended = once(child, "close");
  child.kill(signal);
  return ended;
}

test("R-116 private paths require a key, and public ones contain no identities", async () => {
  const server = await serve();
  const client = await FrameClient.connect(server.url);
  await client.greet("secret-user", "p");
  await client.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
  await client.ask([2, 2, 0, 0, 0, "team-secret", {}], frames.joined);
  for (const path of ["/debug", "/debug/pprof/", "/admin", "/status", "/server-status", "/.env", "/dialogue.db"])
    assert.equal((await fetch(server.url + path)).status, 404, path);
  const forwarded = { headers: { "X-Forwarded-For": "198.51.100.1" } };
  assert.equal((await fetch(`${server.url}/metrics`, forwarded)).status, 401);
  const figures = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(figures, /dialogue_connection_states\{state="ready"\}/);
  assert.match(figures, /dialogue_rooms_size\{room="team-\{id\}"\} 1/); // rooms go by their definitions
  assert.doesNotMatch(figures, /secret/);
  for (const path of ["/info", "/rooms", "/users", "/rooms/chat/members"]) {
    const answer = await fetch(`${server.url}/api/v1${path}`);
    assert.ok([401, 403].includes(answer.status), `${path}: ${answer.status}`);
    assert.doesNotMatch(await answer.text(), /secret-user/);
  }
  for (const [path, body] of [
    ["/health", { status: "ok" }],
    ["/ready", { status: "ready" }],
  ]) {
    const answer = await fetch(server.url + path);
    assert.deepEqual(await answer.json(), body);
    assert.doesNotMatch(JSON.stringify([...answer.headers]), /\d+\.\d+\.\d+|secret-user|chat/);
  }
  client.terminate();
  assert.deepEqual(await end(server, "SIGTERM"), [0, null]);
});

const kToken = "not-a-token-but-secret";
const kPayload = "what ann said to bob";

/** Runs it, shows it a token and a payload, and ends it by `signal`; resolves to what it wrote, and its limit of core files. */
async function crash(signal, ...args) {
  const server = await serve(...args);
  const guest = await FrameClient.connect(server.url);
  guest.say([1, 1, 0, 0, { token: kToken }]);
  const client = await FrameClient.connect(server.url);
  await client.greet("ann", "p");
  const [, , room] = await client.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
  await client.ask([4, room, 1, 1, 0, { text: kPayload }], frames.ack);
  await hasSaid(server, '"event":"joined"');
  const limit = /Max core file size\s+(\S+)\s+(\S+)/.exec(readFileSync(`/proc/${server.pid}/limits`, "utf8")).slice(1);
  const [, ended] = await end(server, signal);
  assert.equal(ended, signal);
  return { limit, said: server.said };
}

for (const signal of ["SIGSEGV", "SIGABRT"])
  test(`R-117 a server that ends by ${signal} leaves no core file, and no token or message in what it wrote`, async () => {
    const { limit, said } = await crash(signal);
    assert.deepEqual(limit, ["0", "0"]);
    assert.ok(!readdirSync(directory).some((name) => name.startsWith("core")), "no core file");
    assert.match(said, /"event":"joined"/);
    for (const secret of [kToken, kPayload]) assert.ok(!said.includes(secret), secret);
  });

test("R-117 core files are written on request", async () => {
  const { limit } = await crash("SIGKILL", "--core-dumps");
  assert.notDeepEqual(limit, ["0", "0"]);
});

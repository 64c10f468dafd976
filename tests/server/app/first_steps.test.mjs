// The first steps with the program: pages of a development server on a port of its own, no definitions at all, and what is said
// where a step goes wrong.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createDialogueClient } from "../../../js/dist/index.js";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { app, directoryOf, root, run, Server } from "./support/program.mjs";

const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

const kVite = "http://localhost:5173";
const anyPort = ["--listen", "127.0.0.1:0"];
const directory = directoryOf({ "app.json": app });
const definitions = join(directory, "app.json");

/** The first frame that a page of `origin` hears. */
async function hello(server, origin) {
  const client = await FrameClient.connect(server.url, origin ? { headers: { origin } } : {});
  client.say([1, 1, 0, 0, { identity: { userId: "ann" } }]);
  const answer = await client.hear(frames.welcome, frames.bye);
  client.terminate();
  return answer;
}

/** The status and the words with which a page of `origin` is refused. */
function refusal(server, origin) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/dialogue`, "dialogue.v1", { headers: { origin } });
    socket.on("open", () => reject(new Error(`${origin} was let in`)));
    socket.on("error", () => {});
    socket.on("unexpected-response", (_, answer) => {
      let text = "";
      answer.on("data", (part) => {
        text += part;
      });
      answer.on("end", () => resolve([answer.statusCode, JSON.parse(text).detail]));
    });
  });
}

test("F-F17 a page of this machine from a listed origin may use a development identity", async () => {
  const server = await Server.start([definitions, ...anyPort, "--allow-origin", kVite]);
  assert.equal((await hello(server, kVite)).at(-1).userId, "ann");
  await server.stop();
});

test("F-F17 a page of another machine from a listed origin is refused, with the remedy", async () => {
  const server = await Server.start([definitions, ...anyPort, "--allow-origin", "https://app.example"]);
  const bye = await hello(server, "https://app.example");
  assert.equal(bye[0], frames.bye);
  assert.match(bye.at(-1).message, /--allow-origin/);
  await server.stop();
});

test("F-F17 a page that was not named is refused, and the refusal and the log name the flag to add", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  const [status, detail] = await refusal(server, kVite);
  assert.equal(status, 403);
  assert.match(detail, /--allow-origin http:\/\/localhost:5173\./);
  assert.match(await server.printed(/request_refused/), /--allow-origin http:\/\/localhost:5173\./);
  await server.stop();
});

test("F-F17 `dialogue dev` lets pages of every port of this machine in, and of no other place", async () => {
  const server = await Server.start([definitions, ...anyPort], { command: "dev" });
  for (const origin of [kVite, "http://127.0.0.1:3000", "http://[::1]:4321", "https://localhost"])
    assert.equal((await hello(server, origin)).at(-1).userId, "ann", origin);
  for (const origin of ["http://localhost.evil.example", "http://evil.example:5173", "null", "file://"])
    assert.equal((await refusal(server, origin))[0], 403, origin);
  await server.stop();
});

test("F-U-M1 F-U-M2 `dialogue dev` reads files at each request and allows scripts in pages, `serve` neither", async () => {
  for (const [command, isLive] of [
    ["dev", true],
    ["serve", false],
  ]) {
    const site = directoryOf({ "index.html": "<script>1</script>" });
    const server = await Server.start([definitions, ...anyPort, "--static", site], { command });
    const page = await fetch(`${server.url}/`);
    assert.equal(await page.text(), "<script>1</script>");
    const scripts = page.headers
      .get("content-security-policy")
      .match(/script-src ([^;]*)/)[1]
      .split(" ");
    assert.equal(scripts.includes("'unsafe-inline'"), isLive, command);
    writeFileSync(join(site, "index.html"), "edited");
    assert.equal(await (await fetch(`${server.url}/`)).text(), isLive ? "edited" : "<script>1</script>", command);
    await server.stop();
    const own = ["--static", site, "--content-security-policy", "default-src 'none'"];
    const strict = await Server.start([definitions, ...anyPort, ...own], { command });
    assert.equal((await fetch(`${strict.url}/`)).headers.get("content-security-policy"), "default-src 'none'", command);
    await strict.stop();
    const { stderr } = run([command, definitions, ...anyPort, "--static", join(site, "none")]);
    assert.match(stderr, /^--static: the static directory .*none cannot be read/, command);
  }
});

test("F-F17 `dialogue dev` does not listen where other machines reach it, unless it is asked to", () => {
  const { status, stderr } = run(["dev", definitions, "--listen", "0.0.0.0:0"]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^--listen 0\.0\.0\.0:0: other machines can reach this address.* listen on 127\.0\.0\.1; or use --dev for a trial\.\n$/,
  );
});

test("F-F11 without definitions any room carries any JSON, and the log reports it", async () => {
  const server = await Server.start(anyPort);
  assert.match(await server.printed(/no_definitions/), /"level":"warn".*any room can be joined.*dialogue serve app\.json/);
  const client = createDialogueClient({ url: server.url, auth: { userId: "ann" }, WebSocket });
  const room = await client.join("whatever-1");
  const heard = new Promise((resolve) => room.on("message", ({ data }) => resolve(data)));
  await room.trigger("message", { any: ["JSON", 1, null] });
  assert.deepEqual(await heard, { any: ["JSON", 1, null] });
  client.close();
  await server.stop();
});

test("F-F11 without definitions the server is for this machine only", () => {
  for (const more of [[], ["--dev"], ["--auth-anonymous"]]) {
    const { status, stderr } = run(["serve", "--listen", "0.0.0.0:0", "--store", "memory:", ...more]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^--listen 0\.0\.0\.0:0: without definitions, .* Name the definitions, .*, or listen on 127\.0\.0\.1\.\n$/,
    );
  }
});

test("F-G22 check takes the definitions that the configuration file names", () => {
  const config = join(directoryOf({ "dialogue.json": { app: definitions, store: "memory:" } }), "dialogue.json");
  const { status, stdout, stderr } = run(["check", "--config", config]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${definitions}: 1 event, 1 room, no fault\n`);
});

test("F-G26 an address in use and a misspelt flag are reported with the remedy", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const used = run(["serve", definitions, "--store", "memory:", "--listen", `127.0.0.1:${other.address().port}`]);
  other.close();
  assert.equal(used.status, 1);
  assert.match(used.stderr, /Address already in use\. Another program is using this address: stop it, or listen on another port/);
  const misspelt = run(["serve", definitions, "--statik", "web"]);
  assert.equal(misspelt.status, 2);
  assert.match(misspelt.stderr, /--statik.* Did you mean `--static`\?\n/);
});

test("R-78 a database that is in use is refused by every path that leads to it", async () => {
  const data = directoryOf({ "app.json": app });
  const server = await Server.start([definitions, ...anyPort, "--store", `sqlite:${join(data, "a.db")}`]);
  linkSync(join(data, "a.db"), join(data, "b.db"));
  symlinkSync(join(data, "a.db"), join(data, "c.db"));
  for (const name of ["a.db", "b.db", "c.db"]) {
    const second = run(["serve", definitions, ...anyPort, "--store", `sqlite:${join(data, name)}`]);
    assert.equal(second.status, 1);
    assert.match(second.stderr, /another process uses this database\. Stop it, or choose another path\./);
  }
  await server.stop();
  const next = await Server.start([definitions, ...anyPort, "--store", `sqlite:${join(data, "b.db")}`]);
  await next.stop();
});

test("F-G27 a question at the end of a message has no full stop after it", () => {
  const bad = join(directoryOf({ "bad.json": { ...app, rooms: { chat: { evnts: ["message"] } } } }), "bad.json");
  const { stderr } = run(["check", bad]);
  assert.match(stderr, /Did you mean `events`\?/);
  assert.doesNotMatch(stderr, /\?\./);
});

test("F-G21 the client's files go compressed to who takes that, and are the same", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  const modules = ["client", "validator", "history", "outbox", "fallback", "debug", "bytes", "push", "recorder", "traces"];
  const names = modules.map((module) => `${module}.js`);
  for (const name of names) {
    const ask = (coding) => fetch(`${server.url}/_dialogue/${name}`, { headers: { "Accept-Encoding": coding } });
    const plain = await ask("identity");
    const text = await plain.text();
    assert.equal(plain.status, 200, name); // F-G30: recorder.js, too
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(plain.headers.get("vary"), "Accept-Encoding");
    for (const coding of ["br", "gzip"]) {
      const answer = await ask(coding);
      assert.equal(answer.headers.get("content-encoding"), coding, name);
      assert.equal(answer.headers.get("content-type"), plain.headers.get("content-type"));
      assert.notEqual(answer.headers.get("etag"), plain.headers.get("etag"));
      assert.ok(Number(answer.headers.get("content-length")) < text.length, name);
      assert.equal(await answer.text(), text);
    }
  }
  const ranged = await fetch(`${server.url}/_dialogue/client.js`, { headers: { "Accept-Encoding": "br", Range: "bytes=0-9" } });
  assert.equal(ranged.status, 200);
  assert.equal((await fetch(`${server.url}/_dialogue/client.js.br`)).status, 404);
  await server.stop();
});

test("F-F04 the time-outs of HTTP, of HELLO and of silence are settings, and clients receive the last", async () => {
  // Each server has one short limit, so that a slow machine meets no other one.
  const serving = (...args) => Server.start([definitions, ...anyPort, ...args]);
  const greeting = await serving("--hello-timeout-ms", "1000");
  const client = await FrameClient.connect(greeting.url);
  assert.equal((await client.hear(frames.bye)).at(1), 46); // hello_timeout
  await greeting.stop();
  const pinging = await serving("--ping-interval-ms", "1234", "--ping-timeout-ms", "2000");
  const other = await FrameClient.connect(pinging.url);
  assert.equal((await other.ask([1, 1, 0, 0, { identity: { userId: "ann" } }], frames.welcome))[4], 1234);
  other.terminate();
  await pinging.stop();
  const { connect } = await import("node:net");
  const server = await serving("--handshake-timeout-ms", "500");
  const half = connect(server.port, "127.0.0.1");
  half.write("GET / HTTP/1.1\r\n");
  half.resume();
  await new Promise((resolve) => half.once("close", resolve));
  await server.stop();
  for (const [flag, value] of [
    ["--handshake-timeout-ms", "499"],
    ["--hello-timeout-ms", "999"],
    ["--ping-interval-ms", "x"],
  ]) {
    const checked = run(["check", definitions, flag, value]);
    assert.equal(checked.status, 1);
    assert.match(checked.stderr, new RegExp(`^${flag}: .*whole number`));
  }
});

test("F-F04 a greeting that ends before its hook may answer is refused at the start", () => {
  const hooks = [
    "--hooks-url",
    "http://127.0.0.1:1/",
    "--hooks-verbs",
    "connect",
    "--hooks-fail",
    "closed",
    "--hooks-secret-env",
    "SECRET",
  ];
  const env = { SECRET: "0123456789abcdef0123456789abcdef" };
  const { status, stderr } = run(["check", definitions, "--store", "memory:", ...hooks, "--hello-timeout-ms", "2000"], { env });
  assert.equal(status, 1);
  assert.match(stderr, /^--hello-timeout-ms: 2000 ms end before the time limit of 2000 ms for connect hooks/);
});

test("check --record names a file that the recording could not replace", () => {
  const own = directoryOf({ "app.json": app });
  mkdirSync(join(own, "flight"));
  const { status, stderr } = run(["check", definitions, "--store", "memory:", "--record", join(own, "flight")]);
  assert.equal(status, 1);
  assert.match(stderr, /flight: the file cannot be written: Is a directory/);
});

test("F-G29 a client that closes in order is logged as closed, one that is lost as lost", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "a");
  await ann.close();
  assert.match(await server.printed(/"disconnected".*"ann"/), /"reason":"closed"/);
  const bob = await FrameClient.connect(server.url);
  await bob.greet("bob", "b");
  bob.terminate();
  assert.match(await server.printed(/"disconnected".*"bob"/), /"reason":"connection_lost"/);
  await server.stop();
});

test("`dialogue dev` serves the dashboard and says where; with --dev on the network it prints a code of the page", async () => {
  const server = await Server.start([definitions, ...anyPort], { command: "dev" });
  const { url } = JSON.parse(await server.printed(/"event":"dashboard"/));
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.match(page.headers.get("content-security-policy"), /default-src/);
  assert.equal(page.headers.get("x-frame-options"), "DENY");
  assert.match(await page.text(), /<title>Dialogue<\/title>/);
  assert.equal(
    (await fetch(new URL("dashboard.js", url), { headers: { "Accept-Encoding": "br" } })).headers.get("vary"),
    "Accept-Encoding",
  );
  assert.equal((await fetch(url.slice(0, -1), { redirect: "manual" })).headers.get("location"), "/_dialogue/");
  await server.stop();
  const network = [definitions, "--listen", "0.0.0.0:0", "--dev"];
  const site = ["--static", directoryOf({ "index.html": "<title>Chat</title>" })];
  const open = await Server.start([...network, ...site, "--log", "pretty"], { command: "dev" });
  await open.printed(/█▀▀▀▀▀█/);
  const phone = (await open.printed(/^ {2}http:\/\/[\d.]+:\d+\/$/)).trim();
  assert.match(await (await fetch(phone)).text(), /Chat/);
  await open.stop();
  const bare = await Server.start(network, { command: "dev" });
  const said = JSON.parse(await bare.printed(/"event":"dashboard"/));
  assert.equal(said.phone, undefined); // nothing here is for a phone: the dashboard needs a key
  assert.match(said.message, /needs an API key/);
  await bare.stop();
});

test("`dialogue dev` keeps valid definitions while the file has faults, and its port when it starts again", async () => {
  const app = join(directoryOf({ "app.json": readFileSync(definitions, "utf8") }), "app.json");
  const server = await Server.start([app, ...anyPort], { command: "dev" });
  writeFileSync(app, "{");
  assert.match(await server.printed(/definitions_faulty/), /app\.json:1:/);
  assert.equal((await fetch(`${server.url}/ready`)).status, 200);
  const { url } = server;
  const again = server.printed(/"event":"listening"/, { anew: true });
  writeFileSync(app, readFileSync(definitions, "utf8").replace(/"message"/g, '"other"'));
  await server.printed(/"event":"definitions_changed"/);
  assert.equal(JSON.parse(await again).url, url);
  await server.stop();
});

test("`dialogue dev` can be stopped when its definitions have become a FIFO, which nobody writes to", async () => {
  const path = join(directoryOf({ "app.json": app }), "app.json");
  const server = await Server.start([path, ...anyPort], { command: "dev" });
  rmSync(path);
  execFileSync("mkfifo", [path]);
  await server.printed(/the previous definitions stay in force: .*this is not a regular file/);
  assert.deepEqual(await server.stop("SIGINT"), [0, null]);
});

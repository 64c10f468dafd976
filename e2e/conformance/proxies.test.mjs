// The proxies of docs/guides/behind-a-proxy.md, run as they stand there but for ports and paths: real nginx, real HAProxy.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { on, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { kPatienceMs } from "../../tests/patience.mjs";
import { freePort } from "../crash/parts/server.mjs";
import { frames } from "./peer.mjs";
import { stopProgram } from "./subject.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.DIALOGUE_PROGRAM ?? here("../../build/release/bin/dialogue");
const guide = readFileSync(here("../../docs/guides/behind-a-proxy.md"), "utf8");
const snippet = (language) => guide.match(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``))[1];

const directory = mkdtempSync(join(tmpdir(), "dialogue-proxies-"));
const file = (name) => join(directory, name);
const children = [];
let ports;

/** Resolves when something listens on `port`; a child that ends instead fails with what it printed. */
async function listening(port, child) {
  const deadline = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    if (child.exitCode !== null) throw new Error(`${child.spawnargs[0]} ended: ${child.output}`);
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function start(command, args, port) {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }; // where Debian has nginx and HAProxy
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  child.output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      child.output += chunk;
    });
  children.push(child);
  await listening(port, child);
  return child;
}

const serve = (port, ...args) =>
  start(program, ["serve", here("app.json"), "--listen", `127.0.0.1:${port}`, "--store", "memory:", "--dev", ...args], port);

function makeCertificate() {
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "9"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", file("privkey.pem")];
  assert.equal(spawnSync("openssl", ["req", "-x509", ...key, ...names, "-out", file("fullchain.pem")]).status, 0);
  writeFileSync(file("chat.pem"), readFileSync(file("fullchain.pem"), "utf8") + readFileSync(file("privkey.pem"), "utf8"));
}

function nginxConfiguration() {
  const site = snippet("nginx")
    .replace("listen 443 ssl", `listen 127.0.0.1:${ports.nginx} ssl`)
    .replace("127.0.0.1:8080", `127.0.0.1:${ports.plain}`)
    .replaceAll("/etc/ssl/chat/", `${directory}/`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory};`);
  return `daemon off; master_process off; pid ${file("nginx.pid")}; error_log stderr;
events {}
http { access_log off; ${temporary.join(" ")}
${site}}`;
}

function haproxyConfiguration() {
  const web = snippet("haproxy")
    .replace("bind :443", `bind 127.0.0.1:${ports.haproxy}`)
    .replace("127.0.0.1:8080", `127.0.0.1:${ports.plain}`)
    .replace("/etc/haproxy/chat.pem", file("chat.pem"));
  const tcp = snippet("haproxy-tcp")
    .replace("bind :8443", `bind 127.0.0.1:${ports.haproxyTcp}`)
    .replace("127.0.0.1:8081", `127.0.0.1:${ports.tls}`);
  return `${web}\n${tcp}`;
}

before(async () => {
  const names = ["plain", "tls", "nginx", "haproxy", "haproxyTcp"];
  ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()])));
  makeCertificate();
  writeFileSync(file("nginx.conf"), nginxConfiguration());
  writeFileSync(file("haproxy.cfg"), haproxyConfiguration());
  const trust = ["--trusted-proxy", "127.0.0.1", "--connections-per-address", "2"];
  const tls = ["--tls-cert", file("fullchain.pem"), "--tls-key", file("privkey.pem"), "--proxy-protocol"];
  await serve(ports.plain, ...trust);
  await serve(ports.tls, ...trust, ...tls);
  await start("nginx", ["-c", file("nginx.conf"), "-p", directory], ports.nginx);
  await start("haproxy", ["-f", file("haproxy.cfg")], ports.haproxy);
});

after(async () => {
  for (const child of children) await stopProgram(child);
  rmSync(directory, { recursive: true, force: true });
});

/** Resolves to an open WebSocket, or rejects with the answer's status. */
async function open(port, { headers = {}, origin = `https://localhost:${port}` } = {}) {
  const socket = new WebSocket(`wss://localhost:${port}/dialogue`, "dialogue.v1", { origin, headers, rejectUnauthorized: false });
  await once(socket, "open");
  return socket;
}

/** The frames that come as the answer to `text`, up to one of type `last`. */
async function ask(socket, text, last) {
  const found = [];
  const messages = on(socket, "message", { signal: AbortSignal.timeout(kPatienceMs) });
  socket.send(text);
  for await (const [message] of messages) {
    found.push(...`${message}`.split("\n").map((frame) => JSON.parse(frame)));
    if (found.some(([type]) => type === last)) return found;
  }
}

for (const name of ["nginx", "haproxy", "haproxyTcp"]) {
  test(`through ${name}: a page's own origin connects, joins, publishes and hears it`, async () => {
    const socket = await open(ports[name]);
    const hello = { identity: { userId: "ann" }, producer: { id: name } };
    const greeting = `[1,1,0,0,${JSON.stringify(hello)}]\n[2,1,0,0,0,"chat",{}]`;
    const joined = (await ask(socket, greeting, frames.joined)).find(([type]) => type === frames.joined);
    const answers = await ask(socket, `[4,${joined[2]},1,1,0,{"text":"through ${name}"}]`, frames.event);
    assert.ok(answers.some(([type]) => type === frames.ack));
    socket.close(1000);
    assert.deepEqual((await once(socket, "close"))[0], 1000);
  });

  test(`through ${name}: another site's page is refused`, async () => {
    await assert.rejects(open(ports[name], { origin: "https://elsewhere.example" }), /403/);
  });
}

for (const name of ["nginx", "haproxy"])
  test(`R-115 through ${name}: limits count the client whom the proxy names`, async () => {
    const client = { headers: { "X-Forwarded-For": "198.51.100.7" } };
    const sockets = [await open(ports[name], client), await open(ports[name], client)];
    await assert.rejects(open(ports[name], client), /429/);
    sockets.push(await open(ports[name], { headers: { "X-Forwarded-For": "198.51.100.8" } }));
    for (const socket of sockets) {
      socket.terminate();
      await once(socket, "close");
    }
  });

test("R-115 a connection that comes past the proxy, without its header, is refused", async () => {
  const socket = new WebSocket(`wss://127.0.0.1:${ports.tls}/dialogue`, "dialogue.v1", { rejectUnauthorized: false });
  await assert.rejects(once(socket, "open"));
});

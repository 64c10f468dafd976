// What an operator meets: few descriptors, signals, settings that are read again, what check finds, the way to the end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificate } from "./support/certificate.mjs";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { app, directoryOf, run, Server } from "./support/program.mjs";

const directory = directoryOf({ "app.json": app, secret: "s".repeat(40) });
const definitions = join(directory, "app.json");
const anyPort = ["--listen", "127.0.0.1:0"];

/** Sockets that connect and say nothing. */
async function silentSockets(port, count) {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
}

/** One answer on a connection of its own, as a health check gets it: its status, 0 when the connection broke. */
function statusOf(url, path) {
  return fetch(url + path, { headers: { connection: "close" } }).then(
    (answer) => answer.status,
    () => 0,
  );
}

const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** The first line that answers a WebSocket handshake. */
async function handshake(port) {
  const socket = connect(port, "127.0.0.1");
  const fields = Object.entries(upgrade).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /dialogue HTTP/1.1\r\nhost: 127.0.0.1\r\n${fields.join("")}\r\n`);
  const [bytes] = await once(socket, "data");
  socket.destroy();
  return `${bytes}`.split("\r\n", 1)[0];
}

test("F-N03 serve raises the soft limit on open files to the hard one", async () => {
  const server = await Server.start([definitions, ...anyPort], { shell: "ulimit -Sn 128" });
  const limits = readFileSync(`/proc/${server.pid}/limits`, "utf8");
  const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(limits);
  assert.equal(soft, hard);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("F-N03 with all descriptors in use /health and /ready answer, and the rest is refused until there are places", async () => {
  const server = await Server.start([definitions, ...anyPort], { shell: "ulimit -n 128" });
  const warning = await server.printed(/descriptors_few/);
  assert.match(warning, /128 open files allows \d+ sockets, fewer than the 10000 allowed connections/);
  const silent = await silentSockets(server.port, 300);
  await server.printed(/descriptors_exhausted/);
  for (let i = 0; i < 20; ++i) {
    assert.equal(await statusOf(server.url, "/health"), 200);
    assert.equal(await statusOf(server.url, "/ready"), 200);
  }
  assert.match(await handshake(server.port), /^HTTP\/1\.1 503 /);
  assert.equal(await statusOf(server.url, "/nothing"), 503);
  for (const socket of silent) socket.destroy();
  // Those that are gone are noticed one after the other; a handshake says when there is place again.
  let answer = "";
  while (!answer.startsWith("HTTP/1.1 101")) answer = await handshake(server.port);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("F-N16 before it stops the server serves on for --drain-delay-ms, while /ready answers 503", async () => {
  const server = await Server.start([definitions, ...anyPort, "--drain-ms", "0", "--drain-delay-ms", "600000"]);
  const { port, url } = server;
  assert.equal(await statusOf(url, "/ready"), 200);
  const ended = server.stop();
  let ready = 200;
  while (ready === 200) ready = await statusOf(url, "/ready");
  assert.equal(ready, 503);
  assert.equal(await statusOf(url, "/health"), 200);
  assert.match(await handshake(port), /^HTTP\/1\.1 101 /);
  await server.stop("SIGINT"); // a second signal: the delay is longer than any machine takes for the lines above
  assert.deepEqual(await ended, [null, "SIGINT"]);
});

test("F-N16 the delay is not cut short, and then the server ends", async () => {
  const server = await Server.start([definitions, ...anyPort, "--drain-ms", "0", "--drain-delay-ms", "500"]);
  const began = performance.now();
  assert.deepEqual(await server.stop(), [0, null]);
  assert.ok(performance.now() - began >= 500);
});

test("F-N16 clients that do not go and a hook backend that is silent do not hold the end", async () => {
  const kHookMs = 60_000;
  const backend = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(backend, "listening");
  const hooks = [
    "--hooks-url",
    `http://127.0.0.1:${backend.address().port}/hooks`,
    "--hooks-secret-file",
    join(directory, "secret"),
  ];
  const server = await Server.start([
    definitions,
    ...anyPort,
    ...hooks,
    ...["--hooks-verbs", "disconnect", "--hooks-fail", "open", "--hooks-timeout-ms", `${kHookMs}`],
  ]);
  const ann = await FrameClient.connect(server.url);
  ann.say([1, 1, 0, 0, { identity: { userId: "ann" } }]);
  await ann.hear(frames.welcome);
  ann.pause(); // and so it answers no Close
  const answer = AbortSignal.timeout(kHookMs); // the server does not give up before
  assert.deepEqual(await server.stop(), [0, null]);
  assert.ok(!answer.aborted, "it has waited for the hook's time-out");
  ann.terminate();
  backend.closeAllConnections();
  backend.close();
});

test("F-N22 SIGUSR1 without --record is a line in the log, and the end has its lines", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  assert.match(await server.tell("SIGUSR1", /recording_off/), /--record FILE/);
  assert.equal(await statusOf(server.url, "/health"), 200);
  assert.deepEqual(await server.stop(), [0, null]);
  const events = server.lines.map((line) => JSON.parse(line).event).filter((event) => !/^(memory|descriptors)_/.test(event));
  assert.deepEqual(events, ["listening", "recording_off", "stopping", "stopped"]);
});

test("F-N21 check finds what serve refuses, in the same words", () => {
  const own = directoryOf({ "app.json": app, notes: "no database", "bad.json": '{"listen": 7}', "short.txt": "short" });
  const file = (name) => join(own, name);
  makeCertificate(own);
  mkdirSync(file("other"));
  makeCertificate(file("other"));
  for (const [args, expected] of [
    [["--auth-key", file("nowhere.pem")], /nowhere\.pem: the file cannot be read/],
    [["--tls-cert", file("nowhere.pem"), "--tls-key", file("key.pem")], /the TLS certificate .*nowhere\.pem/],
    [["--tls-cert", file("cert.pem"), "--tls-key", file("other/key.pem")], /the TLS key .*key\.pem/],
    [["--tls-cert", file("cert.pem")], /only one of the certificate and its key is set/],
    [["--static", file("nowhere")], /nowhere/],
    [["--record", file("nowhere/flight.rec")], /flight\.rec.*cannot be written/],
    [["--store", `sqlite:${file("nowhere/chat.db")}`], /there is no directory .*nowhere/],
    [["--store", `sqlite:${file("notes")}`], /this file is not a database/],
    [["--config", file("nowhere.json")], /nowhere\.json: the file cannot be read/],
    [["--config", file("bad.json")], /bad\.json:1:12: "listen" takes a string/],
    [["--allow-origin", "https://example.com/page"], /is not an origin/],
    [["--api-key-file", file("short.txt")], /short|characters/],
    [["--proxy-protocol"], /no trusted proxy is configured/],
    [["--listen", "0.0.0.0:0"], /other machines can reach this address/],
  ]) {
    const store = args.includes("--store") ? [] : ["--store", "memory:"];
    const listen = args.includes("--listen") ? [] : anyPort;
    const checked = run(["check", file("app.json"), ...listen, ...store, ...args]);
    assert.equal(checked.status, 1, `check ${args}: ${checked.stdout}`);
    assert.match(checked.stderr, expected);
    const served = run(["serve", file("app.json"), ...listen, ...store, ...args]);
    assert.equal(served.stderr, checked.stderr);
    assert.equal(served.status, 1);
  }
  const good = ["--store", `sqlite:${file("chat.db")}`, "--record", file("flight.rec"), "--static", file("other")];
  const fine = run([
    "check",
    file("app.json"),
    ...anyPort,
    ...good,
    "--tls-cert",
    file("cert.pem"),
    "--tls-key",
    file("key.pem"),
  ]);
  assert.equal(fine.status, 0, fine.stderr);
  assert.throws(() => readFileSync(file("chat.db")), "check makes no database");
});

test("F-N21 check looks at a store beside the server that has it", async () => {
  const own = directoryOf({ "app.json": app });
  const store = ["--store", `sqlite:${join(own, "chat.db")}`];
  const server = await Server.start([join(own, "app.json"), ...anyPort, ...store]);
  const checked = run(["check", join(own, "app.json"), ...store]);
  assert.equal(checked.status, 0, checked.stderr);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("F-K22 a room that could only be joined by a transport that there is not is refused", () => {
  const silent = structuredClone(app);
  silent.rooms.chat.channels = ["pigeon"];
  const path = join(directoryOf({ "app.json": silent }), "app.json");
  for (const command of ["check", "serve"]) {
    const { status, stderr } = run([command, path]);
    assert.equal(status, 1);
    const names = ["websocket", "sse", "stream", "polling", "tcp", "socketio"].map((name) => `"${name}"`).join(" or ");
    assert.ok(stderr.includes(`/rooms/chat/channels/0: ${names} is expected`), stderr);
  }
});

test("F-N28 a misspelt variable is refused with a suggestion, and an unknown one is named", async () => {
  for (const command of ["check", "serve"]) {
    const { status, stderr } = run([command, definitions, "--store", "memory:"], { env: { DIALOGUE_SHARD: "2" } });
    assert.equal(status, 1);
    assert.match(stderr, /^DIALOGUE_SHARD: unknown setting\. Did you mean `DIALOGUE_SHARDS`\?/);
  }
  const env = { DIALOGUE_THREADS: "2" };
  assert.match(run(["check", definitions], { env }).stderr, /^DIALOGUE_THREADS is not a setting and is ignored/);
  const server = await Server.start([definitions, ...anyPort], { env });
  assert.match(await server.printed(/unknown_variable/), /DIALOGUE_THREADS/);
  await server.stop();
});

test("F-N28 a time for hooks that a connection does not have is refused", () => {
  const hooks = [
    "--hooks-url",
    "http://127.0.0.1:1/hooks",
    "--hooks-secret-file",
    join(directory, "secret"),
    "--hooks-fail",
    "open",
  ];
  const check = (verbs) => run(["check", definitions, ...hooks, "--hooks-timeout-ms", "60000", "--hooks-verbs", verbs]);
  const { status, stderr } = check("connect,join");
  assert.equal(status, 1);
  assert.match(stderr, /--hooks-timeout-ms: 60000 ms is too long for connect: .* Write at most 8000, or leave connect out/);
  assert.equal(check("join,publish").status, 0);
});

test("F-N28 over the memory bound publications by HTTP are refused", async () => {
  const key = "k".repeat(40);
  const args = [definitions, ...anyPort, "--api-key-env", "KEY", "--memory-max", "1"];
  const server = await Server.start(args, { env: { KEY: key } });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(`${server.url}/api/v1/rooms/chat/events`, {
    method: "POST",
    headers,
    body: JSON.stringify({ event: "message", data: { text: "hi" } }),
  });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "10");
  assert.equal((await answer.json()).code, "server_full");
  assert.equal((await fetch(`${server.url}/api/v1/rooms`, { headers })).status, 200);
  await server.stop();
});

/** Status of a WebSocket handshake from a page, and whether HELLO with a token is welcome. */
async function comesIn(server, { origin, token }) {
  let client;
  try {
    client = await FrameClient.connect(server.url, origin ? { headers: { origin } } : {});
  } catch {
    return "refused";
  }
  client.say([1, 1, 0, 0, { token }]);
  const [type] = await client.hear(frames.welcome, frames.bye);
  return { first: type === frames.welcome ? "welcome" : "bye", client };
}

test("F-N19 F-S1 SIGHUP applies keys, origins, limits and log level, each with a line, and ends whose key is gone", async () => {
  const secrets = {
    one: "first secret, at least 32 bytes long",
    two: "second secret, at least 32 bytes long",
    kept: "third secret, at least 32 bytes long",
  };
  const keys = { one: "1".repeat(40), two: "2".repeat(40) };
  const own = directoryOf({ "app.json": app, secret: secrets.one, kept: secrets.kept, keys: keys.one });
  const file = (name) => join(own, name);
  const always = { authKey: [file("secret"), file("kept")], apiKeyFile: [file("keys")] };
  const configure = (more) => writeFileSync(file("dialogue.json"), JSON.stringify({ ...always, ...more }));
  configure({});
  const tokenBy = (secret) =>
    run(["token", "--sub", "ann", "--key-env", "SECRET", "--claim", 'rooms={"*":"*"}'], {
      env: { SECRET: secret },
    }).stdout.trim();
  const rooms = async (key) => {
    const answer = await fetch(`${server.url}/api/v1/rooms`, { headers: { authorization: `Bearer ${key}` } });
    return answer.status;
  };
  const server = await Server.start([file("app.json"), ...anyPort, "--config", file("dialogue.json")]);
  const origin = "https://app.example";
  const ann = await comesIn(server, { token: tokenBy(secrets.kept) });
  const gone = await comesIn(server, { token: tokenBy(secrets.one) });
  assert.deepEqual([ann.first, gone.first], ["welcome", "welcome"]);
  assert.equal(await comesIn(server, { origin, token: tokenBy(secrets.one) }), "refused");
  assert.deepEqual([await rooms(keys.one), await rooms(keys.two)], [200, 401]);

  writeFileSync(file("secret"), secrets.two);
  writeFileSync(file("keys"), keys.two);
  configure({ allowOrigin: [origin], connectionsPerUser: 2, handshakes: 500, failedLogins: 1, logLevel: "debug", shards: 7 });
  const line = JSON.parse(await server.tell("SIGHUP", /"event":"reloaded"/));
  assert.equal(line.changes, 7);
  const said = server.lines.join("\n");
  for (const change of [
    /setting_reloaded.*--allow-origin is \\"https:\/\/app\.example\\" now/,
    /setting_reloaded.*--connections-per-user.*"before":"100","now":"2"/,
    /setting_reloaded.*--handshakes.*"before":"1000","now":"500"/,
    /setting_reloaded.*--failed-logins.*"before":"10","now":"1"/,
    /setting_reloaded.*--log-level/,
    /keys_reloaded/,
    /api_keys_reloaded/,
    /"level":"warn","event":"setting_needs_restart".*--shards/,
  ])
    assert.match(said, change);
  for (const secret of [...Object.values(secrets), ...Object.values(keys)]) assert.ok(!said.includes(secret));

  const kTokenExpired = 57;
  assert.equal((await gone.client.hear(frames.bye))[1], kTokenExpired);
  const bob = await comesIn(server, { origin, token: tokenBy(secrets.two) });
  assert.equal(bob.first, "welcome");
  const kTokenInvalid = 58;
  const kRateLimited = 75;
  for (const [request, code] of [
    [1, kTokenInvalid],
    [2, kRateLimited], // one wrong token a minute is what a connection may bring now
  ])
    assert.deepEqual((await bob.client.ask([10, request, { token: "wrong" }], frames.reply)).slice(1, 3), [request, code]);
  assert.equal((await comesIn(server, { token: tokenBy(secrets.one) })).first, "bye");
  assert.equal((await comesIn(server, { token: tokenBy(secrets.two) })).first, "bye"); // the third connection of ann
  assert.deepEqual([await rooms(keys.one), await rooms(keys.two)], [401, 200]);
  assert.equal((await ann.client.ask([8, 1], frames.reply))[0], frames.reply);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("F-N19 a refused configuration changes nothing, and is reported in one line", async () => {
  const own = directoryOf({ "app.json": app, secret: "first secret, at least 32 bytes long" });
  const file = (name) => join(own, name);
  makeCertificate(own);
  const files = { authKey: [file("secret")], tlsCert: file("cert.pem"), tlsKey: file("key.pem") };
  writeFileSync(file("dialogue.json"), JSON.stringify(files));
  const server = await Server.start([file("app.json"), ...anyPort, "--config", file("dialogue.json")]);
  for (const [change, expected] of [
    [{ ...files, allowOrigin: ["https://app.example"], logLevel: "loud" }, /dialogue\.json:1:\d+: \\"loud\\" is not a log level/],
    [{ ...files, allowOrigin: ["https://app.example"], authKey: [file("nowhere")] }, /nowhere: the file cannot be read/],
    [{ ...files, logLevel: "error", tlsCert: file("secret") }, /the TLS certificate .*secret/],
    [{ ...files, logLevel: "error", authKey: [] }, /token verification cannot be turned on or off|is not set/],
  ]) {
    writeFileSync(file("dialogue.json"), JSON.stringify(change));
    const before = server.lines.length;
    const line = await server.tell("SIGHUP", /reload/);
    assert.match(line, /"level":"error","event":"reload_refused"/);
    assert.match(line, expected);
    assert.match(line, /Nothing was changed/);
    assert.equal(server.lines.length, before + 1);
  }
  writeFileSync(file("dialogue.json"), JSON.stringify(files));
  assert.equal(JSON.parse(await server.tell("SIGHUP", /"event":"reloaded"/)).changes, 1); // the certificate
  assert.deepEqual(await server.stop(), [0, null]);
});

test("F-N17 /ready answers 503 until the JWKS URL has returned keys, and 200 from then on", async () => {
  const own = directoryOf({ "app.json": app });
  const made = run(["keys", "--alg", "ES256", "--private", join(own, "key.pem"), "--public", join(own, "keys.jwks")]);
  assert.equal(made.status, 0, made.stderr);
  let status = 500;
  const issuer = createServer((_, answer) => {
    answer.writeHead(status, { "content-type": "application/json" });
    answer.end(status === 200 ? readFileSync(join(own, "keys.jwks")) : "");
  }).listen(0, "127.0.0.1");
  await once(issuer, "listening");
  const jwks = `http://127.0.0.1:${issuer.address().port}/keys`;
  const server = await Server.start([definitions, ...anyPort, "--auth-jwks", jwks]);
  assert.match(await server.printed(/jwks_failed/), /"level":"warn".*its tokens are refused.*status 500/);
  const before = await fetch(`${server.url}/ready`);
  assert.equal(before.status, 503);
  assert.deepEqual(await before.json(), { status: "keys_unavailable" });
  assert.equal(await statusOf(server.url, "/health"), 200);
  status = 200;
  await server.printed(/jwks_fetched/);
  assert.equal(await statusOf(server.url, "/ready"), 200);
  await server.stop();
  issuer.closeAllConnections();
  issuer.close();
});

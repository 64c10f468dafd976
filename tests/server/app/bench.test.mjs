// `dialogue bench` from outside: against a real server, against servers that answer wrongly, and with what cannot be.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeCertificate } from "./support/certificate.mjs";
import { binary, directoryOf, root, run, Server } from "./support/program.mjs";

const { WebSocketServer } = createRequire(fileURLToPath(new URL("../../../js/package.json", import.meta.url)))("ws");
const app = join(root, "bench", "delivery", "app.json");
const files = directoryOf({ "plain.json": { joined: "joined" }, "wrong.json": { pth: "/" } });
const dialect = join(files, "plain.json");

/** Runs the load to its end without keeping this process from serving: { status, stdout, stderr }. */
async function bench(args, { input } = {}) {
  const child = spawn(binary, ["bench", ...args], { stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].on("data", (chunk) => {
      said[name] += chunk;
    });
  input?.(child, said);
  const [status] = await once(child, "close");
  return { status, ...said };
}

const json = async (args) => {
  const { status, stdout, stderr } = await bench([...args, "--json"]);
  assert.equal(stderr, "");
  return { status, report: JSON.parse(stdout) };
};

const serve = () => Server.start([app, "--listen", "127.0.0.1:0"]);
const address = (server) => `ws://127.0.0.1:${server.port}`;

/** The files of a certificate, and what a server needs of them. */
const certified = directoryOf({});
makeCertificate(certified);
const authority = join(certified, "cert.pem");
const withTls = ["--tls-cert", authority, "--tls-key", join(certified, "key.pem")];

/** A broadcast that gives `members` and the message to `spread`, which may do it wrongly. Resolves to its address. */
async function broadcast(spread, t) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  const members = new Set();
  let count = 0;
  server.on("connection", (socket) => {
    members.add(socket);
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      count += 1;
      for (const member of members) spread(member, `${data}`, count);
    });
    socket.send("joined");
  });
  await once(server, "listening");
  return `ws://127.0.0.1:${server.address().port}`;
}

/** A report of a run that found nothing wrong: each of `due` publications, where that is known, was sent or withheld. */
function assertRight({ status, report }, { audience, due }) {
  const words = JSON.stringify(report);
  assert.equal(status, 0, words);
  assert.equal(report.lost + report.lostByStalled + report.doubled + report.disordered + report.refused, 0, words);
  assert.ok(report.published > 0 && report.acknowledged === report.published, words);
  assert.equal(report.deliveries, report.published * audience, words);
  // On a busy machine too many may be unanswered for a moment.
  if (due !== undefined) assert.equal(report.published + report.withheld, due, words);
}

test("a rate is kept, and every publication reaches every member once", async () => {
  const server = await serve();
  const run = await json([address(server), "--clients", "40", "--rooms", "4", "--rate", "200", "--seconds", "1"]);
  assertRight(run, { audience: 10, due: 200 });
  const { report } = run;
  assert.ok(
    report.latencyUs.p50 > 0 && report.latencyUs.p50 <= report.latencyUs.p99 && report.latencyUs.p99 <= report.latencyUs.max,
  );
  await server.stop();
});

test("saturated, ping-pong, bursts, acknowledgements alone, a stalled member and a storm find nothing wrong", async () => {
  const server = await serve();
  const second = ["--seconds", "1"];
  const stalled = ["--room-pattern", "long-{id}", "--rate", "500", "--size", "2000", "--stalled", "1"];
  for (const [args, expected] of [
    [["--clients", "8", "--rooms", "2", "--publishers", "4", "--saturate", "--in-flight", "3", ...second], { audience: 4 }],
    [["--clients", "2", "--ping-pong", ...second], { audience: 2 }],
    [["--clients", "10", "--rate", "400", "--burst", "100", ...second], { audience: 10, due: 400 }],
    [["--clients", "4", "--publishers", "4", "--saturate", "--deaf", ...second], { audience: 0 }],
    [["--clients", "10", ...stalled, ...second], { audience: 10, due: 500 }],
    [["--clients", "60", "--rooms", "3", "--storm", "--history", "40"], { audience: 60 / 3 - 1, due: 3 * 40 }],
  ]) {
    assertRight(await json([address(server), ...args]), expected);
  }
  await server.stop();
});

test("over TLS every publication arrives, large and small, and with members that stop reading", async () => {
  const server = await Server.start([app, "--listen", "127.0.0.1:0", ...withTls]);
  const secure = `wss://127.0.0.1:${server.port}`;
  const second = ["--seconds", "1"];
  const stalled = ["--room-pattern", "long-{id}", "--rate", "500", "--size", "2000", "--stalled", "1"];
  const saturated = ["--rooms", "2", "--publishers", "4", "--saturate", "--in-flight", "3"];
  for (const [args, expected] of [
    [["--ca", authority, "--clients", "40", "--rooms", "4", "--rate", "200", ...second], { audience: 10, due: 200 }],
    [["--insecure", "--clients", "8", ...saturated, ...second], { audience: 4 }],
    [["--insecure", "--clients", "3", "--size", "50000", "--rate", "100", ...second], { audience: 3, due: 100 }],
    [["--insecure", "--clients", "10", ...stalled, ...second], { audience: 10, due: 500 }],
  ]) {
    assertRight(await json([secure, ...args]), expected);
  }
  const byName = await json([`wss://localhost:${server.port}`, "--ca", authority, "--clients", "2", ...second]);
  assert.equal(byName.status, 0);
  await server.stop();
});

test("an untrusted certificate is refused, and so is one protocol on the other one's port", async () => {
  const plain = await serve();
  const secure = await Server.start([app, "--listen", "127.0.0.1:0", ...withTls]);
  const elsewhere = await Server.start([app, "--listen", "127.0.0.2:0", ...withTls]);
  const other = directoryOf({});
  makeCertificate(other);
  const few = ["--clients", "2", "--seconds", "1"];
  for (const [args, expected] of [
    [
      [`wss://127.0.0.1:${secure.port}`],
      /certificate is not trusted: self-signed certificate\. Pass .* --ca FILE, .* --insecure\.\n$/,
    ],
    [[`wss://127.0.0.1:${secure.port}`, "--ca", join(other, "cert.pem")], /certificate is not trusted: /],
    [[`wss://127.0.0.2:${elsewhere.port}`, "--ca", authority], /certificate is not trusted: IP address mismatch/],
    [[`ws://127.0.0.1:${secure.port}`], /answered the WebSocket handshake with "HTTP\/1.1 400/],
    [[`wss://127.0.0.1:${plain.port}`, "--insecure"], /^wss:\/\/127\.0\.0\.1:\d+: (TLS failed: |the server closed)/],
  ]) {
    const { status, stdout, stderr } = await bench([...args, ...few]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
  }
  for (const server of [plain, secure, elsewhere]) await server.stop();
});

test("the idle run reports its memory, stays until standard input ends, and leaves", async () => {
  const server = await serve();
  const { status, stdout } = await bench([address(server), "--clients", "20", "--idle"], {
    input: (child) => child.stdout.once("data", () => child.stdin.end()),
  });
  assert.equal(status, 0);
  assert.match(stdout, /members +20 in 1 room, joined in/);
  await server.stop();
});

for (const [when, joined, tls] of [
  ["while clients join", 5, []],
  ["under its load", 20, []],
  ["under its load with TLS", 20, withTls],
])
  test(`over a server that is killed ${when} and restarted nothing is lost`, async () => {
    const store = join(directoryOf({}), "log.db");
    const args = [app, "--store", `sqlite:${store}`, ...tls];
    const first = await Server.start([...args, "--listen", "127.0.0.1:0"]);
    const place = `127.0.0.1:${first.port}`;
    const url = tls.length ? [`wss://${place}`, "--ca", authority] : [`ws://${place}`];
    const load = json([...url, "--room-pattern", "long-{id}", "--clients", "20", "--rooms", "2", "--seconds", "3"]);
    for (let i = 0; i < joined; ++i) await first.printed(new RegExp(`"event":"joined".*"user":"u${i}"`));
    await first.stop("SIGKILL");
    const second = await Server.start([...args, "--listen", place]);
    const { status, report } = await load;
    assert.equal(status, 0, JSON.stringify(report));
    // Which of the joined ones had heard of it when the server died depends on the processors.
    assert.ok(report.reconnects >= 1 && report.reconnects <= 20, `${report.reconnects} reconnects`);
    assert.equal(report.deliveries, report.published * 10);
    await second.stop();
  });

test("a server's own CPU time and memory are told for its process", async () => {
  const server = await serve();
  const { report } = await json([address(server), "--clients", "50", "--seconds", "1", "--server-pid", `${server.pid}`]);
  assert.ok(report.server.cpuUs > 0 && report.server.memoryJoinedKib > 0);
  await server.stop();
});

test("a right answer by templates ends with 0, as a table", async (t) => {
  const url = await broadcast((member, data) => member.send(data), t);
  const { status, stdout } = await bench([url, "--dialect", dialect, "--clients", "5", "--seconds", "1"]);
  assert.equal(status, 0);
  assert.match(stdout, /deliveries +500, /);
  assert.match(stdout, /lost +0\n/);
});

test("lost, repeated and disordered events are counted, and the exit code is 1", async (t) => {
  const held = new Map();
  for (const [fault, spread] of [
    ["lost", (member, data, count) => count % 10 !== 5 && member.send(data)],
    ["doubled", (member, data, count) => [data, ...(count % 10 === 5 ? [data] : [])].forEach((each) => void member.send(each))],
    [
      "disordered",
      (member, data, count) => {
        if (count % 10 === 5) return void held.set(member, data);
        member.send(data);
        if (count % 10 === 6) member.send(held.get(member));
      },
    ],
  ]) {
    const url = await broadcast(spread, t);
    const args = [url, "--dialect", dialect, "--clients", "3", "--rate", "100", "--seconds", "1"];
    const { status, report } = await json(args);
    assert.equal(status, 1, fault);
    const others = { lost: 0, doubled: 0, disordered: 0, [fault]: 3 * 10 };
    assert.deepEqual({ lost: report.lost, doubled: report.doubled, disordered: report.disordered }, others);
  }
});

test("an unreachable or invalid server, or one without the room or event, is named with the reason", async (t) => {
  const closed = createServer((_, response) => response.writeHead(404, { connection: "close" }).end());
  closed.listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address();
  const none = await bench([`ws://127.0.0.1:${port}/nothing`]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /answered the WebSocket handshake with "HTTP\/1.1 404 Not Found"/);
  await new Promise((resolve) => closed.close(resolve));
  const unreachable = await bench([`ws://127.0.0.1:${port}`]);
  assert.equal(unreachable.status, 1);
  assert.match(unreachable.stderr, new RegExp(`^ws://127.0.0.1:${port}: Connection refused`));
  const server = await serve();
  t.after(() => server.stop());
  for (const [args, expected] of [
    [["--event", "nothing"], /have no event "nothing"; name another with --event/],
    [["--room-pattern", "nowhere-{id}"], /refuses members in "nowhere-0": \w+/],
  ]) {
    const { status, stdout, stderr } = await bench([address(server), ...args]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
  }
});

test("invalid arguments are refused, and the error says what to do", () => {
  for (const [args, code, expected] of [
    [[], 2, /url is required/],
    [["ws://h", "--clients", "0"], 2, /--clients/],
    [["ws://h", "--rate", "fast"], 2, /--rate/],
    [["ws://h", "--rate", "nan"], 1, /--rate: it is not a number\. Pass publications per second/],
    [["http://localhost"], 1, /http:\/\/localhost: this is not a WebSocket URL\. Write ws:\/\/HOST:PORT or wss/],
    [["ws://h", "--insecure"], 1, /certificates require TLS/],
    [["ws://h", "--ca", authority], 1, /certificates require TLS/],
    [["wss://h", "--ca", authority, "--insecure"], 1, /Use one of them/],
    [["wss://127.0.0.1:1", "--ca", join(files, "plain.json")], 1, /plain\.json: no certificates can be read from it/],
    [["wss://127.0.0.1:1", "--ca", join(files, "none.pem")], 1, /none\.pem: no certificates can be read from it/],
    [["ws://h", "--clients", "3", "--rooms", "4"], 1, /3 are too few for 4 publishers/],
    [["ws://h", "--clients", "3", "--ping-pong"], 1, /Set --clients to twice --rooms/],
    [["ws://h", "--saturate", "--storm"], 1, /exclude each other/],
    [["ws://h", "--deaf"], 1, /Give --saturate/],
    [["ws://h", "--rooms", "2", "--room-pattern", "one"], 1, /"one" names one room/],
    [["ws://h", "--dialect", join(files, "none.json")], 1, /none\.json/],
    [["ws://h", "--dialect", join(files, "wrong.json")], 1, /there is no key "pth"/],
    [["ws://h", "--dialect", dialect, "--storm"], 1, /only Dialogue's own protocol/],
    [["ws://127.0.0.1:1", "--server-pid", "4194305"], 1, /there is no process 4194305/],
  ]) {
    const { status, stdout, stderr } = run(["bench", ...args]);
    assert.equal(status, code, `${args}: ${stderr}`);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
  }
});

// `dialogue tail`, `publish` and `rooms` from a shell: over a WebSocket and over TCP, in pipes, over kill -9 of the server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createBackend } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { kPatienceMs } from "../../patience.mjs";
import { makeCertificate } from "./support/certificate.mjs";
import { app, binary, directoryOf, run, Server } from "./support/program.mjs";

const keeping = structuredClone(app);
keeping.rooms.chat.retention = { maxEvents: 10_000 }; // all that a test publishes
const directory = directoryOf({ "app.json": keeping });
const definitions = join(directory, "app.json");
const anyPort = ["--listen", "127.0.0.1:0", "--tcp-listen", "127.0.0.1:0"];
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));

const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** Where a server's TCP port is, as it says itself. */
const tcpUrl = (server) => /"tcp":"([^"]+)"/.exec(server.lines.join("\n"))[1];

/** A command that is left running: next() gives what it prints line by line, `errors` what it complains of. */
function started(args, { shell } = {}) {
  const child = shell
    ? spawn("bash", ["-c", shell], { env: { ...environment, DIALOGUE: binary }, stdio: ["pipe", "pipe", "pipe"] })
    : spawn(binary, args, { env: environment, stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  const command = { child, errors: "", ended: once(child, "close") };
  const complaints = createInterface({ input: child.stderr });
  complaints.on("line", (line) => {
    command.errors += `${line}\n`;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  command.next = async () => {
    const bound = AbortSignal.timeout(kPatienceMs);
    const late = once(bound, "abort").then(() => assert.fail(`nothing was printed\n${command.errors}`));
    const { value, done } = await Promise.race([lines.next(), late]);
    return done ? undefined : value;
  };
  command.complained = async (pattern) => {
    while (!pattern.test(command.errors)) await once(complaints, "line", { signal: AbortSignal.timeout(kPatienceMs) });
  };
  return command;
}

const publish = (url, ...lines) => {
  const ended = run(["publish", url, "chat", "message"], { input: lines.map((text) => JSON.stringify({ text })).join("\n") });
  assert.equal(ended.status, 0, ended.stderr);
  return ended;
};

const textOf = (line) => JSON.parse(line).data.text;

test("tail, publish and rooms do the same over a WebSocket and over TCP", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  for (const [url, other] of [
    [server.url, tcpUrl(server)],
    [tcpUrl(server), server.url.replace("http", "ws")],
  ]) {
    const tail = started(["tail", url, "chat", "--json", "--user", "bob", "--last", "1"]);
    assert.equal(run(["publish", other, "chat", "message", '{"text":"a\\nb"}', "--user", "ann"]).status, 0);
    let event = JSON.parse(await tail.next());
    while (event.from !== "ann") event = JSON.parse(await tail.next()); // of the round before
    assert.equal(event.roomId, "chat");
    assert.equal(event.event, "message");
    assert.deepEqual(event.data, { text: "a\nb" });
    assert.ok(event.seq >= 1 && event.epoch > 0 && Math.abs(event.timestamp - Date.now()) < 3_600_000);
    tail.child.kill("SIGINT");
    assert.deepEqual(await tail.ended, [0, null]);
    assert.equal(tail.errors, "");

    const plain = run(["tail", url, "chat", "--since", "start", "--count", "1"]);
    assert.equal(plain.status, 0, plain.stderr);
    assert.match(plain.stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z ann message \{"text":"a\\nb"\}\n$/);

    const rooms = run(["rooms", url]);
    assert.equal(rooms.status, 0, rooms.stderr);
    assert.match(rooms.stdout, /^chat\t\d+\/50\tChat\n$/);
    assert.deepEqual(JSON.parse(run(["rooms", url, "--json"]).stdout).maxSize, 50);
  }
  assert.deepEqual(await server.stop(), [0, null]);
});

test("P-21 lines of a pipe are published in their order, each acknowledged, and what is refused is named", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  for (const url of [server.url, tcpUrl(server)]) {
    const count = 500;
    const input = Array.from({ length: count }, (_, index) => JSON.stringify({ text: `${index}` }));
    input[7] = '{"text":""}';
    input[9] = '{"text":';
    input[11] = " ";
    input[12] = '{ "text":\t"12" }\r';
    const ended = run(["publish", url, "chat", "message", "-", "--json"], { input: input.join("\n") });
    assert.equal(ended.status, 1);
    assert.equal(ended.stderr.trim().split("\n").length, 2);
    assert.match(ended.stderr, /^dialogue: line 8: too_short: \$\.text is shorter than 1 character\(s\)$/m);
    assert.match(ended.stderr, /^dialogue: line 10: json_syntax: /m);
    const acks = ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const accepted = input.map((_, index) => index + 1).filter((line) => ![8, 10, 12].includes(line));
    assert.deepEqual(
      acks.map(({ line }) => line),
      accepted,
    );
    for (const [index, ack] of acks.entries()) assert.equal(ack.seq, acks[0].seq + index);
    assert.ok(acks.every(({ duplicate }) => duplicate === false));
    const back = run(["tail", url, "chat", "--json", "--since", `${acks[0].epoch}:${acks[0].seq}`, "--count", `${count - 4}`]);
    assert.equal(back.status, 0, back.stderr);
    assert.deepEqual(
      back.stdout.trim().split("\n").map(textOf),
      input.map((_, index) => `${index}`).filter((text) => !["0", "7", "9", "11"].includes(text)),
    );
  }
  await server.stop();
});

test("an error is one line, with exit code 1, or 2 for the command line", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  const free = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  for (const [args, pattern] of [
    [["tail", server.url, "nowhere"], /room_unknown: There is no room/],
    [["tail", tcpUrl(server), "nowhere"], /room_unknown: There is no room/],
    [["publish", server.url, "nowhere", "message", "{}"], /room_unknown/],
    [["publish", server.url, "chat", "massage", "{}"], /there is no event "massage"; the server's definitions have: message/],
    [["publish", server.url, "chat", "message", "{}"], /^dialogue: required_missing: \$ lacks the required property text$/m],
    [["rooms", server.url, "--token", "x"], /unauthorized/],
    [["rooms", tcpUrl(server), "--token", "x"], /unauthorized/],
    [["rooms", `http://127.0.0.1:${free}`], /no connection: Connection refused/],
    [["rooms", `tcp://127.0.0.1:${free}`], /no connection: Connection refused/],
    [["tail", server.url.replace("http", "tcp"), "chat"], /no connection: /],
    [["tail", tcpUrl(server).replace("tcp", "http"), "chat"], /handshake|no connection/],
    [["tail", "tcp://127.0.0.1", "chat"], /a TCP address needs its port/],
    [["tail", "tcp://127.0.0.1:1/x", "chat"], /a TCP address has no path/],
    [["tail", "ftp://127.0.0.1", "chat"], /this is not the address of a server/],
    [["tail", server.url, "chat", "--since", "yesterday"], /--since: "yesterday" is not a position/],
    [["tail", server.url, "chat", "--since", "start", "--last", "3"], /--last also sets the start/],
    [["tail", server.url, "chat", "--user", "a", "--token", "b"], /--user: a token already identifies the user/],
    [["tail", server.url, "chat", "--insecure"], /certificates require TLS/],
  ]) {
    const { status, stdout, stderr } = run(args);
    assert.equal(status, 1, `${args}: ${stderr}`);
    assert.match(stderr, pattern);
    assert.equal(stdout, "");
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
  assert.equal(run(["tail", server.url]).status, 2);
  assert.equal(run(["publish", server.url, "chat"]).status, 2);
  for (const command of ["tail", "publish", "rooms"]) {
    const { status, stdout } = run([command, "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /tcp:\/\/HOST:PORT/);
  }
  await server.stop();
});

test("a silent server times out, and a line that is not protocol is quoted", async () => {
  const silent = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  const wrong = createServer((socket) => {
    socket.on("error", () => undefined); // the client breaks it off
    socket.write("220 mail\n");
  }).listen(0, "127.0.0.1");
  await Promise.all([once(silent, "listening"), once(wrong, "listening")]);
  const given = started(["rooms", `tcp://127.0.0.1:${silent.address().port}`, "--timeout", "1"]);
  assert.deepEqual(await given.ended, [1, null]);
  assert.match(given.errors, /the server did not answer for 1 s/);
  const quoted = started(["rooms", `tcp://127.0.0.1:${wrong.address().port}`]);
  assert.deepEqual(await quoted.ended, [1, null]);
  assert.match(quoted.errors, /an invalid frame: 220 mail/);
  silent.close();
  wrong.close();
});

test("an unreachable hook is named by commands that wait for it, and tail continues when it is reachable", async () => {
  const backend = createBackend(async (request, response) => {
    const { hooks: questions } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    response.end(JSON.stringify({ answers: questions.map(({ id }) => ({ id, allow: true })) }));
  });
  await once(backend.listen(0, "127.0.0.1"), "listening");
  const { port } = backend.address();
  const close = () => {
    backend.closeAllConnections();
    return once(backend.close(), "close");
  };
  await close();
  const hooks = ["--hooks-url", `http://127.0.0.1:${port}/`, "--hooks-verbs", "join", "--hooks-fail", "closed"];
  const env = { ...environment, SECRET: "a secret of more than thirty-two bytes" };
  const server = await Server.start([definitions, ...anyPort, ...hooks, "--hooks-secret-env", "SECRET"], { env });
  const given = started(["publish", server.url, "chat", "message", '{"text":"no"}', "--timeout", "5"]);
  assert.deepEqual(await given.ended, [1, null]);
  assert.match(given.errors, /hook_unavailable: The application's hook is unavailable\. No answer for 5 s$/m);
  const tail = started(["tail", server.url, "chat", "--json", "--count", "1"]);
  await tail.complained(/^dialogue: hook_unavailable: The application's hook is unavailable\. Retrying$/m);
  await once(backend.listen(port, "127.0.0.1"), "listening");
  const sent = started(["publish", server.url, "chat", "message"]);
  const sending = setInterval(() => sent.child.stdin.write('{"text":"yes"}\n'), 100);
  assert.equal(textOf(await tail.next()), "yes");
  clearInterval(sending);
  assert.equal(tail.errors.match(/Retrying/g).length, 1);
  sent.child.stdin.end();
  await Promise.all([tail.ended, sent.ended, server.stop()]);
  await close();
});

test("P-20 tail continues over kill -9 of the server, and publish over it publishes each line once", async () => {
  const store = ["--store", `sqlite:${join(directoryOf({}), "chat.db")}`];
  for (const way of ["http", "tcp"]) {
    let server = await Server.start([definitions, ...anyPort, ...store]);
    const fixed = ["--listen", new URL(server.url).host, "--tcp-listen", new URL(tcpUrl(server)).host];
    const url = way === "tcp" ? tcpUrl(server) : server.url;
    publish(url, `${way} before`);
    const tail = started(["tail", url, "chat", "--json", "--last", "1"]);
    assert.equal(textOf(await tail.next()), `${way} before`);
    const publisher = started(["publish", url, "chat", "message", "--json"]);
    const send = (from, to) => {
      for (let n = from; n < to; ++n) publisher.child.stdin.write(`{"text":"${way} ${n}"}\n`);
    };
    const total = 300;
    send(0, 100);
    await publisher.next();
    await server.stop("SIGKILL");
    send(100, total);
    publisher.child.stdin.end();
    await tail.complained(/the connection was lost \(.*\); reconnecting/);
    server = await Server.start([definitions, ...fixed, ...store]);
    assert.deepEqual(await publisher.ended, [0, null], publisher.errors);
    for (let n = 0; n < total; ++n) assert.equal(textOf(await tail.next()), `${way} ${n}`);
    tail.child.kill("SIGTERM");
    assert.deepEqual(await tail.ended, [0, null]);
    await server.stop();
  }
});

test("tail ends when its reader goes in a quiet room, if standard output is a socket", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  publish(server.url, "one");
  const tail = started(["tail", server.url, "chat", "--since", "start"]);
  assert.match(await tail.next(), /one/);
  const ended = once(tail.child, "exit", { signal: AbortSignal.timeout(kPatienceMs) });
  tail.child.stdout.destroy();
  assert.deepEqual(await ended, [0, null]);
  assert.equal(tail.errors, "");
  assert.deepEqual(await server.stop(), [0, null]);
});

test("what strangers publish cannot steer the terminal of tail or audit", async () => {
  const audit = join(directory, "steering.db");
  const server = await Server.start([definitions, ...anyPort, "--audit", audit]);
  const [user, text] = ["ann\u009b2J\u200b", "\u202e\u009b2J"];
  const published = run(["publish", server.url, "chat", "message", JSON.stringify({ text }), "--user", user]);
  assert.equal(published.status, 0, published.stderr);
  const plain = run(["tail", server.url, "chat", "--since", "start", "--count", "1"]).stdout;
  assert.match(plain, /Z ann\?2J\? message \{"text":"\\u202e\\u009b2J"\}\n$/);
  const json = run(["tail", server.url, "chat", "--since", "start", "--count", "1", "--json"]).stdout;
  assert.doesNotMatch(json, /[\u0080-\u009f\u200b\u202e]/);
  assert.equal(JSON.parse(json).from, user);
  assert.equal(textOf(json), text);
  assert.deepEqual(await server.stop(), [0, null]);
  const records = run(["audit", audit]).stdout;
  assert.match(records, /ann\\u009b2J\\u200b/);
  assert.doesNotMatch(records, /[\u0080-\u009f\u200b\u202e]/);
  const lines = run(["audit", audit, "--json"]).stdout;
  assert.doesNotMatch(lines, /[\u0080-\u009f\u200b\u202e]/);
  const found = lines.trim().split("\n").map(JSON.parse);
  assert.ok(found.some(({ values }) => values.user === user));
});

test("in a pipe each line is written immediately, and tail ends with its reader", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  for (const url of [server.url, tcpUrl(server)]) {
    const oneLine = `"$DIALOGUE" tail ${url} chat --json --event 'mess*' | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const reader = started([], { shell: oneLine });
    // A joined member is what both wait for; publications before that are of the past.
    let line;
    const first = reader.next().then((text) => {
      line = text;
    });
    while (line === undefined) {
      publish(url, "again");
      await Promise.race([first, new Promise((resolve) => setImmediate(resolve))]);
    }
    assert.equal(textOf(line), "again");
    assert.equal(await reader.next(), "0"); // without another event
  }
  await server.stop();
});

test("Ctrl-C ends publish with 130 and reports unanswered publications", async () => {
  const server = await Server.start([definitions, ...anyPort]);
  const publisher = started(["publish", server.url, "chat", "message", "--json"]);
  publisher.child.stdin.write('{"text":"one"}\n');
  assert.equal(JSON.parse(await publisher.next()).line, 1);
  publisher.child.kill("SIGINT");
  assert.deepEqual(await publisher.ended, [130, null]);
  assert.match(publisher.errors, /1 accepted, 0 without an answer/);
  await server.stop();
});

test("the same over TLS, with an authority of one's own", async () => {
  const files = directoryOf({});
  makeCertificate(files);
  const certificate = ["--tls-cert", join(files, "cert.pem"), "--tls-key", join(files, "key.pem")];
  const server = await Server.start([definitions, ...anyPort, ...certificate]);
  const tls = tcpUrl(server);
  assert.match(tls, /^tls:/);
  for (const url of [server.url, tls]) {
    assert.equal(run(["publish", url, "chat", "message", '{"text":"sealed"}', "--insecure"]).status, 0);
    const tail = run(["tail", url, "chat", "--last", "1", "--count", "1", "--json", "--insecure"]);
    assert.equal(textOf(tail.stdout), "sealed");
    const refused = run(["rooms", url]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /certificate is not trusted/);
  }
  const plain = run(["rooms", tls.replace("tls:", "tcp:")]);
  assert.equal(plain.status, 1);
  assert.match(plain.stderr, /This port uses TLS: connect with tls:/);
  await server.stop();
});

test("a token comes from the environment, and the server determines its user", async () => {
  const files = directoryOf({ "jwt.key": "a secret that is long enough for a test" });
  const key = join(files, "jwt.key");
  const server = await Server.start([definitions, ...anyPort, "--auth-key", key]);
  const { stdout, status, stderr } = run(["token", "--sub", "carol", "--key-file", key, "--ttl", "5m"]);
  assert.equal(status, 0, stderr);
  const env = { DIALOGUE_TOKEN: stdout.trim() };
  for (const url of [server.url, tcpUrl(server)]) {
    assert.equal(run(["rooms", url]).status, 1);
    assert.equal(run(["publish", url, "chat", "message", '{"text":"hi"}'], { env }).status, 0);
    const tail = run(["tail", url, "chat", "--last", "1", "--count", "1", "--json"], { env });
    assert.equal(JSON.parse(tail.stdout).from, "carol");
  }
  await server.stop();
});

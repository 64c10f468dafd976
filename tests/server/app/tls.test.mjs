// `dialogue serve --tls-cert --tls-key` from outside, with certificates made by openssl for each test.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { makeCertificate, makeKey } from "./support/certificate.mjs";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { app, directoryOf, run, Server } from "./support/program.mjs";

/** A server with TLS, and the directory of its files. */
async function serve(options = {}) {
  const directory = directoryOf({ "app.json": app });
  const site = directoryOf({ "index.html": "<!doctype html><title>Hello</title>" });
  makeCertificate(directory, options);
  const files = ["--tls-cert", join(directory, "cert.pem"), "--tls-key", join(directory, "key.pem")];
  const server = await Server.start([join(directory, "app.json"), "--static", site, "--listen", "127.0.0.1:0", ...files]);
  return { server, directory };
}

/** A TLS connection, or the error that it ended with. */
async function handshake(port, options = {}) {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  try {
    await once(socket, "secureConnect");
    return socket;
  } catch (error) {
    return error;
  }
}

const get = (url) =>
  new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
    })
      .on("error", reject)
      .end();
  });

/** A greeted member of "chat", and the room's number. */
async function member(server) {
  const client = await FrameClient.connect(server.url, { rejectUnauthorized: false });
  await client.greet("ann", "p");
  const [, , room] = await client.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
  return { client, room };
}

test("pages and WebSockets are served over TLS, small and large messages both ways", async () => {
  const { server } = await serve();
  assert.match(server.url, /^https:/);
  assert.match((await get(`${server.url}/`)).body, /<title>Hello/);
  const { client: ann, room } = await member(server);
  for (const [number, size] of [1, 1999, 2].entries()) {
    const ack = await ann.ask([4, room, 1, number + 1, 0, { text: "x".repeat(size) }], frames.ack);
    assert.equal(ack[2], number + 1);
    assert.equal((await ann.hear(frames.event)).at(-1).text.length, size);
  }
  await ann.close();
  assert.deepEqual(await server.stop(), [0, null]);
});

test("R-112 TLS 1.2 and 1.3 with forward secrecy; older versions, other protocols and weak ciphers are refused", async () => {
  const { server } = await serve();
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const socket = await handshake(server.port, { minVersion: version, maxVersion: version, ALPNProtocols: ["h2", "http/1.1"] });
    assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [version, "h2"]);
    assert.match(socket.getCipher().standardName, version === "TLSv1.2" ? /^TLS_ECDHE_.*(GCM|POLY1305)/ : /^TLS_(AES|CHACHA)/);
    socket.destroy();
  }
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  assert.match(`${await handshake(server.port, old)}`, /version|alert|unsupported/i);
  assert.match(`${await handshake(server.port, { ALPNProtocols: ["spdy/3"] })}`, /alert|protocol/i);
  const weak = { maxVersion: "TLSv1.2", ciphers: "AES128-SHA:ECDHE-ECDSA-AES128-SHA" };
  assert.match(`${await handshake(server.port, weak)}`, /alert|handshake|cipher/i);
  assert.equal((await handshake(server.port, { servername: "elsewhere.example" })).getPeerCertificate().subject.CN, "localhost");
  await server.stop();
});

test("a command over https trusts the authorities of SSL_CERT_FILE, and otherwise the system's", async () => {
  const { server, directory } = await serve();
  const url = `https://localhost:${server.port}`;
  const trusting = run(["health", url], { env: { SSL_CERT_FILE: join(directory, "cert.pem") } });
  assert.deepEqual([trusting.status, trusting.stderr], [0, ""]);
  const doubting = run(["health", url]);
  assert.equal(doubting.status, 1);
  assert.match(doubting.stderr, /certificate/);
  await server.stop();
});

test("R-112 a certificate replaced while it runs serves new connections; a bad one changes nothing", async () => {
  const { server, directory } = await serve({ name: "first" });
  const subject = async () => (await handshake(server.port)).getPeerCertificate().subject.CN;
  const { client: ann, room } = await member(server);
  assert.equal(await subject(), "first");
  makeCertificate(directory, { name: "second" });
  await server.tell("SIGHUP", /certificate_reloaded/);
  assert.equal(await subject(), "second");
  writeFileSync(join(directory, "cert.pem"), "not a certificate");
  assert.match(await server.tell("SIGHUP", /reload_refused/), /cert\.pem.*stay in force/);
  assert.equal(await subject(), "second");
  assert.equal((await ann.ask([4, room, 1, 1, 0, { text: "still here" }], frames.ack))[2], 1);
  await server.stop();
});

test("R-112 a certificate that is replaced a hundred times under 1,000 sockets ends none of them", async () => {
  const sockets = 1_000;
  const swaps = 100;
  const together = 50;
  const { server, directory } = await serve({ name: "first" });
  const names = ["second", "first"];
  const pairs = names.map((name) => {
    const own = directoryOf({});
    makeCertificate(own, { name });
    return ["cert.pem", "key.pem"].map((file) => ({ file, text: readFileSync(join(own, file)) }));
  });
  const clients = [];
  while (clients.length < sockets) {
    const more = Array.from({ length: together }, async (_, index) => {
      const client = await FrameClient.connect(server.url, { rejectUnauthorized: false });
      await client.greet(`user-${clients.length + index}`, "p");
      return client;
    });
    clients.push(...(await Promise.all(more)));
  }
  for (let swap = 0; swap < swaps; ++swap) {
    for (const { file, text } of pairs[swap % 2]) writeFileSync(join(directory, file), text);
    await server.tell("SIGHUP", /certificate_reloaded/);
    const fresh = await handshake(server.port);
    assert.equal(fresh.getPeerCertificate().subject.CN, names[swap % 2]);
    fresh.destroy();
  }
  // LIST: each is still there, in both directions.
  for (const client of clients) assert.equal((await client.ask([8, 1], frames.reply))[0], frames.reply);
  for (const client of clients) await client.close();
  assert.deepEqual(await server.stop(), [0, null]);
});

test("R-112 a certificate that ends within 14 days is warned of, a longer one is not", async () => {
  const soon = await serve({ days: 3 });
  const kWarning = /expires on .* renew it, then send SIGHUP/;
  assert.match(await soon.server.printed(/certificate_ends/), kWarning, "before anybody connects");
  const warnings = () => soon.server.lines.filter((line) => line.includes("certificate_ends")).length;
  await soon.server.tell("SIGHUP", /certificate_ends/);
  await get(`${soon.server.url}/health`);
  assert.equal(warnings(), 2, "at the start and at the reload, and then once a day");
  await soon.server.stop();
  const files = ["--tls-cert", join(soon.directory, "cert.pem"), "--tls-key", join(soon.directory, "key.pem")];
  const checked = run(["check", join(soon.directory, "app.json"), ...files, "--store", "memory:"]);
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(checked.stderr, kWarning);
  const later = await serve();
  await get(`${later.server.url}/health`);
  await later.server.stop();
  assert.doesNotMatch(later.server.lines.join("\n"), /certificate_ends/);
});

test("a pipe in place of a certificate is refused, at the start and at a reload", async () => {
  const { server, directory } = await serve();
  const path = join(directory, "cert.pem");
  unlinkSync(path);
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  assert.match(await server.tell("SIGHUP", /is a pipe/), /previous|refused|stay/);
  await get(`${server.url}/health`);
  await server.stop();
  const files = ["--tls-cert", path, "--tls-key", join(directory, "key.pem")];
  const checked = run(["check", join(directory, "app.json"), ...files, "--store", "memory:"]);
  assert.notEqual(checked.status, 0);
  assert.match(checked.stderr, /is a pipe/);
});

test("R-113 handshakes that are never finished are ended, and honest ones are served meanwhile", async () => {
  const { server } = await serve();
  const silent = Array.from({ length: 100 }, (_, index) => {
    const socket = connectPlain(server.port, "127.0.0.1");
    if (index % 2) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    socket.on("error", () => {});
    socket.resume();
    return once(socket, "close");
  });
  assert.equal((await get(`${server.url}/health`)).status, 200);
  await Promise.all(silent);
  assert.equal((await get(`${server.url}/health`)).status, 200);
  await server.stop();
});

test("R-114 plain HTTP on the TLS port is answered so, and TLS on a plain port ends cleanly", async () => {
  const { server, directory } = await serve();
  const answer = await fetch(`${server.url.replace("https", "http")}/`);
  assert.equal(answer.status, 400);
  assert.match((await answer.json()).detail, /uses TLS/);
  await server.stop();
  const plain = await Server.start([join(directory, "app.json"), "--listen", "127.0.0.1:0"]);
  assert.ok((await handshake(plain.port)) instanceof Error);
  assert.equal((await fetch(`${plain.url}/health`)).status, 200);
  await plain.stop();
});

test("a certificate without its key, an unreadable one or another one's key stops the start with the reason", () => {
  const directory = directoryOf({ "app.json": app });
  makeCertificate(directory);
  const other = directoryOf({});
  makeCertificate(other);
  const definitions = join(directory, "app.json");
  const start = (...files) => run(["serve", definitions, "--listen", "127.0.0.1:0", "--store", "memory:", ...files]).stderr;
  const certificate = ["--tls-cert", join(directory, "cert.pem")];
  assert.match(start(...certificate), /only one of the certificate and its key is set/);
  assert.match(start("--tls-cert", "no-such.pem", "--tls-key", "no-such.pem"), /no-such\.pem/);
  assert.match(start(...certificate, "--tls-key", join(other, "key.pem")), /key\.pem: key values mismatch/);
});

test("a key of another kind than the certificate's is refused at the start, and by a reload, which changes nothing", async () => {
  const directory = directoryOf({ "app.json": app });
  makeCertificate(directory);
  const [certificate, key] = ["cert.pem", "key.pem"].map((name) => join(directory, name));
  const others = [
    makeKey(directory, "ed25519", "ed25519"),
    makeKey(directory, "ed448", "ed448"),
    makeKey(directory, "rsa", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    makeKey(directory, "pss", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
    makeKey(directory, "p384", "EC", "-pkeyopt", "ec_paramgen_curve:secp384r1"),
  ];
  const place = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", "--tls-cert", certificate];
  for (const other of others)
    for (const command of ["check", "serve"]) {
      const { status, stderr } = run([command, ...place, "--tls-key", other]);
      assert.equal(status, 1, `${command} with ${other}: ${stderr}`);
      assert.match(stderr, /the TLS key .*(mismatch|different key types|cannot be read)/);
    }
  const server = await Server.start([...place, "--tls-key", key]);
  for (const other of others) {
    copyFileSync(other, key);
    await server.tell("SIGHUP", /"reload_refused"/);
    assert.ok(!((await handshake(server.port)) instanceof Error), `the old certificate is served after ${other}`);
  }
  await server.stop();
});

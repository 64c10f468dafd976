// Lines through a real HAProxy with PROXY headers of both versions: the client's address and its limits, TLS that passes through,
// and restarts of HAProxy.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { frames } from "../../../e2e/conformance/frames.mjs";
import { makeCertificate } from "./support/certificate.mjs";
import { directoryOf } from "./support/program.mjs";
import { TcpHaproxy } from "./support/proxies.mjs";
import { serve } from "./support/push_kit.mjs";

const kAnn = "203.0.113.7";
const kBob = "203.0.113.8";
const kOfSix = "2001:db8::7";
const certificate = directoryOf({});
makeCertificate(certificate);
const tls = ["--tls-cert", `${certificate}/cert.pem`, "--tls-key", `${certificate}/key.pem`];
const open = new Set();
after(() => {
  for (const socket of open) socket.destroy();
});

const start = (...more) =>
  serve(["--tcp-listen", "127.0.0.1:0", "--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--dev", ...more]);
const linesPort = (server) => Number(/"tcp":"[^"]*:(\d+)"/.exec(server.lines.join("\n"))[1]);
const hello = (userId, resume) => [frames.hello, 1, 0, 0, { identity: { userId }, resume }];
const join = (from, epoch, sequence) => [frames.join, 1, from, epoch, sequence, "news", {}];

/** A client in lines that is from `address`, as the proxy before HAProxy says. */
async function come(port, address, { isTls = false } = {}) {
  const family = address.includes(":") ? ["TCP6", "2001:db8::1"] : ["TCP4", "203.0.113.1"];
  const raw = connect(port, "127.0.0.1");
  open.add(raw);
  raw.on("error", () => undefined);
  await once(raw, "connect");
  raw.write(`PROXY ${family[0]} ${address} ${family[1]} 40000 443\r\n`);
  const socket = isTls ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw;
  socket.on("error", () => undefined);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  /** The next frame of one of these types; undefined: the connection has ended. */
  const take = async (...types) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) return undefined;
      const frame = JSON.parse(value);
      if (types.includes(frame[0])) return frame;
    }
  };
  return { take, say: (frame) => socket.write(`${JSON.stringify(frame)}\n`), leave: () => raw.destroy() };
}
/** The same, greeted; `welcome` is WELCOME's object. */
async function member(port, address, userId, { resume, ...options } = {}) {
  const client = await come(port, address, options);
  client.say(hello(userId, resume));
  const frame = await client.take(frames.welcome, frames.bye);
  return Object.assign(client, { welcome: frame?.[0] === frames.welcome ? frame.at(-1) : undefined, answer: frame });
}
const addressOf = async (server, user) => JSON.parse(await server.printed(new RegExp(`"user":"${user}"`))).address;

for (const send of ["send-proxy", "send-proxy-v2"]) {
  test(`by ${send} the server has the client's address, and limits count for it`, async () => {
    const server = await start("--connections-per-address", "2");
    const proxy = await TcpHaproxy.start(linesPort(server), send);
    const first = await member(proxy.port, kAnn, "ann");
    await member(proxy.port, kAnn, "ann-2");
    await member(proxy.port, kOfSix, "ann-6");
    assert.equal(await addressOf(server, "ann"), kAnn);
    assert.match(await addressOf(server, "ann-6"), /^2001:db8::/);
    const third = await member(proxy.port, kAnn, "ann-3");
    assert.equal(third.welcome, undefined, "the address has its two");
    const bob = await member(proxy.port, kBob, "bob");
    assert.ok(bob.welcome, "another address is let in");
    first.leave();
    // The place comes free as soon as the server knows that she went.
    while ((await member(proxy.port, kAnn, "ann-4")).welcome === undefined);
    await server.stop();
  });

  test(`by ${send} TLS passes through HAProxy, and the address with it`, async () => {
    const server = await start(...tls);
    const proxy = await TcpHaproxy.start(linesPort(server), send);
    const ann = await member(proxy.port, kAnn, "ann", { isTls: true });
    assert.equal(await addressOf(server, "ann"), kAnn);
    ann.say(join(0, 0, 0));
    assert.equal((await ann.take(frames.joined, frames.reply))[0], frames.joined);
    const plain = await come(proxy.port, kBob);
    plain.say(hello("bob"));
    assert.equal(await plain.take(frames.welcome), undefined, "who speaks no TLS is not let in");
    await server.stop();
  });

  test(`by ${send} nothing is lost or repeated when HAProxy restarts, and a reload disconnects no client`, async () => {
    const server = await start();
    const proxy = await TcpHaproxy.start(linesPort(server), send);
    let ann = await member(proxy.port, kAnn, "ann");
    ann.say(join(0, 0, 0));
    const [, , , epoch, , sequence] = await ann.take(frames.joined);
    let seen = sequence;
    const next = async () => {
      const frame = await ann.take(frames.event, frames.gap);
      if (frame === undefined) return false;
      assert.equal(frame[0], frames.event);
      assert.equal(frame[3], ++seen);
      return true;
    };
    // Beside HAProxy, so that it is there all the time.
    const publisher = await member(linesPort(server), kBob, "publisher");
    publisher.say(join(0, 0, 0));
    const [, , room] = await publisher.take(frames.joined);
    const publish = async (n) => {
      publisher.say([frames.publish, room, 1, n, 0, n]);
      assert.ok(await publisher.take(frames.ack));
    };
    await publish(1);
    assert.ok(await next());
    await proxy.reload();
    const bob = await member(proxy.port, kBob, "bob");
    assert.ok(bob.welcome, "the new process lets in");
    await publish(2);
    assert.ok(await next(), "the old one goes on with what it has");
    await proxy.kill();
    assert.equal(await next(), false, "her connection has ended");
    for (let n = 3; n <= 6; n += 1) await publish(n);
    await proxy.begin();
    const { resume } = ann.welcome;
    ann = await member(proxy.port, kAnn, "ann", { resume });
    ann.say(join(2, epoch, seen));
    for (let n = 3; n <= 6; n += 1) assert.ok(await next());
    assert.equal(await addressOf(server, "ann"), kAnn);
    await server.stop();
  });
}

test("HAProxy without a PROXY header is rejected", async () => {
  const server = await start();
  const proxy = await TcpHaproxy.start(linesPort(server), "");
  const ann = await come(proxy.port, kAnn);
  ann.say(hello("ann"));
  assert.equal(await ann.take(frames.welcome), undefined);
  await server.stop();
});

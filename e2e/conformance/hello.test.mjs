// HELLO and WELCOME: what opens a connection, and what it must not be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, frames, Peer } from "./peer.mjs";
import { useSubject } from "./subject.mjs";
import { transport } from "./transports.mjs";

const subject = useSubject();
const helloTimeoutMs = 10_000;

/** BYE with this code, then Close with the code's close code. */
async function endsWith(peer, code, closeCode) {
  const bye = await peer.until(frames.bye);
  assert.equal(bye[1], code);
  assert.equal(typeof bye[3].message, "string");
  assert.equal(await peer.closed(), closeCode);
}

test("WELCOME has the documented form", async () => {
  const peer = await Peer.greet(subject.url, "ann", { identity: { userId: "ann", name: "Ann" } });
  const [type, version, features, catalogue, pingMs, serverTimeMs, producerEpoch, rest] = peer.welcome;
  assert.deepEqual([type, version, features], [frames.welcome, 1, 0]);
  assert.ok(Number.isSafeInteger(catalogue) && catalogue > 0 && catalogue < 2 ** 52);
  assert.equal(pingMs, 25_000);
  assert.ok(Math.abs(serverTimeMs - Date.now()) < 3_600_000);
  assert.ok(Number.isSafeInteger(producerEpoch));
  assert.equal(rest.userId, "ann");
  assert.equal(rest.name, "Ann");
  assert.ok(rest.session.length > 8);
  assert.deepEqual(rest.limits, { messageBytes: 65_536, rooms: 128, inFlight: 64 });
  assert.ok(Buffer.from(rest.catalogue, "base64").length > 0);
  await peer.close();
});

/** The features in the answer to a HELLO with these. */
async function grantedFor(features) {
  const peer = await Peer.connect(subject.url);
  peer.send([frames.hello, 1, features, 0, {}]);
  const [, , granted] = await peer.next(frames.welcome);
  await peer.close();
  return granted;
}

test("WELCOME has the features of HELLO that the server supports over this transport", async () => {
  const binary = transport === "websocket" ? 1 : 0;
  assert.equal(await grantedFor(0), 0);
  assert.equal(await grantedFor(1), binary);
  assert.equal(await grantedFor(6), 0);
  assert.equal(await grantedFor(7), binary);
  assert.equal(await grantedFor(2 ** 53 - 1), binary);
});

test("the catalogue is left out of WELCOME when the client holds it", async () => {
  const first = await Peer.greet(subject.url, "ann");
  const second = await Peer.connect(subject.url);
  second.send([frames.hello, 1, 0, first.welcome[3], {}]);
  const welcome = await second.next(frames.welcome);
  assert.equal(welcome[3], first.welcome[3]);
  assert.equal(welcome[7].catalogue, undefined);
  await first.close();
  await second.close();
});

test("a client without an identity is a guest of its own", async () => {
  const names = new Set();
  for (let i = 0; i < 3; ++i) {
    const peer = await Peer.connect(subject.url);
    peer.send([frames.hello, 1, 0, 0, {}]);
    const { userId } = (await peer.next(frames.welcome))[7];
    assert.match(userId, /^guest-[0-9a-z]{4,}$/);
    names.add(userId);
    await peer.close();
  }
  assert.equal(names.size, 3);
});

test("F-K01 a guest keeps the user id only with the resume secret of WELCOME", async () => {
  const greet = async (resume) => {
    const peer = await Peer.connect(subject.url);
    peer.send([frames.hello, 1, 0, 0, resume ? { resume } : {}]);
    const { userId, resume: given } = (await peer.next(frames.welcome))[7];
    await peer.close();
    return { userId, given };
  };
  const { userId, given } = await greet();
  assert.ok(given.length <= 128);
  const again = await greet(given);
  assert.equal(again.userId, userId);
  assert.equal((await greet(again.given)).userId, userId);
  const last = given.at(-1) === "0" ? "1" : "0";
  for (const made of [given.slice(0, -1) + last, given.slice(0, -1), last + given])
    assert.notEqual((await greet(made)).userId, userId);
});

test("unknown fields of HELLO are ignored", async () => {
  const peer = await Peer.greet(subject.url, "ann", { session: { id: "x" }, later: [1, { deep: true }] });
  assert.equal(peer.welcome[7].userId, "ann");
  await peer.close();
});

for (const [name, frame] of Object.entries({
  JOIN: [frames.join, 1, 0, 0, 0, "chat", {}],
  LEAVE: [frames.leave, 1, 1],
  PUBLISH: [frames.publish, 1, 1, 1, 0, {}],
  SUBSCRIBE: [frames.subscribe, 1, 1, 0],
  LIST: [frames.list, 1],
  PONG: [frames.pong],
})) {
  test(`R-21 ${name} before HELLO ends the connection`, async () => {
    const peer = await Peer.connect(subject.url);
    peer.send(frame);
    await endsWith(peer, codes.helloRequired, 4503);
  });
}

test("R-08 HELLO that never comes ends the connection, and not before ten seconds", async () => {
  const began = performance.now();
  const peer = await Peer.connect(subject.url);
  await endsWith(peer, codes.helloTimeout, 4000);
  assert.ok(performance.now() - began >= helloTimeoutMs);
});

test("R-21 a second HELLO ends the connection", async () => {
  const peer = await Peer.greet(subject.url, "ann");
  peer.send([frames.hello, 1, 0, 0, {}]);
  await endsWith(peer, codes.helloRepeated, 4504);
});

for (const version of [0, 2, 2 ** 53 - 1]) {
  test(`protocol version ${version} is refused`, async () => {
    const peer = await Peer.connect(subject.url);
    peer.send([frames.hello, version, 0, 0, {}]);
    await endsWith(peer, codes.versionUnsupported, 4505);
  });
}

for (const [what, object] of [
  ["a user called system", '{"identity":{"userId":"system"}}'],
  ["an empty user id", '{"identity":{"userId":""}}'],
  ["a user id with a line feed", '{"identity":{"userId":"a\\nb"}}'],
  ["a number as user id", '{"identity":{"userId":7}}'],
  ["R-31 a repeated key", '{"identity":{"userId":"a"},"identity":{"userId":"b"}}'],
  ["a producer that is no name", '{"producer":{"id":"a b"}}'],
  ["a client text over 128 bytes", `{"client":"${"x".repeat(129)}"}`],
]) {
  test(`HELLO with ${what} is request_invalid`, async () => {
    const peer = await Peer.connect(subject.url);
    peer.sendText(`[1,1,0,0,${object}]`);
    await endsWith(peer, codes.requestInvalid, 1008);
  });
}

test("a token that the server cannot check is unauthorized", async () => {
  const peer = await Peer.connect(subject.url);
  peer.send([frames.hello, 1, 0, 0, { token: "x" }]);
  await endsWith(peer, codes.unauthorized, 4507);
});

test("JOIN may follow HELLO without waiting, in the same message or the next", async () => {
  const peer = await Peer.connect(subject.url);
  peer.send([frames.hello, 1, 0, 0, { identity: { userId: "ann" } }], [frames.join, 7, 0, 0, 0, "chat", {}]);
  await peer.next(frames.welcome);
  assert.equal((await peer.next(frames.joined))[1], 7);
  await peer.close();
});

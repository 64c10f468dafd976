// Tokens over a real server: good, wrong, refreshed; keys behind a URL that rotates, fails and lies; and no token in any output.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { frames, Peer } from "./peer.mjs";
import { startProgram, stopProgram } from "./subject.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const programPath = process.env.DIALOGUE_PROGRAM ?? here("../../build/release/bin/dialogue");
const errorCodes = { tokenExpired: 57, tokenInvalid: 58, identityUnavailable: 56, unauthorized: 60 };
const closeCodes = { tokenExpired: 4005, tokenInvalid: 4508, unauthorized: 4507 };

// --- Tokens by Node's own crypto ---

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const nowS = () => Math.floor(Date.now() / 1000);
const claimsOf = (more = {}) => ({ sub: "ann", exp: nowS() + 600, iss: "tests", aud: "chat", ...more });

const newPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const pairs = { one: newPair(), two: newPair() };
const jwkOf = (kid) => ({ ...pairs[kid].publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" });

function es256(claims, kid = "one", header = {}) {
  const text = `${base64url({ alg: "ES256", kid, ...header })}.${base64url(claims)}`;
  const signature = sign("sha256", Buffer.from(text), { key: pairs[kid].privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function hs256(claims, secret, header = {}) {
  const text = `${base64url({ alg: "HS256", ...header })}.${base64url(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

// --- What publishes the keys, and the server that asks it ---

const published = { status: 200, body: { keys: [jwkOf("one")] }, asked: 0 };
let publisher;
let program;
let url;
let output = "";

before(async () => {
  publisher = createServer((_, response) => {
    ++published.asked;
    response.writeHead(published.status, { "Cache-Control": "max-age=3600", Location: "http://127.0.0.1:1/" });
    response.end(typeof published.body === "string" ? published.body : JSON.stringify(published.body));
  }).listen(0, "127.0.0.1");
  await once(publisher, "listening");
  const jwks = `http://127.0.0.1:${publisher.address().port}/jwks.json`;
  const args = ["serve", here("app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", "--log-level", "debug"];
  program = spawn(programPath, [...args, "--auth-jwks", jwks, "--auth-issuer", "tests", "--auth-audience", "chat"]);
  const listening = new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const port = /127\.0\.0\.1:(\d+) with WebSockets/.exec(output)?.[1];
      if (port && output.includes("jwks_fetched")) resolve(port);
    };
    program.stdout.on("data", read);
    program.stderr.on("data", read);
    program.on("exit", (code) => reject(new Error(`the program ended with ${code}:\n${output}`)));
  });
  url = `http://127.0.0.1:${await listening}`;
});

after(async () => {
  publisher.close();
  publisher.closeAllConnections();
  await stopProgram(program);
});

const seen = new Set();

/** The next frame, which is one of those that answer a token. */
const anyOf = (peer) => peer.nextOf(frames.welcome, frames.reply, frames.bye, 47);

/** A peer that has said HELLO with a token. */
async function withToken(token, options = {}) {
  seen.add(token);
  const peer = await Peer.connect(url);
  peer.send([frames.hello, 1, 0, 0, { token, ...options }]);
  return peer;
}

async function welcomed(token) {
  const peer = await withToken(token);
  const [type, , , , , , , facts] = await anyOf(peer);
  assert.equal(type, frames.welcome);
  assert.equal(facts.userId, "ann");
  return peer;
}

async function refused(token, code, closeCode) {
  const peer = await withToken(token);
  const [type, given] = await anyOf(peer);
  assert.equal(type, frames.bye);
  assert.equal(given, code);
  if (closeCode) assert.equal(await peer.closed(), closeCode);
}

test("a token by the published key is accepted, and TOKEN reports its lifetime", async () => {
  const peer = await welcomed(es256(claimsOf()));
  const [type, req, lastsMs] = await anyOf(peer);
  assert.deepEqual([type, req], [47, 0]);
  assert.ok(lastsMs > 590_000 && lastsMs <= 600_000, `${lastsMs}`);
  peer.close();
});

test("an expired token, and one for others, are refused with their codes", async () => {
  await refused(es256(claimsOf({ exp: nowS() - 60 })), errorCodes.tokenExpired, closeCodes.tokenExpired);
  await refused(es256(claimsOf({ aud: "other" })), errorCodes.tokenInvalid, closeCodes.tokenInvalid);
  await refused(es256(claimsOf({ iss: "other" })), errorCodes.tokenInvalid, closeCodes.tokenInvalid);
  await refused(es256(claimsOf({ exp: undefined })), errorCodes.tokenInvalid, closeCodes.tokenInvalid);
});

test("R-35 none, and HMAC by the public key, are refused", async () => {
  await refused(`${base64url({ alg: "none" })}.${base64url(claimsOf())}.`, errorCodes.tokenInvalid, closeCodes.tokenInvalid);
  const spki = pairs.one.publicKey.export({ type: "spki", format: "pem" });
  await refused(hs256(claimsOf(), spki), errorCodes.tokenInvalid, closeCodes.tokenInvalid);
  const good = es256(claimsOf());
  await refused(`${good.slice(0, -4)}AAAA`, errorCodes.tokenInvalid, closeCodes.tokenInvalid);
});

test("without a token no client is admitted, whatever identity it claims", async () => {
  const peer = await Peer.connect(url);
  peer.send([frames.hello, 1, 0, 0, { identity: { userId: "ann" } }]);
  assert.equal((await anyOf(peer))[1], errorCodes.unauthorized);
  assert.equal(await peer.closed(), closeCodes.unauthorized);
});

test("REFRESH takes another token of the same user, and no other's", async () => {
  const peer = await welcomed(es256(claimsOf({ exp: nowS() + 30 })));
  await anyOf(peer);
  const longer = es256(claimsOf({ exp: nowS() + 3600 }));
  const others = es256(claimsOf({ sub: "bob" }));
  for (const token of [longer, others]) seen.add(token);
  peer.send([10, 7, { token: longer }]);
  const [type, req, lastsMs] = await anyOf(peer);
  assert.deepEqual([type, req, lastsMs > 3_590_000], [47, 7, true]);
  peer.send([10, 8, { token: others }]);
  assert.deepEqual((await anyOf(peer)).slice(0, 3), [frames.reply, 8, errorCodes.tokenInvalid]);
  peer.close();
});

const ofRoom = (more = {}) => claimsOf({ rooms: { chat: ["join", "history"] }, ...more });

/** The next frame of these types; others are passed over. */
async function next(peer, ...types) {
  for (;;) {
    const frame = await peer.nextOf(...Object.values(frames));
    if (types.includes(frame[0])) return frame;
  }
}

/** What a JOIN of "chat" with this token is answered: the frame's type, and of a REPLY its code and words. */
async function joined(peer, token, kind = 0) {
  seen.add(token);
  peer.send([frames.join, 9, kind, 0, 0, "chat", { token }]);
  const [type, , code, details] = await next(peer, frames.joined, frames.reply);
  return type === frames.reply ? [type, code, details.message] : [type];
}

test("a token for a room narrows the membership, and the error names the missing right", async () => {
  const peer = await welcomed(es256(claimsOf()));
  assert.deepEqual(await joined(peer, es256(ofRoom())), [frames.joined]);
  peer.send([frames.can, 3, { right: "publish", room: "chat", event: "message" }]);
  const [, , , answer] = await next(peer, frames.reply);
  assert.deepEqual(answer, {
    allowed: false,
    reason: "publish of message is not in what the token for this room grants for it",
  });
  assert.deepEqual(await joined(peer, es256(ofRoom({ rooms: { "*": "*" } })), 3), [frames.reply, 0, undefined]);
  peer.send([frames.can, 4, { right: "publish", room: "chat", event: "message" }]);
  assert.deepEqual((await next(peer, frames.reply))[3], { allowed: true });
  peer.close();
});

test("a token for a room that is another's, forged, over or of no room refuses the JOIN, not the session", async () => {
  const peer = await welcomed(es256(claimsOf()));
  const good = es256(ofRoom());
  const forbidden = 61;
  const requestInvalid = 73;
  for (const [token, code] of [
    [es256(ofRoom({ sub: "bob" })), errorCodes.tokenInvalid],
    [`${base64url({ alg: "none" })}.${base64url(ofRoom())}.`, errorCodes.tokenInvalid],
    [hs256(ofRoom(), pairs.one.publicKey.export({ type: "spki", format: "pem" })), errorCodes.tokenInvalid],
    [`${good.slice(0, -4)}AAAA`, errorCodes.tokenInvalid],
    [es256(ofRoom({ exp: nowS() - 60 })), errorCodes.tokenExpired],
    [es256(ofRoom({ exp: undefined })), errorCodes.tokenInvalid],
    [es256(ofRoom({ aud: "other" })), errorCodes.tokenInvalid],
    [es256(ofRoom({ rooms: undefined, exp: nowS() + 90 })), forbidden],
    [es256(claimsOf()), errorCodes.tokenInvalid], // says what the session's own token says
    [es256(ofRoom({ rooms: {} })), forbidden],
    [es256(ofRoom({ rooms: { "chat-*": "*", "{sub}": "*", "chat*": "*" } })), forbidden],
    [es256(ofRoom({ rooms: { "{role}": "*" }, role: "*" })), forbidden],
    [es256(ofRoom({ rooms: { chat: ["publish", "history", "manage"] } })), forbidden],
    [es256(ofRoom({ rooms: { chat: "everything" } })), errorCodes.tokenInvalid],
    [es256(ofRoom({ note: "x".repeat(8192) })), requestInvalid],
    ["", errorCodes.identityUnavailable],
  ])
    assert.equal((await joined(peer, token))[1], code, token.slice(0, 40));
  assert.deepEqual(await joined(peer, good), [frames.joined]);
  peer.close();
});

test("resuming a session adds no right that its JOIN does not have", async () => {
  const token = es256(claimsOf({ rooms: { chat: "*" } }));
  const peer = await withToken(token);
  const [, , , , , , , { resume }] = await next(peer, frames.welcome);
  assert.deepEqual(await joined(peer, es256(ofRoom())), [frames.joined]);
  peer.terminate();
  const again = await withToken(token, { resume });
  await next(again, frames.welcome);
  assert.deepEqual(await joined(again, es256(ofRoom())), [frames.joined]);
  again.send([frames.can, 3, { right: "publish", room: "chat", event: "message" }]);
  assert.equal((await next(again, frames.reply))[3].allowed, false);
  again.close();
});

for (const [place, path, headers] of [
  ["the Authorization header", "/dialogue", (token) => ({ Authorization: `Bearer ${token}` })],
  ["the query", "/dialogue?token=", () => ({})],
])
  test(`a token in ${place} is taken`, async () => {
    const token = es256(claimsOf());
    seen.add(token);
    const address = url.replace("http", "ws") + path + (path.endsWith("=") ? token : "");
    const socket = new WebSocket(address, "dialogue.v1", { headers: headers(token) });
    await once(socket, "open");
    socket.send("[1,1,0,0,{}]");
    const [message] = await once(socket, "message");
    assert.match(`${message}`, /^\[33,.*"userId":"ann"/);
    socket.close();
  });

test("R-37 a token's URLs of keys cause no request", async () => {
  const asked = published.asked;
  const elsewhere = `http://127.0.0.1:${publisher.address().port}/theirs`;
  const header = { jku: elsewhere, x5u: elsewhere, jwk: jwkOf("two") };
  await refused(es256(claimsOf({ iss: elsewhere }), "one", header), errorCodes.tokenInvalid, closeCodes.tokenInvalid);
  assert.equal(published.asked, asked);
});

test("R-42 a poisoned answer leaves the old keys, and a token cannot make more requests than one", async () => {
  const before = published.asked;
  published.body = { keys: [{ kty: "oct", k: base64url("x".repeat(40)), kid: "two" }] };
  await refused(hs256(claimsOf(), "x".repeat(40), { kid: "two" }), errorCodes.tokenInvalid);
  assert.equal(published.asked, before, "a secret is never fetched");
  // Its key may be there once the URL gives keys again.
  await refused(es256(claimsOf(), "two"), errorCodes.identityUnavailable);
  assert.equal(published.asked, before + 1);
  published.body = "<html>maintenance</html>";
  published.status = 302;
  await refused(es256(claimsOf(), "two"), errorCodes.identityUnavailable);
  await refused(es256(claimsOf(), "two", { kid: "three" }), errorCodes.identityUnavailable);
  assert.equal(published.asked, before + 1, "an unknown key is asked for once in 30 s");
  (await welcomed(es256(claimsOf()))).close();
});

test("R-42 a key that is new at the URL is fetched when a token needs it, by a server that was started without it", async () => {
  const jwks = `http://127.0.0.1:${publisher.address().port}/jwks.json`;
  published.status = 200;
  published.body = { keys: [jwkOf("one")] };
  const args = ["serve", here("app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", "--auth-jwks", jwks];
  const second = spawn(programPath, args);
  let said = "";
  const port = await new Promise((resolve) => {
    second.stdout.on("data", (chunk) => {
      said += chunk;
      const found = /127\.0\.0\.1:(\d+) with WebSockets/.exec(said)?.[1];
      if (found && said.includes("jwks_fetched")) resolve(found);
    });
  });
  published.body = { keys: [jwkOf("one"), jwkOf("two")] };
  const peer = await Peer.connect(`http://127.0.0.1:${port}`);
  const token = es256({ sub: "ann", exp: nowS() + 600 }, "two");
  peer.send([frames.hello, 1, 0, 0, { token }]);
  assert.equal((await anyOf(peer))[0], frames.welcome);
  peer.close();
  publisher.closeAllConnections();
  published.status = 500; // and an outage changes nothing for keys that are known
  const later = await Peer.connect(`http://127.0.0.1:${port}`);
  later.send([frames.hello, 1, 0, 0, { token }]);
  assert.equal((await anyOf(later))[0], frames.welcome);
  later.close();
  const ended = once(second, "exit");
  second.kill("SIGTERM");
  await ended;
  assert.ok(!said.includes(token.split(".")[2]));
});

test("R-43 no token, nor a piece of one, is in anything that the server wrote", () => {
  assert.ok(seen.size > 10);
  assert.match(output, /turned_away/);
  for (const token of seen)
    for (const part of token.split(".").filter((text) => text.length > 20)) assert.ok(!output.includes(part), part);
});

test("a token in a cookie is that of connections and streams of pages that may connect, and of none else", async () => {
  const secret = "a secret of at least 32 bytes for a cookie";
  const environment = { ...process.env, COOKIE_SECRET: secret };
  const child = await startProgram(["--auth-hs256-env", "COOKIE_SECRET", "--auth-cookie", "session"], environment);
  const session = (sub) => `other=1; session=${hs256({ sub, exp: nowS() + 600 }, secret)}`;
  const greeting = async (headers, hello = {}) => {
    const socket = new WebSocket(`${child.url.replace("http", "ws")}/dialogue`, "dialogue.v1", { headers });
    await once(socket, "open");
    socket.send(JSON.stringify([frames.hello, 1, 0, 0, hello]));
    const [data] = await once(socket, "message");
    socket.terminate();
    return String(data).split("\n")[0];
  };
  assert.match(await greeting({ Cookie: session("ann") }), /"userId":"ann"/);
  assert.match(await greeting({ Cookie: session("ann") }, { token: hs256({ sub: "bob", exp: nowS() + 600 }, secret) }), /"bob"/);
  assert.match(await greeting({ Cookie: "session=nonsense" }), new RegExp(`\\[\\d+,${errorCodes.tokenInvalid},`));
  assert.match(await greeting({}), new RegExp(`\\[\\d+,${errorCodes.unauthorized},`));
  const streamed = (headers) => fetch(`${child.url}/events?rooms=chat`, { headers: { Cookie: session("ann"), ...headers } });
  const own = await streamed({ "Sec-Fetch-Site": "same-origin" });
  assert.equal(own.status, 200);
  await own.body.cancel();
  assert.equal((await streamed({ "Sec-Fetch-Site": "cross-site" })).status, 401);
  const read = await fetch(`${child.url}/api/v1/rooms/chat/history`, { headers: { Cookie: session("ann") } });
  assert.equal(read.status, 401);
  await stopProgram(child);
});

// Two identity providers at one server, each with its own URL, algorithm and keys: a key of one lets in no token of the other.
import assert from "node:assert/strict";
import { constants, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { frames, Peer } from "./peer.mjs";
import { startProgram, stopProgram } from "./subject.mjs";

const errorCodes = { tokenInvalid: 58, identityUnavailable: 56 };
const saltBytes = 32;
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimsOf = (iss) => ({ sub: "ann", exp: Math.floor(Date.now() / 1000) + 600, iss, aud: "chat" });

// Both call their key "k", as providers do.
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-384" });
const red = { iss: "https://red.example/?tenant=1", alg: "PS256", pair: rsa, hash: "sha256" };
const blue = { iss: "blue", alg: "ES384", pair: curve, hash: "sha384" };
const options = {
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes },
  RS256: {},
  ES384: { dsaEncoding: "ieee-p1363" },
};
const jwkOf = ({ alg, pair }, more = {}) => ({ ...pair.publicKey.export({ format: "jwk" }), kid: "k", alg, ...more });

function tokenOf({ iss, alg, pair, hash }, more = {}) {
  const header = { alg: more.alg ?? alg, kid: more.kid ?? "k" };
  const text = `${part(header)}.${part(claimsOf(more.iss ?? iss))}`;
  const signature = sign(hash, Buffer.from(text), { key: pair.privateKey, ...options[more.alg ?? alg] });
  return `${text}.${signature.toString("base64url")}`;
}

let publisher;
let program;
const weak = { kty: "RSA", kid: "weak", n: "AQ", e: "AQAB" };
const sets = { "/red": { keys: [weak, jwkOf(red)] }, "/blue": { keys: [jwkOf(blue), jwkOf(blue)] } };

before(async () => {
  publisher = createServer((request, response) => response.end(JSON.stringify(sets[request.url])));
  await once(publisher.listen(0, "127.0.0.1"), "listening");
  const from = `http://127.0.0.1:${publisher.address().port}`;
  const issuers = ["--auth-jwks", `${red.iss}=${from}/red`, "--auth-jwks", `${blue.iss}=${from}/blue`];
  program = await startProgram([...issuers, "--auth-audience", "call", "--auth-audience", "chat"]);
  await new Promise((resolve) => {
    const look = () => program.output.split("jwks_fetched").length > 2 && resolve();
    for (const stream of [program.stdout, program.stderr]) stream.on("data", look);
    look();
  });
});
after(async () => {
  publisher.close();
  publisher.closeAllConnections();
  await stopProgram(program);
});

/** The first frame to HELLO with a token: WELCOME as 33, else the code. */
async function answerTo(token) {
  const peer = await Peer.connect(program.url);
  peer.send([frames.hello, 1, 0, 0, { token }]);
  const [type, code] = await peer.nextOf(frames.welcome, frames.bye);
  peer.terminate();
  return type === frames.welcome ? type : code;
}

test("each provider's tokens are accepted, by PS256 and by ES384, whatever other keys its set has", async () => {
  for (const provider of [red, blue]) assert.equal(await answerTo(tokenOf(provider)), frames.welcome, provider.iss);
  assert.match(program.output, /jwks_key_passed_over.*weak/);
  assert.match(program.output, /another key has this kid/);
});

test("a key of one issuer checks no token of another's, and of nobody's", async () => {
  for (const [provider, iss] of [
    [red, blue.iss],
    [blue, red.iss],
    [red, "green"],
    [blue, undefined],
  ]) {
    const token = iss === undefined ? tokenOf({ ...blue, iss: undefined }) : tokenOf(provider, { iss });
    assert.equal(await answerTo(token), errorCodes.tokenInvalid, `${provider.iss} as ${iss}`);
  }
});

test("the RSA key that is for PS256 checks no RS256", async () => {
  assert.equal(await answerTo(tokenOf(red, { alg: "RS256" })), errorCodes.tokenInvalid);
});

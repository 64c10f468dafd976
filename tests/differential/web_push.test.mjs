// The server's encryption of Web Push messages against the npm package web-push: the same keys, salts and texts give the same
// bytes. DIALOGUE_WEB_PUSH_CASES sets how many.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createECDH, randomBytes, randomInt } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkVapid, decrypt } from "../server/app/support/push_service.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(join(root, "js", "package.json"));
const webPush = require("web-push");
const ece = createRequire(require.resolve("web-push"))("http_ece"); // which it encrypts with
const program = join(root, "build/release/bin/web_push_bodies");
const kCases = Number(process.env.DIALOGUE_WEB_PUSH_CASES ?? 2000);
const kTextBytesMax = 3993;

const base64url = (bytes) => bytes.toString("base64url");

function newPair() {
  const pair = createECDH("prime256v1");
  pair.generateKeys();
  return pair;
}

/** Keys, a salt and a text of chance; lengths at both bounds come often. */
function newCase(i) {
  const length = i % 5 === 0 ? [0, 1, 15, 16, kTextBytesMax][(i / 5) % 5] : randomInt(kTextBytesMax + 1);
  return { recipient: newPair(), auth: randomBytes(16), sender: newPair(), salt: randomBytes(16), text: randomBytes(length) };
}

/** A private number without its leading zero bytes, as P-256 writes it in 32. */
const numberOf = (pair) => base64url(Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32));

test(`${kCases} messages of chance are the same bytes as those of web-push`, () => {
  const cases = Array.from({ length: kCases }, (_, i) => newCase(i));
  const input = cases.map(({ recipient, auth, sender, salt, text }) =>
    [
      base64url(recipient.getPublicKey()),
      base64url(auth),
      base64url(sender.getPublicKey()),
      numberOf(sender),
      base64url(salt),
      base64url(text) || "-",
    ].join(" "),
  );
  const { stdout, status, stderr } = spawnSync(program, { input: `${input.join("\n")}\n`, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  const bodies = stdout.trim().split("\n");
  assert.equal(bodies.length, kCases);
  for (const [i, { recipient, auth, sender, salt, text }] of cases.entries()) {
    const theirs = ece.encrypt(text, {
      version: "aes128gcm",
      dh: base64url(recipient.getPublicKey()),
      privateKey: sender,
      salt: base64url(salt),
      authSecret: base64url(auth),
    });
    assert.equal(bodies[i], base64url(theirs), `case ${i}: ${input[i]}`);
  }
});

test("what the tests' push service reads and accepts is what web-push writes", () => {
  const recipient = newPair();
  const auth = randomBytes(16);
  const keys = webPush.generateVAPIDKeys();
  const subscription = {
    endpoint: "https://push.example.com/send/1",
    keys: { p256dh: base64url(recipient.getPublicKey()), auth: base64url(auth) },
  };
  const { headers, body } = webPush.generateRequestDetails(subscription, "Hello", {
    vapidDetails: { subject: "mailto:ops@example.com", ...keys },
  });
  assert.equal(decrypt(body, { ecdh: recipient, auth }).toString(), "Hello");
  checkVapid(headers.Authorization.replace(/,\s*k=/, ", k="), "https://push.example.com", [keys.publicKey]);
  assert.throws(() => checkVapid(headers.Authorization, "https://other.example.com", [keys.publicKey]));
});

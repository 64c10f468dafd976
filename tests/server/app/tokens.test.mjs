// `dialogue token` and `dialogue keys`, and the settings that tell serve and check how tokens are checked.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run } from "./support/program.mjs";

const directory = directoryOf({ "app.json": app, "short.txt": "too short", "other.json": { keys: [] } });
const file = (name) => join(directory, name);
const definitions = file("app.json");
const kSecret = "a secret of at least 32 bytes, for tests";
const decoded = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

for (const [alg, privateName] of [
  ["RS256", "rsa.pem"],
  ["ES256", "ec.pem"],
  ["ES256", "ec2.jwk"],
  ["EdDSA", "ed.pem"],
])
  test(`keys makes a pair for ${alg} as ${privateName}, and Node checks what token signs with it`, () => {
    const publicName = `${privateName}.jwks`;
    const made = run(["keys", "--alg", alg, "--private", file(privateName), "--public", file(publicName)]);
    assert.equal(made.status, 0, made.stderr);
    assert.equal(statSync(file(privateName)).mode & 0o777, 0o600);
    const { status, stdout, stderr } = run(["token", "--sub", "ann", "--key-file", file(privateName), "--claim", "role=admin"]);
    assert.equal(status, 0, stderr);
    const [header, claims, signature] = stdout.trim().split(".");
    assert.equal(decoded(header).alg, alg);
    const { sub, exp, iat, jti, role } = decoded(claims);
    assert.deepEqual([sub, exp - iat, role, jti.length], ["ann", 3600, "admin", 16]);
    const [jwk] = JSON.parse(readFileSync(file(publicName), "utf8")).keys;
    assert.ok(!("d" in jwk));
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
    const digest = alg === "EdDSA" ? null : "sha256";
    assert.ok(verify(digest, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url")));
  });

test("keys writes a secret for HS256 alone, and never over another file", () => {
  const made = run(["keys", "--alg", "HS256", "--private", file("secret.jwk")]);
  assert.equal(made.status, 0, made.stderr);
  assert.equal(statSync(file("secret.jwk")).mode & 0o777, 0o600);
  const again = run(["keys", "--alg", "HS256", "--private", file("secret.jwk")]);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /secret\.jwk: the file already exists/);
  assert.match(
    run(["keys", "--alg", "HS256", "--private", file("x.jwk"), "--public", file("y")]).stderr,
    /instead of a public key/,
  );
  assert.match(run(["keys", "--alg", "RS256", "--private", file("x.jwk"), "--public", file("y")]).stderr, /written as PEM/);
  assert.match(run(["keys", "--alg", "none", "--private", file("x.jwk")]).stderr, /"none" is not an algorithm/);
});

test("token takes a secret from the environment, claims as JSON or text, and a time", () => {
  const args = [
    "token",
    "--sub",
    "ann",
    "--key-env",
    "SECRET",
    "--claim",
    'meta={"team":7}',
    "--ttl",
    "5m",
    "--iss",
    "me",
    "--aud",
    "chat",
  ];
  const { status, stdout, stderr } = run(args, { env: { SECRET: kSecret } });
  assert.equal(status, 0, stderr);
  const { meta, exp, iat, iss, aud } = decoded(stdout.split(".")[1]);
  assert.deepEqual([meta, exp - iat, iss, aud], [{ team: 7 }, 300, "me", "chat"]);
});

test("token reports its errors, and never the secret", () => {
  for (const [args, expected] of [
    [["--sub", "ann"], /one key/],
    [["--sub", "ann", "--key-env", "NOWHERE"], /NOWHERE: this environment variable is not set/],
    [["--sub", "ann", "--key-env", "SHORT"], /the secret has 9 bytes, and 32 are the minimum/],
    [["--sub", "ann", "--key-env", "SECRET", "--ttl", "2y"], /--ttl: "2y"/],
    [["--sub", "ann", "--key-env", "SECRET", "--claim", "sub=bob"], /"sub" is set by another option/],
    [["--sub", "ann", "--key-env", "SECRET", "--claim", "role"], /is not NAME=VALUE/],
    [["--sub", "system", "--key-env", "SECRET"], /would refuse this token: its sub/],
  ]) {
    const { status, stdout, stderr } = run(["token", ...args], { env: { SECRET: kSecret, SHORT: "too short" } });
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
    assert.ok(!stderr.includes(kSecret) && !stderr.includes("too short"));
  }
});

test("R-46 serve and check refuse keys that are weak, missing or contradict each other", () => {
  const env = { SECRET: kSecret, SHORT: "too short" };
  for (const [args, expected] of [
    [["--auth-key", file("short.txt")], /short\.txt: the secret has 9 bytes/],
    [["--auth-key", file("none.pem")], /none\.pem: the file cannot be read/],
    [["--auth-key", file("other.json")], /no key in it is for signing/],
    [["--auth-hs256-env", "SHORT"], /--auth-hs256-env SHORT: the secret has 9 bytes/],
    [["--auth-hs256-env", "NOWHERE"], /this environment variable is not set/],
    [["--auth-hs256-env", ""], /--auth-hs256-env: this value is empty/],
    [["--tls-cert", "", "--tls-key", ""], /--tls-cert: this value is empty/],
    [["--auth-jwks", "file:///etc/passwd"], /not an http or https URL/],
    [["--auth-jwks", "https://user:pass@host/"], /not an http or https URL/],
    [["--auth-issuer", "me"], /--auth-issuer: no key is set/],
    [["--auth-hs256-env", "SECRET", "--dev"], /--dev: tokens or --auth-anonymous are set as well/],
    [["--listen", "0.0.0.0:0"], /other machines can reach this address/],
  ])
    for (const command of ["serve", "check"]) {
      const { status, stderr } = run([command, definitions, ...args], { env });
      assert.equal(status, 1, stderr);
      assert.match(stderr, expected);
      assert.ok(!stderr.includes("too short") && !stderr.includes(kSecret));
    }
  assert.equal(run(["check", definitions, "--auth-hs256-env", "SECRET", "--listen", "0.0.0.0:0"], { env }).status, 0);
});

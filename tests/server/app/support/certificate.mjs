// Certificates of a test's own, made by openssl.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const kDays = 90;

/** Makes NAME, a private key of a kind that `openssl genpkey` knows, and returns its path. */
export function makeKey(directory, name, kind, ...options) {
  const path = join(directory, name);
  const made = spawnSync("openssl", ["genpkey", "-algorithm", kind, ...options, "-out", path]);
  assert.equal(made.status, 0, `${made.stderr}`);
  return path;
}

/** Makes cert.pem and key.pem for localhost in `directory`. */
export function makeCertificate(directory, { days = kDays, name = "localhost" } = {}) {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", join(directory, "key.pem")];
  const facts = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", `${days}`];
  const made = spawnSync("openssl", ["req", "-x509", ...key, ...facts, "-out", join(directory, "cert.pem")]);
  assert.equal(made.status, 0, `${made.stderr}`);
}

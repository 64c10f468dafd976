// The certificate of servers with TLS: P-256, for 127.0.0.1, made once a run and gone with it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { output } from "../lib/paths.mjs";

let made;

/** { certificate, key }: paths of PEM files. */
export function certificate() {
  if (made) return made;
  mkdirSync(output, { recursive: true });
  const directory = mkdtempSync(join(output, "certificate-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  made = { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", made.key];
  const facts = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-out", made.certificate];
  execFileSync("openssl", ["req", "-x509", ...kind, ...facts], { stdio: "pipe" });
  return made;
}

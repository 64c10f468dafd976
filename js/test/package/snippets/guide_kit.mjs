// What the tests of the guides' code share: which blocks are tried, the directory that a guide's reader has, and its removal.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { binary } from "../../../../tests/server/app/support/program.mjs";
import { resting } from "./code.mjs";
import { root } from "./guides.mjs";

export const signingSecret = "a secret of the tests that is long enough";
export const support = join(root, "js/test/package/snippets");
const deadlineMs = 300_000;
const directories = [];
after(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory, which is removed at the end. */
export function emptyDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-guide-"));
  directories.push(directory);
  return directory;
}

/** Whether a block is not tried here. */
export const rests = ({ language, code, notRun, definitions }) =>
  notRun || definitions || resting.some((row) => row.language === language && row.match.test(code));

/** Runs to the end: { stdout, stderr }, or throws with both. */
export const finished = (command, args, options) =>
  promisify(execFile)(command, args, { encoding: "utf8", timeout: deadlineMs, ...options }).catch((error) => {
    throw new Error(`${command} ended with ${error.code ?? error.signal}\n${error.stdout}${error.stderr}`);
  });

/** A directory as the guide's reader has it. */
export async function directoryFor({ path, fences }) {
  const directory = emptyDirectory();
  const write = (name, text) => writeFileSync(join(directory, name), text);
  write("app.json", fences.find(({ definitions }) => definitions)?.code ?? readFileSync(join(support, "app.json"), "utf8"));
  write("jwt.key", signingSecret);
  mkdirSync(join(directory, "web"));
  write("web/index.html", "<!doctype html><title>A page</title>");
  for (const name of ["examples", "bench"]) symlinkSync(join(root, name), join(directory, name));
  mkdirSync(join(directory, "build/release/bin"), { recursive: true });
  symlinkSync(binary, join(directory, "build/release/bin/dialogue"));
  if (fences.some(({ code }) => code.includes("privkey.pem"))) {
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
    const files = ["-subj", "/CN=localhost", "-keyout", join(directory, "privkey.pem"), "-out", join(directory, "fullchain.pem")];
    await finished("openssl", [...made, ...files]);
  }
  assert.ok(existsSync(join(root, path)));
  return directory;
}

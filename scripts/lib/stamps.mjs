// "Do nothing twice": a step's inputs are hashed, and the hash of the last success is kept in build/stamps/.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, root, stampDir } from "./paths.mjs";

/** The files of the repository below `paths`: tracked ones and new ones that are not ignored. */
export function filesOf(...paths) {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...paths], {
    cwd: root,
  });
  return listed
    .toString()
    .split("\0")
    .filter((path) => path && existsSync(at(path)))
    .sort();
}

/** One hash over the names and contents of the files below `paths`. */
export const hashOf = (...paths) => hashOfFiles(filesOf(...paths));

/** One hash over the names and contents of `files`, which are paths in the repository. */
export function hashOfFiles(files) {
  const hash = createHash("sha256");
  for (const path of files)
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(at(path)))
      .update("\0");
  return hash.digest("hex");
}

/** Runs `work` unless its last success had the same `key` and every path in `outputs` still exists. */
export async function once(name, key, outputs, work) {
  const stamp = join(stampDir, name);
  const same = existsSync(stamp) && readFileSync(stamp, "utf8") === key;
  if (same && outputs.every((path) => existsSync(path))) return "up to date";
  rmSync(stamp, { force: true });
  const note = await work();
  writeFileSync(stamp, key);
  return note;
}

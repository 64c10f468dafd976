// Writes a project's files.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "./arguments.mjs";

/** What a directory may have that a project is written into. */
const allowed = new Set([".git", ".gitkeep", ".DS_Store"]);

/** Throws a Fault where `path` has files, unless they may be replaced. */
function checkEmpty(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) throw new Fault(`${path} is a file; name a directory`);
  const [first] = readdirSync(path).filter((name) => !allowed.has(name));
  if (first) throw new Fault(`${path} is not empty (${first}); name another directory, or use --force to write into it`);
}

/** Writes `files`, a Map of texts by path, below `path`. Secrets are for their owner only. */
export function write(path, files, { force = false } = {}) {
  if (!force) checkEmpty(path);
  for (const [name, text] of files) {
    const isSecret = name.startsWith("secrets/");
    mkdirSync(dirname(join(path, name)), { recursive: true, ...(isSecret && { mode: 0o700 }) });
    writeFileSync(join(path, name), text, isSecret ? { mode: 0o600 } : {});
  }
}

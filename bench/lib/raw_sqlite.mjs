// What durable publications are compared with: SQLite itself in the same pattern (bench/durable/raw_sqlite.cpp), and files
// for both.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { output, program } from "./paths.mjs";

/** A file that is gone with this process; below build/, on a disk, where /tmp may be memory. */
export function freshFile() {
  mkdirSync(output, { recursive: true });
  const directory = mkdtempSync(join(output, "durable-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "log.db");
}

/** Commits per second of so many threads, each with one event on its way. */
export async function rawCommitsPerSecond(publishers, seconds) {
  const args = [freshFile(), `${publishers}`, `${seconds}`];
  return Number((await promisify(execFile)(join(dirname(program), "bench_raw_sqlite"), args)).stdout);
}

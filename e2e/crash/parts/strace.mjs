// strace as the hand that kills or lies: commands to put in front of the server, and what a trace says. strace is a Debian
// package that `npm test` installs; where the machine does not allow ptrace, everything here fails and says so.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Throws in clear words when programs cannot be traced here. Nothing is skipped in silence. */
export function needStrace() {
  const tried = spawnSync("strace", ["-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "true"], { encoding: "utf8" });
  if (tried.status === 0) return;
  throw new Error(
    `strace cannot trace programs here (${tried.error?.message ?? tried.stderr.trim()}). ` +
      'Install it with "apt-get install strace"; ' +
      "in a container, allow ptrace (docker run --cap-add SYS_PTRACE). Without it the kills at each system call cannot be tried.",
  );
}

const traceIn = (directory) => join(directory, "strace.txt");

/** A command in front that traces `calls` (a comma list) into `directory`; `path`: only where this file is concerned. */
export function tracing(directory, calls, { path, more = [] } = {}) {
  // strace 6.1 does not inject under --seccomp-bpf, which would be the faster way.
  const only = path ? ["-P", join(directory, path)] : more.length ? [] : ["--seccomp-bpf"];
  return ["strace", "-f", "-qq", ...only, "-o", traceIn(directory), "-e", `trace=${calls}`, "-e", "signal=none", ...more];
}

/** As `tracing`, and the process dies as it makes the `when`-th such call of a thread. */
export const killing = (directory, call, when, path) =>
  tracing(directory, call, { path, more: ["-e", `inject=${call}:signal=KILL:when=${when}`] });

/** As `tracing`, and the call fails with `error` (ENOSPC, EIO, ...) from the `when`-th on. */
export const failing = (directory, call, error, when, path) =>
  tracing(directory, call, { path, more: ["-e", `inject=${call}:error=${error}:when=${when}+`] });

/** How many calls the busiest thread made: the number of places at which `killing` can strike. */
export function callsInTrace(directory, call) {
  const counts = {};
  for (const line of readFileSync(traceIn(directory), "utf8").split("\n")) {
    const [, thread, name] = /^(\d+)\s+(\w+)\(/.exec(line) ?? [];
    if (name === call) counts[thread] = (counts[thread] ?? 0) + 1;
  }
  return Math.max(0, ...Object.values(counts));
}

/** The last traced call: where it died. */
export const lastCall = (directory) =>
  readFileSync(traceIn(directory), "utf8")
    .split("\n")
    .filter((line) => /^\d+\s+\w+\(/.test(line))
    .at(-1);

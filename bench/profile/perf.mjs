// perf, as far as it is needed: samples of a running process by the processor's clock, with stacks by DWARF, so that the program
// under it is the one that is shipped.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const kHz = 499; // no whole part of a millisecond, in which timers tick
const kStackBytes = 65_528; // of each sample, perf's most: a gathered write has more than 32 KiB of its own on the stack
const kTextBytesMax = 2 ** 30;

const kAdvice = {
  missing: "perf is not on this machine: apt-get install -y --no-install-recommends linux-perf",
  refused:
    "perf may not sample here. As root, or after `sysctl kernel.perf_event_paranoid=1 kernel.kptr_restrict=0`, it may. " +
    "A container needs CAP_PERFMON, too.",
};

const events = ["-e", "cpu-clock", "-F", `${kHz}`, "--call-graph", `dwarf,${kStackBytes}`];

/** Throws an error that says what to do if this machine has no perf, or does not allow it to sample. */
export function assertPerf(file) {
  const tried = spawnSync("perf", [
    "record",
    "-q",
    ...events,
    "-o",
    file,
    "--",
    process.execPath,
    "-e",
    "for (let i = 0; i < 1e8; ) i += 1",
  ]);
  if (tried.error) throw new Error(kAdvice.missing);
  if (tried.status !== 0) throw new Error(`${kAdvice.refused}\nperf said: ${tried.stderr}`);
}

/** Samples a process into `file` until stop() is called, which resolves when the file is whole. */
export async function sample(pid, file) {
  const child = spawn("perf", ["record", ...events, "-p", `${pid}`, "-o", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  await once(child, "spawn");
  const ended = once(child, "close");
  return {
    stop: async () => {
      child.kill("SIGINT");
      await ended;
      if (!/Captured and wrote/.test(said)) throw new Error(`perf record ended without its file:\n${said}`);
    },
  };
}

/** The samples as perf script's text, with the fields that speedscope wants. */
export function scriptOf(file) {
  const args = ["script", "--no-inline", "-i", file, "-F", "comm,pid,tid,time,event,ip,sym,dso"];
  const { status, stdout, stderr } = spawnSync("perf", args, { encoding: "utf8", maxBuffer: kTextBytesMax });
  if (status !== 0) throw new Error(`perf script ended with code ${status}:\n${stderr}`);
  return stdout;
}

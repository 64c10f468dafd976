// The fuzz targets: one program per tests/fuzz/fuzz_*.cpp. Seeds are committed in tests/fuzz/corpus/NAME; what a run learns
// stays in build/.
import { existsSync, mkdirSync } from "node:fs";
import { at } from "../lib/paths.mjs";
import { filesOf } from "../lib/stamps.mjs";

const inputSecondsMax = 5; // one input may not take longer
const memoryMegabytesMax = 2048;

/** The names of the targets that the sources promise. */
export const fuzzTargets = () =>
  filesOf("tests/fuzz")
    .map((path) => /\/(fuzz_[a-z0-9_]+)\.cpp$/.exec(path)?.[1])
    .filter(Boolean);

const seedsOf = (target) => `tests/fuzz/corpus/${target.replace(/^fuzz_/, "")}`;

/** The command that fuzzes `target` for some seconds: { command, args }. */
export function fuzzCommand(target, seconds) {
  const learned = at("build", "asan", "corpus", target);
  mkdirSync(learned, { recursive: true });
  const seeds = at(seedsOf(target));
  const limits = [`-max_total_time=${seconds}`, `-timeout=${inputSecondsMax}`, `-rss_limit_mb=${memoryMegabytesMax}`];
  const output = [`-artifact_prefix=${at("build", "asan")}/${target}-`, "-print_final_stats=1"];
  return {
    command: at("build", "asan", "bin", target),
    args: [...limits, ...output, learned, ...(existsSync(seeds) ? [seeds] : [])],
  };
}

/**
 * Reads a run's log: one test, which passed where the target tried more than its committed seeds, so that it really ran. How
 * many more is a figure of the machine.
 */
export function fuzzReport(log) {
  const runs = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(log)?.[1] ?? 0);
  const crash = /Test unit written to (\S+)/.exec(log)?.[1];
  const name = /\/(fuzz_\w+)/.exec(log)?.[1] ?? "fuzz";
  if (crash) return [{ name, state: "failed", detail: `this input fails: ${crash}\n${/^==.*|SUMMARY.*/m.exec(log)?.[0] ?? ""}` }];
  if (runs > filesOf(seedsOf(name)).length) return [{ name, state: "passed" }];
  return [{ name, state: "failed", detail: `no input beyond the seeds was tried (${runs} in all)` }];
}

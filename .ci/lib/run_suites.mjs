// Runs suites and counts: one line per suite, the list of failures with the command that runs just that one, and as the last
// line "N passed, N failed".
import { existsSync, rmSync } from "node:fs";
import { read } from "./reports.mjs";
import { endOf, run, tailOf } from "./run.mjs";
import { duration } from "./steps.mjs";

/** Runs one part of a suite. Its own failure to run is a failed test named after it. */
async function runPart(suite, part) {
  if (part.report !== "log") rmSync(part.report, { force: true });
  const { code, timedOut, log } = await run(part.command, part.args, {
    log: `${suite.name}-${part.name}`,
    cwd: part.cwd,
    env: part.env,
    timeoutMs: suite.timeoutMs,
  });
  const report = part.report === "log" ? log : part.report;
  const results = read(part.reader, report);
  for (const result of results) if (result.ended) result.detail += `\n${endOf(log)}`;
  if (code !== 0 && !results.some((result) => result.state === "failed")) {
    const why = timedOut ? `no end after ${suite.timeoutMs / 1000} s` : `ended with code ${code}`;
    results.push({
      name: part.name,
      state: "failed",
      detail: `${why}\n${tailOf(log)}`,
      whole: true,
    });
  } else if (results.length === 0) {
    results.push({
      name: part.name,
      state: "failed",
      detail: existsSync(report) ? "ran no test" : "wrote no report",
      whole: true,
    });
  }
  return results.map((result) => ({
    ...result,
    again: result.whole ? `npm test -- ${suite.name}` : part.again(result.name),
  }));
}

/** Runs a suite's parts, `together` at a time. Too few tests is a failure: a suite that lost its tests must not look green. */
async function runSuite(suite) {
  const waiting = suite.parts();
  const results = [];
  const worker = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) results.push(...(await runPart(suite, part)));
  };
  await Promise.all(Array.from({ length: suite.together ?? 1 }, worker));
  const ran = results.filter((result) => result.state !== "skipped").length;
  if (ran < suite.least) {
    const detail = `${ran} tests ran; at least ${suite.least} are expected (.ci/lib/suites.mjs)`;
    results.push({
      name: "enough tests",
      state: "failed",
      detail,
      again: `npm test -- ${suite.name}`,
    });
  }
  return results;
}

const count = (results, state) => results.filter((result) => result.state === state).length;

function summary(results) {
  const skipped = count(results, "skipped");
  return `${count(results, "passed")} passed, ${count(results, "failed")} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

/** Runs `suites` one after the other. Returns the exit code; the last line printed is the sum. */
export async function runSuites(suites) {
  const all = [];
  for (const suite of suites) {
    const start = performance.now();
    const results = await runSuite(suite);
    console.log(`${suite.name.padEnd(10)} ${summary(results)} (${duration(performance.now() - start)})`);
    all.push(...results.map((result) => ({ ...result, suite: suite.name })));
  }
  for (const { suite, name, detail, again } of all.filter((result) => result.state === "failed")) {
    console.log(`\nFAILED ${suite}: ${name}\n${(detail ?? "").replace(/^/gm, "  ")}\n  again: ${again}`);
  }
  console.log(`\n${summary(all)}`);
  return count(all, "failed") > 0 || all.length === 0 ? 1 : 0;
}

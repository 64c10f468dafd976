// Runs suites and counts: one line per suite, the list of failures with the command that runs just that one, and as the last
// line "N passed, N failed".
import { existsSync, rmSync } from "node:fs";
import { toldBefore } from "./passed.mjs";
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
async function runSuite(suite, again) {
  const waiting = suite.parts();
  const all = waiting.length;
  const results = [];
  let kept = 0;
  const worker = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const told = await toldBefore(suite, part, () => runPart(suite, part), again);
      results.push(...told.results);
      kept += told.kept;
    }
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
  return { results, kept: kept && (kept === all ? "unchanged since it passed" : `${kept} of ${all} programs unchanged`) };
}

const count = (results, state) => results.filter((result) => result.state === state).length;

function summary(results) {
  const skipped = count(results, "skipped");
  return `${count(results, "passed")} passed, ${count(results, "failed")} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

/** Waits for what a suite needs that is still being built (beside.mjs), and tells of it. The failures, as failed tests. */
async function awaitBuilds(suite, beside) {
  const failures = [];
  for (const { label, end } of beside(suite.needs ?? [])) {
    process.stdout.write(`${label} ... `);
    const { took, error } = await end;
    console.log(error ? "failed" : took);
    if (error) failures.push({ name: label, state: "failed", detail: error.message, again: `npm test -- ${suite.name}` });
  }
  return failures;
}

/**
 * Runs `suites` one after the other; unless `again`, what has passed on the same inputs is told again instead. `beside` is
 * what runBeside returned. Returns the exit code; the last line printed is the sum.
 */
export async function runSuites(suites, { again = true, beside = () => [] } = {}) {
  const all = [];
  let isKept = false;
  for (const suite of suites) {
    const unbuilt = await awaitBuilds(suite, beside);
    const start = performance.now();
    const { results, kept } = unbuilt.length ? { results: unbuilt } : await runSuite(suite, again);
    const facts = [duration(performance.now() - start), ...(kept ? [kept] : [])];
    console.log(`${suite.name.padEnd(10)} ${summary(results)} (${facts.join(", ")})`);
    isKept ||= Boolean(kept);
    all.push(...results.map((result) => ({ ...result, suite: suite.name })));
  }
  for (const { suite, name, detail, again } of all.filter((result) => result.state === "failed")) {
    console.log(`\nFAILED ${suite}: ${name}\n${(detail ?? "").replace(/^/gm, "  ")}\n  again: ${again}`);
  }
  if (isKept) console.log("\nWhat is unchanged since it passed was not run again; npm test -- --again runs everything.");
  console.log(`\n${summary(all)}`);
  return count(all, "failed") > 0 || all.length === 0 ? 1 : 0;
}

// Runs suites and counts: one line per suite, the list of failures with the command that runs just that one, and as the last
// line "N passed, N failed".
import { existsSync, rmSync } from "node:fs";
import { run, tailOf } from "./processes.mjs";
import { read } from "./reports.mjs";
import { cachedResults } from "./result_cache.mjs";
import { duration } from "./steps.mjs";

const lanes = 2; // suites at a time
const longestSuites = 6;

const count = (results, state) =>
  results.filter((result) => result.state === state).reduce((sum, result) => sum + (result.count ?? 1), 0);

/** Runs one job of a suite. Its own failure to run is a failed test named after it. */
async function runJob(suite, job) {
  if (job.report !== "log") rmSync(job.report, { force: true });
  const { code, timedOut, log } = await run(job.command, job.args, {
    log: `${suite.name}-${job.name}`,
    cwd: job.cwd,
    env: job.env,
    timeoutMs: suite.timeoutMs,
  });
  const report = job.report === "log" ? log : job.report;
  const results = read(job.reader, report);
  if (code !== 0 && !results.some((result) => result.state === "failed")) {
    const why = timedOut ? `no end after ${suite.timeoutMs / 1000} s` : `ended with code ${code}`;
    results.push({
      name: job.name,
      state: "failed",
      detail: `${why}\n${tailOf(log)}`,
      whole: true,
    });
  } else if (["passed", "failed", "skipped"].every((state) => count(results, state) === 0)) {
    results.push({
      name: job.name,
      state: "failed",
      detail: existsSync(report) ? "ran no test" : "wrote no report",
      whole: true,
    });
  }
  return results.map((result) => ({
    ...result,
    again: result.whole ? `npm test -- ${suite.name}` : job.again(result.name),
  }));
}

/** Runs a suite's jobs, `together` at a time. Too few tests is a failure: a suite that lost its tests must not look green. */
async function runSuite(suite, again) {
  const waiting = suite.jobs();
  const all = waiting.length;
  const results = [];
  let cached = 0;
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const outcome = await cachedResults(suite, job, () => runJob(suite, job), again);
      results.push(...outcome.results);
      cached += outcome.isCached;
    }
  };
  await Promise.all(Array.from({ length: suite.together ?? 1 }, worker));
  const ran = count(results, "passed") + count(results, "failed");
  if (ran < suite.least) {
    const detail = `${ran} tests ran; at least ${suite.least} are expected (scripts/lib/suites.mjs)`;
    results.push({ name: "enough tests", state: "failed", detail, again: `npm test -- ${suite.name}` });
  }
  const note = cached === all ? "unchanged since it passed" : `${cached} of ${all} programs unchanged`;
  return { results, note: cached && note };
}

function summary(results) {
  const skipped = count(results, "skipped");
  return `${count(results, "passed")} passed, ${count(results, "failed")} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

/**
 * Waits for the background builds that a suite needs or that must not run beside it, and prints once how long they took.
 * Failures become failed tests.
 */
async function awaitBuilds(suite, background) {
  const failures = [];
  const needs = suite.needs ?? [];
  for (const { name, label, end, isFirst } of background([...needs, ...(suite.after ?? [])])) {
    const { took, error } = await end;
    if (isFirst) console.log(`${label} ... ${error ? "failed" : took}`);
    if (error && needs.includes(name))
      failures.push({ name: label, state: "failed", detail: error.message, again: `npm test -- ${suite.name}` });
  }
  return failures;
}

/** Calls `run` for each suite in order, two at a time, because most of them wait. One that is `alone` has none beside it. */
async function runInLanes(suites, run) {
  const running = new Set();
  const awaitFewer = async (max) => {
    while (running.size > max) await Promise.race(running);
  };
  for (const suite of suites) {
    await awaitFewer(suite.alone ? 0 : lanes - 1);
    const end = run(suite).then(() => running.delete(end));
    running.add(end);
    if (suite.alone) await awaitFewer(0);
  }
  await awaitFewer(0);
}

/** How long all of it took, and its longest suites. */
function times(ms, suites) {
  const longest = suites.sort((a, b) => b.ms - a.ms).slice(0, longestSuites);
  return `${duration(ms)}; the longest: ${longest.map((suite) => `${suite.name} ${duration(suite.ms)}`).join(", ")}`;
}

/**
 * Runs `suites`, two at a time; unless `again`, results of the same inputs are reused. `background`
 * is what runInBackground returned. Returns the exit code; the last line printed is the sum.
 */
export async function runSuites(suites, { again = true, background = () => [] } = {}) {
  const all = [];
  const took = [];
  const begun = performance.now();
  let isCached = false;
  await runInLanes(suites, async (suite) => {
    const unbuilt = await awaitBuilds(suite, background);
    const start = performance.now();
    const { results, note } = unbuilt.length ? { results: unbuilt } : await runSuite(suite, again);
    const ms = performance.now() - start;
    const facts = [duration(ms), ...(note ? [note] : [])];
    console.log(`${suite.name.padEnd(12)} ${summary(results)} (${facts.join(", ")})`);
    isCached ||= Boolean(note);
    took.push({ name: suite.name, ms });
    all.push(...results.map((result) => ({ ...result, suite: suite.name })));
  });
  for (const { suite, name, detail, again } of all.filter((result) => result.state === "failed")) {
    console.log(`\nFAILED ${suite}: ${name}\n${(detail ?? "").replace(/^/gm, "  ")}\n  again: ${again}`);
  }
  if (isCached) console.log("\nWhat is unchanged since it passed was not run again; npm test -- --again runs everything.");
  console.log(`\n${times(performance.now() - begun, took)}`);
  console.log(`\n${summary(all)}`);
  return count(all, "failed") > 0 || all.length === 0 ? 1 : 0;
}

// Runs suites and counts: a line per suite, then the failures, what passed at the second try, and as the last line
// "N passed, N failed".
import { relative } from "node:path";
import { root } from "../lib/paths.mjs";
import { duration } from "../lib/steps.mjs";
import { buildsFor, runInPool } from "./job_pool.mjs";
import { failureOf, isFailed, runJob } from "./run_job.mjs";
import { secondTry } from "./second_try.mjs";

const longestJobs = 12;
const namedMax = 12; // of the failures, in the last lines
const firstDetailMax = 300; // characters

const resultsOf = (entries) => entries.flatMap(({ results = [] }) => results);

const count = (results, state) =>
  results.filter((result) => result.state === state).reduce((sum, result) => sum + (result.count ?? 1), 0);

function summary(results) {
  const skipped = count(results, "skipped");
  return `${count(results, "passed")} passed, ${count(results, "failed")} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

const ownFailure = (suite, name, detail) => ({ name, state: "failed", detail, again: `npm run test:all -- ${suite.name}` });

/** The failures of builds that a suite needs: it cannot run. */
const unbuilt = (suite, builds) =>
  (suite.needs ?? [])
    .map((name) => builds.get(name))
    .filter((build) => build?.error)
    .map(({ label, error }) => ownFailure(suite, label, error.message));

const failures = (entries) =>
  entries.flatMap(({ suite, results = [] }) => results.filter(isFailed).map((result) => ({ suite, ...result })));

const indented = (text = "") => text.replace(/^/gm, "  ");

/** The end of a run, so written that its last lines say what failed. */
function printEnd(entries, ms) {
  const failed = failures(entries);
  for (const { suite, name, detail } of failed) console.log(`\n--- ${suite.name}: ${name}\n${indented(detail)}`);
  const jobs = entries.filter((each) => each.ms).sort((a, b) => b.ms - a.ms);
  const longest = jobs.slice(0, longestJobs).map(({ suite, job, ms: took }) => `${suite.name} ${job.name} ${duration(took)}`);
  console.log(`\n${duration(ms)}; the longest: ${longest.join(", ")}`);
  for (const { suite, job, logs, firstFailures } of entries.filter((each) => each.logs)) {
    console.log(`passed at the second try: ${suite.name} ${job.name}; ${logs.map((log) => relative(root, log)).join(" ")}`);
    for (const { name, detail = "" } of firstFailures.slice(0, namedMax))
      console.log(`  at first: ${name}\n${indented(indented(detail.slice(0, firstDetailMax)))}`);
  }
  for (const { suite, name, again } of failed.slice(0, namedMax)) console.log(`FAILED ${suite.name}: ${name}\n  again: ${again}`);
  if (failed.length > namedMax) console.log(`and ${failed.length - namedMax} more, above`);
  console.log(`\n${summary(resultsOf(entries))}`);
}

/** A row for each suite of a run: { name, tests, ms, failed, secondTries }. */
const rowsOf = (suites, entries, took) =>
  suites.map((suite) => {
    const own = entries.filter((each) => each.suite === suite);
    const results = resultsOf(own);
    return {
      name: suite.name,
      tests: count(results, "passed") + count(results, "failed"),
      ms: took.get(suite) ?? 0,
      failed: count(results, "failed"),
      secondTries: own.filter(({ logs }) => logs).map(({ job }) => job.name),
    };
  });

/**
 * Runs `suites`, and what failed once more with `retries`. `builds` is what inBackground returned. Jobs that were not reached
 * within `limitMs` are failures. Returns { code, rows }: the exit code, and a row for each suite.
 */
export async function runSuites(suites, { builds = new Map(), retries = true, limitMs = Number.POSITIVE_INFINITY } = {}) {
  const entries = []; // { suite, job?, results? }
  const [starts, took, announced] = [new Map(), new Map(), new Set()];
  const begun = performance.now();
  const left = () => limitMs - (performance.now() - begun);
  const of = (suite) => entries.filter((each) => each.suite === suite);
  const announce = ({ label, took: time, error }) => {
    if (!announced.has(label)) console.log(`${label} ... ${error ? "failed" : time}`);
    announced.add(label);
  };
  const endOf = (suite) => {
    if (of(suite).some(({ results }) => !results)) return;
    took.set(suite, performance.now() - starts.get(suite));
    console.log(`${suite.name.padEnd(12)} ${summary(resultsOf(of(suite)))} (${duration(took.get(suite))})`);
  };
  const begin = (suite) => {
    starts.set(suite, performance.now());
    buildsFor(suite, builds).forEach(announce);
    const broken = unbuilt(suite, builds);
    const jobs = broken.length ? [] : suite.jobs().map((job) => ({ suite, job }));
    if (jobs.length === 0 && broken.length === 0) broken.push(ownFailure(suite, "tests", "it has no test"));
    entries.push(...jobs, ...(broken.length ? [{ suite, results: broken }] : []));
    if (jobs.length === 0) endOf(suite);
    return jobs;
  };
  await runInPool(suites, builds, begin, async (each) => {
    const started = performance.now();
    const { suite, job } = each;
    if (left() > 0) Object.assign(each, await runJob(suite, job, { limitMs: left() }));
    else each.results = [failureOf(job, `not reached: the run's ${duration(limitMs)} were over`)];
    each.ms = performance.now() - started;
    endOf(suite);
  });
  if (retries && left() > 0) await secondTry(entries.filter(({ job, results }) => job && results.some(isFailed)));
  printEnd(entries, performance.now() - begun);
  const isGreen = resultsOf(entries).length > 0 && failures(entries).length === 0;
  return { code: isGreen ? 0 : 1, rows: rowsOf(suites, entries, took) };
}

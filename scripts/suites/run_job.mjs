// Runs one job and reads its report.
import { existsSync, rmSync } from "node:fs";
import { run, tailOf } from "../lib/processes.mjs";
import { read } from "./reports.mjs";

export const isFailed = ({ state }) => state === "failed";

/** A failure of a job that is none of one of its tests: { name, state, detail, again }. */
export const failureOf = (job, detail) => ({ name: job.name, state: "failed", detail, again: job.again("") });

/**
 * Runs one job of a suite: { log, results }. Its own failure to run is a failed test named after it. `attempt` ends the
 * log's name; `limitMs` bounds the job's time beside its own limit.
 */
export async function runJob(suite, job, { attempt = "", limitMs = Number.POSITIVE_INFINITY } = {}) {
  if (job.report !== "log") rmSync(job.report, { force: true });
  const timeoutMs = Math.min(job.timeoutMs ?? suite.timeoutMs, limitMs);
  const { code, timedOut, log } = await run(job.command, job.args, {
    log: `${suite.name}-${job.name}${attempt}`,
    cwd: job.cwd,
    env: job.env,
    timeoutMs,
  });
  const report = job.report === "log" ? log : job.report;
  const results = read(job.reader, report, code).map((result) => ({ ...result, again: job.again(result.name) }));
  for (const result of results.filter(({ detail }) => detail?.includes("exitCode"))) result.detail = tailOf(log);
  if ((code !== 0 || timedOut) && !results.some(isFailed)) {
    const why = timedOut ? `no end after ${Math.round(timeoutMs / 100) / 10} s` : `ended with code ${code}`;
    results.push(failureOf(job, `${why}\n${tailOf(log)}`));
  } else if (results.length === 0 && !job.mayBeEmpty) {
    results.push(failureOf(job, existsSync(report) ? "ran no test" : "wrote no report"));
  }
  return { log, results };
}

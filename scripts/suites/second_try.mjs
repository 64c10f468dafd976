// What failed runs once more, alone: a test that depends on the machine's pace does not decide. More than five failed jobs have a
// common cause, and none of them runs again.
import { isFailed, runJob } from "./run_job.mjs";

const jobsMax = 5;

/**
 * Runs each of the failed { suite, job, log, results } again. Those that pass have the second results, both `logs`, and in
 * `firstFailures` what failed at first.
 */
export async function secondTry(failed) {
  if (failed.length > jobsMax) return;
  for (const each of failed) {
    const second = await runJob(each.suite, each.job, { attempt: "-again" });
    if (second.results.some(isFailed)) continue;
    each.firstFailures = each.results.filter(isFailed);
    each.results = second.results;
    each.logs = [each.log, second.log];
  }
}

// Runs jobs side by side, as many as the processors carry.
import { availableParallelism } from "node:os";

/** What a suite waits for: the builds that it needs, and those that must not run beside it. */
export const buildsFor = (suite, builds) =>
  [...(suite.needs ?? []), ...(suite.after ?? [])].map((name) => builds.get(name)).filter(Boolean);

/**
 * Calls work(job) for the jobs of each suite, in order as far as they fit: a job weighs its suite's `cpu`, 1 by default, and
 * one of a suite that is `alone` has none beside it. jobsOf(suite) is called once what the suite waits for is built, and
 * returns [{ suite, ... }].
 */
export async function runInPool(suites, builds, jobsOf, work) {
  const capacity = availableParallelism();
  const waiting = new Set(suites);
  const ready = [];
  const running = new Map();
  const weight = ({ suite }) => suite.cpu ?? 1;
  const fits = (job) => {
    if (running.size === 0) return true;
    const beside = [...running.keys()];
    if ([job, ...beside].some(({ suite }) => suite.alone)) return false;
    return beside.reduce((sum, each) => sum + weight(each), weight(job)) <= capacity;
  };
  const buildEnds = (suite) => Promise.all(buildsFor(suite, builds).map(({ end }) => end));
  while (waiting.size || ready.length || running.size) {
    for (const suite of waiting) {
      if (!buildsFor(suite, builds).every(({ took }) => took)) continue;
      waiting.delete(suite);
      ready.push(...jobsOf(suite));
    }
    const place = ready.findIndex(fits);
    if (place >= 0) {
      const [job] = ready.splice(place, 1);
      const end = work(job).then(() => running.delete(job));
      running.set(job, end);
    } else if (running.size || waiting.size) {
      await Promise.race([...running.values(), ...[...waiting].map(buildEnds)]);
    }
  }
}

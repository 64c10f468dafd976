// Builds that are carried out beside the suites, one after the other.
import { duration } from "./steps.mjs";

/**
 * Starts steps { name, label, work } in order. Returns a map from names to { label, end, took, error }: `end` resolves when the
 * step has ended, and then `took` says how long it took, and `error` why it failed, if it did.
 */
export function inBackground(steps) {
  const builds = new Map();
  let before = Promise.resolve();
  for (const { name, label, work } of steps) {
    const build = { label };
    before = before.then(async () => {
      const start = performance.now();
      await work().catch((error) => {
        build.error = error;
      });
      build.took = duration(performance.now() - start);
    });
    build.end = before;
    builds.set(name, build);
  }
  return builds;
}

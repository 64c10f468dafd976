// Steps that are carried out beside other work, one after the other: builds that only the last suites need, while the first
// suites run, which often wait.
import { duration } from "./steps.mjs";

/**
 * Starts steps { name, label, work }. Returns a function that takes from them those with one of `names`, once: a list of
 * { label, end }, where end resolves to { took, error }.
 */
export function runInBackground(steps) {
  const running = new Map();
  let before = Promise.resolve();
  for (const { name, label, work } of steps) {
    before = before.then(async () => {
      const start = performance.now();
      const error = await work().then(
        () => undefined,
        (problem) => problem,
      );
      return { took: duration(performance.now() - start), error };
    });
    running.set(name, { label, end: before });
  }
  return (names) => {
    const taken = names.filter((name) => running.has(name)).map((name) => running.get(name));
    for (const name of names) running.delete(name);
    return taken;
  };
}

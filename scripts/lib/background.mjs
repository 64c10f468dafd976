// Steps that are carried out beside other work, one after the other: builds that only the last suites need, while the first
// suites run, which often wait.
import { duration } from "./steps.mjs";

/**
 * Starts steps { name, label, work }. Returns a function from names to those of the steps that have one of them: a list of
 * { name, label, end, isFirst }. `end` resolves to { took, error }; isFirst for who asks for the step first.
 */
export function runInBackground(steps) {
  const running = new Map();
  const asked = new Set();
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
  return (names) =>
    names
      .filter((name) => running.has(name))
      .map((name) => {
        const isFirst = !asked.has(name);
        asked.add(name);
        return { name, ...running.get(name), isFirst };
      });
}

// A numbered list of steps with one progress line each: "[3/9] building the server ... 41 s".
// A failed step shows why and ends the verb.

const kMsPerSecond = 1000;
const kSecondsPerMinute = 60;

/** "41 s" or "3 min 20 s". */
export function duration(ms) {
  const seconds = ms / kMsPerSecond;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < kSecondsPerMinute ? `${whole} s` : `${Math.floor(whole / kSecondsPerMinute)} min ${whole % kSecondsPerMinute} s`;
}

/**
 * Runs steps in order. A step is { label, work }: work() may return a short note that replaces nothing but adds to the line
 * ("up to date"). Throws when a step throws, after printing its reason.
 */
export async function runSteps(steps) {
  for (const [index, { label, work }] of steps.entries()) {
    process.stdout.write(`[${index + 1}/${steps.length}] ${label} ... `);
    const start = performance.now();
    try {
      const note = await work();
      console.log(`${duration(performance.now() - start)}${note ? `, ${note}` : ""}`);
    } catch (error) {
      console.log("failed");
      console.error(error.message);
      throw new StepFailed(label);
    }
  }
}

/** A step failed and its reason has been printed. */
export class StepFailed extends Error {}

/** Runs a verb's main function: a failed step ends with code 1 and without a stack trace. */
export async function verb(main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) console.error(error);
    process.exitCode = 1;
  }
}

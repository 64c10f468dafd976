// A numbered list of steps with one progress line each: "[3/9] building the server ... 41 s".
// A failed step shows why and ends the verb.
import { chosenOf, headOf, isUsageError } from "./usage.mjs";

const msPerSecond = 1000;
const secondsPerMinute = 60;
const msBetweenLines = 15_000; // of progress, where there is no terminal

/** "41 s" or "3 min 20 s". */
export function duration(ms) {
  const seconds = ms / msPerSecond;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < secondsPerMinute ? `${whole} s` : `${Math.floor(whole / secondsPerMinute)} min ${whole % secondsPerMinute} s`;
}

/**
 * The line of a step that is under way. show(text) replaces what stands behind `head` in a terminal; elsewhere it prints a line
 * of its own now and then. end(text) ends it.
 */
function progressLine(head) {
  const out = process.stdout;
  let last = performance.now();
  let hasLines = false;
  out.write(head);
  return {
    show(text) {
      if (out.isTTY) return void out.write(`\r\x1b[K${head}${text}`);
      if (performance.now() - last < msBetweenLines) return;
      last = performance.now();
      out.write(`${hasLines ? "" : "\n"}  ${text}\n`);
      hasLines = true;
    },
    end: (text) => out.write(out.isTTY ? `\r\x1b[K${head}${text}\n` : `${hasLines ? "  " : ""}${text}\n`),
  };
}

/**
 * Runs steps in order. A step is { label, work }: work(show) may show how far it is, and may return a short note that is added
 * to the line ("up to date"). Throws when a step throws, after printing its reason.
 */
export async function runSteps(steps) {
  for (const [index, { label, work }] of steps.entries()) {
    const line = progressLine(`[${index + 1}/${steps.length}] ${label} ... `);
    const start = performance.now();
    try {
      const note = await work(line.show);
      line.end(`${duration(performance.now() - start)}${note ? `, ${note}` : ""}`);
    } catch (error) {
      line.end("failed");
      console.error(error.message);
      throw new StepFailed(label);
    }
  }
}

/** A step failed and its reason has been printed. */
export class StepFailed extends Error {}

/**
 * Runs a verb's main function, or prints `help` where `--help` asks for it: by default the head of the verb's file. A failed
 * step ends with code 1 and without a stack trace, and so does a mistake in the arguments: any, where `main` takes none.
 */
export async function verb(main, help = headOf(process.argv[1])) {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) return console.log(help);
  try {
    if (main.length === 0) chosenOf(args, [], "argument");
    process.exitCode = (await main(args)) ?? 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) console.error(isUsageError(error) ? error.message : error);
    process.exitCode = 1;
  }
}

// What a soak run is asked to do: its arguments, and the load of each kind of client at rate 1.
import { parseArgs } from "node:util";
import { numberOf } from "../../../scripts/lib/usage.mjs";

const minutesPerHour = 60;
const secondsPerMinute = 60;

export const help = `npm run soak -- [--hours H] [--minutes M] [--rate R] [--seed N] [--out DIR]
  --hours, --minutes  how long the load lasts; default 60 minutes
  --rate R            scales what is published and how many pages load; default 1, about 2 % of a core for the server
  --seed N            repeats the order of the churn; default 1
  --out DIR           where samples.jsonl, soak.svg and verdict.json go; default build/soak
Exits with 1 if a check fails.`;

/** The plan of some arguments: { seconds, rate, seed, out }. Throws for what it does not know. */
export function planOf(args, out) {
  const text = { type: "string" };
  const options = { hours: text, minutes: text, rate: text, seed: text, out: text };
  const { values } = parseArgs({ args, options });
  const hours = numberOf(values.hours, "hours", 0);
  const minutes = numberOf(values.minutes, "minutes", 0);
  return {
    seconds: (hours * minutesPerHour + minutes || minutesPerHour) * secondsPerMinute,
    rate: numberOf(values.rate, "rate", 1),
    seed: numberOf(values.seed, "seed", 1),
    out: values.out ?? out,
  };
}

// What a soak run is asked to do: its arguments, and the load of each kind of client at rate 1.
import { parseArgs } from "node:util";

const minutesPerHour = 60;
const secondsPerMinute = 60;

export const help = `npm run soak -- [--hours H] [--minutes M] [--rate R] [--seed N] [--out DIR]
  --hours, --minutes  how long the load lasts; default 60 minutes
  --rate R            scales what is published and how many pages load; default 1, about 2 % of a core for the server
  --seed N            repeats the order of the churn; default 1
  --out DIR           where samples.jsonl, soak.svg and verdict.json go; default build/soak
Exits with 1 if a check fails.`;

const number = (text, name) => {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
};

/** The plan of some arguments: { seconds, rate, seed, out }, or { isHelp }. Throws for what it does not know. */
export function planOf(args, out) {
  const text = { type: "string" };
  const options = { hours: text, minutes: text, rate: text, seed: text, out: text, help: { type: "boolean" } };
  const { values } = parseArgs({ args, options });
  if (values.help) return { isHelp: true };
  const hours = values.hours === undefined ? 0 : number(values.hours, "hours");
  const minutes = values.minutes === undefined ? 0 : number(values.minutes, "minutes");
  return {
    seconds: (hours * minutesPerHour + minutes || minutesPerHour) * secondsPerMinute,
    rate: number(values.rate ?? "1", "rate"),
    seed: number(values.seed ?? "1", "seed"),
    out: values.out ?? out,
  };
}

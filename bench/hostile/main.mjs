// npm run bench -- hostile [--quick]: what a byte of payload costs the validator under definitions that are written to make it
// slow, each with a payload that hits its worst. Whatever an author may define, a message is judged in bounded time.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { program } from "../lib/paths.mjs";
import { median, publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kRounds = quick ? 1 : 7;
const kNsMax = 200;

const { stdout } = await promisify(execFile)(join(dirname(program), "bench_hostile"), [`${kRounds}`]);
const cases = stdout
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const measured = cases.filter(({ ns }) => ns);
const rows = measured.map(({ what, bytes, verdict, ns }) => ({
  what,
  bytes,
  verdict,
  "ns for each byte": median(ns),
  bar: kNsMax,
}));
const refused = cases.filter((each) => each.refused).map((each) => `${each.what}: refused with the definition (${each.refused})`);

publish({
  name: "hostile",
  title: "The validator under hostile definitions",
  rows,
  raw: cases,
  keep: !quick,
  notes: [
    `CPU ns of one thread for each byte of a payload of up to 64 KiB, medians of ${kRounds}. Each definition is one that is`,
    `accepted, and each payload the worst known for it. The bar is ${kNsMax} ns: 13 ms for the largest message.`,
    ...refused,
  ],
});
process.exitCode = measured.some(({ ns }) => median(ns) > kNsMax) ? 1 : 0;

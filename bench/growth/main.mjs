// npm run bench -- growth [--quick]: what a page of a list, an event for one user and a kick cost the server where 100,000 rooms
// and as many users exist, beside a twentieth of that. What is about one page or one user must not cost what exists.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { program } from "../lib/paths.mjs";
import { median, publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kMany = quick ? 10_000 : 100_000;
const kFew = kMany / 20;
const kRounds = quick ? 50 : 500;
const kUsMax = 1000;
const kOutputBytesMax = 16 * 1024 * 1024;

async function run(count) {
  const args = [`${count}`, `${count}`, `${kRounds}`];
  const { stdout } = await promisify(execFile)(join(dirname(program), "bench_growth"), args, { maxBuffer: kOutputBytesMax });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const few = await run(kFew);
const many = await run(kMany);
const worst = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)];
const rows = many.map(({ what, us }, index) => ({
  what,
  [`µs with ${kFew.toLocaleString("en-US")}`]: median(few[index].us),
  [`µs with ${kMany.toLocaleString("en-US")}`]: median(us),
  "99 of 100 within µs": worst(us),
}));

publish({
  name: "growth",
  title: "What a page and a user cost where much exists",
  rows,
  raw: { few, many },
  keep: !quick,
  notes: [
    `CPU µs of the server's core (one shard, no network) for one of each, medians of ${kRounds}, with so many rooms and as many`,
    "users, who are all connected and in one room. Half of the rooms are hidden from those who list. The bar is at most",
    `${kUsMax} µs each.`,
  ],
});
process.exitCode = many.some(({ us }) => median(us) > kUsMax) ? 1 : 0;

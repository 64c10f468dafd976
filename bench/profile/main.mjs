// npm run bench -- profile SCENARIO [--quick]: where Dialogue's time goes, the server's in one scenario of bench/delivery or the
// client's. Writes tables to bench/results/profiles/SCENARIO.md (with --quick: below build/bench), and the samples to build/bench
// for speedscope, which shows them as a flame graph.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { machine } from "../lib/machine.mjs";
import { bench, output } from "../lib/paths.mjs";
import { table } from "../lib/results.mjs";
import { clientProfiles } from "./client.mjs";
import { serverProfiles } from "./server.mjs";

const known = [...serverProfiles, ...clientProfiles];
const isQuick = process.argv.includes("--quick");
const [id, ...more] = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const chosen = more.length === 0 && known.find((one) => one.id === id);
if (!chosen) {
  const what = id === undefined ? "Which scenario?" : `no scenario ${[id, ...more].join(" ")};`;
  console.error(`${what} There are: ${known.map((one) => one.id).join(" ")}`);
  process.exit(1);
}

async function profiled() {
  try {
    return await chosen.profile(isQuick);
  } catch (error) {
    console.error(error.message);
    return process.exit(1);
  }
}

const directory = join(isQuick ? output : join(bench, "results"), "profiles");
for (const made of [directory, output]) mkdirSync(made, { recursive: true });
const { title, notes, stacks, tables, samples } = await profiled();
const text = [
  `# ${title}`,
  "",
  `${stacks.reduce((sum, { count }) => sum + count, 0).toLocaleString("en-US")} samples.`,
  ...notes,
  ...tables.filter((rows) => rows.length).flatMap((rows) => ["", table(rows)]),
  "",
  `Machine: ${machine()}.`,
  `Command: \`npm run bench -- profile ${id}\`.`,
  "",
].join("\n");
const forSpeedscope = join(output, `${id}.${samples.ending}`);
writeFileSync(join(directory, `${id}.md`), text);
writeFileSync(forSpeedscope, samples.text);
console.log(`\n${text}\nWritten: ${join(directory, id)}.md`);
console.log(`The flame graph: npx speedscope@1.25.0 ${relative("", forSpeedscope)}`);
process.exit(0);

// npm run bench -- profile SCENARIO [--quick]: where Dialogue's time goes, the server's in one scenario of bench/delivery or the
// client's. Leaves bench/results/profiles/SCENARIO.svg, a flame graph, and SCENARIO.md, the tables beside it. With --quick: below
// build/bench.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flameGraph } from "../lib/flame_graph.mjs";
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
mkdirSync(directory, { recursive: true });
const { title, legend, notes, stacks, tables } = await profiled();
const samples = `${stacks.reduce((sum, { count }) => sum + count, 0).toLocaleString("en-US")} samples.`;
const text = [
  `# ${title}`,
  "",
  `![Flame graph](${id}.svg)`,
  "",
  samples,
  ...notes,
  ...tables.filter((rows) => rows.length).flatMap((rows) => ["", table(rows)]),
  "",
  `Machine: ${machine()}.`,
  `Command: \`npm run bench -- profile ${id}\`.`,
  "",
].join("\n");
writeFileSync(join(directory, `${id}.svg`), flameGraph(stacks, { title, note: `${samples} ${legend}` }));
writeFileSync(join(directory, `${id}.md`), text);
console.log(`\n${text}\nWritten: ${join(directory, id)}.svg, .md`);
process.exit(0);

// npm run bench -- profile SCENARIO [--quick]: where Dialogue's server spends its time in one scenario of bench/delivery. Leaves
// bench/results/profiles/SCENARIO.svg, a flame graph, and SCENARIO.md, the tables beside it. With --quick: below build/bench.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { certificate } from "../delivery/certificate.mjs";
import { load } from "../delivery/generator.mjs";
import { scenarios } from "../delivery/scenarios.mjs";
import { servers } from "../delivery/servers.mjs";
import { flameGraph } from "../lib/flame_graph.mjs";
import { machine } from "../lib/machine.mjs";
import { bench, output, program } from "../lib/paths.mjs";
import { table } from "../lib/results.mjs";
import { assertPerf, sample, scriptOf } from "./perf.mjs";
import { callRows, selfRows, splitRows } from "./shares.mjs";
import { stacksOf } from "./stacks.mjs";

const kQuickSeconds = 2;

const isQuick = process.argv.includes("--quick");
const kOurs = "dialogue";
const known = scenarios.filter(({ servers: some, subjects }) =>
  (some ?? subjects?.map(({ name }) => name) ?? [kOurs]).includes(kOurs),
);

function chosen() {
  const [id, ...more] = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
  const scenario = known.find((one) => one.id === id);
  if (scenario && more.length === 0) return scenario;
  const what = id === undefined ? "Which scenario?" : `no scenario ${[id, ...more].join(" ")};`;
  console.error(`${what} There are: ${known.map((one) => one.id).join(" ")}`);
  return process.exit(1);
}

/** { report, stacks } of the scenario, once. */
async function profile(scenario, file) {
  const server = (scenario.subjects ?? servers).find(({ name }) => name === kOurs);
  const started = await server.start({ certificate: scenario.isSecure && certificate() });
  try {
    const sampling = await sample(started.pid, file);
    const seconds = isQuick ? Math.min(kQuickSeconds, scenario.seconds) : scenario.seconds;
    const report = await load({ ...server, ...started }, scenario.args(seconds));
    await sampling.stop();
    return { report, stacks: stacksOf(scriptOf(file), basename(program)) };
  } finally {
    await started.stop();
  }
}

const scenario = chosen();
const directory = join(isQuick ? output : join(bench, "results"), "profiles");
mkdirSync(directory, { recursive: true });
mkdirSync(output, { recursive: true });
const file = join(output, "perf.data");
try {
  assertPerf(file);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { report, stacks } = await profile(scenario, file);
for (const made of [file, `${file}.old`]) rmSync(made, { force: true });

const samples = stacks.reduce((sum, { count }) => sum + count, 0);
const perDelivery = report.server.cpuUsPerDelivery;
const cost = perDelivery ? `, ${perDelivery.toFixed(2)} µs of server CPU a delivery while it was sampled` : "";
const title = `Where the server's time goes: ${scenario.name}`;
const note = `${samples.toLocaleString("en-US")} samples${cost}. Orange: kernel; blue: Dialogue; green: libraries.`;
const text = [
  `# ${title}`,
  "",
  `![Flame graph](${scenario.id}.svg)`,
  "",
  `${samples.toLocaleString("en-US")} samples of the server's process by the processor's clock${cost}.`,
  "Connecting and leaving are in it. Each share is of all samples. A function's share is its own, without what it calls; what",
  "was inlined is its caller's.",
  ...[splitRows(stacks), callRows(stacks), selfRows(stacks)].filter((rows) => rows.length).flatMap((rows) => ["", table(rows)]),
  "",
  `Machine: ${machine()}.`,
  `Command: \`npm run bench -- profile ${scenario.id}\`.`,
  "",
].join("\n");
writeFileSync(join(directory, `${scenario.id}.svg`), flameGraph(stacks, { title, note }));
writeFileSync(join(directory, `${scenario.id}.md`), text);
console.log(`\n${text}\nWritten: ${join(directory, scenario.id)}.svg, .md`);

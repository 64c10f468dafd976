// Dialogue's server in one scenario of bench/delivery, sampled by perf.
import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { certificate } from "../delivery/certificate.mjs";
import { load } from "../delivery/generator.mjs";
import { scenarios } from "../delivery/scenarios.mjs";
import { servers } from "../delivery/servers.mjs";
import { output, program } from "../lib/paths.mjs";
import { assertPerf, sample, scriptOf } from "./perf.mjs";
import { callRows, selfRows, splitRows } from "./shares.mjs";
import { stacksOf } from "./stacks.mjs";

const kQuickSeconds = 2;
const kOurs = "dialogue";
const kWhere = { kernel: "kernel", user: "program", library: "libraries" };

const takesUs = ({ servers: some, subjects }) => (some ?? subjects?.map(({ name }) => name) ?? [kOurs]).includes(kOurs);

/** { report, script } of the scenario, once. */
async function run(scenario, file, isQuick) {
  const server = (scenario.subjects ?? servers).find(({ name }) => name === kOurs);
  const started = await server.start({ certificate: scenario.isSecure && certificate() });
  try {
    const sampling = await sample(started.pid, file);
    const seconds = isQuick ? Math.min(kQuickSeconds, scenario.seconds) : scenario.seconds;
    const report = await load({ ...server, ...started }, scenario.args(seconds));
    await sampling.stop();
    return { report, script: scriptOf(file) };
  } finally {
    await started.stop();
  }
}

async function profile(scenario, isQuick) {
  mkdirSync(output, { recursive: true });
  const file = join(output, "perf.data");
  try {
    assertPerf(file);
    const { report, script } = await run(scenario, file, isQuick);
    const stacks = stacksOf(script, basename(program));
    const cost = report.server.cpuUsPerDelivery;
    return {
      title: `Where the server's time goes: ${scenario.name}`,
      notes: [
        "By the processor's clock; connecting and leaving are in it. Each share is of all samples. A function's share is",
        "its own, without what it calls; what was inlined is its caller's.",
        ...(cost ? [`Server CPU while it was sampled: ${cost.toFixed(2)} µs a delivery.`] : []),
      ],
      stacks,
      samples: { ending: "linux-perf.txt", text: script },
      tables: [splitRows(stacks, kWhere), callRows(stacks), selfRows(stacks, kWhere)],
    };
  } finally {
    for (const made of [file, `${file}.old`]) rmSync(made, { force: true });
  }
}

/** { id, profile(isQuick) } of each scenario that Dialogue takes part in. */
export const serverProfiles = scenarios
  .filter(takesUs)
  .map((scenario) => ({ id: scenario.id, profile: (isQuick) => profile(scenario, isQuick) }));

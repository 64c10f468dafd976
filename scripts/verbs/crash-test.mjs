// npm run crash-test -- [NAME ...] [--seed N]: the whole of e2e/crash, or the named files of it; `npm test -- crash` runs a
// share. A red round prints its seed, and its data directory stays.
import { parseArgs } from "node:util";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { chosenOf, numberOf } from "../lib/usage.mjs";
import { runSuites } from "../suites/run_suites.mjs";
import { crashSuite, crashTests } from "../suites/suites.mjs";

await verb(async (args) => {
  const { values, positionals } = parseArgs({ args, options: { seed: { type: "string" } }, allowPositionals: true });
  const seed = numberOf(values.seed, "seed");
  const names = chosenOf(positionals, crashTests(), "crash test");
  await runSteps([
    debian("test"),
    ...[npmPackages("js"), client(), npmPackages("e2e")],
    native("release", "building the server"),
    native("release", "building the server with planted faults", ["dialogue_mutant"]),
  ]);
  return (await runSuites([crashSuite(names.length ? names : crashTests(), seed)])).code;
});

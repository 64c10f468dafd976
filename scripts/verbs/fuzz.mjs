// npm run fuzz -- [TARGET ...] [--seconds N]: fuzzes for long, two targets at a time; every target and ten minutes each by
// default.
import { parseArgs } from "node:util";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { fuzzTargets } from "../lib/fuzz_targets.mjs";
import { runSuites } from "../lib/run_suites.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { fuzzSuite } from "../lib/suites.mjs";
import { chosenOf, numberOf } from "../lib/usage.mjs";

const secondsDefault = 600;

await verb(async (args) => {
  const { values, positionals } = parseArgs({ args, options: { seconds: { type: "string" } }, allowPositionals: true });
  const seconds = numberOf(values.seconds, "seconds", secondsDefault);
  const targets = chosenOf(positionals, fuzzTargets(), "fuzz target");
  await runSteps([debian("test"), npmPackages("js"), client(), native("asan", "building the fuzz targets", fuzzTargets())]);
  return runSuites([fuzzSuite(seconds, targets.length ? targets : fuzzTargets())]);
});

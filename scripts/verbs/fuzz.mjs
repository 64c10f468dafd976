// npm run fuzz -- [TARGET ...] [--seconds N]: fuzzes for long, two targets at a time; every target and ten minutes each by
// default.
import { parseArgs } from "node:util";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { chosenOf, numberOf } from "../lib/usage.mjs";
import { fuzzTargets } from "../suites/fuzz_targets.mjs";
import { runSuites } from "../suites/run_suites.mjs";
import { fuzzSuite } from "../suites/suites.mjs";

const secondsDefault = 600;

await verb(async (args) => {
  const { values, positionals } = parseArgs({ args, options: { seconds: { type: "string" } }, allowPositionals: true });
  const seconds = numberOf(values.seconds, "seconds", secondsDefault);
  const targets = chosenOf(positionals, fuzzTargets(), "fuzz target");
  await runSteps([debian("test"), npmPackages("js"), client(), native("asan", "building the fuzz targets", fuzzTargets())]);
  return (await runSuites([fuzzSuite(targets.length ? targets : fuzzTargets(), seconds)], { retries: false })).code;
});

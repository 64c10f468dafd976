// npm run fuzz -- [TARGET ...] [--seconds N]: fuzzes for long, two targets at a time; every target and ten minutes each by
// default.
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { fuzzTargets } from "../lib/fuzz_targets.mjs";
import { runSuites } from "../lib/run_suites.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { fuzzSuite } from "../lib/suites.mjs";

const secondsDefault = 600;

await verb(async (args) => {
  const at = args.indexOf("--seconds");
  const seconds = at < 0 ? secondsDefault : Number(args.splice(at, 2)[1]);
  const unknown = args.filter((name) => !fuzzTargets().includes(name));
  if (unknown.length) throw new Error(`no fuzz target ${unknown.join(", ")}; there are: ${fuzzTargets().join(" ")}`);
  await runSteps([debian("test"), npmPackages("js"), client(), native("asan", "building the fuzz targets", fuzzTargets())]);
  return runSuites([fuzzSuite(seconds, args.length ? args : fuzzTargets())]);
});

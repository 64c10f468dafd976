// npm run crash-test -- [NAME ...] [--seed N]: the whole of e2e/crash, or the named files of it; `npm test -- crash` runs a
// share. A red round prints its seed, and its data directory stays.
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { runSuites } from "../lib/run_suites.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { crashSuite, crashTests } from "../lib/suites.mjs";

await verb(async (args) => {
  const at = args.indexOf("--seed");
  const seed = at < 0 ? undefined : Number(args.splice(at, 2)[1]);
  const unknown = args.filter((name) => !crashTests().includes(name));
  if (unknown.length) throw new Error(`no crash test ${unknown.join(", ")}; there are: ${crashTests().join(" ")}`);
  await runSteps([
    debian("test"),
    ...[npmPackages("js"), client(), npmPackages("e2e")],
    native("release", "building the server"),
    native("release", "building the server with planted faults", ["dialogue_mutant"]),
  ]);
  return runSuites([crashSuite(args.length ? args : crashTests(), seed)]);
});

// npm run reliability: every test named by a reliability case ("R-04 ..."), with the whole figure where the everyday run takes
// a hundredth.
import { client, debian, native, npmPackages } from "../lib/builds.mjs";
import { runSuites } from "../lib/run_suites.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { reliabilitySuite } from "../lib/suites.mjs";

await verb(async () => {
  await runSteps([debian("test"), npmPackages("js"), client(), native("release", "building the tests", ["dialogue_tests"])]);
  return runSuites([reliabilitySuite()]);
});

// npm run reliability -- [NAME ...]: the reliability cases with their whole figures where the everyday run takes a hundredth.
//   cases         every C++ test named by a case ("R-04 ...")
//   client        100,000 simulated worlds of the client's pages
//   abuse         2,000 hostile connections beside 200 honest ones, and 9,000 clients that reconnect at once
//   differential  the validator against ajv (300,000 cases), JavaScript's patterns (100,000) and an exact oracle (50,000);
//                 documents against Yjs (100,000 histories)
//   reproducible  the server built twice from clean, and compared
//   packages      the package's life in a clean root
//   ordinary      the program and the tests built with an object per source
// Without a name: all of them.
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { chosenOf } from "../lib/usage.mjs";
import { runSuites } from "../suites/run_suites.mjs";
import { reliabilitySuites } from "../suites/suites.mjs";

await verb(async (args) => {
  const known = reliabilitySuites.map(({ name }) => name);
  const names = chosenOf(args, known, "reliability run");
  const isChosen = (name) => names.length === 0 || names.includes(name);
  await runSteps([
    debian("test"),
    ...[npmPackages("js"), client(), npmPackages("e2e")],
    native("release", "building the server"),
    ...(isChosen("differential")
      ? [native("release", "building what is compared", ["differential_verdicts", "document_replica"])]
      : []),
    ...(isChosen("cases") ? [native("release", "building the tests", ["all_tests"])] : []),
  ]);
  return (await runSuites(reliabilitySuites.filter(({ name }) => isChosen(name)))).code;
});

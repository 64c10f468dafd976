// npm test: installs what is missing, builds, runs every suite except for what is unchanged since it passed (--again: that too).
// `npm test -- NAME ...` runs the named suites, whether unchanged or not, and builds only what they need; `npm test -- --list`
// names them.
import { runInBackground } from "../lib/background.mjs";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { runSuites } from "../lib/run_suites.mjs";
import { runSteps, StepFailed, verb } from "../lib/steps.mjs";
import { suites } from "../lib/suites.mjs";
import { chosenOf } from "../lib/usage.mjs";

// What a suite may need, in the order of building.
const builds = [
  ["js", () => [npmPackages("js"), client()]],
  ["program", () => [native("release", "building the server")]],
  ["release", () => [native("release", "building the tests", ["everyday_tests"])]],
  ["mutant", () => [native("release", "building the server with planted faults", ["dialogue_mutant"])]],
];

// They come over the network, beside the builds.
const packages = ["e2e", "bench"];

// What only the last suites need is built in the background of the first ones.
const backgroundBuilds = [
  ["asan", "building with address and undefined-behaviour sanitizers"],
  ["tsan", "building with the thread sanitizer"],
];

const downloads = (needed) => packages.filter((name) => needed.has(name)).map((name) => ({ name, ...npmPackages(name) }));

const backgroundSteps = (needed) =>
  backgroundBuilds
    .filter(([name]) => needed.has(name))
    .map(([name, label]) => ({ name, ...native(name, label, ["all_tests"], { yields: true }) }));

async function main(args) {
  if (args.includes("--list")) return console.log(suites.map((suite) => suite.name).join("\n"));
  const known = suites.map(({ name }) => name);
  const names = chosenOf(
    args.filter((arg) => arg !== "--again"),
    known,
    "suite",
  );
  const chosen = names.length ? suites.filter((suite) => names.includes(suite.name)) : suites;
  const needed = new Set(chosen.flatMap((suite) => suite.needs));
  let downloaded;
  try {
    await runSteps([debian("test")]);
    downloaded = runInBackground(downloads(needed));
    await runSteps(builds.filter(([name]) => needed.has(name)).flatMap(([, steps]) => steps()));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.log("\n0 passed, 1 failed");
    return 1;
  }
  console.log();
  const built = runInBackground(backgroundSteps(needed));
  const background = (wanted) => [...downloaded(wanted), ...built(wanted)];
  return runSuites(chosen, { again: args.includes("--again") || names.length > 0, background });
}

await verb(main);

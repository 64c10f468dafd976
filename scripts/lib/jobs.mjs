// How each kind of test program is run and how its report is read. A job is { name, command, args, cwd?, env?, reader, report,
// again, inputs? }: `report` is a file, or "log" where the output itself is the report; again(test) is the command that runs
// just that test; inputs() is a hash of everything that the result depends on (result_cache.mjs), and is absent where each run
// is meant to differ.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fuzzCommand, fuzzReport } from "./fuzz_targets.mjs";
import { at, reportDir, root } from "./paths.mjs";
import { ctest, junit, tap, vitest } from "./reports.mjs";
import { programInputs, treeInputs } from "./result_cache.mjs";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const reportOf = (name, ending) => join(reportDir, `${name.replaceAll("/", "-")}.${ending}`);

/** The programs that a CTest preset runs for `label`, by their paths. */
function ctestPrograms(preset, label) {
  const args = ["--preset", preset, "-L", label, "--show-only=json-v1"];
  const { tests } = JSON.parse(execFileSync("ctest", args, { cwd: root, encoding: "utf8" }));
  return tests.map(({ command }) => command[0]);
}

/** The tests of a CTest preset (CMakePresets.json) that have `label`. */
export function ctestJob(preset, label) {
  const report = reportOf(`ctest-${preset}-${label}`, "xml");
  return {
    name: `ctest-${preset}`,
    command: "ctest",
    args: ["--preset", preset, "-L", label, "--output-junit", report],
    reader: ctest,
    inputs: () => programInputs(ctestPrograms(preset, label)),
    report,
    again: (test) => `ctest --preset ${preset} -R '^${test}$'`,
  };
}

/** Files of one directory whose names match. */
export const filesIn = (directory, pattern) =>
  existsSync(at(directory))
    ? readdirSync(at(directory))
        .filter((file) => pattern.test(file))
        .map((file) => `${directory}/${file}`)
    : [];

/** The directories within one, by their paths. */
export const directoriesIn = (directory) =>
  readdirSync(at(directory), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${directory}/${name}`);

/**
 * node --test on some files, each a job of its own, so that a crash is reported with its file. `variables` of the environment
 * make it another job than without them.
 */
export const nodeJobs = (files, variables = {}) =>
  files.map((file) => {
    const given = Object.entries(variables).map(([name, value]) => `${name}=${value} `);
    const name = [...given, file].join("");
    const report = reportOf(name.replaceAll(/[ =]/g, "-"), "xml");
    const toFile = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
    const toLog = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
    return {
      name,
      command: process.execPath,
      args: ["--test", ...toFile, ...toLog, at(file)],
      env: variables,
      reader: junit,
      inputs: treeInputs,
      report,
      again: (test) => `${given.join("")}node --test --test-name-pattern ${quote(test.split(" › ").at(-1))} ${file}`,
    };
  });

/** The *.test.mjs of some directories. */
export const nodeJobsIn = (...directories) =>
  nodeJobs(directories.flatMap((directory) => filesIn(directory, /(\.test|_parity)\.mjs$/)));

/** A command whose output is TAP. */
export const tapJob = (name, command, args) => ({
  name,
  command,
  args,
  reader: tap,
  inputs: treeInputs,
  report: "log",
  again: () => name,
});

/** Vitest in one npm package. */
export function vitestJob(directory) {
  const report = reportOf(`vitest-${directory}`, "json");
  return {
    name: `vitest in ${directory}`,
    command: "npx",
    args: ["vitest", "run", "--reporter=json", "--reporter=default", `--outputFile.json=${report}`],
    cwd: at(directory),
    reader: vitest,
    inputs: treeInputs,
    report,
    again: (test) => `cd ${directory} && npx vitest run -t ${quote(test)}`,
  };
}

/** Playwright's tests in one engine. */
export function playwrightJob(engine) {
  const report = reportOf(`playwright-${engine}`, "xml");
  return {
    name: "playwright",
    command: "npx",
    args: ["playwright", "test", `--project=${engine}`, "--reporter=junit,line"],
    cwd: at("e2e"),
    env: { PLAYWRIGHT_JUNIT_OUTPUT_FILE: report },
    reader: junit,
    inputs: treeInputs,
    report,
    again: (test) => `cd e2e && npx playwright test --project=${engine} -g ${quote(test.split(" › ").at(-1))}`,
  };
}

/** A fuzz target, run for some seconds: a target that finds nothing is a passed test. */
export const fuzzJob = (target, seconds) => ({
  name: target,
  ...fuzzCommand(target, seconds),
  reader: fuzzReport,
  report: "log",
  again: () => `npm run fuzz -- ${target} --seconds ${seconds}`,
});

// How each kind of test is run and how its report is read. A job is one program or file: { name, command, args, cwd?, env?,
// reader, report, again, timeoutMs?, gateMs? }. `report` is a file, or "log" where the output itself is the report;
// again(test) is the command that runs just that test; `gateMs` is the time limit in the gate of a job with many files.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { at, reportDir, root } from "../lib/paths.mjs";
import { fuzzCommand, fuzzReport } from "./fuzz_targets.mjs";
import { junit, program, tap, vitest } from "./reports.mjs";

const msPerSecond = 1_000;
const manyFilesMs = 600_000;
const deadline = `--import=${at("scripts", "suites", "test_deadline.mjs")}`;

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const reportOf = (name, ending) => join(reportDir, `${name.replaceAll(/[ /=]/g, "-")}.${ending}`);

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

const presets = () => JSON.parse(readFileSync(at("CMakePresets.json"), "utf8")).testPresets;

/**
 * The programs of a CTest preset (CMakePresets.json) that have `label`, each a job, with `more` arguments. CTest says what
 * to run; the program is then run without it, because CTest has one log per build directory.
 */
export function ctestJobs(preset, label, more = []) {
  const { environment = {} } = presets().find(({ name }) => name === preset);
  const listing = execFileSync("ctest", ["--preset", preset, "-L", `^${label}$`, "--show-only=json-v1"], {
    cwd: root,
    encoding: "utf8",
  });
  return JSON.parse(listing).tests.map(({ name, command: [path, ...args], properties }) => {
    const property = Object.fromEntries(properties.map((each) => [each.name, each.value]));
    const own = Object.fromEntries((property.ENVIRONMENT ?? []).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
    return {
      name,
      command: path,
      args: [...args, ...more],
      env: { ...environment, ...own },
      timeoutMs: property.TIMEOUT * msPerSecond,
      gateMs: manyFilesMs,
      reader: program,
      report: "log",
      again: () => `ctest --preset ${preset} -R '^${name}$'`,
    };
  });
}

/** A Catch2 program that CTest's presets do not run. */
export const catchJob = (path) => ({
  name: basename(path),
  command: at(path),
  args: [],
  reader: program,
  report: "log",
  again: () => path,
});

/** node --test on some files, each a job of its own. `variables` of the environment make it another job than without them. */
export const nodeJobs = (files, variables = {}) =>
  files.map((file) => {
    const given = Object.entries(variables).map(([name, value]) => `${name}=${value} `);
    const name = [...given, file].join("");
    const report = reportOf(name, "xml");
    const toFile = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
    const toLog = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
    return {
      name,
      command: process.execPath,
      args: [deadline, "--test", ...toFile, ...toLog, at(file)],
      env: variables,
      reader: junit,
      report,
      again: (test) => `${given.join("")}node --test --test-name-pattern ${quote(test.split(" › ").at(-1))} ${file}`,
    };
  });

/** The *.test.mjs of some directories. */
export const nodeJobsIn = (directories, variables) =>
  nodeJobs(
    directories.flatMap((directory) => filesIn(directory, /(\.test|_parity)\.mjs$/)),
    variables,
  );

/** A command whose output is TAP. */
export const tapJob = (command, args) => ({
  name: [command, ...args].join(" "),
  command,
  args,
  gateMs: manyFilesMs,
  reader: tap,
  report: "log",
  again: () => [command, ...args].join(" "),
});

/** Vitest in one npm package. */
export function vitestJob(directory) {
  const report = reportOf(`vitest-${directory}`, "json");
  return {
    name: `vitest in ${directory}`,
    command: "npx",
    args: ["vitest", "run", "--reporter=json", "--reporter=default", `--outputFile.json=${report}`],
    cwd: at(directory),
    gateMs: manyFilesMs,
    reader: vitest,
    report,
    again: (test) => `cd ${directory} && npx vitest run -t ${quote(test)}`,
  };
}

/** Specs of `directory`, and those about examples. */
const specsIn = (directory) => [directory, `${directory}/examples`].flatMap((each) => filesIn(each, /\.spec\.ts$/));

/** Playwright's files of `directory` in one engine, each a job: those `having` a pattern in their text, run with more `words`. */
export const playwrightJobs = (engine, { directory = "e2e", words = [], having } = {}) =>
  specsIn(directory)
    .filter((file) => !having || having.test(readFileSync(at(file), "utf8")))
    .map((file) => {
      const where = directory.replaceAll("/", "-");
      const report = reportOf(`playwright-${engine}-${where}-${basename(file)}`, "xml");
      const output = at("build", "e2e", engine, where, basename(file, ".spec.ts"));
      const playwright = (more) => ["playwright", "test", `--project=${engine}`, basename(file), ...more];
      return {
        name: basename(file),
        command: "npx",
        args: playwright(["--workers=1", "--pass-with-no-tests", "--reporter=junit,line", `--output=${output}`, ...words]),
        cwd: at(directory),
        env: { PLAYWRIGHT_JUNIT_OUTPUT_FILE: report },
        reader: junit,
        mayBeEmpty: !having, // what only Playwright can drive, or one engine shows for all
        report,
        again: (test) => `cd ${directory} && npx ${playwright(["-g", quote(test.split(" › ").at(-1))]).join(" ")}`,
      };
    });

/** A fuzz target, run for some seconds: a target that finds nothing is a passed test. */
export const fuzzJob = (target, seconds) => ({
  name: target,
  ...fuzzCommand(target, seconds),
  reader: fuzzReport,
  report: "log",
  again: () => `npm run fuzz -- ${target} --seconds ${seconds}`,
});

// How each kind of test program is run and read. A part is { name, command, args, cwd?, env?, reader, report, again, reads? }:
// `report` is a file, or "log" where the output itself is the report; again(test) is the command that runs just that test;
// `reads` says what it runs on (passed.mjs), and is absent where each run is to be another one.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fuzzCommand, fuzzReport } from "./fuzz.mjs";
import { at, reportDir } from "./paths.mjs";
import { catch2, junit, tap, vitest } from "./reports.mjs";
import { filesOf } from "./stamps.mjs";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const reportOf = (name, ending) => join(reportDir, `${name.replaceAll("/", "-")}.${ending}`);

const kSanitizerEnv = {
  ASAN_OPTIONS: "detect_stack_use_after_return=1:strict_string_checks=1",
  UBSAN_OPTIONS: "print_stacktrace=1",
  TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1",
};

/** What a sanitizer would cost minutes for, and could not find a fault in: decision 215. */
const kLeftOut = {
  asan: ["server/app", "server/load"],
  tsan: [
    "server/app",
    "server/load",
    "server/core",
    "server/api",
    "server/definitions",
    "server/middleware",
    "shared",
    "shared/mutation",
    "client-wasm",
  ],
};

/** The Catch2 programs that tests/ must give: one per directory with *_test.cpp (of those that `has` accepts), named as
 * tests/CMakeLists.txt does. */
export function catchPrograms(preset, has = () => true) {
  const sources = filesOf("tests").filter((path) => path.endsWith("_test.cpp") && has(path));
  const directories = new Set(sources.map((path) => path.split("/").slice(1, -1).join("/")));
  for (const leftOut of kLeftOut[preset] ?? []) directories.delete(leftOut);
  return [...directories].map((directory) => `test_${directory.replace(/[/-]/g, "_")}`);
}

/** Every Catch2 program of one CMake preset. A test case without an assertion fails. `only` is how the names of those that are
 * wanted begin: programs without any are left out. */
export const catchParts = (preset, { only, env = {} } = {}) =>
  catchPrograms(preset, (path) => !only || readFileSync(at(path), "utf8").includes(`TEST_CASE("${only}`)).map((program) => {
    const path = `build/${preset}/bin/${program}`;
    const report = reportOf(`${preset}-${program}`, "xml");
    return {
      name: program,
      command: at(path),
      args: ["-r", "xml", "-w", "NoAssertions", "-o", report, ...(only ? [`${only}*`] : [])],
      env: { ...kSanitizerEnv, ...env },
      reader: catch2,
      reads: "compiled",
      report,
      again: (test) => `${path} ${quote(test.replace(/[,[\]*\\]/g, "\\$&"))}`,
    };
  });

/** Files of one directory whose names match. */
export const filesIn = (directory, pattern) =>
  existsSync(at(directory))
    ? readdirSync(at(directory))
        .filter((file) => pattern.test(file))
        .map((file) => `${directory}/${file}`)
    : [];

/** node --test on some files, each in its own part, so that a crash is told with its file. */
export const nodeParts = (files) =>
  files.map((file) => {
    const report = reportOf(file, "xml");
    const toFile = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
    const toLog = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
    return {
      name: file,
      command: process.execPath,
      args: ["--test", ...toFile, ...toLog, at(file)],
      reader: junit,
      reads: "tree",
      report,
      again: (test) => `node --test --test-name-pattern ${quote(test.split(" › ").at(-1))} ${file}`,
    };
  });

/** A command whose output is TAP. */
export const tapPart = (name, command, args, reads = "tree") => ({
  name,
  command,
  args,
  reader: tap,
  reads,
  report: "log",
  again: () => name,
});

/** Vitest in one npm package. */
export function vitestPart(directory) {
  const report = reportOf(`vitest-${directory}`, "json");
  return {
    name: `vitest in ${directory}`,
    command: "npx",
    args: ["vitest", "run", "--reporter=json", "--reporter=default", `--outputFile.json=${report}`],
    cwd: at(directory),
    reader: vitest,
    reads: "tree",
    report,
    again: (test) => `cd ${directory} && npx vitest run -t ${quote(test)}`,
  };
}

/** Playwright's tests in one engine. */
export function playwrightPart(engine) {
  const report = reportOf(`playwright-${engine}`, "xml");
  return {
    name: "playwright",
    command: "npx",
    args: ["playwright", "test", `--project=${engine}`, "--reporter=junit,line"],
    cwd: at("e2e"),
    env: { PLAYWRIGHT_JUNIT_OUTPUT_FILE: report },
    reader: junit,
    reads: "tree",
    report,
    again: (test) => `cd e2e && npx playwright test --project=${engine} -g ${quote(test.split(" › ").at(-1))}`,
  };
}

/** A fuzz target, run for some seconds: a target that finds nothing is a passed test. */
export const fuzzPart = (target, seconds) => ({
  name: target,
  ...fuzzCommand(target, seconds),
  reader: fuzzReport,
  report: "log",
  again: () => `npm run fuzz -- ${target} --seconds ${seconds}`,
});

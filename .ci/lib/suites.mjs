// The table of test suites. A suite has a name, the builds that it needs, the least number of tests that is plausible, and
// parts: commands whose reports are counted. `npm test -- NAME ...` runs the named ones; adding a suite is adding a row.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { at, reportDir } from "./paths.mjs";
import { catch2, junit, tap, vitest } from "./reports.mjs";
import { filesOf } from "./stamps.mjs";

const kMinuteMs = 60_000;
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const reportOf = (name, ending) => join(reportDir, `${name.replaceAll("/", "-")}.${ending}`);

/** The Catch2 programs that tests/ must give: one per directory with *_test.cpp, named as tests/CMakeLists.txt does. */
export function catchPrograms() {
  const directories = filesOf("tests")
    .filter((path) => path.endsWith("_test.cpp"))
    .map((path) => path.split("/").slice(1, -1).join("/"));
  return [...new Set(directories)].map((directory) => `test_${directory.replace(/[/-]/g, "_")}`);
}

const catchPart = (preset) => (program) => {
  const path = `build/${preset}/bin/${program}`;
  const report = reportOf(`${preset}-${program}`, "xml");
  return {
    name: program,
    command: at(path),
    args: ["-r", "xml", "-w", "NoAssertions", "-o", report],
    env: {
      ASAN_OPTIONS: "detect_stack_use_after_return=1:strict_string_checks=1",
      UBSAN_OPTIONS: "print_stacktrace=1",
      TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1",
    },
    reader: catch2,
    report,
    again: (test) => `${path} ${quote(test.replace(/[,[\]*\\]/g, "\\$&"))}`,
  };
};

const catchSuite = (name, preset, least) => ({
  name,
  least,
  needs: [preset],
  together: 2,
  timeoutMs: 10 * kMinuteMs,
  parts: () => catchPrograms().map(catchPart(preset)),
});

/** node --test on some files, each in its own part, so that a crash is told with its file. */
const nodeTests = (files) =>
  files.map((file) => {
    const report = reportOf(file, "xml");
    return {
      name: file,
      command: process.execPath,
      args: [
        "--test",
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        at(file),
      ],
      reader: junit,
      report,
      again: (test) => `node --test --test-name-pattern ${quote(test.split(" › ").at(-1))} ${file}`,
    };
  });

const filesIn = (directory, pattern) =>
  existsSync(at(directory))
    ? readdirSync(at(directory))
        .filter((file) => pattern.test(file))
        .map((file) => `${directory}/${file}`)
    : [];

/** A shell script that writes TAP. */
const shellTest = (file) => ({
  name: file,
  command: "bash",
  args: [at(file)],
  reader: tap,
  report: "log",
  again: () => `bash ${file}`,
});

/** Every suite, in the order in which they run: the quick and telling ones first. */
export const suites = [
  {
    name: "tidy",
    least: 10,
    needs: [],
    timeoutMs: 2 * kMinuteMs,
    parts: () => nodeTests(filesIn("tests/tidy", /\.test\.mjs$/)),
  },
  {
    name: "lint",
    least: 3,
    needs: ["js", "e2e"],
    timeoutMs: 5 * kMinuteMs,
    parts: () => [
      {
        name: "npm run lint",
        command: "sh",
        args: [at(".ci/verb"), "lint"],
        reader: tap,
        report: "log",
        again: () => "npm run lint",
      },
    ],
  },
  catchSuite("catch2", "release", 50),
  {
    name: "wasm",
    least: 1,
    needs: ["js", "release"],
    timeoutMs: 10 * kMinuteMs,
    parts: () => nodeTests([...filesIn("tests/shared", /\.mjs$/), ...filesIn("tests/client-wasm", /\.mjs$/)]),
  },
  {
    name: "js",
    least: 10,
    needs: ["js"],
    timeoutMs: 5 * kMinuteMs,
    parts: () => [
      {
        name: "vitest",
        command: "npx",
        args: ["vitest", "run", "--reporter=json", "--reporter=default", `--outputFile.json=${reportOf("js", "json")}`],
        cwd: at("js"),
        reader: vitest,
        report: reportOf("js", "json"),
        again: (test) => `cd js && npx vitest run -t ${quote(test)}`,
      },
    ],
  },
  {
    name: "package",
    least: 1,
    needs: ["js"],
    timeoutMs: 10 * kMinuteMs,
    parts: () => nodeTests(filesIn("js/test/package", /\.test\.mjs$/)),
  },
  {
    name: "size",
    least: 2,
    needs: ["js", "bench"],
    timeoutMs: 2 * kMinuteMs,
    parts: () => nodeTests(filesIn("bench/size", /\.test\.mjs$/)),
  },
  {
    name: "cli",
    least: 1,
    needs: ["release"],
    timeoutMs: 5 * kMinuteMs,
    parts: () => nodeTests(filesIn("tests/server/app", /\.mjs$/)),
  },
  {
    name: "install",
    least: 1,
    needs: ["js", "release"],
    timeoutMs: 15 * kMinuteMs,
    parts: () => filesIn("tests", /_test\.sh$/).map(shellTest),
  },
  {
    name: "e2e",
    least: 3,
    needs: ["js", "e2e", "release"],
    timeoutMs: 15 * kMinuteMs,
    parts: () => [
      {
        name: "playwright",
        command: "npx",
        args: ["playwright", "test", "--reporter=junit,line"],
        cwd: at("e2e"),
        env: { PLAYWRIGHT_JUNIT_OUTPUT_FILE: reportOf("e2e", "xml") },
        reader: junit,
        report: reportOf("e2e", "xml"),
        again: (test) => `cd e2e && npx playwright test -g ${quote(test.split(" › ").at(-1))}`,
      },
    ],
  },
  catchSuite("asan", "asan", 50),
  catchSuite("tsan", "tsan", 50),
];

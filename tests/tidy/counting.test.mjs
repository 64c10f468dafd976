// The counting of `npm test` itself: what a report says is read right, and nothing that went wrong can look green.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runInBackground } from "../../scripts/lib/background.mjs";
import { reportDir } from "../../scripts/lib/paths.mjs";
import { ctest, junit, tap, vitest } from "../../scripts/lib/reports.mjs";
import { programInputs } from "../../scripts/lib/result_cache.mjs";
import { runSuites } from "../../scripts/lib/run_suites.mjs";

const states = (results) => results.map(({ name, state }) => `${name}: ${state}`);

const testCase = (name, status, output) =>
  `<testcase name="${name}" classname="${name}" time="1" status="${status}"><system-out>${output}</system-out></testcase>`;

test("a CTest report gives the cases that passed in each program, and its failures with what the program printed", () => {
  const passed = "====\nAll tests passed (6 assertions in 3 test cases)\n";
  const failed = "a &lt;b&gt;\n  REQUIRE( 1 == 2 )\ntest cases: 9 | 7 passed | 2 failed\nassertions: 9 | 7 passed | 2 failed";
  const taps = "ok 1 - seeds 1 to 100\nok 2 - seeds 101 to 200\n";
  const report = [testCase("x", "run", passed), testCase("y", "fail", failed), testCase("z", "run", taps)].join("\n");
  const results = ctest(`<testsuite>${report}</testsuite>`);
  assert.deepEqual(
    results.map(({ name, state, count }) => [name, state, count]),
    [
      ["x", "passed", 3],
      ["y", "passed", 7],
      ["y", "failed", undefined],
      ["z", "passed", 2],
    ],
  );
  assert.match(results[2].detail, /a <b>\nREQUIRE\( 1 == 2 \)/);
});

test("of a thousand cases the report says which one failed, how far they came, and what a sanitizer concludes", () => {
  const fine = Array.from({ length: 1_000 }, (_, place) => `${place}.001 s: case ${place}`).join("\n");
  const failing = "what goes wrong\n  REQUIRE( 1 == 2 )";
  const race = `WARNING: ThreadSanitizer: data race\n${"#0 somewhere\n".repeat(1_000)}SUMMARY: ThreadSanitizer: data race`;
  const output = `${fine}\n${failing}\n0.100 s: what goes wrong\n${fine}\n9.999 s: the last case\n${race}`;
  const [, { detail }] = ctest(`<testsuite>${testCase("x", "fail", output)}</testsuite>`);
  assert.match(detail, /^what goes wrong\nREQUIRE\( 1 == 2 \)\n9\.999 s: the last case\nWARNING: /);
  assert.match(detail, /\nSUMMARY: ThreadSanitizer: data race$/);
  assert.ok(detail.length < 2_100);
});

test("a program that CTest could not start, or that ended without a word, is a failure", () => {
  const missing = testCase("x", "notrun", "Unable to find executable: x");
  const results = ctest(`<testsuite>${missing}${testCase("y", "fail", "")}</testsuite>`).filter(
    ({ state }) => state === "failed",
  );
  assert.match(results[0].detail, /Unable to find executable/);
  assert.match(results[1].detail, /time limit/);
});

test("a JUnit report gives its cases, with failures, errors and skips cached apart", () => {
  const xml =
    '<testsuite><testcase name="a" classname="test"/><testcase name="b" classname="f.ts"><failure message="x > y">why</failure>' +
    '</testcase><testcase name="c" classname="test"><skipped/></testcase><testcase name="d" classname="test"><error/></testcase>';
  assert.deepEqual(states(junit(xml)), ["a: passed", "f.ts › b: failed", "c: skipped", "d: failed"]);
  assert.equal(junit(xml)[1].detail, "why");
});

test("a Vitest report gives its tests, and a file that could not be loaded is a failure", () => {
  const assertionResults = [
    { fullName: "a", status: "passed", failureMessages: [] },
    { fullName: "b", status: "failed", failureMessages: ["why"] },
    { fullName: "c", status: "pending", failureMessages: [] },
  ];
  const broken = { name: "d.test.ts", status: "failed", message: "cannot load", assertionResults: [] };
  assert.deepEqual(states(vitest(JSON.stringify({ testResults: [{ assertionResults }, broken] }))), [
    "a: passed",
    "b: failed",
    "c: skipped",
    "d.test.ts: failed",
  ]);
});

test("TAP gives its tests", () => {
  assert.deepEqual(states(tap("ok 1 - a\nnot ok 2 - b\n# why\nok 3 - c # SKIP no display\n")), [
    "a: passed",
    "b: failed",
    "c: skipped",
  ]);
});

/** Runs one suite of one job and returns what it printed and its exit code. */
async function outcomeOf(job, { least = 1, timeoutMs = 10_000, again = true, background } = {}) {
  const printed = [];
  const log = console.log;
  console.log = (line) => printed.push(line);
  try {
    const whole = { name: `job ${process.pid}`, again: () => "again", reader: tap, report: "log" };
    const jobs = () => [{ ...whole, ...(typeof job === "function" ? job() : job) }];
    const suite = { name: "counting", needs: ["made"], least, timeoutMs, jobs };
    const code = await runSuites([suite], { again, background });
    return { code, last: printed.join("\n").trimEnd().split("\n").at(-1), text: printed.join("\n") };
  } finally {
    console.log = log;
  }
}

const shell = (script) => ({ command: "sh", args: ["-c", script] });

test("a suite whose tests pass is green, and the last line is the sum", async () => {
  const { code, last } = await outcomeOf(shell("echo 'ok 1 - a'; echo 'ok 2 - b'"));
  assert.deepEqual([code, last], [0, "2 passed, 0 failed"]);
});

test("a program that ends badly after its last passed test is a failure", async () => {
  const { code, last, text } = await outcomeOf(shell("echo 'ok 1 - a'; exit 3"));
  assert.deepEqual([code, last], [1, "1 passed, 1 failed"]);
  assert.match(text, /ended with code 3/);
});

test("a suite waits for what is built beside it, and fails unrun when that fails", async () => {
  let isBuilt = false;
  const build = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    isBuilt = true;
  };
  const background = runInBackground([{ name: "made", label: "making", work: build }]);
  const job = () => shell(isBuilt ? "echo 'ok 1 - a'" : "echo 'not ok 1 - a'");
  assert.equal((await outcomeOf(job, { background })).last, "1 passed, 0 failed");
  const broken = runInBackground([{ name: "made", label: "making", work: () => Promise.reject(new Error("no compiler")) }]);
  const { code, last, text } = await outcomeOf(shell("echo 'ok 1 - a'"), { background: broken });
  assert.deepEqual([code, last], [1, "0 passed, 1 failed"]);
  assert.match(text, /making\n {2}no compiler/);
});

test("a program that cannot be started, runs no test or writes no report is a failure", async () => {
  assert.equal((await outcomeOf({ command: "no-such-program", args: [] })).code, 1);
  assert.match((await outcomeOf(shell("true"))).text, /ran no test/);
  const report = join(reportDir, "counting-none.xml");
  writeFileSync(report, "left over from an earlier run: ok 1 - a");
  assert.match((await outcomeOf({ ...shell("true"), report })).text, /wrote no report/);
});

test("a program that does not end is stopped and is a failure", async () => {
  const { code, text } = await outcomeOf(shell("echo 'ok 1 - a'; exec tail -f /dev/null"), { timeoutMs: 300 });
  assert.equal(code, 1);
  assert.match(text, /no end after 0.3 s/);
});

test("fewer tests than are plausible is a failure", async () => {
  const { code, text } = await outcomeOf(shell("echo 'ok 1 - a'"), { least: 2 });
  assert.equal(code, 1);
  assert.match(text, /1 tests ran; at least 2 are expected/);
});

test("a program is not run again while its inputs are what they were when it passed, unless asked", async () => {
  const [program, runs] = ["counting-program", "counting-runs"].map((name) => join(reportDir, name));
  rmSync(runs, { force: true });
  const job = { command: program, args: [], inputs: () => programInputs([program]) };
  const timesRun = () => readFileSync(runs, "utf8").length;
  const write = (line) => writeFileSync(program, `#!/bin/sh\nprintf x >> ${runs}\n${line}\n`, { mode: 0o755 });
  write("echo 'ok 1 - a'");
  await outcomeOf(job, { again: false });
  const cached = await outcomeOf(job, { again: false });
  assert.deepEqual([cached.code, cached.last, timesRun()], [0, "1 passed, 0 failed", 1]);
  assert.match(cached.text, /unchanged since it passed/);
  await outcomeOf(job);
  assert.equal(timesRun(), 2);
  write("echo 'not ok 1 - a'");
  assert.equal((await outcomeOf(job, { again: false })).code, 1);
  assert.equal((await outcomeOf(job, { again: false })).code, 1);
  assert.equal(timesRun(), 4, "what has failed is run again");
});

test("every suite waits for the background build that it needs, also beside another that waits for it", async () => {
  let isBuilt = false;
  const build = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    isBuilt = true;
  };
  const background = runInBackground([{ name: "made", label: "making", work: build }]);
  const suite = (name) => ({
    name,
    needs: ["made"],
    least: 1,
    timeoutMs: 30_000,
    jobs: () => [{ ...shell(isBuilt ? "echo 'ok 1 - a'" : "exit 1"), name, reader: tap, again: () => "", report: "log" }],
  });
  const { log } = console;
  const printed = [];
  console.log = (line) => printed.push(line);
  try {
    assert.equal(await runSuites([suite("a"), suite("b")], { background }), 0);
  } finally {
    console.log = log;
  }
  assert.equal(printed.filter((line) => line.startsWith("making")).length, 1);
});

test("two suites run at a time, and none beside one that is alone", async () => {
  const running = new Set();
  const beside = {};
  const suite = (name, options) => ({
    name,
    least: 0,
    timeoutMs: 30_000,
    jobs: () => {
      running.add(name);
      for (const each of running) beside[each] = Math.max(beside[each] ?? 0, running.size);
      const end = () => running.delete(name);
      return [{ ...shell("echo 'ok 1 - a'"), name, reader: (text) => (end(), tap(text)), again: () => "", report: "log" }];
    },
    ...options,
  });
  const { log } = console;
  console.log = () => {};
  try {
    assert.equal(await runSuites([suite("a"), suite("b"), suite("c", { alone: true }), suite("d"), suite("e")]), 0);
  } finally {
    console.log = log;
  }
  assert.deepEqual(beside, { a: 2, b: 2, c: 1, d: 2, e: 2 });
});

// The counting of `npm test` itself: what a report says is read right, and nothing that went wrong can look green.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runBeside } from "../../.ci/lib/beside.mjs";
import { reportDir } from "../../.ci/lib/paths.mjs";
import { catch2, junit, tap, vitest } from "../../.ci/lib/reports.mjs";
import { runSuites } from "../../.ci/lib/run_suites.mjs";

const states = (results) => results.map(({ name, state }) => `${name}: ${state}`);

test("a Catch2 report gives its cases, and one that stops in the middle gives a failure", () => {
  const passed = '<TestCase name="a &lt;b&gt;" filename="x">\n  <OverallResult success="true"/>\n</TestCase>\n';
  const failed = '<TestCase name="c" filename="x">\n<Expression success="false"><Original>1 == 2</Original></Expression>\n';
  const ended = `${failed}<OverallResult success="false"/>\n</TestCase>`;
  assert.deepEqual(states(catch2(`<Catch>${passed}${ended}</Catch>`)), ["a <b>: passed", "c: failed"]);
  assert.match(catch2(ended)[0].detail, /1 == 2/);
  assert.deepEqual(states(catch2(`<Catch>${passed}<TestCase name="d" filename="x">\n`)), ["a <b>: passed", "d: failed"]);
});

test("a JUnit report gives its cases, with failures, errors and skips told apart", () => {
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

/** Runs one suite of one part and returns what it printed and its exit code. */
async function outcomeOf(part, { least = 1, timeoutMs = 10_000, again = true, beside } = {}) {
  const printed = [];
  const log = console.log;
  console.log = (line) => printed.push(line);
  try {
    const whole = { name: `part ${process.pid}`, again: () => "again", reader: tap, report: "log" };
    const parts = () => [{ ...whole, ...(typeof part === "function" ? part() : part) }];
    const suite = { name: "counting", needs: ["made"], least, timeoutMs, parts };
    const code = await runSuites([suite], { again, beside });
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
  const beside = runBeside([{ name: "made", label: "making", work: build }]);
  const part = () => shell(isBuilt ? "echo 'ok 1 - a'" : "echo 'not ok 1 - a'");
  assert.equal((await outcomeOf(part, { beside })).last, "1 passed, 0 failed");
  const broken = runBeside([{ name: "made", label: "making", work: () => Promise.reject(new Error("no compiler")) }]);
  const { code, last, text } = await outcomeOf(shell("echo 'ok 1 - a'"), { beside: broken });
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
  const part = { command: program, args: [], reads: "compiled" };
  const timesRun = () => readFileSync(runs, "utf8").length;
  const write = (line) => writeFileSync(program, `#!/bin/sh\nprintf x >> ${runs}\n${line}\n`, { mode: 0o755 });
  write("echo 'ok 1 - a'");
  await outcomeOf(part, { again: false });
  const told = await outcomeOf(part, { again: false });
  assert.deepEqual([told.code, told.last, timesRun()], [0, "1 passed, 0 failed", 1]);
  assert.match(told.text, /unchanged since it passed/);
  await outcomeOf(part);
  assert.equal(timesRun(), 2);
  write("echo 'not ok 1 - a'");
  assert.equal((await outcomeOf(part, { again: false })).code, 1);
  assert.equal((await outcomeOf(part, { again: false })).code, 1);
  assert.equal(timesRun(), 4, "what has failed is run again");
});

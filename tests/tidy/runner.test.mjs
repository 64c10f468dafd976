// The runner of tests: nothing that went wrong looks green, and what passed at the second try is named.
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { inBackground } from "../../scripts/lib/background.mjs";
import { reportDir, root } from "../../scripts/lib/paths.mjs";
import { runInPool } from "../../scripts/suites/job_pool.mjs";
import { nodeJobs } from "../../scripts/suites/jobs.mjs";
import { tap } from "../../scripts/suites/reports.mjs";
import { runSuites } from "../../scripts/suites/run_suites.mjs";
import { everything, gate } from "../../scripts/suites/suites.mjs";

const shell = (script) => ({ command: "sh", args: ["-c", script] });
const passing = shell("echo 'ok 1 - a'");

let names = 0;
function suiteOf(job, options = {}) {
  names += 1;
  const whole = { name: `job-${process.pid}-${names}`, again: () => "again", reader: tap, report: "log" };
  const jobs = () => [job].flat().map((each, place) => ({ ...whole, name: `${whole.name}-${place}`, ...each }));
  return { name: `runner${names}`, timeoutMs: 60_000, jobs, ...options };
}

/** Runs suites: { code, last, text, rows }, of what is printed. */
async function outcomeOf(suites, options) {
  const printed = [];
  const { log } = console;
  console.log = (line) => printed.push(line);
  try {
    const outcome = await runSuites([suites].flat(), { retries: false, ...options });
    const text = printed.join("\n").trimEnd();
    return { ...outcome, last: text.split("\n").at(-1), text };
  } finally {
    console.log = log;
  }
}

/** A job that fails in its first run, and passes in the second. */
function failingOnce() {
  const mark = join(reportDir, `runner-mark-${process.pid}-${names}`);
  rmSync(mark, { force: true });
  return shell(`[ -e ${mark} ] && echo 'ok 1 - a' || { touch ${mark}; echo 'not ok 1 - a'; }`);
}

test("a suite whose tests pass is green, and the last line is the sum", async () => {
  const { code, last, rows } = await outcomeOf(suiteOf(shell("echo 'ok 1 - a'; echo 'ok 2 - b'")));
  assert.deepEqual([code, last, rows[0].tests], [0, "2 passed, 0 failed", 2]);
});

test("a program that ends badly after its last passed test is a failure", async () => {
  const { code, last, text } = await outcomeOf(suiteOf(shell("echo 'ok 1 - a'; exit 3")));
  assert.deepEqual([code, last], [1, "1 passed, 1 failed"]);
  assert.match(text, /ended with code 3/);
});

test("a program that cannot start, runs no test or writes no report is a failure; so is a suite without jobs", async () => {
  assert.equal((await outcomeOf(suiteOf({ command: "no-such-program", args: [] }))).code, 1);
  assert.match((await outcomeOf(suiteOf(shell("true")))).text, /ran no test/);
  const report = join(reportDir, "runner-none.xml");
  writeFileSync(report, "left over from an earlier run: ok 1 - a");
  assert.match((await outcomeOf(suiteOf({ ...shell("true"), report }))).text, /wrote no report/);
  const beside = await outcomeOf([suiteOf(passing), suiteOf([])]);
  assert.deepEqual([beside.code, beside.last], [1, "1 passed, 1 failed"]);
});

test("a program that does not end is stopped and is a failure, also where it exits with 0 then", async () => {
  const limits = { timeoutMs: 300 };
  const { code, text } = await outcomeOf(suiteOf(shell("echo 'ok 1 - a'; exec tail -f /dev/null"), limits));
  assert.equal(code, 1);
  assert.match(text, /no end after 0.3 s/);
  const orderly = suiteOf(shell("trap 'exit 0' TERM; echo 'ok 1 - a'; tail -f /dev/null & wait"), limits);
  assert.equal((await outcomeOf(orderly)).code, 1);
});

test("what a run does not reach within its limit is a failure, with its name", async () => {
  const { code, text, last } = await outcomeOf(suiteOf([passing, passing]), { limitMs: 0 });
  assert.deepEqual([code, last], [1, "0 passed, 2 failed"]);
  assert.match(text, /FAILED runner\d+: job-\d+-\d+-1/);
  assert.match(text, /not reached/);
});

test("what fails and then passes alone is green, and named with both logs; what fails twice is not", async () => {
  const once = await outcomeOf(suiteOf(failingOnce()), { retries: true });
  assert.deepEqual([once.code, once.last, once.rows[0].secondTries.length], [0, "1 passed, 0 failed", 1]);
  const [, ...logs] = /passed at the second try: runner\d+ [\w-]+; (\S+) (\S+)/.exec(once.text);
  for (const log of logs) assert.ok(existsSync(join(root, log)), log);
  assert.equal((await outcomeOf(suiteOf(shell("echo 'not ok 1 - a'")), { retries: true })).code, 1);
});

test("of more than five failures none runs again: they have a common cause", async () => {
  const jobs = Array.from({ length: 6 }, () => {
    names += 1;
    return failingOnce();
  });
  assert.equal((await outcomeOf(suiteOf(jobs), { retries: true })).last, "0 passed, 6 failed");
});

test("the last lines of a red run name each failure with the command that repeats it", async () => {
  const { text } = await outcomeOf(suiteOf(shell("seq 100; echo 'not ok 1 - a'; echo 'not ok 2 - b'")));
  assert.match(text, /FAILED runner\d+: a\n {2}again: again\nFAILED runner\d+: b\n {2}again: again\n\n0 passed, 2 failed$/);
});

test("suites wait for the background build that they need, and fail unrun when it fails", async () => {
  let isBuilt = false;
  const work = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    isBuilt = true;
  };
  const needy = () => ({ ...suiteOf([]), needs: ["made"], jobs: () => suiteOf(isBuilt ? passing : shell("exit 1")).jobs() });
  const { code, text } = await outcomeOf([needy(), needy()], { builds: inBackground([{ name: "made", label: "making", work }]) });
  assert.equal(code, 0);
  assert.equal(text.match(/^making/gm).length, 1);
  const broken = inBackground([{ name: "made", label: "making", work: () => Promise.reject(new Error("no compiler")) }]);
  const failed = await outcomeOf(needy(), { builds: broken });
  assert.match(failed.text, /making\n {2}no compiler/);
  assert.equal(failed.code, 1);
});

test("jobs run side by side as far as their weights fit the processors, and none beside one that is alone", async () => {
  const suites = [
    { name: "a", cpu: 0.1 },
    { name: "b", alone: true },
    { name: "c", cpu: 0.1 },
  ];
  const running = new Set();
  const beside = {};
  const jobsOf = (suite) => [1, 2].map((number) => ({ suite, name: `${suite.name}${number}` }));
  await runInPool(suites, new Map(), jobsOf, async ({ name }) => {
    running.add(name);
    for (const each of running) beside[each] = Math.max(beside[each] ?? 0, running.size);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(name);
  });
  assert.deepEqual([beside.b1, beside.b2], [1, 1]);
  assert.ok(beside.a1 > 1);
});

test("a test of Node that does not end ends its file, and is named", async () => {
  const file = join(reportDir, "runner-hanging.test.mjs");
  writeFileSync(
    file,
    'import { test } from "node:test";\ntest("it hangs", () => new Promise((end) => setTimeout(end, 60_000)));',
  );
  const [job] = nodeJobs([relative(root, file)], { TEST_SECONDS: "0.2" });
  const outside = { ...job, command: "env", args: ["-u", "NODE_TEST_CONTEXT", job.command, ...job.args] }; // of this run
  const { code, text } = await outcomeOf({ ...suiteOf([]), jobs: () => [outside] });
  assert.equal(code, 1);
  assert.match(text, /no end after 0.2 s: it hangs/);
});

test("every name that the gate leaves out is a test of its suite", () => {
  for (const suite of gate.filter(({ name, leftOut }) => name !== "cpp" && leftOut.length)) {
    const jobs = everything.find(({ name }) => name === suite.name).jobs();
    for (const stem of suite.leftOut)
      assert.ok(
        jobs.some(({ name }) => name.includes(`/${stem}.`)),
        `${suite.name}: ${stem}`,
      );
  }
});

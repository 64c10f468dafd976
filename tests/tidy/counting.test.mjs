// What test programs report is read right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { junit, program, tap, vitest } from "../../scripts/suites/reports.mjs";

const states = (results) => results.map(({ name, state }) => `${name}: ${state}`);

test("a Catch2 program gives the cases that passed, and its failure with what it printed", () => {
  const passed = "====\nAll tests passed (6 assertions in 3 test cases)\n";
  assert.deepEqual(program(passed, 0), [{ name: "cases", state: "passed", count: 3 }]);
  const failed = "a <b>\n  REQUIRE( 1 == 2 )\ntest cases: 9 | 7 passed | 2 failed\nassertions: 9 | 7 passed | 2 failed";
  const [cases, failure] = program(failed, 2);
  assert.deepEqual([cases.count, failure.state], [7, "failed"]);
  assert.match(failure.detail, /a <b>\n {2}REQUIRE\( 1 == 2 \)/);
  assert.equal(program("ok 1 - seeds 1 to 100\nok 2 - seeds 101 to 200\n", 0)[0].count, 2);
});

test("of a thousand cases the report says which one failed, how far they came, and what a sanitizer concludes", () => {
  const fine = Array.from({ length: 1_000 }, (_, place) => `${place}.001 s: case ${place}`).join("\n");
  const failing = "what goes wrong\n  REQUIRE( 1 == 2 )";
  const race = `WARNING: ThreadSanitizer: data race\n${"#0 somewhere\n".repeat(1_000)}SUMMARY: ThreadSanitizer: data race`;
  const output = `${fine}\n${failing}\n0.100 s: what goes wrong\n${fine}\n9.999 s: the last case\n${race}`;
  const { detail } = program(output, 66).at(-1);
  assert.match(detail, /^what goes wrong\n {2}REQUIRE\( 1 == 2 \)\n9\.999 s: the last case\nWARNING: /);
  assert.match(detail, /\nSUMMARY: ThreadSanitizer: data race$/);
  assert.ok(detail.length < 2_100);
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

// Every promised reliability case has a test that is named by it: "R-04 a message over the limit ...". Each promise
// that a test names ("P-01 ...") is on docs/reliability.md.
import assert from "node:assert/strict";
import { test } from "node:test";
import { read, tests } from "./repository.mjs";

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const promised = [
  ...range(1, 83),
  ...range(97, 117), // need several servers
];

const named = tests.flatMap((path) =>
  [...read(path).matchAll(/\b(?:TEST_CASE|SCENARIO|test|it)(?:\.each\([^)]*\))?\(\s*["'`](R-\d+)\b/g)].map((match) => match[1]),
);

for (const number of promised) {
  const id = `R-${String(number).padStart(2, "0")}`;
  test(`${id} has a test named by it`, () => assert.ok(named.includes(id), `no TEST_CASE or test begins with "${id} "`));
}

test("every P- id of a test is on the page of promises", () => {
  const page = read("docs/reliability.md");
  const ids = tests.flatMap((path) => [...read(path).matchAll(/\(\s*["'`](?:@\w+ )*(P-\d+) /g)].map((match) => match[1]));
  assert.ok(ids.length > 50);
  assert.deepEqual(
    ids.filter((id) => !new RegExp(`\\b${id}:`).test(page)),
    [],
  );
});

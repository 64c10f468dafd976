// The verdict over two builds, on made-up figures.
import assert from "node:assert/strict";
import { test } from "node:test";
import { againstRows } from "./against.mjs";

const figure = { about: "CPU" };
const results = (values, others) => [
  { scenario: "s", figure, base: "other", server: "other", values: others, wrong: 0 },
  { scenario: "s", figure, base: "other", server: "dialogue", values, wrong: 0 },
];
const verdict = (values, others) => againstRows(results(values, others))[0].verdict;

test("a figure that is a tenth more in every round is over, one that is equal or less is not", () => {
  assert.equal(verdict([11, 11, 11, 11], [10, 10, 10, 10]), "OVER");
  assert.equal(verdict([10, 10, 10, 10], [10, 10, 10, 10]), "within");
  assert.equal(verdict([9, 9, 9, 9], [10, 10, 10, 10]), "within");
});

test("three percent more is within the bound, and so is a difference in only half of the rounds", () => {
  assert.equal(verdict([10.3, 10.3, 10.3, 10.3], [10, 10, 10, 10]), "within");
  assert.equal(verdict([14, 9, 14, 9], [10, 10, 10, 10]), "within");
});

test("the ratio is that of rounds, so that a slow round of both has no effect", () => {
  const [row] = againstRows(results([10, 30, 10], [10, 30, 10]));
  assert.equal(row.ratio, "1.00");
  assert.equal(row.verdict, "within");
});

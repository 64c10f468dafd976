// The size budgets are tests: what the default import of dialogue-client brings, WebAssembly included, and what publishing adds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kFirstLoadBytesMax, kValidatorBytesMax, measure, packages } from "./measure.mjs";

const ours = await measure(packages[0]);
const kDriverBytesMin = 5_000;

test(`F-C40 everything that dialogue-client exports is at most ${kFirstLoadBytesMax} bytes after brotli`, () => {
  const size = ours["brotli, all exports"];
  assert.ok(size <= kFirstLoadBytesMax, `${size} bytes`);
});

test(`F-C40 the validator, which a page that publishes loads later, is at most ${kValidatorBytesMax} bytes`, () => {
  const size = ours.later.validator;
  assert.ok(size <= kValidatorBytesMax, `${size} bytes`);
});

test("the measured bundles do hold the WebAssembly: they are larger than the driver alone could be", () => {
  assert.ok(ours.brotli > kDriverBytesMin, `${ours.brotli} bytes`);
  assert.ok(ours.later.validator > kDriverBytesMin, `${ours.later.validator} bytes`);
  assert.deepEqual(Object.keys(ours.later).sort(), ["debug", "outbox", "validator"]);
});

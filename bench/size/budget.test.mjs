// The size budget is a test: what the default import of dialogue-client brings stays below it, WebAssembly included.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kBudgetBytesMax, measure, packages } from "./measure.mjs";

const ours = await measure(packages[0]);

test(`everything that dialogue-client exports is at most ${kBudgetBytesMax} bytes after brotli`, () => {
  const size = ours["brotli, all exports"];
  assert.ok(size <= kBudgetBytesMax, `${size} bytes`);
});

test("the measured bundle does hold the WebAssembly: it is larger than the driver alone could be", () => {
  const kDriverBytesMin = 5_000;
  assert.ok(ours.brotli > kDriverBytesMin, `${ours.brotli} bytes`);
});

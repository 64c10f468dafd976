// The size budgets are tests: what the default import of dialogue-client brings, WebAssembly included, and what publishing and
// reading history add.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { client } from "../lib/paths.mjs";
import {
  kFallbackBytesMax,
  kFirstLoadBytesMax,
  kPushBytesMax,
  kRenewalBytesMax,
  kTogetherBytesMax,
  kValidatorBytesMax,
  measure,
  packages,
  pushPackage,
  togetherOf,
} from "./measure.mjs";

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

test(`F-C40 everything together, with the validator and history, is at most ${kTogetherBytesMax} bytes`, () => {
  const size = togetherOf(ours);
  assert.ok(size <= kTogetherBytesMax, `${size} bytes`);
});

test(`R-17 what connects where WebSocket is of no use is a chunk of at most ${kFallbackBytesMax} bytes`, () => {
  const size = ours.later.fallback;
  assert.ok(size > 1_000 && size <= kFallbackBytesMax, `${size} bytes`);
  const holds = (file) => readFileSync(join(dirname(client), file), "utf8").includes("text/event-stream");
  assert.deepEqual(["index.js", "url.js", "fallback.js"].map(holds), [false, false, true]);
});

test(`what replaces connections before a proxy ends them is a chunk of at most ${kRenewalBytesMax} bytes`, () => {
  const size = ours.later.renewal;
  assert.ok(size > 300 && size <= kRenewalBytesMax, `${size} bytes`);
});

test(`dialogue-client/push is at most ${kPushBytesMax} bytes after brotli, with all that it loads, no WebAssembly`, async () => {
  const push = await measure(pushPackage);
  const size = push["brotli, all exports"] + Object.values(push.later).reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(size > 1_000 && size <= kPushBytesMax, `${size} bytes`);
  assert.doesNotMatch(readFileSync(pushPackage.from, "utf8"), /WebAssembly/);
});

test("F-C40 a capability costs nothing until it is used: what reads history is in a chunk of its own, and only there", () => {
  const holds = (file) => readFileSync(join(dirname(client), file), "utf8").includes("history_damaged)");
  assert.deepEqual(["index.js", "url.js", "history.js"].map(holds), [false, false, true]);
});

test("the measured bundles do hold the WebAssembly: they are larger than the driver alone could be", () => {
  assert.ok(ours.brotli > kDriverBytesMin, `${ours.brotli} bytes`);
  assert.ok(ours.later.validator > kDriverBytesMin, `${ours.later.validator} bytes`);
  assert.deepEqual(Object.keys(ours.later).sort(), ["debug", "fallback", "history", "outbox", "renewal", "validator"]);
});

test("the published figures are at most 2 % off, and name the budgets in force: `npm run bench -- size` writes them", () => {
  const results = new URL("../results/size", import.meta.url).pathname;
  const { rows } = JSON.parse(readFileSync(`${results}.json`, "utf8"));
  const published = rows.find(({ name }) => name === packages[0].name).brotli;
  assert.ok(Math.abs(published / ours.brotli - 1) <= 0.02, `${published} published, ${ours.brotli} measured`);
  const text = readFileSync(`${results}.md`, "utf8");
  const inForce = [kFirstLoadBytesMax, kValidatorBytesMax, kTogetherBytesMax, kPushBytesMax, kFallbackBytesMax, kRenewalBytesMax];
  for (const bytes of inForce) assert.ok(text.includes(bytes.toLocaleString("en-US")), `${bytes} is not in size.md`);
});

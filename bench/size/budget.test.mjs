// The size budgets are tests: what the default import of dialogue-client brings, WebAssembly included, and what publishing and
// reading history add.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { client } from "../lib/paths.mjs";
import {
  frontends,
  kFallbackBytesMax,
  kFirstLoadBytesMax,
  kHeadsBytesMax,
  kNotificationsBytesMax,
  kPresenceBytesMax,
  kPushBytesMax,
  kRenewalBytesMax,
  kServiceWorkerBytesMax,
  kTabsBytesMax,
  kTestServerBytesMax,
  kTogetherBytesMax,
  kValidatorBytesMax,
  kYjsBytesMax,
  kYjsChunkBytesMax,
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

test(`dialogue-client/presence is at most ${kPresenceBytesMax} bytes after brotli, and loads nothing else`, () => {
  const file = join(dirname(client), "presence.js");
  assert.ok(readFileSync(`${file}.br`).length <= kPresenceBytesMax, `${readFileSync(`${file}.br`).length} bytes`);
  assert.doesNotMatch(readFileSync(file, "utf8"), /\bimport\b/);
});

test(`dialogue-client/tabs is at most ${kTabsBytesMax} bytes after brotli, and loads nothing else`, () => {
  const file = join(dirname(client), "tabs.js");
  assert.ok(readFileSync(`${file}.br`).length <= kTabsBytesMax, `${readFileSync(`${file}.br`).length} bytes`);
  assert.doesNotMatch(readFileSync(file, "utf8"), /\bimport\b/);
});

test(`dialogue-client/testing is at most ${kTestServerBytesMax} bytes after brotli, nearly all of it a chunk`, () => {
  const bytesOf = (name) => brotliCompressSync(readFileSync(join(dirname(client), name))).length;
  assert.ok(bytesOf("testing.js") < 4_000, `${bytesOf("testing.js")} bytes`);
  assert.ok(bytesOf("server_wasm.js") <= kTestServerBytesMax - 4_000, `${bytesOf("server_wasm.js")} bytes`);
});

test(`dialogue-client/yjs is at most ${kYjsBytesMax} bytes after brotli, and brings no yjs`, () => {
  const directory = dirname(client);
  const bytesOf = (name) => brotliCompressSync(readFileSync(join(directory, name))).length;
  assert.ok(bytesOf("yjs.js") <= kYjsBytesMax, `${bytesOf("yjs.js")} bytes`);
  for (const name of ["yjs_split.js", "yjs_kept.js"])
    assert.ok(bytesOf(name) <= kYjsChunkBytesMax, `${name}: ${bytesOf(name)} bytes`);
  const imports = readFileSync(join(directory, "yjs.js"), "utf8").match(/(?<=\bfrom|import\()\s*["'`][^"'`]+/g);
  const files = new Set(imports.map((text) => text.trim().slice(1)));
  assert.deepEqual([...files].sort(), ["./calls.js", "./presence.js", "./yjs_kept.js", "./yjs_split.js", "yjs"]);
});

test(`dialogue-client/heads is at most ${kHeadsBytesMax} bytes after brotli, and loads the chunk of calls alone`, () => {
  const text = readFileSync(join(dirname(client), "heads.js"));
  assert.ok(brotliCompressSync(text).length <= kHeadsBytesMax, `${brotliCompressSync(text).length} bytes`);
  const imports = `${text}`.match(/(?<=\bfrom|import\()\s*["'`][^"'`]+/g);
  assert.deepEqual(
    imports.map((name) => name.trim().slice(1)),
    ["./calls.js"],
  );
});

test("dialogue-client/notifications and its service worker are small, and load nothing else", () => {
  for (const [name, most] of [
    ["notifications.js", kNotificationsBytesMax],
    ["service_worker.js", kServiceWorkerBytesMax],
  ]) {
    const file = join(dirname(client), name);
    const size = readFileSync(`${file}.br`).length;
    assert.ok(size > 200 && size <= most, `${name}: ${size} bytes`);
    assert.doesNotMatch(readFileSync(file, "utf8"), /\b(import|importScripts)\b/);
  }
});

for (const entry of frontends)
  test(`${entry.name} is at most ${entry.bytesMax} bytes after brotli, beyond the framework and what it shares`, async () => {
    const { brotli } = await measure(entry);
    assert.ok(brotli > 50 && brotli <= entry.bytesMax, `${brotli} bytes`);
  });

test("F-C40 a capability costs nothing until it is used: reading history is in a separate chunk, and only there", () => {
  const holds = (file) => readFileSync(join(dirname(client), file), "utf8").includes("history_damaged)");
  assert.deepEqual(["index.js", "url.js", "history.js"].map(holds), [false, false, true]);
});

test("the measured bundles do hold the WebAssembly: they are larger than the driver alone could be", () => {
  assert.ok(ours.brotli > kDriverBytesMin, `${ours.brotli} bytes`);
  assert.ok(ours.later.validator > kDriverBytesMin, `${ours.later.validator} bytes`);
  const chunks = ["calls", "debug", "extra", "fallback", "history", "outbox", "renewal", "servers", "validator"];
  assert.deepEqual(Object.keys(ours.later).sort(), chunks);
});

test("the published figures are at most 2 % off, and name the budgets in force: `npm run bench -- size` writes them", () => {
  const text = readFileSync(new URL("../results/size.md", import.meta.url), "utf8");
  const cells = (line) => line.split("|").map((cell) => cell.trim());
  const lines = text.split("\n");
  const column = cells(lines.find((line) => line.startsWith("| name "))).indexOf("brotli");
  const row = cells(lines.find((line) => line.startsWith(`| ${packages[0].name} `)));
  const published = Number(row[column].replaceAll(",", ""));
  assert.ok(Math.abs(published / ours.brotli - 1) <= 0.02, `${published} published, ${ours.brotli} measured`);
  const inForce = [kFirstLoadBytesMax, kValidatorBytesMax, kTogetherBytesMax, kPushBytesMax, kFallbackBytesMax, kRenewalBytesMax];
  for (const bytes of inForce) assert.ok(text.includes(bytes.toLocaleString("en-US")), `${bytes} is not in size.md`);
});

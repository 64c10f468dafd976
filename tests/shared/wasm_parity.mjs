// The validator compiled to WebAssembly says the same as the native one, on generated documents and on every JSON syntax case:
// code, offset, path and argument. DIALOGUE_PARITY_DOCUMENTS sets how many documents; DIALOGUE_BUILD another native build than
// build/release.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { loadValidator, module, root } from "./parity/validator.mjs";

const kDocuments = process.env.DIALOGUE_PARITY_DOCUMENTS ?? "20000";
const kToldMax = 10;
const kFaultsMax = 8; // of one payload
const kJsonDepth = 3; // codes up to that are faults of the text, and the last ones
const kBrotliBytesMax = 9150; // scanner, validator of one fault or all, patterns, formats and the catalogue's check
const native = join(root, process.env.DIALOGUE_BUILD ?? "build/release", "bin/parity_cases");

let validator;

before(async () => {
  validator = await loadValidator();
});

/** "code offset path argument" of each fault, as the native program prints them. */
function verdictOn(bytes) {
  const said = [];
  for (let passed = 0; passed < kFaultsMax; ++passed) {
    const { code, offset, path, argument } = validator.verdict(bytes, passed);
    if (passed && !code) break;
    said.push(`${code} ${offset} ${path} ${argument}`);
    if (code <= kJsonDepth) break;
  }
  return said.join("; ");
}

test("P-01 WebAssembly and native give the same verdicts on the same inputs", async () => {
  const child = spawn(native, [kDocuments], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const differences = [];
  let count = 0;
  let invalid = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { catalogue, text, verdict } = JSON.parse(line);
    if (catalogue !== undefined) {
      assert.ok(validator.load(Buffer.from(catalogue, "base64")), "the catalogue is refused");
      continue;
    }
    const bytes = Buffer.from(text, "base64");
    const said = verdictOn(bytes);
    count += 1;
    if (!verdict.startsWith("0 ")) invalid += 1;
    if (said !== verdict) differences.push({ payload: bytes.toString(), native: verdict, wasm: said });
  }
  assert.equal(await ended, 0);
  assert.deepEqual(differences.slice(0, kToldMax), []);
  assert.ok(count >= Number(kDocuments), `only ${count} payloads were compared`);
  assert.ok(invalid > count / 3, `only ${invalid} of ${count} were invalid`);
});

test("WebAssembly refuses bytes that are not a catalogue", () => {
  assert.ok(!validator.load(Buffer.from("no catalogue")));
  assert.ok(!validator.load(Buffer.alloc(0)));
});

test(`the validator is at most ${kBrotliBytesMax} bytes as a module of its own`, (context) => {
  const bytes = readFileSync(module);
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }).length;
  context.diagnostic(`${bytes.length} bytes, ${packed} brotli`);
  assert.ok(packed <= kBrotliBytesMax, `${packed} bytes`);
});

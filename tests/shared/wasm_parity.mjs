// The validator compiled to WebAssembly says the same as the native one, on generated documents and on every JSON syntax case:
// code, offset, path and argument. DIALOGUE_PARITY_DOCUMENTS sets how many documents; DIALOGUE_BUILD another native build than
// build/release.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const kDocuments = process.env.DIALOGUE_PARITY_DOCUMENTS ?? "20000";
const kToldMax = 10;
const kBrotliBytesMax = 8900; // scanner, validator, patterns, formats and the catalogue's check together

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const native = join(root, process.env.DIALOGUE_BUILD ?? "build/release", "bin/parity_cases");
const module = join(root, "build/wasm-parity/validator.wasm");
const sources = [
  "catalogue",
  "catalogue_check",
  "decimal",
  "formats",
  "json_equal",
  "json_scanner",
  "pattern",
  "validator",
  "validator_containers",
  "validator_one_of",
  "verdict_text",
].map((stem) => join(root, `shared/${stem}.cpp`));
const exportsFile = join(root, "tests/shared/parity/validator_exports.cpp");

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Compiles the module unless it is newer than everything that it is made of. */
function build() {
  const headers = readdirSync(join(root, "shared")).map((file) => join(root, "shared", file));
  if (modified(module) > Math.max(...[...headers, exportsFile].map(modified))) return;
  mkdirSync(dirname(module), { recursive: true });
  const size = ["-Oz", "-flto", "-fno-exceptions", "-fno-rtti", "-mbulk-memory", "-DNDEBUG"];
  const standalone = ["--no-entry", "-sSTANDALONE_WASM", "-sINITIAL_MEMORY=4194304", "-sTOTAL_STACK=32768", "-Wl,--stack-first"];
  const args = ["-std=c++20", ...size, ...standalone, `-I${root}`, exportsFile, ...sources, "-o", module];
  const env = { ...process.env, NODE_PATH: process.env.NODE_PATH ?? "/usr/share/nodejs" };
  execFileSync("em++", args, { env, stdio: ["ignore", "ignore", "inherit"] });
}

let validator;

before(async () => {
  build();
  const { instance } = await WebAssembly.instantiate(readFileSync(module), { wasi_snapshot_preview1: { proc_exit: () => {} } });
  validator = instance.exports;
});

const memory = (at, length) => Buffer.from(validator.memory.buffer, at, length);

function give(bytes) {
  memory(validator.input(), bytes.length).set(bytes);
  return bytes.length;
}

/** "code offset path argument", as the native program prints it. */
function verdictOn(bytes) {
  const code = validator.check(0, give(bytes));
  const text = (part) => memory(validator[part](), validator[`${part}_length`]()).toString();
  return `${code} ${validator.offset()} ${text("path")} ${text("argument")}`;
}

test("WebAssembly and native give the same verdicts on the same inputs", async () => {
  const child = spawn(native, [kDocuments], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const differences = [];
  let count = 0;
  let invalid = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { catalogue, text, verdict } = JSON.parse(line);
    if (catalogue !== undefined) {
      assert.equal(validator.load(give(Buffer.from(catalogue, "base64"))), 1, "the catalogue is refused");
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

test("WebAssembly refuses the bytes that are no catalogue", () => {
  assert.equal(validator.load(give(Buffer.from("no catalogue"))), 0);
  assert.equal(validator.load(0), 0);
});

test(`the validator is at most ${kBrotliBytesMax} bytes as a module of its own`, (context) => {
  const bytes = readFileSync(module);
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }).length;
  context.diagnostic(`${bytes.length} bytes, ${packed} brotli`);
  assert.ok(packed <= kBrotliBytesMax, `${packed} bytes`);
});

// The validator as a WebAssembly module of its own: compiled when it is older than what it is made of, and loaded.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
export const module = join(root, "build/wasm-parity/validator.wasm");
const sources = [
  "catalogue/catalogue",
  "catalogue/catalogue_check",
  "json/decimal",
  "json/json_equal",
  "json/json_scanner",
  "pattern/pattern",
  "schema/formats",
  "validate/validator",
  "validate/validator_containers",
  "validate/validator_one_of",
  "validate/verdict_text",
].map((stem) => join(root, `shared/${stem}.cpp`));
const exportsFile = join(root, "tests/shared/parity/validator_exports.cpp");

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function build() {
  const isSource = (name) => /\.[ch]pp$/.test(name);
  const below = readdirSync(join(root, "shared"), { recursive: true }).filter(isSource);
  const files = below.map((file) => join(root, "shared", file));
  if (modified(module) > Math.max(...[...files, exportsFile].map(modified))) return;
  mkdirSync(dirname(module), { recursive: true });
  const size = ["-Oz", "-flto", "-fno-exceptions", "-fno-rtti", "-mbulk-memory", "-DNDEBUG"];
  const standalone = ["--no-entry", "-sSTANDALONE_WASM", "-sINITIAL_MEMORY=4194304", "-sTOTAL_STACK=32768", "-Wl,--stack-first"];
  const args = ["-std=c++20", ...size, ...standalone, `-I${root}`, exportsFile, ...sources, "-o", module];
  const env = { ...process.env, NODE_PATH: process.env.NODE_PATH ?? "/usr/share/nodejs" };
  execFileSync("em++", args, { env, stdio: ["ignore", "ignore", "inherit"] });
}

/**
 * load(catalogue bytes): whether they are a catalogue; verdict(payload, faults to pass over): { code (a number), offset, path,
 * argument }.
 */
export async function loadValidator() {
  build();
  const { instance } = await WebAssembly.instantiate(readFileSync(module), { wasi_snapshot_preview1: { proc_exit: () => {} } });
  const validator = instance.exports;
  const memory = (at, length) => Buffer.from(validator.memory.buffer, at, length);
  const text = (part) => memory(validator[part](), validator[`${part}_length`]()).toString();
  const give = (bytes) => {
    memory(validator.input(), bytes.length).set(bytes);
    return bytes.length;
  };
  return {
    load: (bytes) => validator.load(give(bytes)) === 1,
    verdict: (bytes, passed = 0) => {
      const code = validator.check(0, give(bytes), passed);
      return { code, offset: validator.offset(), path: text("path"), argument: text("argument") };
    },
  };
}

// The WebAssembly module taken apart: its sections, and what is left of it without some of its exports.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// By their ids.
const kNames = "custom type import function table memory global export start element code data datacount".split(" ");
const kHeadBytes = 8; // magic number and version
const kFeatures = ["--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"];

/** An unsigned LEB128 number: { value, next }. */
function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at + shift / 7];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at + shift / 7 + 1 };
  }
}

/** [{ name, bytes }]: each section with its head; together with the module's own head they are all of it. */
export function sectionsOf(module) {
  const sections = [{ name: "head", bytes: kHeadBytes }];
  for (let at = kHeadBytes; at < module.length; ) {
    const { value, next } = leb(module, at + 1);
    sections.push({ name: kNames[module[at]] ?? `section ${module[at]}`, bytes: next + value - at });
    at = next + value;
  }
  return sections;
}

/** The names of what a module exports as functions. */
export const exportsOf = (module) =>
  WebAssembly.Module.exports(new WebAssembly.Module(module))
    .filter(({ kind }) => kind === "function")
    .map(({ name }) => name);

/** The module without these exports, and without all that only they need (Binaryen's wasm-metadce). */
export function withoutExports(module, left) {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-size-"));
  try {
    const [from, graph, to] = ["in.wasm", "graph.json", "out.wasm"].map((name) => join(directory, name));
    const kept = WebAssembly.Module.exports(new WebAssembly.Module(module)).filter(({ name }) => !left.includes(name));
    const nodes = kept.map(({ name }) => ({ name, export: name, root: true }));
    writeFileSync(from, module);
    writeFileSync(graph, JSON.stringify(nodes));
    execFileSync("wasm-metadce", [from, "--graph-file", graph, "-o", to, ...kFeatures], { stdio: "pipe" });
    return readFileSync(to);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

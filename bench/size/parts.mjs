// What each part of the default import of dialogue-client weighs: the driver's modules, and within the WebAssembly what some of
// its exports need. Raw bytes add up; after brotli a part weighs what the bundle is smaller without it, which does not.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { inlined } from "../../js/scripts/inline.mjs";
import { bench, client } from "../lib/paths.mjs";
import { piecesOf } from "./source_map.mjs";
import { sectionsOf, withoutExports } from "./wasm.mjs";

const sources = join(bench, "..", "js", "src");
const kInlined = "generated/wasm.ts";

/** What of the module only these exports need, by the letters of js/src/core/calls.ts. */
const kWasmParts = [
  { name: "wasm: subscribing", exports: ["p"] },
  { name: "wasm: history", exports: ["r"] },
  { name: "wasm: what an outbox restores", exports: ["u", "t", "v"] },
  { name: "wasm: lists, can", exports: ["q"] },
  { name: "wasm: credit", exports: ["s"] },
];
const kWasmRest = "wasm: connection, rooms, publications";

const brotli = (text) => brotliCompressSync(Buffer.from(text), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** The bundle of the package's sources with `wasm` inside: [{ source, text }], in order. */
async function bundled(wasm) {
  const inline = {
    name: "inline",
    setup: (on) => on.onLoad({ filter: /generated\/wasm\.ts$/ }, () => ({ contents: inlined(wasm), loader: "ts" })),
  };
  const { outputFiles } = await build({
    stdin: {
      contents: 'import { createDialogueClient } from "./index.ts"; globalThis.used = createDialogueClient;',
      resolveDir: sources,
    },
    bundle: true,
    // Chunks of their own, which the default import does not load.
    external: [
      "*/validator.js",
      "*/history.js",
      "*/persistent_outbox.js",
      "*/fallback.js",
      "*/renewal.js",
      "*/extra.js",
      "*/servers.js",
      "*/calls/calls.js",
      "*/debug.js",
    ],
    plugins: [inline],
    outdir: sources,
    sourcemap: "external",
    minify: true,
    legalComments: "none",
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const [map, code] = [/\.map$/, /\.js$/].map((ending) => outputFiles.find(({ path }) => ending.test(path)).text);
  return piecesOf(code, JSON.parse(map)).map(({ source, text }) => ({ source: source ? nameOf(source) : "bundler", text }));
}

const nameOf = (source) => (source.includes("<stdin>") ? "bundler" : relative(sources, join(sources, source)));
const textOf = (pieces) => pieces.map(({ text }) => text).join("");
const sizeWithout = (pieces, name) => brotli(textOf(pieces.filter(({ source }) => source !== name)));
const sumOf = (parts, key) => parts.reduce((sum, part) => sum + part[key], 0);

/** The driver's modules, each by what the bundle is without its text. */
function driverParts(pieces) {
  const whole = brotli(textOf(pieces));
  const names = [...new Set(pieces.map(({ source }) => source))].filter((name) => name !== kInlined);
  return names.map((name) => ({
    part: `js: ${name}`,
    bytes: textOf(pieces.filter(({ source }) => source === name)).length,
    brotli: whole - sizeWithout(pieces, name),
  }));
}

/** What some of the exports need, each by what the bundle is without it; as Binaryen writes modules, with it and without. */
async function wasmParts(module) {
  const same = withoutExports(module, []);
  const whole = brotli(textOf(await bundled(same)));
  const parts = [];
  for (const { name, exports } of kWasmParts) {
    const left = withoutExports(module, exports);
    parts.push({ part: name, bytes: same.length - left.length, brotli: whole - brotli(textOf(await bundled(left))) });
  }
  return parts;
}

/**
 * { parts, whole, sections }: [{ part, bytes, brotli }], the heaviest first; the same of the whole bundle; the module's sections.
 * A part of the WebAssembly has the bytes that it has in the module, of which the bundle makes a text.
 */
export async function partsOf() {
  const module = readFileSync(join(dirname(client), "dialogue.wasm"));
  const pieces = await bundled(module);
  const whole = { bytes: textOf(pieces).length, brotli: brotli(textOf(pieces)) };
  const apart = await wasmParts(module);
  const rest = {
    part: kWasmRest,
    bytes: module.length - sumOf(apart, "bytes"),
    brotli: whole.brotli - sizeWithout(pieces, kInlined) - sumOf(apart, "brotli"),
  };
  const parts = [...driverParts(pieces), ...apart, rest].sort((a, b) => b.brotli - a.brotli);
  return { parts, whole, sections: sectionsOf(module) };
}

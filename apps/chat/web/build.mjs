// Builds the web client into a directory: node web/build.mjs OUT [PROGRAM]. PROGRAM is `dialogue`, which writes the types of
// chat.json. The packed npm client must lie in node_modules/dialogue-client. Fails where the first load is above its budget.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const kFirstLoadBytesMax = 60 * 1024; // Brotli, scripts and styles that the page asks for by itself

const here = dirname(fileURLToPath(import.meta.url));
const [given, program = "dialogue"] = process.argv.slice(2);
if (!given) throw new Error("node web/build.mjs OUT [PROGRAM]");
const out = resolve(given);

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: join(here, ".."), encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}\n${error?.message ?? ""}${stdout}${stderr}`);
}

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
mkdirSync(join(here, "gen"), { recursive: true });
run(program, ["codegen", "chat.json", "--ts", join(here, "gen", "app.ts")]);
run(join(here, "..", "node_modules", ".bin", "tsc"), ["--noEmit", "-p", join(here, "tsconfig.json")]);

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { main: "src/main.tsx", chat: "styles/chat.css" },
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  chunkNames: "part-[hash]",
  legalComments: "none",
});
for (const file of ["index.html", "icon.svg"]) copyFileSync(join(here, file), join(out, file));
for (const file of readdirSync(out)) {
  const bytes = readFileSync(join(out, file));
  writeFileSync(join(out, `${file}.br`), brotli(bytes));
  writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
}

/** What `entry` imports statically, itself included, as files of `out`. */
function loadedWith(entry) {
  const found = new Set();
  const visit = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: next, kind } of metafile.outputs[path].imports) if (kind === "import-statement") visit(next);
  };
  visit(Object.keys(metafile.outputs).find((path) => path.endsWith(`/${entry}`)));
  return [...found].map((path) => path.split("/").at(-1));
}

const first = [...loadedWith("main.js"), "chat.css"];
const bytes = first.reduce((sum, file) => sum + readFileSync(join(out, `${file}.br`)).length, 0);
console.log(`first load ${(bytes / 1024).toFixed(1)} KB of ${kFirstLoadBytesMax / 1024} KB (Brotli): ${first.join(", ")}`);
if (bytes > kFirstLoadBytesMax) throw new Error("the first load is above its budget");

// npm run build: dialogue.wasm by Emscripten, then dist/: index.js with the module inside, url.js with it beside, and their
// types. DIALOGUE_WASM names a module that was built elsewhere, such as one with a compiled-in catalogue.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inlined } from "./inline.mjs";

const js = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const wasmBuild = `${root}build/wasm`;

/** Compiles client-wasm/. Debian's Emscripten finds its own JavaScript only through NODE_PATH. */
function compileCore() {
  const env = { ...process.env, NODE_PATH: process.env.NODE_PATH ?? "/usr/share/nodejs" };
  const run = (command, ...args) => execFileSync(command, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  run("emcmake", "cmake", "-S", `${root}client-wasm`, "-B", wasmBuild, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release");
  run("cmake", "--build", wasmBuild);
  return `${wasmBuild}/dialogue.wasm`;
}

const wasm = process.env.DIALOGUE_WASM ?? compileCore();
rmSync(`${js}dist`, { recursive: true, force: true });
mkdirSync(`${js}dist`);
writeFileSync(`${js}src/generated/wasm.ts`, inlined(readFileSync(wasm)));
copyFileSync(wasm, `${js}dist/dialogue.wasm`);
execFileSync(process.execPath, [`${js}node_modules/typescript/bin/tsc`, "-p", js, "--emitDeclarationOnly"], { stdio: "inherit" });
// Only what the two entries' types refer to is public.
for (const file of readdirSync(`${js}dist`))
  if (!/^(index|url|types|errors|generated|dialogue)\b/.test(file)) rmSync(`${js}dist/${file}`);
rmSync(`${js}dist/generated/wasm.d.ts`);
await build({
  absWorkingDir: js,
  entryPoints: ["src/index.ts", "src/url.ts"],
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});

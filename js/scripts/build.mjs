// npm run build: dialogue.wasm and validator.wasm by Emscripten, then dist/: index.js with the module inside, url.js
// with it beside, validator.js, history.js, outbox.js, fallback.js, renewal.js and debug.js that both import when they need
// them, push.js, recorder.js, traces.js, devtools.js, vite.js for Node, and their types; and the dashboard, which only the
// server carries.
// dist/ is replaced as a whole, and only when everything succeeded. DIALOGUE_WASM
// names a module that was built elsewhere, such as one with a compiled-in catalogue.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { buildDashboard, dashboardFiles } from "./dashboard.mjs";
import { inlined, unpacker } from "./inline.mjs";
import { assertInternal, internalNames, shortNames } from "./internal_names.mjs";

const js = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const wasmBuild = `${root}build/wasm`;
const made = `${root}build/client`;

/** Runs a command. What it printed is shown only when it fails, and then all of it; the build ends there. */
function run(command, args, env = process.env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env, encoding: "utf8" });
  if (status === 0) return;
  process.stderr.write(`${command} ${args.join(" ")}\n${error ?? ""}${stdout ?? ""}${stderr ?? ""}\n`);
  process.exit(1);
}

/** Compiles client-wasm/. Debian's Emscripten finds its own JavaScript only through NODE_PATH. */
function compileCore() {
  const env = { ...process.env, NODE_PATH: process.env.NODE_PATH ?? "/usr/share/nodejs" };
  run("emcmake", ["cmake", "-S", `${root}client-wasm`, "-B", wasmBuild, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"], env);
  run("cmake", ["--build", wasmBuild], env);
  return `${wasmBuild}/dialogue.wasm`;
}

const wasm = process.env.DIALOGUE_WASM ?? compileCore();
writeFileSync(`${js}src/generated/wasm.ts`, inlined(readFileSync(wasm)));
writeFileSync(`${js}src/generated/validator_wasm.ts`, inlined(readFileSync(`${wasmBuild}/validator.wasm`)));
writeFileSync(`${js}src/generated/unpack_wasm.ts`, unpacker());
rmSync(made, { recursive: true, force: true });
mkdirSync(made, { recursive: true });
copyFileSync(wasm, `${made}/dialogue.wasm`);
run(process.execPath, [`${js}node_modules/typescript/bin/tsc`, "-p", js, "--emitDeclarationOnly", "--outDir", made]);
// Only the types that the entries refer to are public.
const entryTypes = ["index", "url", "bytes", "push", "recorder", "traces", "devtools"].map((name) => `${name}.d.ts`);
const kept = [...entryTypes, "bytes", "traces", "api", "generated", "dialogue.wasm"];
for (const name of readdirSync(made)) if (!kept.includes(name)) rmSync(`${made}/${name}`, { recursive: true });
run(process.execPath, [`${js}node_modules/typescript/bin/tsc`, "-p", `${js}vite`, "--emitDeclarationOnly", "--outDir", made]);
for (const name of ["wasm", "validator_wasm", "unpack_wasm", "verdicts"]) rmSync(`${made}/generated/${name}.d.ts`);
rmSync(`${made}/traces/span_sender.d.ts`);
for (const name of ["places", "binary_message"]) rmSync(`${made}/bytes/${name}.d.ts`);
for (const name of readdirSync(`${made}/api`)) assertInternal(readFileSync(`${made}/api/${name}`, "utf8"));
const common = { absWorkingDir: js, outdir: made, bundle: true, format: "esm", target: "es2022", legalComments: "none" };
await build({ ...common, entryPoints: ["vite/vite.ts"], platform: "node", logLevel: "warning" });
/** The files beside index.js, which are loaded when they are needed, and the source of each. */
const capabilities = {
  validator: "validator/validator",
  history: "rooms/history",
  outbox: "outbox/persistent_outbox",
  debug: "debug/debug",
  fallback: "fallback/fallback",
  renewal: "fallback/renewal",
};
const fileOf = new Map(Object.entries(capabilities).map(([name, source]) => [`${source.split("/")[1]}.js`, `./${name}.js`]));
/** Keeps import() of a capability as an import of its file, so that bundlers make it a chunk of its own. */
const capabilityImports = {
  name: "capability-imports",
  setup: (on) =>
    on.onResolve({ filter: /\.js$/ }, ({ path, kind }) => {
      const file = kind === "dynamic-import" ? fileOf.get(basename(path)) : undefined;
      return file && { path: file, external: true };
    }),
};
const entries = ["index", "url", "bytes", "push", "recorder", "traces", "devtools"].map((name) => [name, name]);
const { outputFiles } = await build({
  ...common,
  entryPoints: Object.fromEntries(
    [...entries, ...Object.entries(capabilities)].map(([name, source]) => [name, `src/${source}.ts`]),
  ),
  plugins: [capabilityImports],
  mangleProps: internalNames,
  mangleCache: shortNames,
  minify: true,
  write: false,
  logLevel: "warning",
});
// Once more by terser: 200 bytes of the first load after brotli, 140 where a bundler minifies again.
for (const { path, text } of outputFiles) {
  const { code } = await minify(text, { module: true, ecma: 2022, compress: { passes: 3, reduce_funcs: false } });
  writeFileSync(path, code);
}
// What the server serves, as it goes over the wire: made once, here. They are beside the files, and no part of the npm
// package.
await buildDashboard(made);
const scripts = ["index", "bytes", "push", "recorder", "traces", "devtools", ...Object.keys(capabilities)].map(
  (name) => `${name}.js`,
);
for (const name of [...scripts, ...dashboardFiles]) {
  const bytes = readFileSync(`${made}/${name}`);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${made}/${name}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${made}/${name}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}
rmSync(`${js}dist`, { recursive: true, force: true });
renameSync(made, `${js}dist`);

// npm run build: dialogue.wasm and validator.wasm by Emscripten, then dist/: index.js with the module inside, url.js
// with it beside, validator.js, history.js, outbox.js, fallback.js, renewal.js, extra.js, servers.js, calls.js and
// debug.js that both import when they need them, server.js, schemas.js, push.js, recorder.js, traces.js, devtools.js, tabs.js,
// vite.js and testing_server.js for Node, and their types; and the dashboard, which only the server carries; and the package
// of server/. dist/ is replaced as a whole, and only when everything succeeded. DIALOGUE_WASM names a module that was built
// elsewhere, such as one with a compiled-in catalogue.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { buildDashboard, dashboardFiles } from "./dashboard.mjs";
import { deflated, inlined, unpacker } from "./inline.mjs";
import { assertInternal, internalNames, shortNames } from "./internal_names.mjs";
import { buildServer } from "./server.mjs";

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

/** Compiles client-wasm/ or server-wasm/. Debian's Emscripten finds its own JavaScript only through NODE_PATH. */
function compile(source, directory) {
  const env = { ...process.env, NODE_PATH: process.env.NODE_PATH ?? "/usr/share/nodejs" };
  run("emcmake", ["cmake", "-S", `${root}${source}`, "-B", directory, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"], env);
  run("cmake", ["--build", directory, "-j", "2"], env);
}

/** The client's core. */
function compileCore() {
  compile("client-wasm", wasmBuild);
  return `${wasmBuild}/dialogue.wasm`;
}

const wasm = process.env.DIALOGUE_WASM ?? compileCore();
const serverBuild = `${root}build/server-wasm`;
compile("server-wasm", serverBuild);
writeFileSync(`${js}src/generated/server_wasm.ts`, deflated(readFileSync(`${serverBuild}/server.wasm`)));
writeFileSync(`${js}src/generated/wasm.ts`, inlined(readFileSync(wasm)));
writeFileSync(`${js}src/generated/validator_wasm.ts`, inlined(readFileSync(`${wasmBuild}/validator.wasm`)));
writeFileSync(`${js}src/generated/unpack_wasm.ts`, unpacker());
rmSync(made, { recursive: true, force: true });
mkdirSync(made, { recursive: true });
copyFileSync(wasm, `${made}/dialogue.wasm`);
run(process.execPath, [`${js}node_modules/typescript/bin/tsc`, "-p", js, "--emitDeclarationOnly", "--outDir", made]);
// Only the types that the entries refer to are public.
const bindings = ["react", "vue", "svelte", "solid", "signals"];
const frontends = ["store", "react_suspense", ...bindings];
const entryNames = [
  "index",
  "url",
  "server",
  "bytes",
  "schemas",
  "push",
  "recorder",
  "traces",
  "devtools",
  "presence",
  "tabs",
  "yjs",
  "heads",
  "notifications",
  "testing",
  ...frontends,
];
const kept = [
  ...entryNames.map((name) => `${name}.d.ts`),
  "bytes",
  "preload",
  "push",
  "traces",
  "notifications",
  "store",
  "testing",
  ...bindings,
  "api",
  "generated",
];
kept.push("dialogue.wasm");
for (const name of readdirSync(made)) if (!kept.includes(name)) rmSync(`${made}/${name}`, { recursive: true });
for (const name of ["vite", "testing"])
  run(process.execPath, [
    `${js}node_modules/typescript/bin/tsc`,
    "-p",
    `${js}${name}`,
    "--emitDeclarationOnly",
    "--outDir",
    made,
  ]);
for (const name of ["wasm", "validator_wasm", "unpack_wasm", "server_wasm", "verdicts"]) rmSync(`${made}/generated/${name}.d.ts`);
rmSync(`${made}/traces/span_sender.d.ts`);
rmSync(`${made}/preload/api_reader.d.ts`);
rmSync(`${made}/notifications/service_worker.d.ts`);
writeFileSync(`${made}/service_worker.d.ts`, "export {};\n");
for (const name of ["channel_host", "channel_socket", "clock", "server_core", "load_module", "memory_socket", "server_module"])
  rmSync(`${made}/testing/${name}.d.ts`);
for (const name of ["places", "binary_message"]) rmSync(`${made}/bytes/${name}.d.ts`);
for (const name of readdirSync(`${made}/push`)) if (name !== "push_stream.d.ts") rmSync(`${made}/push/${name}`);
for (const name of ["message_list", "room_core", "shared_store"]) rmSync(`${made}/store/${name}.d.ts`);
const declarations = [...readdirSync(`${made}/api`).map((name) => `api/${name}`), ...entryNames.map((name) => `${name}.d.ts`)];
for (const name of declarations) assertInternal(readFileSync(`${made}/${name}`, "utf8"));
const common = { absWorkingDir: js, outdir: made, bundle: true, format: "esm", target: "es2022", legalComments: "none" };
const forNode = ["vite/vite.ts", "testing/testing_server.ts"];
await build({ ...common, entryPoints: forNode, entryNames: "[name]", platform: "node", logLevel: "warning" });
/** The files beside index.js, which are loaded when they are needed, and the source of each. */
const capabilities = {
  validator: "validator/validator",
  history: "rooms/history",
  outbox: "outbox/persistent_outbox",
  debug: "debug/debug",
  fallback: "fallback/fallback",
  renewal: "fallback/renewal",
  extra: "rooms/extra",
  servers: "servers/servers",
  calls: "calls/calls",
  yjs_split: "yjs/split",
  yjs_kept: "yjs/kept",
};
const fileOf = new Map(Object.entries(capabilities).map(([name, source]) => [`${source.split("/")[1]}.js`, `./${name}.js`]));
fileOf.set("server_wasm.js", "./server_wasm.js"); // which testing.js loads
fileOf.set("presence.js", "./presence.js"); // which yjs.js loads for awareness
/** Keeps import() of a capability as an import of its file, so that bundlers make it a chunk of its own. */
const capabilityImports = {
  name: "capability-imports",
  setup: (on) =>
    on.onResolve({ filter: /\.js$/ }, ({ path, kind }) => {
      const file = kind === "dynamic-import" ? fileOf.get(basename(path)) : undefined;
      return file && { path: file, external: true };
    }),
};
/** What the bindings share is the file of another entry, and each framework is the application's. */
const sharedImports = {
  name: "shared-imports",
  setup: (on) => {
    const isBinding = ({ importer }) => bindings.some((name) => importer.includes(`/src/${name}/`));
    on.onResolve({ filter: /\/store\/\w+\.js$/ }, (args) =>
      isBinding(args) ? { path: "./store.js", external: true } : undefined,
    );
    on.onResolve({ filter: /\/presence\/presence\.js$/ }, () => ({ path: "./presence.js", external: true }));
    on.onResolve({ filter: /\/hooks\.js$/ }, ({ importer }) =>
      importer.endsWith("/react/suspense.ts") ? { path: "./react.js", external: true } : undefined,
    );
    on.onResolve({ filter: /\/push\/push_stream\.js$/ }, (args) =>
      isBinding(args) ? { path: "./push.js", external: true } : undefined,
    );
    on.onResolve({ filter: /^[^.]/ }, ({ path, kind }) => (kind === "import-statement" ? { path, external: true } : undefined));
  },
};
const sourceOf = (name) => [name, `src/${name}.ts`];
const options = { ...common, minify: true, write: false, logLevel: "warning" };
const client = await build({
  ...options,
  entryPoints: Object.fromEntries([
    ...entryNames.filter((name) => !frontends.includes(name) && !["notifications", "testing"].includes(name)).map(sourceOf),
    ...Object.entries(capabilities).map(([name, source]) => [name, `src/${source}.ts`]),
  ]),
  plugins: [capabilityImports],
  external: ["yjs"], // the application's
  mangleProps: internalNames,
  mangleCache: shortNames,
});
// They share no member with the client, and call the browser's `register` or a module's exports by their names.
const away = await Promise.all([
  build({
    ...options,
    entryPoints: { testing: "src/testing.ts", server_wasm: "src/generated/server_wasm.ts" },
    plugins: [capabilityImports],
  }),
  build({ ...options, entryPoints: { notifications: "src/notifications.ts" } }),
  build({ ...options, format: "iife", entryPoints: { service_worker: "src/notifications/service_worker.ts" } }),
]);
const frontend = await build({ ...options, entryPoints: Object.fromEntries(frontends.map(sourceOf)), plugins: [sharedImports] });
// Once more by terser: 200 bytes of the first load after brotli, 140 where a bundler minifies again.
for (const { path, text } of [
  ...client.outputFiles,
  ...away.flatMap(({ outputFiles }) => outputFiles),
  ...frontend.outputFiles,
]) {
  const { code } = await minify(text, { module: true, ecma: 2022, compress: { passes: 3, reduce_funcs: false } });
  // Minifiers drop this comment. Next does not bundle an import() whose address is computed without it.
  const bundled = code.replaceAll("import(`", "import(/* webpackIgnore: true */`");
  const directive = /\/react(_suspense)?\.js$/.test(path) ? '"use client";' : ""; // its hooks are for components of the browser
  writeFileSync(path, directive + bundled);
}
// What the server serves, as it goes over the wire: made once, here. They are beside the files, and no part of the npm
// package.
await buildDashboard(made);
const scripts = [
  "index",
  "bytes",
  "push",
  "presence",
  "tabs",
  "notifications",
  "service_worker",
  "recorder",
  "traces",
  "devtools",
  ...Object.keys(capabilities),
].map((name) => `${name}.js`);
for (const name of [...scripts, ...dashboardFiles]) {
  const bytes = readFileSync(`${made}/${name}`);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${made}/${name}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${made}/${name}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}
buildServer();
rmSync(`${js}dist`, { recursive: true, force: true });
renameSync(made, `${js}dist`);

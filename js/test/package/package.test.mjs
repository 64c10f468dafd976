// The package as others get it: packed, installed in a directory of its own, imported by Node, and bundled by Vite, esbuild and
// webpack. Each result plays a dialogue. Run by `npm run test:package` after `npm run build`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import * as vite from "vite";
import webpack from "webpack";
import { WebSocket } from "ws";
import { shortNames } from "../../scripts/internal_names.mjs";
import { play } from "./player.mjs";

const js = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name) => join(js, "node_modules", ".bin", name);
let project;
let tarball;

/**
 * An application that records itself: it joins, is refused a wrong payload by the core, and publishes a right one. Where it
 * asks for an outbox it loads that file, which tells that Node has no IndexedDB.
 */
const application = (specifier) => `
  import { createDialogueClient, DialogueError } from ${JSON.stringify(specifier)};
  import { createRecorder } from "dialogue-client/recorder";
  export async function run(options) {
    const recorder = createRecorder();
    const client = createDialogueClient({ ...options, recorder });
    const errors = [];
    client.on("error", ({ code, message }) => errors.push(code + " " + message));
    const room = await client.join("chat");
    const refusal = await room.trigger("message", { text: "" }).catch((error) => error);
    const receipt = await room.trigger("message", { text: "Hi" });
    client.close();
    const refused = refusal instanceof DialogueError && [refusal.code, refusal.path];
    return { refused, receipt, user: client.userId, errors, recording: recorder.text() };
  }
`;

/** The generated module of the unit tests, without its types. */
async function catalogue() {
  const source = readFileSync(join(js, "test/support/app.ts"), "utf8");
  const { code } = await esbuild.transform(source, { loader: "ts", format: "esm" });
  return (await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)).app;
}

/** Runs a bundle's or the package's `run` against a server. */
async function playsItsPart(file, more = {}) {
  const server = await play();
  try {
    const { run } = await import(pathToFileURL(file));
    const result = await run({ url: server.url, app: await catalogue(), WebSocket, ...more });
    assert.deepEqual(result.refused, ["too_short", "$.text"]);
    assert.deepEqual(result.receipt, { seq: 1, epoch: 99, timestamp: 1234, duplicate: false });
    assert.equal(result.user, "ann");
    assert.match(result.recording, /^\["dialogue-client-recording",1,.*\n(.*\n)*\["publish",(.*\n)*\["end",\d+\]\n$/);
    const unavailable = "outbox_unavailable Unsent events cannot be stored: no IndexedDB or no Web Locks";
    assert.deepEqual(result.errors, more.outbox ? [unavailable] : []);
  } finally {
    server.close();
  }
}

before(() => {
  project = mkdtempSync(join(tmpdir(), "dialogue-package-"));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", project], { cwd: js, encoding: "utf8" });
  tarball = join(project, JSON.parse(packed)[0].filename);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: project });
  writeFileSync(join(project, "main.js"), application("dialogue-client"));
  writeFileSync(join(project, "url.js"), application("dialogue-client/url"));
});
after(() => rmSync(project, { recursive: true, force: true }));

test("the package holds what is documented and nothing else", () => {
  const root = join(project, "node_modules/dialogue-client");
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  assert.deepEqual(files.sort(), [
    "LICENSE",
    "README.md",
    "dist/api/calls.d.ts",
    "dist/api/client.d.ts",
    "dist/api/definitions.d.ts",
    "dist/api/devtools.d.ts",
    "dist/api/errors.d.ts",
    "dist/api/events.d.ts",
    "dist/api/filter.d.ts",
    "dist/api/heads.d.ts",
    "dist/api/messages.d.ts",
    "dist/api/notifications.d.ts",
    "dist/api/options.d.ts",
    "dist/api/presence.d.ts",
    "dist/api/push.d.ts",
    "dist/api/room.d.ts",
    "dist/api/signed_out.d.ts",
    "dist/api/tabs.d.ts",
    "dist/api/traces.d.ts",
    "dist/api/types.d.ts",
    "dist/api/validity.d.ts",
    "dist/api/yjs.d.ts",
    "dist/bytes.d.ts",
    "dist/bytes.js",
    "dist/bytes/base64.d.ts",
    "dist/bytes/binary_web_socket.d.ts",
    "dist/bytes/payload_bytes.d.ts",
    "dist/calls.js",
    "dist/debug.js",
    "dist/devtools.d.ts",
    "dist/devtools.js",
    "dist/dialogue.wasm",
    "dist/extra.js",
    "dist/fallback.js",
    "dist/generated/tables.d.ts",
    "dist/heads.d.ts",
    "dist/heads.js",
    "dist/history.js",
    "dist/index.d.ts",
    "dist/index.js",
    "dist/notifications.d.ts",
    "dist/notifications.js",
    "dist/notifications/device.d.ts",
    "dist/outbox.js",
    "dist/preload/inline_json.d.ts",
    "dist/preload/preload_room.d.ts",
    "dist/presence.d.ts",
    "dist/presence.js",
    "dist/push.d.ts",
    "dist/push.js",
    "dist/push/push_stream.d.ts",
    "dist/react.d.ts",
    "dist/react.js",
    "dist/react/hooks.d.ts",
    "dist/react/push.d.ts",
    "dist/react/suspense.d.ts",
    "dist/react/types.d.ts",
    "dist/react_suspense.d.ts",
    "dist/react_suspense.js",
    "dist/recorder.d.ts",
    "dist/recorder.js",
    "dist/renewal.js",
    "dist/schemas.d.ts",
    "dist/schemas.js",
    "dist/server.d.ts",
    "dist/server.js",
    "dist/server_wasm.js",
    "dist/servers.js",
    "dist/service_worker.d.ts",
    "dist/service_worker.js",
    "dist/signals.d.ts",
    "dist/signals.js",
    "dist/signals/to_signal.d.ts",
    "dist/solid.d.ts",
    "dist/solid.js",
    "dist/solid/primitives.d.ts",
    "dist/solid/types.d.ts",
    "dist/store.d.ts",
    "dist/store.js",
    "dist/store/can_store.d.ts",
    "dist/store/connection_store.d.ts",
    "dist/store/latest.d.ts",
    "dist/store/presence_store.d.ts",
    "dist/store/push_store.d.ts",
    "dist/store/room_events.d.ts",
    "dist/store/room_presence_store.d.ts",
    "dist/store/room_store.d.ts",
    "dist/store/types.d.ts",
    "dist/store/typing_store.d.ts",
    "dist/svelte.d.ts",
    "dist/svelte.js",
    "dist/svelte/readers.d.ts",
    "dist/svelte/types.d.ts",
    "dist/tabs.d.ts",
    "dist/tabs.js",
    "dist/testing.d.ts",
    "dist/testing.js",
    "dist/testing/arguments.d.ts",
    "dist/testing/page_server.d.ts",
    "dist/testing/refused_error.d.ts",
    "dist/testing/test_server.d.ts",
    "dist/testing_server.d.ts",
    "dist/testing_server.js",
    "dist/traces.d.ts",
    "dist/traces.js",
    "dist/traces/tracer.d.ts",
    "dist/url.d.ts",
    "dist/url.js",
    "dist/validator.js",
    "dist/vite.d.ts",
    "dist/vite.js",
    "dist/vue.d.ts",
    "dist/vue.js",
    "dist/vue/composables.d.ts",
    "dist/vue/push.d.ts",
    "dist/vue/types.d.ts",
    "dist/yjs.d.ts",
    "dist/yjs.js",
    "dist/yjs_kept.js",
    "dist/yjs_split.js",
    "package.json",
  ]);
});

test("all files of the package call an internal member by the same short name", () => {
  assert.equal(new Set(Object.values(shortNames)).size, Object.keys(shortNames).length);
  const textOf = (name) => readFileSync(join(js, "dist", `${name}.js`), "utf8");
  for (const name of ["index", "url", "history", "outbox", "debug", "validator"])
    assert.deepEqual(
      Object.keys(shortNames).filter((long) => new RegExp(`[.#]${long}\\b`).test(textOf(name))),
      [],
    );
  const called = `${shortNames.hasPublication}(`; // which extra.js asks of index.js
  assert.ok(textOf("extra").includes(`.${called}`));
  assert.ok(new RegExp(`\\b${called.replace("(", "\\(")}\\w+\\)\\{`).test(textOf("index")));
});

test("bundlers leave an import() alone whose address is computed, as Next requires", () => {
  for (const name of readdirSync(join(js, "dist")).filter((name) => name.endsWith(".js")))
    assert.doesNotMatch(readFileSync(join(js, "dist", name), "utf8"), /import\(`/, name);
  assert.match(readFileSync(join(js, "dist/index.js"), "utf8"), /import\(\/\* webpackIgnore: true \*\/`/);
});

/** With the default options, and with the one that brings a chunk. */
async function playsBothParts(file) {
  await playsItsPart(file);
  await playsItsPart(file, { outbox: "indexeddb" });
}

test("plain Node imports it", () => playsBothParts(join(project, "main.js")));

test("importing it does nothing", () => {
  const program = `
    const before = Object.keys(globalThis).join();
    await import("dialogue-client");
    await import("dialogue-client/url");
    await import("dialogue-client/bytes");
    await import("dialogue-client/push");
    await import("dialogue-client/server");
    await import("dialogue-client/recorder");
    await import("dialogue-client/devtools");
    await import("dialogue-client/traces");
    await import("dialogue-client/tabs");
    await import("dialogue-client/notifications");
    if (Object.keys(globalThis).join() !== before) throw new Error("globals were changed");
  `;
  execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: project, timeout: 10_000 });
});

test("esbuild bundles it", async () => {
  const outfile = join(project, "out/esbuild.mjs");
  await esbuild.build({ entryPoints: [join(project, "main.js")], outfile, bundle: true, minify: true, format: "esm" });
  await playsBothParts(outfile);
});

test("esbuild makes the outbox and the validator chunks, if it splits", async () => {
  const outdir = join(project, "out/esbuild-split");
  const options = { bundle: true, minify: true, format: "esm", splitting: true };
  await esbuild.build({ entryPoints: [join(project, "main.js")], outdir, outExtension: { ".js": ".mjs" }, ...options });
  for (const chunk of ["outbox-", "validator-"])
    assert.equal(readdirSync(outdir).filter((name) => name.startsWith(chunk)).length, 1);
  await playsBothParts(join(outdir, "main.mjs"));
});

/** Bundles one entry with Vite; gives the directory. */
async function viteBuild(name, entry) {
  const outDir = join(project, "out", name);
  await vite.build({
    root: project,
    logLevel: "error",
    configFile: false,
    build: { outDir, lib: { entry: join(project, entry), formats: ["es"], fileName: "bundle" }, minify: true },
  });
  return outDir;
}

test("Vite bundles it", async () => playsBothParts(join(await viteBuild("vite", "main.js"), "bundle.js")));

/** Bundles one entry with webpack; gives the directory. */
async function webpackBuild(name, entry) {
  const path = join(project, "out", name);
  const stats = await promisify(webpack)({
    mode: "production",
    context: project,
    entry: join(project, entry),
    experiments: { outputModule: true },
    output: { path, filename: "bundle.mjs", library: { type: "module" }, publicPath: "" },
    performance: { hints: false },
    target: "es2022",
  });
  assert.equal(stats.hasErrors(), false, stats.toString());
  return path;
}

test("webpack bundles it", async () => playsBothParts(join(await webpackBuild("webpack", "main.js"), "bundle.mjs")));

test("the url entry loads dialogue.wasm from the configured place", async () => {
  const wasm = readFileSync(join(js, "dist/dialogue.wasm")).toString("base64");
  await playsItsPart(join(project, "url.js"), { wasm: `data:application/wasm;base64,${wasm}` });
});

test("a server without the media type of WebAssembly disables no function", async () => {
  const wasm = readFileSync(join(js, "dist/dialogue.wasm")).toString("base64");
  await playsItsPart(join(project, "url.js"), { wasm: `data:text/plain;base64,${wasm}` });
});

test("Vite and webpack carry dialogue.wasm along for the url entry", async () => {
  for (const directory of [await viteBuild("vite-url", "url.js"), await webpackBuild("webpack-url", "url.js")]) {
    const files = readdirSync(directory, { recursive: true });
    const inlined = readFileSync(
      join(
        directory,
        files.find((file) => /^bundle/.test(file)),
      ),
      "utf8",
    ).includes("data:application/wasm");
    assert.ok(inlined || files.some((file) => /\.wasm$/.test(file)), files.join(" "));
  }
});

test("the types compile in a strict project without Node's types", () => {
  const source = join(js, "test/support/app.ts");
  mkdirSync(join(project, "typed"), { recursive: true });
  writeFileSync(join(project, "typed/app.ts"), readFileSync(source, "utf8").replace("../../src/index.js", "dialogue-client"));
  writeFileSync(
    join(project, "typed/main.ts"),
    `import { createDialogueClient } from "dialogue-client";
     import { binaryWebSocket, toBase64 } from "dialogue-client/bytes";
     import { createPushStream } from "dialogue-client/push";
     import { createRecorder } from "dialogue-client/recorder";
     import { app } from "./app.js";
     const recorder = createRecorder({ bytes: 1_000_000, payloads: true });
     const chat = await createDialogueClient({ app, recorder }).join("chat");
     recorder.text().length;
     createDialogueClient({ app, WebSocket: binaryWebSocket() });
     toBase64(new Uint8Array(1)).length;
     chat.on("message", (m) => m.data.text.length);
     createPushStream({ app, rooms: ["chat"] }).on("message", (m) => m.data.text.length);
     // @ts-expect-error the wrong type
     await chat.trigger("message", { text: 5 });`,
  );
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "ES2022",
    lib: ["ES2022", "DOM"],
    types: [],
    skipLibCheck: false,
  };
  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    const config = join(project, "typed/tsconfig.json");
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution }, include: ["."] }));
    execFileSync(bin("tsc"), ["-p", config], { encoding: "utf8" });
  }
});

test("publint finds nothing", () => {
  execFileSync(bin("publint"), ["run", tarball, "--strict"], { encoding: "utf8" });
});

test("@arethetypeswrong/cli finds nothing", () => {
  execFileSync(bin("attw"), [tarball, "--profile", "esm-only", "--exclude-entrypoints", "dialogue.wasm", "--no-emoji"], {
    encoding: "utf8",
  });
});

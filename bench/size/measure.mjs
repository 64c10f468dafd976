// What a browser downloads for one import: the package bundled and minified by esbuild, then compressed (brotli 11).
// Every package is measured the same way, by its documented browser entry.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bench, client, clientManifest } from "../lib/paths.mjs";

/** The largest size that the default import of dialogue-client may have, JavaScript and WebAssembly together, after brotli. */
export const kFirstLoadBytesMax = 16_150; // docs/decisions/357 says why it is not 15,000
/** The largest size of the validator's chunk, which a page that publishes loads later. */
export const kValidatorBytesMax = 8_720; // with the names of payloads', of publications' and of calls' errors
/** The largest size of all that a page loads that connects, joins, receives, publishes and reads history. */
// 300 of them read a history around a place, 150 notice what renewal.js is for (docs/decisions/324), 50 end waits (206)
export const kTogetherBytesMax = 25_800;
/** The largest size of the chunk that connects where WebSocket is of no use. */
export const kFallbackBytesMax = 4_160;
/** The largest size of the chunk that replaces connections before a proxy ends them. */
export const kRenewalBytesMax = 768;
/** The largest size of dialogue-client/push with all that it loads. */
export const kPushBytesMax = 3_130; // 100 of them never connect a user without a token as a guest, 20 keep handlers apart
/** The largest size of dialogue-client/presence, which a page of rooms with states loads beside the client. */
export const kPresenceBytesMax = 2_250; // 200 of them keep callers apart, 50 check arguments
/** The largest size of dialogue-client/yjs, without the page's yjs. */
export const kYjsBytesMax = 3_250; // to go to 3,000
/** The largest size of each of its chunks: of large updates, and of the copy in the browser. */
export const kYjsChunkBytesMax = 1_100;
/** The largest size of dialogue-client/heads, which loads the chunk of calls. */
export const kHeadsBytesMax = 1_650;
export const kTabsBytesMax = 5_000;
/** The server in WebAssembly with its driver, which only tests and demos load. */
export const kTestServerBytesMax = 400_000;
export const kNotificationsBytesMax = 1_500;
export const kServiceWorkerBytesMax = 1_500;

/** The packages that are compared: how an application imports each. */
export const packages = [
  {
    name: "dialogue-client",
    from: client,
    main: "createDialogueClient",
    manifest: clientManifest,
  },
  { name: "socket.io-client", main: "io" },
  { name: "centrifuge", main: "Centrifuge" },
  { name: "@microsoft/signalr", main: "HubConnectionBuilder" },
];

/** The entry for pages that only listen. */
export const pushPackage = {
  name: "dialogue-client/push",
  from: join(dirname(client), "push.js"),
  main: "createPushStream",
  manifest: clientManifest,
};

const kilobyte = 1_000;

/**
 * The entries for frameworks, each without the framework and the entries that it shares with others; `bytesMax` is the
 * largest size of what `main` brings.
 */
export const frontends = [
  { name: "store", main: "roomStore", bytesMax: 2.5 * kilobyte }, // 300 of them begin with a preloaded room
  { name: "react", main: "createHooks", bytesMax: 1.5 * kilobyte },
  { name: "react_suspense", main: "createHooks", bytesMax: kilobyte },
  { name: "vue", main: "createComposables", bytesMax: 1.2 * kilobyte },
  { name: "svelte", main: "createReaders", bytesMax: kilobyte },
  { name: "solid", main: "createPrimitives", bytesMax: kilobyte },
  { name: "signals", main: "toSignal", bytesMax: 0.3 * kilobyte },
].map(({ name, ...row }) => ({
  ...row,
  name: `dialogue-client/${name}`,
  from: join(dirname(client), `${name}.js`),
  manifest: clientManifest,
}));

/** { first, chunks }: what a page downloads before anything is used, and by name the chunks that it may import later. */
async function bundled(source) {
  const result = await build({
    stdin: { contents: source, resolveDir: bench },
    bundle: true,
    splitting: true,
    outdir: bench,
    chunkNames: "[name]-00000000", // a hash by chance compresses well or badly: 33 bytes were seen
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["react", "vue", "svelte", "solid-js", "@preact/signals-core", "./store.js", "./push.js", "./react.js"],
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const chunks = new Map(result.outputFiles.map((file) => [basename(file.path), file.contents]));
  const { outputs } = result.metafile;
  const wanted = (path) => [
    path,
    ...outputs[path].imports.filter(({ kind, external }) => kind === "import-statement" && !external).map(({ path }) => path),
  ];
  const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint === "<stdin>");
  const later = Object.keys(outputs).filter((path) => path !== entry && outputs[path].entryPoint);
  return {
    first: Buffer.concat([...new Set(wanted(entry))].map((path) => chunks.get(basename(path)))),
    chunks: new Map(later.map((path) => [basename(outputs[path].entryPoint, ".js"), chunks.get(basename(path))])),
  };
}

/** What a page has loaded that connects, joins, receives, publishes and reads history: the first load and these chunks. */
export const togetherOf = ({ later, ...row }) => row["brotli, all exports"] + later.validator + later.history;

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
  }).length;

/** The sizes of one package in bytes: what importing its main function brings, what importing everything does, later chunks. */
export async function measure({ name, main, from = name, manifest = join(bench, "node_modules", name, "package.json") }) {
  const { first: whole } = await bundled(`export * from ${JSON.stringify(from)}`);
  const { first: usual, chunks } = await bundled(`import { ${main} } from ${JSON.stringify(from)}; globalThis.used = ${main};`);
  const later = [...chunks].map(([chunk, contents]) => [chunk, brotli(contents)]);
  return {
    name,
    version: JSON.parse(readFileSync(manifest, "utf8")).version,
    minified: usual.length,
    gzip: gzipSync(usual, { level: 9 }).length,
    brotli: brotli(usual),
    "brotli, all exports": brotli(whole),
    later: Object.fromEntries(later),
  };
}

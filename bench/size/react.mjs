// What Dialogue adds to the first bundle of a page in React: examples/react as Vite builds it for production, with
// dialogue-client and with nothing in its place. Prints a table, or JSON with --json: bytes after gzip. Needs `npm run build` and
// the packages of e2e/.
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { client } from "../lib/paths.mjs";
import { table } from "../lib/results.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const e2e = createRequire(join(root, "e2e", "package.json"));
const example = join(root, "examples", "react");

/** Modules that the example imports and the repository does not have: what codegen writes, and Dialogue where it is left out. */
const standIns = (withDialogue) => ({
  name: "stand-ins",
  enforce: "pre",
  resolveId: (id) => {
    if (id === "./app.js") return "\0app";
    if (id === "dialogue-client") return withDialogue ? client : "\0nothing";
    return undefined;
  },
  load: (id) => {
    if (id === "\0app") return 'export const app = { catalogue: "", fingerprint: "" };';
    if (id === "\0nothing") return "export const createDialogueClient = () => undefined;";
    return undefined;
  },
});

/** { first, later } in bytes after gzip: what the page loads at once, and by name what it may load afterwards. */
async function measure(withDialogue) {
  const { build } = await import(pathToFileURL(e2e.resolve("vite")).href);
  const packages = Object.fromEntries(["react", "react-dom"].map((name) => [name, join(root, "e2e", "node_modules", name)]));
  const { output } = await build({
    configFile: false,
    root: example,
    logLevel: "error",
    plugins: [standIns(withDialogue)],
    resolve: { alias: packages },
    esbuild: { jsx: "automatic" },
    build: { write: false, rollupOptions: { input: join(example, "src", "main.tsx") } },
  });
  const chunks = new Map(output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]));
  const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
  const size = ({ code }) => gzipSync(code, { level: 9 }).length;
  const atOnce = [entry, ...entry.imports.map((name) => chunks.get(name))];
  const later = [...chunks.values()].filter((chunk) => !atOnce.includes(chunk));
  return {
    first: atOnce.reduce((sum, chunk) => sum + size(chunk), 0),
    later: Object.fromEntries(later.map((chunk) => [chunk.name, size(chunk)])),
  };
}

const sizes = { without: await measure(false), with: await measure(true) };
if (process.argv.includes("--json")) console.log(JSON.stringify(sizes));
else {
  const rows = [
    { "loaded at once": "React alone", gzip: sizes.without.first },
    { "loaded at once": "React with Dialogue", gzip: sizes.with.first },
  ];
  console.log(table(rows));
  console.log(table(Object.entries(sizes.with.later).map(([later, gzip]) => ({ later, gzip }))));
}

// Makes the programs of the simulation out of the sources: the client as each page loads it, and the world.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const js = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Modules of WebAssembly are compiled once for all pages, and named where their bytes would be. */
const named = {
  name: "named modules",
  setup({ onLoad }) {
    const contents = 'export const wasmBytes = () => "core"; export const unpack = (text) => text;';
    onLoad({ filter: /\/src\/core\/inlined\.ts$/ }, () => ({ contents }));
    onLoad({ filter: /\/src\/generated\/validator_wasm\.ts$/ }, () => ({
      contents: 'export const text = "validator", size = 0;',
    }));
    onLoad({ filter: /\/src\/generated\/(wasm|unpack_wasm|server_wasm)\.ts$/ }, () => ({ contents: "" }));
  },
};

/** A fault that was put back: texts of sources that stand there once, and what stands there instead. */
const planted = (changes) => ({
  name: "planted faults",
  setup({ onLoad }) {
    for (const file of new Set(changes.map(({ file }) => file)))
      onLoad({ filter: new RegExp(`/src/${file.replaceAll(".", "\\.")}$`) }, ({ path }) => {
        let contents = readFileSync(path, "utf8");
        for (const { find, put } of changes.filter((change) => change.file === file)) {
          if (contents.split(find).length !== 2)
            throw new Error(`${file} has ${JSON.stringify(find)} not once: mend the planted fault`);
          contents = contents.replace(find, () => put);
        }
        return { contents, loader: "ts" };
      });
  },
});

const virtual = {
  name: "virtual time",
  setup({ onLoad }) {
    onLoad({ filter: /fake-indexeddb\/.*\/scheduling\.js$/ }, () => ({
      contents: `export { queueTask } from ${JSON.stringify(`${js}simulation/indexed_db_tasks.ts`)};`,
      resolveDir: js,
    }));
  },
};

async function bundled(entry, options, plugins) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    target: "node20",
    logLevel: "error",
    plugins,
    ...options,
  });
  return outputFiles[0].text;
}

/** The program of a page, with these faults. */
export const clientProgram = (changes = []) =>
  bundled(`${js}src/index.ts`, { format: "iife", globalName: "dialogueClient" }, [planted(changes), named]);

/** The module that runs worlds. */
export async function runModule() {
  const text = await bundled(`${js}simulation/run.ts`, { format: "esm", platform: "node" }, [named, virtual]);
  const file = `${root}build/client_simulation_${process.pid}.mjs`; // others may run beside it
  writeFileSync(file, text);
  try {
    return await import(file);
  } finally {
    rmSync(file);
  }
}

/** A compiled module of the build. */
export const builtModule = (file) => WebAssembly.compile(readFileSync(`${root}build/${file}`));

/** The core with faults to switch on, made if it is not. */
export function plantedModule() {
  const make = ["--build", `${root}build/wasm`, "--target", "planted"];
  execFileSync("cmake", make, { env: { NODE_PATH: "/usr/share/nodejs", ...process.env } });
  return builtModule("wasm/planted.wasm");
}

/** The number of a fault in shared/base/mutation.hpp. */
export function mutationNumber(name) {
  const [, names] = /enum class Mutation[^{]*\{([^}]*)\}/.exec(readFileSync(`${root}shared/base/mutation.hpp`, "utf8"));
  const number = [...names.matchAll(/^ +(\w+),/gm)].findIndex(([, each]) => each === name);
  if (number < 1) throw new Error(`shared/base/mutation.hpp has no ${name}`);
  return number;
}

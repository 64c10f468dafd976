// dialogue-client in Node, receiving or sending over the stand-in for a socket of bench/client, sampled by V8's own profiler. The
// bundle is made from the sources, so that functions have their names.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bench, output, program } from "../lib/paths.mjs";
import { selfRows, splitRows } from "./shares.mjs";
import { stacksOfProfile } from "./stacks.mjs";

const kSampleUs = 100;
const kRounds = 400;
const kQuickRounds = 100;
const kWhere = { kernel: "engine", user: "JavaScript", library: "WebAssembly" };

const kMeasured = "measured"; // the function of client_load.mjs that has what counts

const here = (name) => join(dirname(fileURLToPath(import.meta.url)), name);

async function bundled() {
  mkdirSync(output, { recursive: true });
  const [app, outfile] = [join(output, "app.ts"), join(output, "client_load.mjs")];
  execFileSync(program, ["codegen", join(bench, "client", "app.json"), "--ts", app]);
  await build({
    entryPoints: [here("client_load.mjs")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: {
      "bench-app": app,
      "dialogue-client": join(bench, "..", "js", "src", "index.ts"),
      "dialogue-client/schemas": join(bench, "..", "js", "src", "schemas.ts"),
    },
    // Imported by nobody who does not ask for it.
    external: ["history", "persistent_outbox", "fallback", "renewal", "extra", "servers", "debug"].map((name) => `*/${name}.js`),
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return outfile;
}

async function profile(direction, event, isQuick) {
  const file = await bundled();
  const directory = mkdtempSync(join(output, "cpuprofile-"));
  try {
    const sampling = ["--cpu-prof", "--cpu-prof-interval", `${kSampleUs}`, "--cpu-prof-dir", directory];
    const args = [...sampling, file, direction, event, `${isQuick ? kQuickRounds : kRounds}`];
    const us = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
    const text = readFileSync(join(directory, readdirSync(directory)[0]), "utf8");
    const stacks = stacksOfProfile(JSON.parse(text), kMeasured);
    return {
      title: `Where the client's time goes: to ${direction} a message (${event})`,
      notes: [
        `In Node, over a stand-in for a socket: ${us.toFixed(2)} µs a message while it was sampled. Each share is of all`,
        "samples. A function's share is its own, with the engine's builtins that it calls, such as `JSON.parse` or `Date.now`.",
      ],
      stacks,
      samples: { ending: "cpuprofile", text },
      tables: [splitRows(stacks, kWhere), selfRows(stacks, kWhere)],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** { id, profile(isQuick) } of each. */
export const clientProfiles = ["receive", "send"].flatMap((direction) =>
  ["chat", "order"].map((event) => ({
    id: `client-${direction}-${event}`,
    profile: (isQuick) => profile(direction, event, isQuick),
  })),
);

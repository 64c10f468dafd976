// Bundles what uses the client as an application would: minified, for browsers, with the module that `dialogue codegen` makes of
// the definitions, which sources import as "bench-app".
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { client, program } from "./paths.mjs";

/** `directory` is where the generated module goes; `more` are esbuild's options: what is bundled, and where to. */
export async function bundle({ definitions, directory, ...more }) {
  mkdirSync(directory, { recursive: true });
  const app = join(directory, "app.ts");
  execFileSync(program, ["codegen", definitions, "--ts", app]);
  await build({
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { "bench-app": app, "dialogue-client": client, "dialogue-client/schemas": join(dirname(client), "schemas.js") },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
    ...more,
  });
}

// npm run bench -- NAME ...: runs measurements (bench/NAME/main.mjs) and keeps their tables in bench/results/.
// Without a name: all of them.
import { existsSync, readdirSync } from "node:fs";
import { buildSteps, native, npmPackages } from "../lib/builds.mjs";
import { at } from "../lib/paths.mjs";
import { runHere } from "../lib/run.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const known = readdirSync(at("bench")).filter((name) => existsSync(at("bench", name, "main.mjs")));

await verb(async (args) => {
  const names = args.filter((arg) => !arg.startsWith("-"));
  const options = args.filter((arg) => arg.startsWith("-"));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length) throw new Error(`no measurement ${unknown.join(", ")}; there are: ${known.join(" ")}`);
  await runSteps([...buildSteps(), native("release", "building what is beside", ["bench_raw_sqlite"]), npmPackages("bench")]);
  for (const name of names.length ? names : known) {
    const code = await runHere(process.execPath, [at("bench", name, "main.mjs"), ...options]);
    if (code !== 0) return code;
  }
  return 0;
});

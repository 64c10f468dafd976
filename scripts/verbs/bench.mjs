// npm run bench -- NAME ...: runs measurements (bench/NAME/main.mjs) and keeps their tables in bench/results/.
// Without a name: all of them but `check`, which holds some of the same figures against bars, and `profile`, which wants a
// scenario.
import { existsSync, readdirSync } from "node:fs";
import { buildSteps, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { debianPackages } from "../lib/debian.mjs";
import { at } from "../lib/paths.mjs";
import { runInForeground } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { chosenOf, UsageError } from "../lib/usage.mjs";

const known = readdirSync(at("bench")).filter((name) => existsSync(at("bench", name, "main.mjs")));

const apart = ["check", "profile"];
const takesWords = ["delivery", "profile"];
const besides = ["bench_raw_sqlite", "bench_floor", "bench_growth", "bench_hostile"]; // programs that only measurements need

const help = `npm run bench -- [NAME ...] [--quick], by default all but ${apart.join(" and ")}; bench/README.md describes them:
${known.map((name) => `  ${name}`).join("\n")}`;

await verb(async (args) => {
  // What stands behind the measurement's name is the measurement's own: scenarios, switches.
  const named = args.filter((arg, index) => !arg.startsWith("-") && (known.includes(arg) || index === 0));
  chosenOf(named, known, "measurement");
  const rest = args.filter((arg) => !named.includes(arg));
  const stray = rest.filter((arg) => !arg.startsWith("-"));
  if (stray.length && !takesWords.includes(named[0]))
    throw new UsageError(`${stray.join(" ")}: only ${takesWords.join(" and ")} take more words`);
  const names = named.length ? named : known.filter((name) => !apart.includes(name));
  const peers = names.filter((name) => name in debianPackages).map((name) => debian(name));
  await runSteps([...peers, ...buildSteps(), native("release", "building what is beside", besides), npmPackages("bench")]);
  for (const name of names) {
    const code = await runInForeground(process.execPath, [at("bench", name, "main.mjs"), ...rest]);
    if (code !== 0) return code;
  }
  return 0;
}, help);

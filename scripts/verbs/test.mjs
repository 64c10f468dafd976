// npm test [-- NAME ...]: the gate. Installs what is missing, builds, and runs what decides whether a change is sound, in about
// 12 minutes: no figures, no real time, one engine. All its suites, or the named ones; --list names them.
//
//   npm run test:all [-- NAME ...]   all suites, engines and sanitizers, or the named suites, whole; --list names them.
//                                    Writes a table to build/test-all.md
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { inBackground } from "../lib/background.mjs";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { chatApp } from "../lib/chat_app.mjs";
import { at } from "../lib/paths.mjs";
import { duration, runSteps, StepFailed, verb } from "../lib/steps.mjs";
import { chosenOf } from "../lib/usage.mjs";
import { runSuites } from "../suites/run_suites.mjs";
import { everything, gate } from "../suites/suites.mjs";

const gateMs = 40 * 60_000;

// What a suite may need, in the order of building. Nothing runs before the first ones are there; the rest is built meanwhile.
const first = {
  js: () => [npmPackages("js"), client()],
  program: () => [native("release", "building the server")],
  release: () => [native("release", "building the tests", ["all_tests"])],
};
const meanwhile = {
  e2e: () => npmPackages("e2e"),
  bench: () => npmPackages("bench"),
  chat: () => chatApp(),
  mutant: () => native("release", "building the server with planted faults", ["dialogue_mutant"], { yields: true }),
  asan: () => native("asan", "building with address and undefined-behaviour sanitizers", ["all_tests"], { yields: true }),
  tsan: () => native("tsan", "building with the thread sanitizer", ["all_tests"], { yields: true }),
};

const stepsOf = (builds, needed) =>
  Object.keys(builds)
    .filter((name) => needed.has(name))
    .flatMap((name) => builds[name]()); // prettier-ignore

/** Builds what `suites` need. Returns inBackground's map of the downloads under way, or undefined if a build has failed. */
async function build(suites, packages) {
  const needed = new Set(suites.flatMap((suite) => suite.needs));
  try {
    await runSteps([debian(packages)]);
    const downloads = inBackground(
      ["e2e", "bench"].filter((name) => needed.has(name)).map((name) => ({ name, ...meanwhile[name]() })),
    );
    await runSteps(stepsOf(first, needed));
    const rest = ["chat", "mutant", "asan", "tsan"].filter((name) => needed.has(name));
    return new Map([...downloads, ...inBackground(rest.map((name) => ({ name, ...meanwhile[name]() })))]);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return console.log("\n0 passed, 1 failed");
  }
}

/** Says what the gate does not have. */
function printLeftOut() {
  const inGate = new Set(gate.map(({ name }) => name));
  const absent = everything.filter(({ name }) => !inGate.has(name)).map(({ name }) => name);
  console.log("\nNot in the gate; `npm run test:all -- NAME ...` runs suites whole:");
  console.log(`  suites: ${absent.join(" ")}`);
  for (const { name, leftOut } of gate.filter((suite) => suite.leftOut.length)) console.log(`  of ${name}: ${leftOut.join(" ")}`);
}

function writeTable(rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const body = rows.map(({ name, tests, ms, failed, secondTries }) =>
    line([name, tests, duration(ms), failed, secondTries.join(", ") || "-"]),
  );
  const head = [
    line(["suite", "tests", "time", "failed", "passed at the second try"]),
    line(["---", "---:", "---:", "---:", "---"]),
  ];
  writeFileSync(at("build", "test-all.md"), `${[...head, ...body].join("\n")}\n`);
}

await verb(async (args) => {
  const options = { list: { type: "boolean" }, all: { type: "boolean" } };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const suites = values.all ? everything : gate;
  const names = suites.map(({ name }) => name);
  if (values.list) return console.log(names.join("\n"));
  const what = values.all ? "suite" : "suite of the gate (npm run test:all has more)";
  const chosen = chosenOf(positionals, names, what);
  const running = chosen.length ? suites.filter(({ name }) => chosen.includes(name)) : suites;
  const builds = await build(running, values.all ? "test" : "gate");
  if (!builds) return 1;
  console.log();
  if (!values.all && chosen.length === 0) printLeftOut();
  console.log();
  const { code, rows } = await runSuites(running, { builds, limitMs: values.all ? undefined : gateMs });
  if (values.all) writeTable(rows);
  return code;
});

// npm run coverage: how much of what decides (shared/, server/core/, client-wasm/core/) the Catch2 suites and the simulator
// run, by lines and branches. Ends with 1 below the promised share of lines. The page with every line is
// build/coverage/html/index.html.
import { mkdirSync, readdirSync } from "node:fs";
import { client, debian, native, npmPackages } from "../lib/builds.mjs";
import { at } from "../lib/paths.mjs";
import { must, runHere } from "../lib/run.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const kLinesPercentMin = 95;
const kWhere = ["shared/", "server/core/", "client-wasm/core/"];
const kSeeds = "1..200";
const kSuites = /^test_(shared|server_core|server_definitions|server_store|client_wasm)$/;

const build = at("build", "coverage");
const running = (program, ...args) => ({
  label: `running ${program}`,
  work: () => must(at("build", "coverage", "bin", program), args, { log: `coverage-${program}` }),
});

await verb(async () => {
  const targets = ["test_shared", "test_server_core", "test_server_definitions", "test_server_store", "test_client_wasm"];
  await runSteps([
    debian("coverage"),
    npmPackages("js"),
    client(),
    native("coverage", "building with coverage", [...targets, "dialogue_simulate"]),
  ]);
  const suites = readdirSync(at("build", "coverage", "bin")).filter((name) => kSuites.test(name));
  await runSteps([...suites.map((name) => running(name)), running("dialogue_simulate", "--seeds", kSeeds)]);
  mkdirSync(at("build", "coverage", "html"), { recursive: true });
  const filters = kWhere.flatMap((place) => ["--filter", at(place)]);
  const common = ["--root", at(), ...filters, "--exclude-throw-branches", "--exclude-unreachable-branches", build];
  await runHere("gcovr", [...common, "--html-details", at("build", "coverage", "html", "index.html"), "--print-summary"]);
  return runHere("gcovr", [...common, "--txt", "--fail-under-line", String(kLinesPercentMin)]);
});

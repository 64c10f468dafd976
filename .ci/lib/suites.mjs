// The table of test suites: name, the builds that it needs, the least number of tests that is plausible, how long one part may
// take, how many parts run together, and the parts. `npm test -- NAME ...` runs the named ones; adding a suite is adding a
// row.
import { fuzzTargets } from "./fuzz.mjs";
import { catchParts, filesIn, fuzzPart, nodeParts, playwrightPart, tapPart, vitestPart } from "./parts.mjs";
import { at } from "./paths.mjs";

const kFuzzSecondsEveryday = 30;
const kMsPerSecond = 1000;
const kSecondsPerMinute = 60;
const minutes = (count) => count * kSecondsPerMinute * kMsPerSecond;

const always = (parts) => parts.map((part) => ({ ...part, reads: undefined }));
const kTidy = () => always(nodeParts(filesIn("tests/tidy", /\.test\.mjs$/))); // reads the prose, too
const kLint = () => always([tapPart("npm run lint", "npm", ["run", "lint", "--silent"])]);
const kWasm = () => ["tests/shared", "tests/client-wasm"].flatMap((place) => nodeParts(filesIn(place, /(\.test|_parity)\.mjs$/)));
const kDifferential = () => nodeParts(filesIn("tests/differential", /\.test\.mjs$/));
const kPackage = () => nodeParts(filesIn("js/test/package", /\.test\.mjs$/));
const kSize = () => nodeParts(filesIn("bench/size", /\.test\.mjs$/));
const kBench = () => ["bench/lib", "bench/profile"].flatMap((place) => nodeParts(filesIn(place, /\.test\.mjs$/)));
const kCli = () => nodeParts(filesIn("tests/server/app", /\.test\.mjs$/));
const kInstall = () => filesIn("tests", /_test\.sh$/).map((file) => tapPart(`bash ${file}`, "bash", [file]));
const kLedger = () => nodeParts(filesIn("e2e/crash/ledger", /\.test\.mjs$/));
const kCrash = () => nodeParts(filesIn("e2e/crash", /\.test\.mjs$/));
const kSupply = () => nodeParts(filesIn("tests/supply", /\.test\.mjs$/));
const kAbuse = () => nodeParts(filesIn("e2e/abuse", /\.test\.mjs$/));
const kConformance = () => nodeParts(filesIn("e2e/conformance", /\.test\.mjs$/));

const kSimulation = () => {
  const [simulate, planted] = ["dialogue_simulate", "dialogue_simulate_mutated"].map((name) => `build/release/bin/${name}`);
  const everyday = ["--tap", "--seeds", "1..2000"];
  return [
    tapPart(`npm run simulate -- ${everyday.join(" ")}`, at(simulate), everyday, "compiled"),
    tapPart(planted, at(planted), [], "compiled"),
  ];
};

/** The browser tests in one engine. */
const engineSuite = (engine) => ({
  name: engine,
  least: 20,
  needs: ["js", "e2e", "program"],
  timeoutMs: minutes(10),
  parts: () => [playwrightPart(engine)],
});

/** Fuzzes `targets` for `seconds` each. */
export const fuzzSuite = (seconds, targets) => ({
  name: "fuzz",
  least: targets.length,
  needs: ["asan"],
  together: 2,
  timeoutMs: seconds * kMsPerSecond + minutes(2),
  parts: () => targets.map((target) => fuzzPart(target, seconds)),
});

/** The files of the crash test, by name. */
export const crashTests = () => filesIn("e2e/crash", /\.test\.mjs$/).map((file) => /(\w+)\.test/.exec(file)[1]);

/** Crashes and disk faults, the named files of e2e/crash: whole, from one seed. */
export const crashSuite = (names, seed) => ({
  name: "crash",
  least: names.length,
  needs: ["js", "e2e", "program", "mutant"],
  timeoutMs: minutes(600),
  parts: () =>
    nodeParts(names.map((name) => `e2e/crash/${name}.test.mjs`)).map((part) => ({
      ...part,
      env: { DIALOGUE_CRASH: "whole", ...(seed !== undefined && { DIALOGUE_CRASH_SEED: String(seed) }) },
    })),
});

const kWhole = { DIALOGUE_RELIABILITY: "full" };

/** What `npm run reliability -- NAME` runs, with every figure whole instead of a hundredth. */
export const reliabilitySuites = [
  { name: "cases", least: 20, timeoutMs: minutes(120), parts: () => catchParts("release", { only: "R-", env: kWhole }) },
  { name: "abuse", least: 9, timeoutMs: minutes(30), parts: () => kAbuse().map((part) => ({ ...part, env: kWhole })) },
  {
    name: "differential",
    least: 24,
    timeoutMs: minutes(60),
    parts: () => kDifferential().map((part) => ({ ...part, env: kWhole })),
  },
  {
    name: "reproducible",
    least: 3,
    timeoutMs: minutes(120),
    parts: () => nodeParts(["tests/supply/reproducible.test.mjs"]).map((part) => ({ ...part, env: kWhole })),
  },
];

/** Every suite, in the order in which they run: the quick and telling ones first. */
export const suites = [
  { name: "tidy", least: 55, needs: [], timeoutMs: minutes(2), parts: kTidy },
  { name: "lint", least: 5, needs: ["js", "e2e"], timeoutMs: minutes(5), parts: kLint },
  {
    name: "catch2",
    least: 500,
    needs: ["js", "release"],
    together: 2,
    timeoutMs: minutes(10),
    parts: () => catchParts("release"),
  },
  { name: "simulation", least: 25, needs: ["js", "release"], together: 2, timeoutMs: minutes(5), parts: kSimulation },
  { name: "wasm", least: 3, needs: ["js", "release"], timeoutMs: minutes(10), parts: kWasm },
  { name: "differential", least: 24, needs: ["js", "release"], timeoutMs: minutes(10), parts: kDifferential },
  { name: "js", least: 80, needs: ["js"], timeoutMs: minutes(5), parts: () => [vitestPart("js")] },
  { name: "package", least: 60, needs: ["js", "program"], timeoutMs: minutes(10), parts: kPackage },
  { name: "size", least: 6, needs: ["js", "bench"], timeoutMs: minutes(2), parts: kSize },
  { name: "bench", least: 11, needs: [], timeoutMs: minutes(2), parts: kBench },
  { name: "cli", least: 20, needs: ["js", "program"], timeoutMs: minutes(5), parts: kCli },
  { name: "supply", least: 14, needs: ["js", "program"], timeoutMs: minutes(10), parts: kSupply },
  { name: "install", least: 10, needs: ["js", "program"], timeoutMs: minutes(15), parts: kInstall },
  { name: "conformance", least: 190, needs: ["js", "e2e", "program"], timeoutMs: minutes(5), parts: kConformance },
  { name: "abuse", least: 8, needs: ["js", "e2e", "program"], timeoutMs: minutes(5), parts: kAbuse },
  { name: "ledger", least: 13, needs: ["js", "e2e", "program"], timeoutMs: minutes(8), parts: kLedger },
  { name: "crash", least: 40, needs: ["js", "e2e", "program", "mutant"], timeoutMs: minutes(15), parts: kCrash },
  ...["chromium", "firefox", "webkitgtk"].map(engineSuite),
  { name: "asan", least: 500, needs: ["js", "asan"], together: 4, timeoutMs: minutes(10), parts: () => catchParts("asan") },
  { name: "tsan", least: 150, needs: ["js", "tsan"], together: 4, timeoutMs: minutes(10), parts: () => catchParts("tsan") },
  { ...fuzzSuite(kFuzzSecondsEveryday, fuzzTargets()), least: 5 },
];

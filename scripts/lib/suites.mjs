// The table of test suites: name, the builds that it needs, those that must not run beside it (`after`), the least number of
// tests that is plausible, how many jobs run together, and the jobs. Suites run two at a time, except for those that are `alone`.
// `npm test -- NAME ...` runs the named ones; a new suite is a new row.
import { fuzzTargets } from "./fuzz_targets.mjs";
import { ctestJob, directoriesIn, filesIn, fuzzJob, nodeJobs, nodeJobsIn, playwrightJob, tapJob, vitestJob } from "./jobs.mjs";

const fuzzSecondsEveryday = 8; // `npm run fuzz` takes ten minutes
const msPerSecond = 1000;
const secondsPerMinute = 60;
const minutes = (count) => count * secondsPerMinute * msPerSecond;
const jobMs = minutes(30); // what no machine is too slow for: it ends what hangs, and measures nothing

const always = (jobs) => jobs.map((job) => ({ ...job, inputs: undefined }));
const install = () => filesIn("tests", /_test\.sh$/).map((file) => tapJob(`bash ${file}`, "bash", [file]));

/** The browser tests in one engine. */
const engineSuite = (engine) => ({
  name: engine,
  alone: true,
  least: 20,
  needs: ["js", "e2e", "bench", "program"],
  after: ["asan", "tsan"], // beside a build, which yields, an engine takes twice as long
  jobs: () => [playwrightJob(engine)],
});

/** Fuzzes `targets` for `seconds` each. */
export const fuzzSuite = (seconds, targets) => ({
  name: "fuzz",
  least: targets.length,
  needs: ["asan"],
  together: 2,
  timeoutMs: seconds * msPerSecond + minutes(2),
  jobs: () => targets.map((target) => fuzzJob(target, seconds)),
});

/** The files of the crash test, by name. */
export const crashTests = () => filesIn("e2e/crash", /\.test\.mjs$/).map((file) => /(\w+)\.test/.exec(file)[1]);

/** Crashes and disk faults, the named files of e2e/crash: whole, from one seed. */
export const crashSuite = (names, seed) => ({
  name: "crash",
  least: names.length,
  needs: ["js", "e2e", "program", "mutant"],
  timeoutMs: minutes(600),
  jobs: () =>
    nodeJobs(names.map((name) => `e2e/crash/${name}.test.mjs`)).map((job) => ({
      ...job,
      env: { DIALOGUE_CRASH: "whole", ...(seed !== undefined && { DIALOGUE_CRASH_SEED: String(seed) }) },
    })),
});

const whole = { DIALOGUE_RELIABILITY: "full" };
const wholeJobs = (jobs) => jobs.map((job) => ({ ...job, env: whole }));

/** What `npm run reliability -- NAME` runs, one after the other: every reliability case at its full size, not a hundredth. */
export const reliabilitySuites = [
  { name: "cases", least: 20, timeoutMs: minutes(240), jobs: () => [ctestJob("reliability", "reliability")] },
  { name: "catch2", least: 1500, timeoutMs: minutes(20), jobs: () => [ctestJob("release", "catch2")] },
  { name: "abuse", least: 9, timeoutMs: minutes(30), jobs: () => wholeJobs(nodeJobsIn("e2e/abuse")) },
  { name: "differential", least: 24, timeoutMs: minutes(60), jobs: () => wholeJobs(nodeJobsIn("tests/differential")) },
  {
    name: "reproducible",
    least: 3,
    timeoutMs: minutes(120),
    jobs: () => wholeJobs(nodeJobs(["tests/supply/reproducible.test.mjs"])),
  },
  {
    name: "packages",
    least: 2,
    timeoutMs: minutes(60),
    jobs: () => wholeJobs(nodeJobs(["tests/packages/debian.test.mjs"])),
  },
  { name: "ordinary", least: 1, timeoutMs: minutes(120), jobs: () => wholeJobs(nodeJobsIn("tests/unity")) },
].map((suite) => ({ ...suite, alone: true }));

/** Cases of the protocol that hold whatever carries its frames. */
const frameCases = ["form", "hello", "history", "permission", "publish", "rooms"].map(
  (name) => `e2e/conformance/${name}.test.mjs`,
);
const overTransport = (transport) => nodeJobs(frameCases, { DIALOGUE_TRANSPORT: transport });

/** They need the packages of bench/, too. */
const socketioTests = "tests/server/app/socketio";

const programNeeds = ["js", "program"];
const outsideNeeds = ["js", "e2e", "program"];

/** Every suite, in the order in which they run: the quick ones that find most come first. */
export const suites = [
  // They read the prose, too.
  { name: "tidy", least: 55, needs: [], jobs: () => always(nodeJobsIn("tests/tidy")) },
  {
    name: "lint",
    least: 5,
    needs: ["js", "e2e"],
    jobs: () => always([tapJob("npm run lint", "npm", ["run", "lint", "--silent"])]),
  },
  {
    name: "optimised",
    alone: true, // CTest has one log per build directory
    least: 10,
    needs: ["js", "release"],
    jobs: () => [ctestJob("release", "optimised")],
  },
  {
    name: "simulation",
    least: 25,
    needs: ["js", "release"],
    jobs: () => [ctestJob("release", "simulation")],
  },
  {
    name: "wasm",
    least: 3,
    needs: ["js", "release"],
    jobs: () => nodeJobsIn("tests/shared"),
  },
  {
    name: "differential",
    least: 24,
    needs: ["js", "release"],
    jobs: () => nodeJobsIn("tests/differential"),
  },
  { name: "js", least: 80, needs: ["js"], jobs: () => [vitestJob("js")] },
  { name: "package", least: 60, needs: programNeeds, jobs: () => nodeJobsIn("js/test/package") },
  { name: "size", least: 6, needs: ["js", "bench"], jobs: () => nodeJobsIn("bench/size") },
  {
    name: "bench",
    alone: true, // it measures
    least: 7,
    needs: [],
    jobs: () => [...nodeJobsIn("bench/profile"), ...nodeJobsIn("bench/check")],
  },
  {
    name: "cli",
    together: 4, // they wait most of the time, as those of "conformance" do
    least: 20,
    needs: programNeeds,
    jobs: () => nodeJobsIn("tests/server/app", ...directoriesIn("tests/server/app").filter((path) => path !== socketioTests)),
  },
  {
    name: "socketio",
    least: 80,
    needs: [...programNeeds, "bench", "release"],
    jobs: () => nodeJobsIn(socketioTests),
  },
  { name: "supply", least: 14, needs: programNeeds, jobs: () => nodeJobsIn("tests/supply") },
  { name: "packages", least: 11, needs: programNeeds, jobs: () => nodeJobsIn("tests/packages") },
  { name: "install", least: 10, needs: programNeeds, jobs: install },
  {
    name: "conformance",
    together: 3,
    least: 310,
    needs: outsideNeeds,
    jobs: () => [
      ...nodeJobsIn("e2e/conformance", "e2e/conformance/websocket"),
      ...["tcp", "stream", "polling", "stream-h2", "polling-h2"].flatMap(overTransport),
    ],
  },
  {
    name: "abuse",
    alone: true, // it measures how long honest clients wait, and memory
    least: 8,
    needs: outsideNeeds,
    jobs: () => nodeJobsIn("e2e/abuse"),
  },
  { name: "soak", least: 5, needs: outsideNeeds, jobs: () => nodeJobsIn("e2e/soak") },
  { name: "ledger", least: 13, needs: outsideNeeds, jobs: () => nodeJobsIn("e2e/crash/ledger") },
  { name: "crash", least: 40, needs: [...outsideNeeds, "mutant"], jobs: () => nodeJobsIn("e2e/crash") },
  { name: "unity", least: 1, needs: programNeeds, jobs: () => nodeJobsIn("tests/unity") },
  ...["chromium", "firefox", "webkitgtk"].map(engineSuite),
  { name: "asan", least: 500, needs: ["js", "asan"], jobs: () => [ctestJob("asan", "catch2")] },
  { name: "tsan", least: 150, needs: ["js", "tsan"], jobs: () => [ctestJob("tsan", "catch2")] },
  { ...fuzzSuite(fuzzSecondsEveryday, fuzzTargets()), least: 5 },
].map((suite) => ({ timeoutMs: jobMs, ...suite }));

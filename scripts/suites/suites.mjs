// The table of test suites. A row:
//   name, needs   what it is called, and the builds that it needs (scripts/verbs/test.mjs)
//   inGate        part of the gate, `npm test`; every suite is part of `npm run test:all`
//   jobs          its jobs (jobs.mjs); it receives { whole }, which is false in the gate
//   outside       names of the jobs that are left out of the gate: they measure, wait for real time, or need a proxy
//   cpu           the processors that a job takes while it runs, 1 by default; one that mostly waits takes less
//   alone         it measures, so nothing runs beside it
//   after         builds that must not run beside it
// Which test belongs to the gate: docs/decisions/349-the-gate.md.
import { fuzzTargets } from "./fuzz_targets.mjs";
import {
  catchJob,
  ctestJobs,
  directoriesIn,
  filesIn,
  fuzzJob,
  nodeJobs,
  nodeJobsIn,
  playwrightJobs,
  tapJob,
  vitestJob,
} from "./jobs.mjs";

const msPerSecond = 1_000;
const secondsPerMinute = 60;
const minutes = (count) => count * secondsPerMinute * msPerSecond;

/** The browser tests in one engine. `after`: beside a build, which yields, an engine takes twice as long. */
const engineSuite = (engine, row = {}) => ({
  name: engine,
  needs: ["js", "e2e", "bench", "program"],
  after: ["asan", "tsan"],
  jobs: () => playwrightJobs(engine),
  ...row,
});

/** Fuzzes each of `targets` for some seconds. */
export const fuzzSuite = (targets, seconds) => ({
  name: "fuzz",
  needs: ["asan"],
  jobs: () => targets.map((target) => ({ ...fuzzJob(target, seconds), timeoutMs: seconds * msPerSecond + minutes(5) })),
});

/** The files of the crash test, by name. */
export const crashTests = () => filesIn("e2e/crash", /\.test\.mjs$/).map((file) => /(\w+)\.test/.exec(file)[1]);

/** Crashes and disk faults, the named files of e2e/crash: whole, from one seed. */
export const crashSuite = (names, seed) => ({
  name: "crash",
  needs: ["js", "e2e", "program", "mutant"],
  timeoutMs: minutes(600),
  jobs: () =>
    nodeJobs(
      names.map((name) => `e2e/crash/${name}.test.mjs`),
      { DIALOGUE_CRASH: "whole", ...(seed !== undefined && { DIALOGUE_CRASH_SEED: String(seed) }) },
    ),
});

const pageSimulation = "js/simulation/main.mjs";

/** The simulation of the client's pages with the seeds up to `count`, in so many jobs. */
function pageWorlds(count, jobs) {
  const share = count / jobs;
  const from = (index) => index * share + 1;
  return Array.from({ length: jobs }, (_, index) =>
    tapJob("node", [pageSimulation, "--tap", "--seeds", `${from(index)}..${from(index + 1) - 1}`]),
  );
}

const full = { DIALOGUE_RELIABILITY: "full" };

/** What `npm run reliability -- NAME` runs, one after the other: every reliability case at its full size, not a hundredth. */
export const reliabilitySuites = [
  { name: "cases", timeoutMs: minutes(240), jobs: () => ctestJobs("reliability", "reliability") },
  { name: "client", timeoutMs: minutes(120), jobs: () => pageWorlds(100_000, 10) },
  { name: "abuse", alone: true, timeoutMs: minutes(30), jobs: () => nodeJobsIn(["e2e/abuse"], full) },
  { name: "differential", timeoutMs: minutes(60), jobs: () => nodeJobsIn(["tests/differential"], full) },
  { name: "reproducible", timeoutMs: minutes(120), jobs: () => nodeJobs(["tests/supply/reproducible.test.mjs"], full) },
  { name: "packages", timeoutMs: minutes(60), jobs: () => nodeJobs(["tests/packages/debian.test.mjs"], full) },
  { name: "ordinary", timeoutMs: minutes(120), jobs: () => nodeJobsIn(["tests/unity"]) },
];

/** Cases of the protocol that hold whatever carries its frames. */
const frameCases = ["form", "hello", "history", "permission", "publish", "rooms"];
/** One case of each kind: what the gate runs over every carrier but WebSocket. */
const carrierCases = "carriers/carriers";
const overTransport = (transport, cases = frameCases) =>
  nodeJobs(
    cases.map((name) => `e2e/conformance/${name}.test.mjs`),
    { DIALOGUE_TRANSPORT: transport },
  );
const carriers = ["tcp", "stream", "polling", "stream-h2", "polling-h2", "page"];

const socketioTests = "tests/server/app/socketio"; // they need the packages of bench/, too
const cliTests = () => ["tests/server/app", ...directoriesIn("tests/server/app").filter((path) => path !== socketioTests)];

const fuzzSeconds = 8; // `npm run fuzz` takes ten minutes for each

const programNeeds = ["js", "program"];
const outsideNeeds = ["js", "e2e", "program"];

/** Every suite: the quick ones that find most come first. */
export const suites = [
  {
    name: "tidy",
    inGate: true,
    needs: [],
    outside: ["docs", "glossary", "log_events", "reliability", "fuzz_targets", "verbs"],
    jobs: () => nodeJobsIn(["tests/tidy"]),
  },
  { name: "lint", inGate: true, needs: ["js", "e2e"], jobs: () => [tapJob("npm", ["run", "lint", "--silent"])] },
  {
    name: "cpp",
    inGate: true,
    needs: ["js", "release"],
    jobs: ({ whole }) => ctestJobs("release", "catch2", whole ? [] : ["~[timed]"]),
  },
  {
    name: "simulation",
    inGate: true,
    needs: ["js", "release"],
    jobs: ({ whole }) => [
      ...ctestJobs("release", whole ? "simulation" : "simulation_gate"),
      ...pageWorlds(2000, 2),
      ...(whole ? [tapJob("node", [pageSimulation, "--tap", "--planted"])] : []),
    ],
  },
  { name: "wasm", inGate: true, needs: ["js", "release"], jobs: () => nodeJobsIn(["tests/shared"]) },
  { name: "js", inGate: true, cpu: 2, needs: programNeeds, jobs: () => [vitestJob("js")] },
  {
    name: "package",
    inGate: true,
    needs: programNeeds,
    outside: ["docstrings", "vite", "complaints", "testing_page"],
    jobs: () => nodeJobsIn(["js/test/package"]),
  },
  {
    name: "cli",
    inGate: true,
    cpu: 0.5,
    needs: programNeeds,
    outside: [
      ...["adaptive", "bench", "push_guide", "push_proxies", "tcp_proxies", "requests"],
      ...["doctor_faults", "doctor_proxies", "http2_hostile", "http2_tools", "http2_transports", "drain", "prometheus"],
      ...["admin_listen", "drain_full", "drain_receipt", "observe", "top", "top_limits", "why_forgotten", "why_waiting"],
      ...["moved", "receipts", "log_events", "cluster", "idle"],
    ],
    jobs: () => nodeJobsIn(cliTests()),
  },
  {
    name: "socketio",
    inGate: true,
    cpu: 0.5,
    needs: [...programNeeds, "bench", "release"],
    outside: ["socketio", "socketio_cuts", "socketio_hostile", "socketio_segments", "socketio_migration", "engineio_memory"],
    jobs: () => nodeJobsIn([socketioTests]),
  },
  {
    name: "conformance",
    inGate: true,
    cpu: 0.6,
    needs: outsideNeeds,
    outside: ["proxies"],
    jobs: ({ whole }) => [
      ...nodeJobsIn(["e2e/conformance", "e2e/conformance/websocket"]),
      ...carriers.flatMap((carrier) => overTransport(carrier, whole ? [...frameCases, carrierCases] : [carrierCases])),
    ],
  },
  engineSuite("chromium", {
    inGate: true,
    jobs: ({ whole }) =>
      whole ? playwrightJobs("chromium") : playwrightJobs("chromium", { words: ["--grep=@gate"], having: /@gate/ }),
  }),
  { name: "bench", needs: [], jobs: () => nodeJobsIn(["bench/profile", "bench/check"]) },
  { name: "size", inGate: true, needs: ["js", "bench"], jobs: () => nodeJobsIn(["bench/size"]) },
  { name: "differential", needs: ["js", "release"], jobs: () => nodeJobsIn(["tests/differential"]) },
  {
    name: "install",
    needs: programNeeds,
    jobs: () => filesIn("tests", /_test\.sh$/).map((file) => tapJob("bash", [file])),
  },
  { name: "packages", needs: programNeeds, jobs: () => nodeJobsIn(["tests/packages", "tests/supply"]) },
  {
    name: "chat",
    needs: [...programNeeds, "chat"],
    jobs: () => [
      catchJob("build/chat/chat_tests"),
      ...nodeJobsIn(["apps/chat/tests/api"]),
      ...playwrightJobs("chromium", { directory: "apps/chat/e2e" }),
    ],
  },
  { name: "abuse", alone: true, needs: outsideNeeds, jobs: () => nodeJobsIn(["e2e/abuse"]) },
  { name: "soak", cpu: 0.5, needs: outsideNeeds, jobs: () => nodeJobsIn(["e2e/soak"]) },
  { name: "ledger", needs: outsideNeeds, jobs: () => nodeJobsIn(["e2e/crash/ledger"]) },
  { name: "crash", cpu: 0.7, needs: [...outsideNeeds, "mutant"], jobs: () => nodeJobsIn(["e2e/crash"]) },
  engineSuite("firefox"),
  engineSuite("webkitgtk"),
  { name: "asan", needs: ["js", "asan"], jobs: () => ctestJobs("asan", "catch2") },
  fuzzSuite(fuzzTargets(), fuzzSeconds),
  { name: "tsan", needs: ["js", "tsan"], jobs: () => ctestJobs("tsan", "catch2") },
].map((suite) => ({ timeoutMs: minutes(30), ...suite })); // what no machine is too slow for: it ends what hangs

// In the gate. A job that is a whole suite of files has its own time limit.
const fileMs = minutes(3);
const testSeconds = 60;

const stemOf = (job) => /([\w-]+)(\.(test|spec))?\.\w+$/.exec(job.name)?.[1] ?? job.name;

/** What the gate has of a suite, and the names of the jobs that it has not: { ...suite, leftOut }. */
function gatePartOf(suite) {
  const isOutside = (job) => suite.outside?.includes(stemOf(job));
  const jobs = () => suite.jobs({ whole: false });
  return {
    ...suite,
    jobs: () =>
      jobs()
        .filter((job) => !isOutside(job))
        .map((job) => ({
          ...job,
          timeoutMs: job.gateMs ?? fileMs,
          env: { TEST_SECONDS: String(testSeconds), ...job.env },
        })),
    leftOut: suite.outside ?? [],
  };
}

/** The suites of `npm test`. */
export const gate = suites.filter(({ inGate }) => inGate).map(gatePartOf);

/** The suites of `npm run test:all`, whole. */
export const everything = suites.map((suite) => ({ ...suite, jobs: () => suite.jobs({ whole: true }) }));

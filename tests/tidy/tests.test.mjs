// What a test may not do: sleep, be switched off, or stand outside the mirror of the sources.
import { test } from "node:test";
import { gate } from "../../scripts/suites/suites.mjs";
import { complaints, files, nothing, tests } from "./repository.mjs";

const thisFile = "tests/tidy/tests.test.mjs";
const looked = tests.filter((path) => path !== thisFile);

test("no test sleeps: it waits for the event", () => {
  const naps = /\b(sleep_for|sleep_until|usleep|nanosleep)\b|waitForTimeout|Atomics\.wait\b|^\s*sleep\s+\d/;
  nothing(complaints(looked, (line) => naps.exec(line)?.[0]));
});

// docs/decisions/349-the-gate.md
test("no file of the gate waits for time, measures, or chooses a random seed", () => {
  const ofNode = gate.flatMap(({ jobs }) => jobs()).flatMap(({ name }) => /[\w/.-]+\.mjs$/.exec(name)?.[0] ?? []);
  const ofVitest = tests.filter((path) => /^js\/(test|server|dashboard)\/.*\.test\.ts$/.test(path));
  const refused = [
    /from "node:timers\/promises"|setTimeout\((resolve|done|next|\(\) => resolve\(\)), /,
    /\bvi\.waitFor\(/, // its deadline is a second: js/test/support/eventually.ts
    /\b(Date|performance)\.now\(\) - \w+ <=? (?!kPatienceMs)/,
    /\bVmRSS\b|cpuUsage\(|memoryUsage\(/,
    /\b(run|spawn|spawnSync|execFileSync)\("(nginx|haproxy|strace|promtool)"/,
    /Math\.random\(\)|\brandomInt\(|\{ numRuns: \d+ \}/, // fast-check without a `seed`
  ];
  const paths = new Set([...ofNode, ...ofVitest].filter((path) => path !== thisFile));
  nothing(complaints(paths, (line) => refused.map((pattern) => pattern.exec(line)?.[0]).find(Boolean)));
});

test("no test is switched off or singled out", () => {
  const inScripts = /\b(test|it|describe|suite)\.(only|skip|fixme|todo)\b|\bxit\(|\bxdescribe\(|\bskip: true/;
  const inCatch2 = /"\[\.\]|\[!mayfail\]|\[!shouldfail\]/;
  nothing(complaints(looked, (line) => (inScripts.exec(line) ?? inCatch2.exec(line))?.[0]));
});

test("each Catch2 file stands where what it tests stands, or names a case that crosses layers", () => {
  const crossing =
    /^(reliability|conformance|golden|vectors|differential|planted|simulation|hostile|json_suite|schema_suite|parity)/;
  const sources = files
    .filter((path) => /^(shared|server|client-wasm)\/.*\.(hpp|cpp)$/.test(path))
    .map((path) =>
      path
        .split("/")
        .at(-1)
        .replace(/\.\w+$/, ""),
    );
  const found = files.filter((path) => {
    const stem = /^tests\/.*\/([a-z0-9_]+)_test\.cpp$/.exec(path)?.[1];
    return (
      stem &&
      !crossing.test(stem) &&
      !sources.some(
        (source) => stem === source || stem.startsWith(`${source}_`) || source.startsWith(stem) || source.endsWith(`_${stem}`),
      )
    );
  });
  nothing(found);
});

// npm run coverage: how much of each directory the Catch2 suites and the simulator run, by lines and branches. Writes
// docs/reference/coverage.md, and build/coverage/html/index.html with every line. Ends with 1 where what decides (shared/,
// server/core/, client-wasm/core/) is below the promised share of lines.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { client, debian, native, npmPackages } from "../lib/builds.mjs";
import { at } from "../lib/paths.mjs";
import { must, runHere } from "../lib/run.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const kLinesPercentMin = 95;
const kDecides = ["shared", "server/core", "client-wasm/core"];
const kMeasured = ["shared/", "server/", "client-wasm/"];
const kSeeds = "1..200";
const kSuites = /^test_(?!.*planted)/;
const kPercent = 100;
const kOthers = ["--exclude-directories", ".*planted.*"]; // the same functions, on other lines

const build = at("build", "coverage");
const running = (program, ...args) => ({
  label: `running ${program}`,
  work: () => must(at("build", "coverage", "bin", program), args, { log: `coverage-${program}` }),
});

/** Lines and branches by directory, of gcovr's summary. */
function byDirectory({ files }) {
  const rows = new Map();
  for (const file of files) {
    const directory = dirname(file.filename);
    const row = rows.get(directory) ?? { lines: 0, linesRun: 0, branches: 0, branchesRun: 0 };
    row.lines += file.line_total;
    row.linesRun += file.line_covered;
    row.branches += file.branch_total;
    row.branchesRun += file.branch_covered;
    rows.set(directory, row);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}

const share = (run, all) => (all === 0 ? "" : `${((run / all) * kPercent).toFixed(1)} %`);

function write(rows) {
  const cells = rows.map(
    ([directory, { lines, linesRun, branches, branchesRun }]) =>
      `| \`${directory}/\` | ${lines.toLocaleString("en-US")} | ${share(linesRun, lines)} | ${share(branchesRun, branches)} |`,
  );
  const text = `# Coverage

What the Catch2 suites and 200 runs of the simulator run of each directory, by \`npm run coverage\`. The command line
(\`server/app\`), the chat and the client in the browser are run by other suites as well, as programs, which is not counted
here. What decides (${kDecides.map((each) => `\`${each}\``).join(", ")}) is held to ${kLinesPercentMin} % of its lines.

| directory | lines | lines run | branches run |
|---|---:|---:|---:|
${cells.join("\n")}
`;
  writeFileSync(at("docs", "reference", "coverage.md"), text);
}

await verb(async () => {
  await runSteps([
    debian("coverage"),
    npmPackages("js"),
    client(),
    native("coverage", "building with coverage", ["dialogue_tests", "dialogue_simulate"]),
  ]);
  const suites = readdirSync(at("build", "coverage", "bin")).filter((name) => kSuites.test(name));
  await runSteps([...suites.map((name) => running(name)), running("dialogue_simulate", "--seeds", kSeeds)]);
  mkdirSync(at("build", "coverage", "html"), { recursive: true });
  const filters = kMeasured.flatMap((place) => ["--filter", at(place)]);
  const summary = at("build", "coverage", "summary.json");
  const common = ["--root", at(), ...filters, "--exclude-throw-branches", "--exclude-unreachable-branches", ...kOthers];
  const outputs = ["--html-details", at("build", "coverage", "html", "index.html"), "--json-summary", summary];
  const code = await runHere("gcovr", [...common, ...outputs, build]);
  if (code !== 0) return code;
  const rows = byDirectory(JSON.parse(readFileSync(summary, "utf8")));
  write(rows);
  let isBelow = false;
  for (const [directory, { lines, linesRun, branches, branchesRun }] of rows) {
    const decides = kDecides.includes(directory);
    isBelow ||= decides && linesRun * kPercent < lines * kLinesPercentMin;
    console.log(`${directory.padEnd(24)} ${share(linesRun, lines).padStart(8)} ${share(branchesRun, branches).padStart(8)}`);
  }
  if (isBelow) console.error(`what decides is below ${kLinesPercentMin} % of its lines`);
  return isBelow ? 1 : 0;
});

// npm run coverage: how much of each directory the Catch2 suites and the simulator run, by lines and branches. Writes
// docs/reference/coverage.md, and build/coverage/html/index.html with every line. Ends with 1 where what decides (shared/,
// server/core/, client-wasm/core/) is below the promised share of lines.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { at } from "../lib/paths.mjs";
import { runInForeground, runOrFail } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const linesPercentMin = 95;
const decides = ["shared", "server/core", "client-wasm/core"];
const measured = ["shared/", "server/", "client-wasm/"];
const seeds = "1..200";
const isSuite = /^test_(?!.*mutation)/;
const percent = 100;
const others = ["--exclude-directories", ".*(mutation|mutated|mutant).*"]; // the same functions, on other lines

const build = at("build", "coverage");
const running = (program, ...args) => ({
  label: `running ${program}`,
  work: () => runOrFail(at("build", "coverage", "bin", program), args, { log: `coverage-${program}` }),
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

const share = (run, all) => (all === 0 ? "" : `${((run / all) * percent).toFixed(1)} %`);

function write(rows) {
  const cells = rows.map(
    ([directory, { lines, linesRun, branches, branchesRun }]) =>
      `| \`${directory}/\` | ${lines.toLocaleString("en-US")} | ${share(linesRun, lines)} | ${share(branchesRun, branches)} |`,
  );
  const text = `# Coverage

What the Catch2 suites and 200 runs of the simulator run of each directory, by \`npm run coverage\`. Other suites run
whole programs, which is not counted here: the command line (\`server/app\`), the shell, the doctor, the load generator,
the chat, the client in browsers, and much of HTTP/2 and Socket.IO.

What decides (${decides.map((each) => `\`${each}\``).join(", ")}) is held to ${linesPercentMin} % of its lines.

| directory | lines | lines run | branches run |
|---|---:|---:|---:|
${cells.join("\n")}
`;
  writeFileSync(at("docs", "reference", "coverage.md"), text);
}

await verb(async () => {
  await runSteps([debian("coverage"), npmPackages("js"), client(), native("coverage", "building with coverage", ["all_tests"])]);
  const programs = readdirSync(at("build", "coverage", "bin")).filter((name) => isSuite.test(name));
  await runSteps([...programs.map((name) => running(name)), running("dialogue_simulate", "--seeds", seeds)]);
  mkdirSync(at("build", "coverage", "html"), { recursive: true });
  const filters = measured.flatMap((place) => ["--filter", at(place)]);
  const summary = at("build", "coverage", "summary.json");
  const common = ["--root", at(), ...filters, "--exclude-throw-branches", "--exclude-unreachable-branches", ...others];
  const outputs = ["--html-details", at("build", "coverage", "html", "index.html"), "--json-summary", summary];
  const code = await runInForeground("gcovr", [...common, ...outputs, build]);
  if (code !== 0) return code;
  const rows = byDirectory(JSON.parse(readFileSync(summary, "utf8")));
  write(rows);
  const isBelow = decides.some((layer) => {
    const below = rows.filter(([directory]) => directory === layer || directory.startsWith(`${layer}/`));
    const sum = (count) => below.reduce((total, [, row]) => total + row[count], 0);
    return sum("linesRun") * percent < sum("lines") * linesPercentMin;
  });
  for (const [directory, { lines, linesRun, branches, branchesRun }] of rows) {
    console.log(`${directory.padEnd(24)} ${share(linesRun, lines).padStart(8)} ${share(branchesRun, branches).padStart(8)}`);
  }
  if (isBelow) console.error(`what decides is below ${linesPercentMin} % of its lines`);
  return isBelow ? 1 : 0;
});

// Results of earlier runs: what a job reported is kept with a hash of its inputs, and is reported again while the hash is the
// same. Results with a failure are not kept. `npm test -- --again` runs everything; a fresh clone has nothing kept.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDir } from "./paths.mjs";
import { filesOf, hashOfFiles } from "./stamps.mjs";

const debianStatus = "/var/lib/dpkg/status";
const isNative = (path) => /\.(cpp|hpp|h)$/.test(path);
const isProse = (path) => path.startsWith("docs/") || path.endsWith(".md");

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

function once(compute) {
  let value;
  return () => {
    value ??= compute();
    return value;
  };
}

// Compiled tests contain their sources, and read some files besides.
const dataOfPrograms = once(() => hashOfFiles(filesOf("tests", "shared", "examples", "docs").filter((path) => !isNative(path))));
const machine = once(() => `${process.version} ${existsSync(debianStatus) ? sha256(readFileSync(debianStatus)) : ""}`);

/** The inputs of compiled tests: the programs and the files that they read. */
export const programInputs = (programs) =>
  [dataOfPrograms(), ...programs.map((path) => (existsSync(path) ? sha256(readFileSync(path)) : ""))].join(" ");

/** The inputs of tests that may read anything and run what was built from it: the whole tree except for its prose. */
export const treeInputs = once(() => hashOfFiles(filesOf(".").filter((path) => !isProse(path))));

function keyOf(job) {
  const environment = Object.entries(process.env).filter(([name]) => name.startsWith("DIALOGUE_"));
  return sha256(JSON.stringify([job.args, job.env, job.inputs(), machine(), environment]));
}

const placeOf = (suite, job) => join(buildDir, "results", `${suite.name}-${job.name}.json`.replaceAll(/[^\w.-]+/g, "-"));

/**
 * What a job reported earlier on the same inputs, or what `run` reports now: { results, isCached }. A job without `inputs` is
 * always run, and with `again` every job.
 */
export async function cachedResults(suite, job, run, again) {
  if (!job.inputs) return { results: await run(), isCached: false };
  const [place, key] = [placeOf(suite, job), keyOf(job)];
  if (existsSync(place) && !again) {
    const earlier = JSON.parse(readFileSync(place, "utf8"));
    if (earlier.key === key) return { results: earlier.results, isCached: true };
  }
  rmSync(place, { force: true });
  const results = await run();
  if (results.some((result) => result.state === "failed")) return { results, isCached: false };
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify({ key, results }));
  return { results, isCached: false };
}

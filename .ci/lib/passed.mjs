// "Do nothing twice", for tests: what a part of a suite has told is kept with a hash of all that it runs on, and told again
// while that hash is the same. Only a part without a failure is kept. `npm test -- --again` runs everything; a fresh clone has
// nothing kept.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDir } from "./paths.mjs";
import { filesOf, hashOfFiles } from "./stamps.mjs";

const kDebianStatus = "/var/lib/dpkg/status";
const isNative = (path) => /\.(cpp|hpp|h)$/.test(path);
const isProse = (path) => path.startsWith("docs/") || path.endsWith(".md");

// A compiled test has its sources within; other tests read whatever they like, and start what was built from the sources.
const kReads = {
  compiled: () => filesOf("tests", "shared", "examples", "docs").filter((path) => !isNative(path)),
  tree: () => filesOf(".").filter((path) => !isProse(path)),
};

const memory = new Map();
function computedOnce(name, compute) {
  if (!memory.has(name)) memory.set(name, compute());
  return memory.get(name);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const machine = () => [process.version, existsSync(kDebianStatus) ? sha256(readFileSync(kDebianStatus)) : ""];
const environment = () => Object.entries(process.env).filter(([name]) => name.startsWith("DIALOGUE_"));

/** A hash of all that decides what a part tells; part.reads is "compiled" or "tree". */
function keyOf(part) {
  const files = computedOnce(part.reads, () => hashOfFiles(kReads[part.reads]()));
  const program = part.reads === "compiled" && existsSync(part.command) ? sha256(readFileSync(part.command)) : "";
  return sha256(JSON.stringify([part.args, part.env, files, program, computedOnce("machine", machine), environment()]));
}

const placeOf = (suite, part) => join(buildDir, "passed", `${suite.name}-${part.name}.json`.replaceAll(/[^\w.-]+/g, "-"));

/**
 * What a part has told before on the same inputs, or what `run` tells now: { results, kept }. A part without `reads` is always
 * run, and with `again` every part.
 */
export async function toldBefore(suite, part, run, again) {
  if (!part.reads) return { results: await run(), kept: false };
  const [place, key] = [placeOf(suite, part), keyOf(part)];
  if (existsSync(place) && !again) {
    const told = JSON.parse(readFileSync(place, "utf8"));
    if (told.key === key) return { results: told.results, kept: true };
  }
  rmSync(place, { force: true });
  const results = await run();
  if (results.some((result) => result.state === "failed")) return { results, kept: false };
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify({ key, results }));
  return { results, kept: false };
}

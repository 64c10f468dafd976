// docs/reliability.md: its sentences and test ids are written by hand, and this adds the files with its tests to each id. A
// test's name begins with its id ("R-04 a message over the limit ..."), so a row without a test cannot be written.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { at } from "../lib/paths.mjs";

const page = "docs/reliability.md";
const named = /\b(?:TEST_CASE|SCENARIO|test|it)(?:\.each\([^)]*\))?\(\s*(["'`])((?:\\.|(?!\1).)*)/g;
const kIdWithin = 24; // characters: tags such as "@once", and other ids, may come before an id

/** The files with tests of each id. */
function filesById() {
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "tests", "e2e", "js/test", "bench"],
    {
      cwd: at(),
    },
  );
  const files = new Map();
  for (const path of listed.toString().split("\n").sort()) {
    if (!/\.(cpp|mjs|ts|tsx)$/.test(path)) continue;
    for (const [, , name] of readFileSync(at(path), "utf8").matchAll(named))
      for (const [id] of name.slice(0, kIdWithin).matchAll(/\b[FPR]-[A-Z]?\d+\b/g))
        files.set(id, (files.get(id) ?? new Set()).add(path));
  }
  return files;
}

/** The page's text with the links that hold today. Throws where an id has no test. */
export function reliabilityPage() {
  const files = filesById();
  const linked = (id) => {
    if (!files.has(id)) throw new Error(`${page}: no test is named "${id} ..."`);
    return `${id}: ${[...files.get(id)].map((path) => `[${path}](../${path})`).join(", ")}`;
  };
  return readFileSync(at(page), "utf8").replace(
    /^(\| .* \| )([FPR]-[A-Z]?\d+\b.*) \|$/gm,
    (_, sentence, held) =>
      `${sentence}${held
        .match(/(?<![\w/-])[FPR]-[A-Z]?\d+\b/g)
        .map(linked)
        .join("; ")} |`,
  );
}

// Every generated file that is committed: its path and how its text is made. `npm run generate` writes them; a tidy test
// compares.
import { execFileSync } from "node:child_process";
import { basename, join } from "node:path";
import { errorsPage } from "../generate/errors_page.mjs";
import { at, buildDir } from "./paths.mjs";

/** What a C++ program of one file prints; it includes the tables of shared/ and has nothing to link. */
function printed(source) {
  const program = join(buildDir, basename(source, ".cpp"));
  execFileSync("g++", ["-std=c++20", `-I${at()}`, at(source), "-o", program]);
  return execFileSync(program, { encoding: "utf8" });
}

/** { path, text() } of each generated file. */
export const generated = [
  { path: "docs/reference/errors.md", text: () => errorsPage(JSON.parse(printed(".ci/generate/tables.cpp"))) },
  { path: "js/src/generated/tables.ts", text: () => printed("client-wasm/tables/main.cpp") },
];

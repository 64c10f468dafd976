// Every generated file that is committed: its path and how its text is made. `npm run generate` writes them; the suite "fresh" compares.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { errorsPage } from "../generate/errors_page.mjs";
import { at, buildDir } from "./paths.mjs";

let tables;

/** The tables of shared/, printed by a small program that includes them. */
function sharedTables() {
  if (tables) return tables;
  const program = join(buildDir, "tables");
  execFileSync("g++", ["-std=c++20", `-I${at()}`, at(".ci", "generate", "tables.cpp"), "-o", program]);
  tables = JSON.parse(execFileSync(program, { encoding: "utf8" }));
  return tables;
}

/** { path, text() } of each generated file. */
export const generated = [{ path: "docs/reference/errors.md", text: () => errorsPage(sharedTables()) }];

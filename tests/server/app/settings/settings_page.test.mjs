// The guide's tables of settings and the JSON Schema of the configuration file are those of the program's table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generatedByProgram } from "../../../../scripts/lib/generated_files.mjs";
import { at } from "../../../../scripts/lib/paths.mjs";

for (const { path, text } of generatedByProgram) {
  test(`${path} is fresh`, () => assert.equal(readFileSync(at(path), "utf8"), text(), "it is stale: npm run generate"));
}

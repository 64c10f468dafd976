// Generated files that are committed say what their source says today: `npm run generate` would change nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generated } from "../../scripts/lib/generated_files.mjs";
import { files, read } from "./repository.mjs";

for (const { path, text } of generated) {
  test(`${path} is fresh`, () => {
    assert.ok(files.includes(path), "it is missing: npm run generate");
    assert.equal(read(path), text(), "it is stale: npm run generate");
  });
}

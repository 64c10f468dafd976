// The top level is the plan of the house: nothing is added to it, and nothing is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { files, read } from "./repository.mjs";

const kRooms = (
  "CMakeLists.txt CMakePresets.json package.json README.md ARCHITECTURE.md HACKING.md CHANGELOG.md LICENSE " +
  ".ci cmake shared server client-wasm js tests e2e examples docs bench"
).split(" ");

test("the top level holds exactly the planned rooms, and dotfiles", () => {
  const found = [...new Set(files.map((path) => path.split("/")[0]))].filter((name) => !name.startsWith(".") || name === ".ci");
  assert.deepEqual(found.sort(), [...kRooms].sort());
});

test("package.json is a list of verbs: one line each, no dependencies", () => {
  const manifest = JSON.parse(read("package.json"));
  for (const [verb, line] of Object.entries(manifest.scripts)) assert.equal(line, `sh .ci/verb ${verb}`);
  assert.equal(manifest.dependencies ?? manifest.devDependencies, undefined);
  for (const [verb] of Object.entries(manifest.scripts))
    assert.ok(files.includes(`.ci/verbs/${verb}.mjs`), `.ci/verbs/${verb}.mjs`);
});

test("the licence is MIT", () => assert.match(read("LICENSE"), /^MIT License/));

// The top level and its verbs: the source directories are there, and every verb of package.json is a script and is documented.
import assert from "node:assert/strict";
import { test } from "node:test";
import { files, read } from "./repository.mjs";

const directories = "bench client-wasm cmake docs e2e examples js packaging scripts server shared tests".split(" ");

test("the directories of the top level are those that ARCHITECTURE.md describes", () => {
  const found = new Set(files.filter((path) => path.includes("/")).map((path) => path.split("/")[0]));
  assert.deepEqual([...found].filter((name) => !name.startsWith(".")).sort(), directories);
});

test("every verb of package.json has a script, and package.json has no dependencies", () => {
  const { scripts, dependencies, devDependencies } = JSON.parse(read("package.json"));
  for (const verb of Object.keys(scripts)) assert.ok(files.includes(`scripts/verbs/${verb}.mjs`), `scripts/verbs/${verb}.mjs`);
  assert.deepEqual([dependencies, devDependencies], [undefined, undefined], "npm start works before anything is installed");
});

test("the licence is MIT", () => assert.match(read("LICENSE"), /^MIT License/));

// The top level and its verbs: the source directories are there, and every verb of package.json is a script and is documented.
import assert from "node:assert/strict";
import { test } from "node:test";
import { files, read } from "./repository.mjs";

const directories = "apps bench client-wasm cmake docs e2e examples js packaging scripts server server-wasm shared tests".split(
  " ",
);

test("the directories of the top level are those that docs/reference/directories.md describes", () => {
  const found = new Set(files.filter((path) => path.includes("/")).map((path) => path.split("/")[0]));
  assert.deepEqual([...found].filter((name) => !name.startsWith(".")).sort(), directories);
});

test("every script of package.json is a verb, or a verb with a flag, and package.json has no dependencies", () => {
  const { scripts, dependencies, devDependencies } = JSON.parse(read("package.json"));
  for (const [name, command] of Object.entries(scripts)) {
    const [, verb] = /^sh scripts\/verb\.sh (\S+)( --\w+)?$/.exec(command);
    assert.equal(name.split(":")[0], verb);
    assert.ok(files.includes(`scripts/verbs/${verb}.mjs`), verb);
  }
  assert.deepEqual([dependencies, devDependencies], [undefined, undefined], "npm start works before anything is installed");
});

test("the licence is MIT", () => assert.match(read("LICENSE"), /^MIT License/));

// The program and its tests are built both ways, one object per source and in batches (docs/decisions/291-unity-builds.md). The
// working build is one of the two; `npm run reliability -- ordinary` builds the other.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.mjs";

const isUnity = /^CMAKE_UNITY_BUILD:\w+=ON$/m.test(readFileSync(at("build", "release", "CMakeCache.txt"), "utf8"));
const other = isUnity ? "off" : "on";
const build = at("build", `unity-${other}`);

function run(...args) {
  const { status, stdout, stderr } = spawnSync("cmake", args, { cwd: at(), encoding: "utf8", maxBuffer: 2 ** 28 });
  assert.equal(status, 0, `${stdout.slice(-4000)}\n${stderr}`);
}

test(`the program and its tests are built with unity builds ${other}`, () => {
  run("-S", at(), "-B", build, "-G", "Ninja", "-D", "CMAKE_CXX_FLAGS=-O0", "-D", `CMAKE_UNITY_BUILD=${other.toUpperCase()}`);
  run("--build", build, "--target", "dialogue", "all_tests");
});

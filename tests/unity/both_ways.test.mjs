// The program is built both ways, one object per source and in batches (docs/decisions/291-unity-builds.md). The working build
// is one of the two; this test builds the other one, without optimisation, in build/unity-on or build/unity-off.
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

test(`the program can also be built with unity builds ${other}`, () => {
  const settings = ["-D", `CMAKE_UNITY_BUILD=${other.toUpperCase()}`, "-D", "CMAKE_CXX_FLAGS=-O0", "-D", "DIALOGUE_TESTS=OFF"];
  run("-S", at(), "-B", build, "-G", "Ninja", ...settings);
  run("--build", build, "--target", "dialogue");
});

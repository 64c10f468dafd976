// R-108: what is built depends on the sources alone: not on the place, the time or the order. `npm run reliability --
// reproducible` builds the WebAssembly once more, from a copy elsewhere, and the server twice, without the compiler's cache.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { program } from "../../bench/lib/paths.mjs";
import { at } from "../../scripts/lib/paths.mjs";
import { filesOf } from "../../scripts/lib/stamps.mjs";

const isWhole = process.env.DIALOGUE_RELIABILITY === "full";
const kEnv = { ...process.env, NODE_PATH: "/usr/share/nodejs", CCACHE_DISABLE: "1" };
const places = [];
after(() => {
  for (const place of places) rmSync(place, { recursive: true, force: true });
});

/** A copy of the sources in a place of another name and length. */
function copied(name) {
  const place = mkdtempSync(join(tmpdir(), name));
  places.push(place);
  for (const path of filesOf(".")) cpSync(at(path), join(place, path), { verbatimSymlinks: true });
  return place;
}

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const run = (place, command, ...args) =>
  execFileSync(command, args, { cwd: place, env: kEnv, stdio: ["ignore", "pipe", "pipe"] });

test("R-108 the WebAssembly of a second build, elsewhere, is the same byte for byte", { skip: !isWhole }, () => {
  const place = copied("dialogue-again-");
  const configure = ["cmake", "-S", "client-wasm", "-B", "build/wasm", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"];
  run(place, "emcmake", ...configure);
  run(place, "cmake", "--build", "build/wasm");
  assert.equal(sha256(join(place, "build/wasm/dialogue.wasm")), sha256(at("js/dist/dialogue.wasm")));
});

test("R-108 the program does not name the place where it was built", () => {
  assert.ok(!readFileSync(program).includes(at()));
});

test("R-108 npm packages are pinned, each with its hash", () => {
  const locks = filesOf(".").filter((path) => path.endsWith("package-lock.json"));
  assert.ok(locks.length >= 3);
  for (const path of locks) {
    const { packages } = JSON.parse(readFileSync(at(path), "utf8"));
    for (const [name, entry] of Object.entries(packages))
      if (name !== "" && !entry.link) assert.ok(entry.integrity?.startsWith("sha512-"), `${path}: ${name}`);
  }
});

if (isWhole)
  test("R-108 two servers built from clean, in different places, are the same byte for byte", () => {
    const copies = ["dialogue-one-", "dialogue-the-second-build-"].map(copied); // both of one moment
    const [one, two] = copies.map((place) => {
      if (existsSync(at("js/dist"))) cpSync(at("js/dist"), join(place, "js/dist"), { recursive: true });
      run(place, "cmake", "--preset", "release", "-D", "CMAKE_UNITY_BUILD=ON"); // as npm start builds it
      run(place, "cmake", "--build", "build/release", "--target", "dialogue");
      return sha256(join(place, "build/release/bin/dialogue"));
    });
    assert.equal(one, two);
  });

// The npm verbs: each says what it does, and a mistake in its arguments costs nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.mjs";

const files = readdirSync(at("scripts", "verbs"));
const run = (file, ...args) => spawnSync(process.execPath, [at("scripts", "verbs", file), ...args], { encoding: "utf8" });

test("every verb answers --help, and does nothing else", () => {
  for (const file of files) {
    const name = file.replace(".mjs", "");
    const { status, stdout, stderr } = run(file, "--help");
    assert.match(stdout, new RegExp(`^npm (run )?${name}\\b`), name);
    assert.deepEqual([status, stderr], [0, ""], name);
  }
});

test("a mistake in the arguments is one line, before anything is built", () => {
  // What follows `npm start --` and `npm run simulate --` goes to their programs.
  for (const file of files.filter((name) => !["start.mjs", "simulate.mjs"].includes(name))) {
    const { status, stdout, stderr } = run(file, "nonsense");
    assert.equal(status, 1, file);
    assert.equal(stdout, "", file);
    assert.match(stderr, /^[^\n]*nonsense[^\n]*\n$/, file);
  }
  assert.equal(run("fuzz.mjs", "--seconds", "soon").stderr, `--seconds must be a number above 0, and "soon" is not\n`);
});

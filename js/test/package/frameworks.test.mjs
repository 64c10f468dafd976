// examples/frameworks: each list is short, is built by Vite with the packed client, and is typed.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { binary } from "../../../tests/server/app/support/program.mjs";

const js = fileURLToPath(new URL("../..", import.meta.url));
const example = join(js, "../examples/frameworks");
const lists = { react: "Chat.react.tsx", vue: "Chat.vue", svelte: "Chat.svelte", solid: "Chat.solid.tsx" };
const kLinesMax = 25;
let project;

before(() => {
  project = mkdtempSync(join(tmpdir(), "dialogue-frameworks-"));
  cpSync(example, project, { recursive: true, filter: (path) => !/node_modules|package-lock|\/app\.ts$/.test(path) });
  mkdirSync(join(project, "node_modules"));
  for (const name of readdirSync(join(js, "node_modules")))
    symlinkSync(join(js, "node_modules", name), join(project, "node_modules", name));
  symlinkSync(js, join(project, "node_modules", "dialogue-client"));
  execFileSync(binary, ["codegen", join(project, "app.json"), "--ts", join(project, "app.ts")]);
});
after(() => rmSync(project, { recursive: true, force: true }));

/** Runs one of the packages' programs in the project. */
const run = (program, args) =>
  spawnSync(process.execPath, [join(js, "node_modules", program), ...args], { cwd: project, encoding: "utf8" });

for (const [name, file] of Object.entries(lists))
  test(`the list in ${name} has at most ${kLinesMax} lines`, () => {
    const lines = readFileSync(join(example, file), "utf8").trimEnd().split("\n");
    assert.ok(lines.length <= kLinesMax, `${lines.length} lines`);
    for (const part of [/last: 50/, /loadEarlier/, /members/, /\.state/, /trigger|say/]) assert.match(lines.join("\n"), part);
  });

test("all four pages are built by Vite, each with its framework and the store once", () => {
  const { status, stderr } = run("vite/bin/vite.js", ["build", "--logLevel", "warn"]);
  assert.equal(status, 0, stderr);
  for (const name of Object.keys(lists)) assert.match(readFileSync(join(project, "dist", `${name}.html`), "utf8"), /assets\//);
});

for (const [name, jsx] of [
  ["react", { jsx: "react-jsx" }],
  ["solid", { jsx: "preserve", jsxImportSource: "solid-js" }],
])
  test(`the list in ${name} compiles, and does not with another event's name`, () => {
    const options = {
      target: "ES2022",
      module: "ESNext",
      moduleResolution: "bundler",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: ["vite/client"],
      ...jsx,
    };
    const check = (file) => {
      writeFileSync(join(project, `${name}.json`), JSON.stringify({ compilerOptions: options, files: [file] }));
      return run("typescript/bin/tsc", ["-p", `${name}.json`]).stdout;
    };
    assert.equal(check(lists[name]), "");
    const text = readFileSync(join(project, lists[name]), "utf8");
    writeFileSync(join(project, `Wrong.${name}.tsx`), text.replaceAll('"message"', '"mesage"'));
    assert.match(check(`Wrong.${name}.tsx`), /error TS.*mesage/);
  });

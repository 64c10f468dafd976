// Attribution of bytes: every character of a bundle has one owner, every byte of the module one section.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { client } from "../lib/paths.mjs";
import { partsOf } from "./parts.mjs";
import { piecesOf } from "./source_map.mjs";
import { exportsOf, sectionsOf, withoutExports } from "./wasm.mjs";

const module = readFileSync(join(dirname(client), "dialogue.wasm"));
const sum = (list) => list.reduce((total, { bytes }) => total + bytes, 0);

test("a source map gives each text of a bundle to the file that it was written in, and loses nothing", async () => {
  const files = { "one.js": 'export const one = "the first";', "two.js": 'export const two = ["the second",\n`and\nmore`];' };
  const memory = {
    name: "memory",
    setup: (on) => {
      on.onResolve({ filter: /\.js$/ }, ({ path }) => ({ path, namespace: "memory" }));
      on.onLoad({ filter: /.*/, namespace: "memory" }, ({ path }) => ({ contents: files[path] }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: 'import { one } from "one.js"; import { two } from "two.js"; console.log(one, two);' },
    plugins: [memory],
    outdir: "/",
    bundle: true,
    minify: true,
    sourcemap: "external",
    format: "esm",
    write: false,
  });
  const [map, code] = [/\.map$/, /\.js$/].map((ending) => outputFiles.find(({ path }) => ending.test(path)).text);
  const pieces = piecesOf(code, JSON.parse(map));
  assert.equal(pieces.map(({ text }) => text).join(""), code);
  const of = (name) =>
    pieces
      .filter(({ source }) => source?.endsWith(name))
      .map(({ text }) => text)
      .join("");
  assert.match(of("one.js"), /the first/);
  assert.match(of("two.js"), /the second/);
  assert.match(of("two.js"), /more/);
  assert.doesNotMatch(of("one.js"), /second|console/);
});

test("a module's sections are all of it, and the code is most of it", () => {
  const sections = sectionsOf(module);
  assert.equal(sum(sections), module.length);
  assert.equal(sections.sort((a, b) => b.bytes - a.bytes)[0].name, "code");
});

test("a module without some exports is smaller, has all the others and is still one", () => {
  const left = withoutExports(module, ["i"]);
  assert.deepEqual(
    exportsOf(left),
    exportsOf(module).filter((name) => name !== "i"),
  );
  assert.ok(left.length < withoutExports(module, []).length - 1000);
});

test("the parts of the client have their bytes: those of the WebAssembly are the module, none is counted twice", async () => {
  const { parts, whole } = await partsOf();
  const wasm = parts.filter(({ part }) => part.startsWith("wasm"));
  const js = parts.filter(({ part }) => part.startsWith("js"));
  assert.equal(sum(wasm), module.length);
  assert.ok(
    sum(js) > 10_000 && sum(js) < whole.bytes - module.length / 2, // as text it is little more than half of its bytes
    `${sum(js)} of ${whole.bytes}`,
  );
  for (const name of ["client/driver.ts", "rooms/rooms.ts", "core/core.ts"])
    assert.ok(
      js.some(({ part }) => part === `js: ${name}`),
      name,
    );
  for (const { part, bytes } of parts) assert.ok(bytes > 0, part);
});

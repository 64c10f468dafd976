// dialogue-client/testing, which "testing.md" describes: the server in WebAssembly, from the package as it is built.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const dist = (name) => new URL(`../../dist/${name}`, import.meta.url);

const guide = readFileSync(new URL("../../../docs/guides/testing.md", import.meta.url), "utf8");
const examples = [...guide.matchAll(/testing_page\.test\.mjs -->\n```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

/** What an example prints. */
function printed(code) {
  const runnable = code
    .replace('"dialogue-client/testing"', `"${dist("testing.js").href}"`)
    .replace('"dialogue-client"', `"${dist("index.js").href}"`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", runnable], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

test("the guide's example of a test runs as it stands, and the process ends", () => {
  const output = printed(examples[0]);
  assert.match(output, /data: \{ text: 'hello' \}/);
  assert.match(output, /from: 'system',\n +data: \{ text: 'from the backend' \}/);
});

test("the guide's example of a page's server runs as it stands", () => {
  assert.match(printed(examples[1]), /data: 'in every tab'/);
});

test("the module is a chunk that no other entry imports", () => {
  assert.match(readFileSync(dist("testing.js"), "utf8"), /import\("\.\/server_wasm\.js"\)/);
  for (const name of ["index.js", "url.js", "server.js", "tabs.js", "store.js"])
    assert.doesNotMatch(readFileSync(dist(name), "utf8"), /server_wasm|testing\.js/);
});

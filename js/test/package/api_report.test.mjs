// The API reports that are committed are those of the built packages: a change of a public type is a change of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generatedByClient } from "../../../scripts/lib/generated_files.mjs";
import { at } from "../../../scripts/lib/paths.mjs";

for (const { path, text } of generatedByClient)
  test(`${path} is the public API of today`, () => {
    const [committed, today] = [readFileSync(at(path), "utf8").split("\n"), text().split("\n")];
    const gone = committed.filter((line) => !today.includes(line));
    const added = today.filter((line) => !committed.includes(line));
    const hint = "npm run generate writes it; CHANGELOG.md says what changes for users, by the rules of docs/stability.md";
    assert.deepEqual({ gone, added }, { gone: [], added: [] }, hint);
    assert.deepEqual(committed, today, hint);
  });

test("a report has each entry of its package, and what their types are made of", () => {
  const [client, server] = generatedByClient.map(({ text }) => text());
  for (const entry of [
    "",
    "/react",
    "/react/suspense",
    "/vue",
    "/svelte",
    "/solid",
    "/signals",
    "/store",
    "/server",
    "/push",
    "/vite",
  ])
    assert.ok(client.includes(`\n## dialogue-client${entry}\n`), entry);
  assert.match(client, /^export declare function createDialogueClient</m);
  assert.match(server, /^export interface DialogueServer</m);
  assert.match(server, /^interface Hook</m);
  assert.doesNotMatch(client + server, /\/\*\*/);
});

// The guides that are tables of names, and no code that runs, name only what the packages export.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./snippets/guides.mjs";

const read = (path) => readFileSync(join(root, path), "utf8");
const api = ["client", "server"].map((name) => read(`docs/reference/api-dialogue-${name}.md`)).join("\n");
const kName = /\b(?:client|room|dialogue)\.(\w+)|\b((?:use|create)[A-Z]\w+)|\bm\.(\w+)/g;

/** The names in code of a text. */
const namesOf = (text) =>
  [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code]) =>
    [...code.matchAll(kName)].map((match) => match[1] ?? match[2] ?? match[3]),
  );

for (const [path, textOf, least] of [
  [
    "docs/guides/migrate.md",
    (text) =>
      text
        .match(/^\|.*\|.*\|$/gm)
        .map((row) => row.split("|").at(-2))
        .join("\n"),
    60,
  ],
  ["docs/guides/best-practices.md", (text) => text, 2],
])
  test(`${path} names what the packages export`, () => {
    const names = namesOf(textOf(read(path)));
    assert.ok(names.length >= least, `${names.length} names`);
    assert.deepEqual(
      names.filter((name) => !new RegExp(`\\b${name}\\b`).test(api)),
      [],
    );
  });

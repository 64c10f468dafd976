// One word per concept: docs/glossary.md lists the terms, and the words that they replace occur nowhere that users read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findings, proseOf, rules, textsOf } from "./glossary.mjs";
import { cpp, files, isGenerated, lines, nothing, read, written } from "./repository.mjs";

const kEntriesMax = 40;
const kLineCharsMax = 120;
const kPage = "docs/glossary.md";
const { entries, identifiers } = rules(read(kPage));
const words = entries.flatMap(({ term, not }) => not.map((word) => ({ word, term })));

// Pages that a program writes from results are tables of figures.
const documents = files.filter((path) => /\.md$/.test(path) && path !== kPage && !/^bench\/results\//.test(path));
// Where texts for users are written: settings, subcommands, codes, the HTTP API's descriptions.
const sources = cpp.filter((path) => /^(server\/(app|api|ops)\/|shared\/base\/errors\.hpp$)/.test(path));

test("the glossary has at most forty entries, in order, each with a meaning", () => {
  assert.ok(entries.length >= 30 && entries.length <= kEntriesMax, `${entries.length} entries`);
  const terms = entries.map(({ term }) => term.toLowerCase());
  assert.deepEqual(terms, [...terms].sort());
  nothing(entries.filter(({ meaning }) => meaning.length < 20).map(({ term }) => `${term} has no meaning`));
});

test("a word is replaced by one term, and no term is a replaced word", () => {
  const replaced = words.map(({ word }) => word.toLowerCase());
  nothing(replaced.filter((word, index) => replaced.indexOf(word) !== index));
  nothing(entries.flatMap(({ term }) => term.split(", ")).filter((term) => replaced.includes(term.toLowerCase())));
});

test("the rule finds replaced words in prose and in texts, and leaves code alone", () => {
  const found = (text) => findings("page.md", text, [{ word: "told", term: "notify" }]).length;
  assert.equal(found(proseOf("Members are Told.\n\nNobody was told.")), 2);
  assert.equal(found(proseOf("```\ntold\n```\n`told` [here](told.md) untold <!-- told -->")), 0);
  assert.equal(found(textsOf('#include "told"\n// "told"\nsay("he was told");')), 1);
});

test("documents use the glossary's words", () => {
  assert.ok(documents.length > 20);
  nothing(documents.flatMap((path) => findings(path, proseOf(read(path)), words)));
});

test("texts that users see use the glossary's words", () => {
  assert.ok(sources.length > 20);
  nothing(sources.flatMap((path) => findings(path, textsOf(read(path)), words)));
});

test("renamed identifiers are gone", () => {
  const code = written.filter((path) => /\.(cpp|hpp|h|ts|tsx|mjs|js)$/.test(path) && !path.startsWith("tests/tidy/"));
  const old = identifiers.map(({ old, now }) => ({ word: old, term: now }));
  nothing(code.flatMap((path) => findings(path, read(path), old)));
});

test(`no line of a document's prose is longer than ${kLineCharsMax} characters`, () => {
  const checked = documents.filter((path) => !isGenerated(path));
  assert.ok(checked.length > 20);
  // Tables, images and code cannot be broken.
  const isLong = (line) => [...line].length > kLineCharsMax && !/^(\||!\[)/.test(line);
  nothing(
    checked.flatMap((path) => {
      const prose = proseOf(read(path)).split("\n");
      return lines(path).flatMap((line, index) =>
        prose[index].trim() && isLong(line) ? [`${path}:${index + 1}: ${[...line].length} characters`] : [],
      );
    }),
  );
});

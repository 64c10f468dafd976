// One word per concept: docs/glossary.md lists the terms. The words that they replace occur in no document, and in no text,
// docstring or comment of product code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commentsOf, findings, proseOf, rules, textsAndDocsOf, withoutKeys } from "./glossary.mjs";
import { phraseFindings } from "./phrases.mjs";
import { files, isGenerated, lines, nothing, read, written } from "./repository.mjs";

const kEntriesMax = 40;
const kLineCharsMax = 120;
const kPage = "docs/glossary.md";
const { entries, identifiers } = rules(read(kPage));
const words = entries.flatMap(({ term, not }) => not.map((word) => ({ word, term })));

// Pages that a program writes from results are tables of figures.
const documents = files.filter((path) => /\.md$/.test(path) && path !== kPage && !/^bench\/results\//.test(path));
// Code that ships, with its tools and examples.
const product = written.filter(
  (path) =>
    /^(server|shared|client-wasm|server-wasm|apps|examples|js|scripts)\/.*\.(cpp|hpp|tsx?|m?js|svelte|vue)$/.test(path) &&
    !/(^|\/)(tests?|simulation|e2e)\//.test(path),
);

// Keys of formats, which nodes of other versions, recordings and builds of the client share: they are not words for people.
const formatKeys = [
  { under: "server/cluster/cluster_entry.cpp", keys: ["mail", "seats"] },
  { under: "server/replay/", keys: ["mail", "told"] },
];
const keysOf = (path) => formatKeys.flatMap(({ under, keys }) => (path.startsWith(under) ? keys : []));

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

test("the rule finds replaced words in prose, texts, docstrings and comments, and leaves code and names alone", () => {
  const replaced = ["told", "home"].map((word) => ({ word, term: "notify" }));
  const found = (text) => findings("page.md", text, replaced).length;
  assert.equal(found(proseOf("Members are Told.\n\nNobody was told.")), 2);
  assert.equal(found(proseOf("```\ntold\n```\n`told` [here](told.md) untold <!-- told -->")), 0);
  assert.equal(found(textsAndDocsOf('#include "told"\n// "told"\nsay("he was told");\ntold();  ///< is told')), 2);
  assert.equal(found(commentsOf('/// is told\nsay("told");  // is told\n// `told`')), 1);
  assert.equal(found(proseOf("Add it to the Home Screen, or to its home.")), 1);
});

test("the rule leaves out a literal that is a format's key, and no text that has one", () => {
  const found = (source) => findings("file", textsAndDocsOf(withoutKeys(source, ["told"])), [{ word: "told", term: "notify" }]);
  assert.equal(found('line("told").text("all");').length, 0);
  assert.equal(found('say("told all"); say("a \\"told\\" line"); say("telling");').length, 2);
});

test("every key of a format is a replaced word, and its file has it", () => {
  const has = ({ under, key }) => files.some((path) => path.startsWith(under) && read(path).includes(`"${key}"`));
  const unused = formatKeys
    .flatMap(({ under, keys }) => keys.map((key) => ({ under, key })))
    .filter((each) => !words.some(({ word }) => word === each.key) || !has(each));
  nothing(unused.map(({ under, key }) => `${under}: "${key}"`));
});

test("documents use the glossary's words", () => {
  assert.ok(documents.length > 20);
  nothing(documents.flatMap((path) => findings(path, proseOf(read(path)), words)));
});

test("the rule of phrases finds a translation, and leaves plain sentences alone", () => {
  const translated = [
    "Connections that there are, in any state.",
    "Limits hold for new clients, those that there are keep theirs.",
    "A query parameter is no identity.",
    "An expression that is none is refused.",
    "Limits count by user. So do joins.",
    "| keys | The same. |",
    "A client that comes back goes on.",
  ];
  assert.deepEqual(
    translated.map((line) => phraseFindings("page.md", line).length),
    [1, 1, 1, 1, 1, 1, 2],
  );
  const plain = [
    "There is no handshake, and the log reports that there are more.",
    "It is no longer needed, and there was no record of it.",
    "The same code runs in the browser.",
    "The session goes on the list, for good reason.",
  ];
  nothing(plain.flatMap((line) => phraseFindings("page.md", line)));
});

test("the rule of phrases finds a docstring that leans on its neighbours", () => {
  const leaning = [
    "/// The same for rooms.",
    "/// Of a room whose log is open.",
    "///< below which it is sent",
    "/// What `ask` is answered.",
    "/// As get(), for one room.",
    "/// Who opens one counts it.",
    "/// Null where there was no room.",
    "/// Removes bytes of before.",
  ];
  assert.deepEqual(
    leaning.map((line) => phraseFindings("file", textsAndDocsOf(line)).length),
    leaning.map(() => 1),
  );
  const whole = ["/// Returns null if there was no room.", "/// Like get(), but of one room.", "///< of a histogram: the bounds"];
  nothing(whole.flatMap((line) => phraseFindings("file", textsAndDocsOf(line))));
});

test("documents use plain phrases", () => {
  const checked = documents.filter((path) => !isGenerated(path));
  nothing(checked.flatMap((path) => phraseFindings(path, proseOf(read(path)))));
});

test("the rule of phrases reads string literals and docstrings, and leaves other comments and code alone", () => {
  const found = (source) => phraseFindings("file", textsAndDocsOf(source)).length;
  assert.equal(found('/// Returns what is none.\nint x;  ///< it comes back\nsay("it is no file");'), 3);
  assert.equal(found("/** It comes back. */\n  /**\n   * It goes on.\n   */"), 2);
  assert.equal(found('// It comes back.\n#include "it is no file"\n/// `it is no file`\nint x = y * comes_back;  // goes on'), 0);
});

test("string literals and docstrings use plain phrases", () => {
  assert.ok(product.length > 1500, `${product.length} sources`);
  nothing(product.flatMap((path) => phraseFindings(path, textsAndDocsOf(read(path)))));
});

test("the rule of phrases reads comments, and leaves docstrings, texts and code alone", () => {
  const found = (source) => phraseFindings("file", commentsOf(source)).length;
  assert.equal(found("// It comes back.\nint x;  // it is none\n    // It goes on."), 3);
  assert.equal(found('/// It comes back.\nsay("// it goes on");\n// `it is none`\nint comes_back;'), 0);
});

test("comments of product code use plain phrases", () => {
  nothing(product.flatMap((path) => phraseFindings(path, commentsOf(read(path)))));
});

test("string literals and docstrings use the glossary's words", () => {
  nothing(product.flatMap((path) => findings(path, textsAndDocsOf(withoutKeys(read(path), keysOf(path))), words)));
});

test("comments of product code use the glossary's words", () => {
  nothing(product.flatMap((path) => findings(path, commentsOf(read(path)), words)));
});

test("renamed identifiers are absent", () => {
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

// The look of every written file: an opening that says what it is, a bounded length, no words that promise later work.
import { test } from "node:test";
import { complaints, cpp, files, isGenerated, lines, markdown, nothing, read, written } from "./repository.mjs";

const lineCharsMax = 130;
const fileLinesMax = 400;
// The one class of the C++ library with all of its documentation; tables that are generated.
const longer = new Set(["server/include/dialogue/instance.hpp", "js/src/generated/tables.ts"]);
const thisFile = "tests/tidy/sources.test.mjs";

// The text of a page is one line per paragraph, and a style sheet one line per declaration.
const code = written.filter((path) => !/\.(html|css)$/.test(path));

const opensWithComment = (text) => /^(#!.*\n)?(\/\/|#|\/\*|<!--|<!doctype html>(.*\n){0,4}.*<!--)/i.test(text.trimStart());

test("every source file opens with a comment that says what it is", () => {
  nothing(written.filter((path) => !opensWithComment(read(path))));
});

test(`no line of code is longer than ${lineCharsMax} characters`, () => {
  // A link cannot be broken.
  const isLong = (line) => [...line].length > lineCharsMax && !/https?:\/\//.test(line);
  nothing(complaints(code, (line) => (isLong(line) ? `${[...line].length} characters` : undefined)));
});

test(`no file is longer than ${fileLinesMax} lines`, () => {
  const counts = code.filter((path) => !longer.has(path)).map((path) => [lines(path).length - 1, path]);
  const found = counts.filter(([count]) => count > fileLinesMax);
  nothing(found);
});

test("C++ headers are included once, and files end with one line end and no trailing blanks", () => {
  nothing(cpp.filter((path) => path.endsWith(".hpp") && !isGenerated(path) && !/^#pragma once$/m.test(read(path))));
  nothing(written.filter((path) => !/[^\n]\n$/.test(read(path))));
  nothing(complaints(written, (line) => (/[ \t\r]$/.test(line) ? "trailing blank" : undefined)));
});

test("no word promises later work", () => {
  const words = /\b(TODO|FIXME|XXX|HACK)\b|\bnot implemented\b|\bfor now\b/;
  const found = complaints(
    [...written, ...markdown].filter((path) => path !== thisFile),
    (line) => words.exec(line)?.[0],
  );
  nothing(found);
});

test("no file names a machine's own paths or a package registry's host", () => {
  const places = /(?<![\w.-])\/(work|root)\/|\/tmp\/build|\bregistry\.npmjs\.org|\.tgz"/;
  const texts = files.filter(
    (path) => /\.(hpp|cpp|ts|mjs|js|json|md|sh|cmake|txt|css|html|yml|yaml)$/.test(path) || path.startsWith(".ci/"),
  );
  const found = complaints(
    texts.filter((path) => path !== thisFile),
    (line) => places.exec(line)?.[0],
  );
  nothing(found);
});

test("files are named in their language's way", () => {
  const wrong = files.filter(
    (path) => !isGenerated(path) && /\.(hpp|cpp)$/.test(path) && !/^[a-z0-9_]+\.(hpp|cpp)$/.test(path.split("/").at(-1)),
  );
  nothing(wrong);
});

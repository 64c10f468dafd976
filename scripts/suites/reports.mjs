// Reads what tests report: JUnit xml (node --test, Playwright), Vitest's json, TAP, and Catch2's lines. Each reader returns
// [{ name, state, detail?, count? }], where state is "passed", "failed" or "skipped", and count is 1 unless it is given.
import { existsSync, readFileSync } from "node:fs";

const detailCharsMax = 2_000;

const entities = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function decoded(text) {
  return text
    .replace(/&#(x[0-9a-f]+|\d+);/gi, (_, n) => String.fromCodePoint(n[0] === "x" ? Number.parseInt(n.slice(1), 16) : Number(n)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (entity) => entities[entity]);
}

// What node --test adds below a message: the same error once more, as an object.
const repetition = /\n\s*(\{\s*)?code: 'ERR_TEST_FAILURE'[\s\S]*/;

/** A readable extract of a piece of xml: the text without the tags. */
function textOf(xml) {
  const plain = decoded(xml.replace(/<!\[CDATA\[|\]\]>/g, "").replace(/<(?:[^<>"]|"[^"]*")*>/g, " ")).replace(repetition, "");
  const lines = plain.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).join("\n").slice(0, detailCharsMax);
}

const attribute = (tag, name) => decoded(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "");

/** The <testcase> elements of JUnit xml: { name, file, body }. */
const testCases = (xml) =>
  [...xml.matchAll(/<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, tag, body = ""]) => ({
    name: attribute(tag, "name"),
    file: attribute(tag, "classname"),
    body,
  }));

/** JUnit xml, as node --test and Playwright write it: one entry per <testcase>. */
export const junit = (xml) =>
  testCases(xml).map(({ name: test, file, body }) => {
    const name = [file, test].filter((part) => part && part !== "test").join(" › ");
    if (/<(failure|error)\b/.test(body)) return { name, state: "failed", detail: textOf(body) || attribute(body, "message") };
    return { name, state: /<skipped\b/.test(body) ? "skipped" : "passed" };
  });

/** How many cases passed, by what a program printed: Catch2's last lines, or TAP. */
function passedCases(output) {
  const all = /^All tests passed \(.* in (\d+) test cases?\)/m.exec(output)?.[1];
  const some = /^test cases:\s+\d+ \|\s+(\d+) passed/m.exec(output)?.[1];
  return Number(all ?? some ?? tap(output).filter(({ state }) => state === "passed").length);
}

/**
 * What a program printed of its failure. Catch2 writes a line for each case that ends: those go, but for the last one, which
 * says how far the program came. Of the rest the start has the first failure, and the end has what a sanitizer concludes.
 */
function whatFailed(output) {
  const lines = output.split("\n");
  const ended = /^\d+\.\d{3} s: /;
  const last = lines.findLastIndex((line) => ended.test(line));
  const text = lines.filter((line, place) => place === last || !ended.test(line)).join("\n");
  if (text.length <= detailCharsMax) return text;
  return `${text.slice(0, detailCharsMax * 0.7)}\n…\n${text.slice(-detailCharsMax * 0.3)}`;
}

/** What a Catch2 program, or one that prints TAP, printed until it ended with `code`: its cases, and why it failed. */
export function program(output, code) {
  const passed = { name: "cases", state: "passed", count: passedCases(output) };
  const failed = { name: "program", state: "failed", detail: whatFailed(output) };
  return [...(passed.count ? [passed] : []), ...(code ? [failed] : [])];
}

/** Vitest's json reporter: one entry per test, named by its full name. */
export function vitest(json) {
  const states = { passed: "passed", failed: "failed" };
  return JSON.parse(json).testResults.flatMap((file) => {
    if (file.assertionResults.length === 0 && file.status === "failed")
      return [{ name: file.name, state: "failed", detail: file.message }];
    return file.assertionResults.map((test) => ({
      name: test.fullName,
      state: states[test.status] ?? "skipped",
      detail: test.failureMessages.join("\n").slice(0, detailCharsMax),
    }));
  });
}

/** The Test Anything Protocol, for shell scripts: "ok 1 - name", "not ok 2 - name", "# SKIP". */
export function tap(text) {
  return [...text.matchAll(/^(not )?ok\b\s*\d*\s*-?\s*(.*)$/gm)].map(([, not, rest]) => ({
    name: rest.replace(/#.*/, "").trim(),
    state: /#\s*skip/i.test(rest) ? "skipped" : not ? "failed" : "passed",
  }));
}

/** Reads the report file of a job that ended with `code`; no file: no tests. */
export const read = (reader, path, code) => (existsSync(path) ? reader(readFileSync(path, "utf8"), code) : []);

// Reads what test programs report: Catch2's xml, JUnit xml, Vitest's json, and TAP.
// Each reader returns [{ name, state, detail }], where state is "passed", "failed" or "skipped". A report that stops in the
// middle (a crash) makes its last test a failure, with `ended` set.
import { existsSync, readFileSync } from "node:fs";

const kDetailCharsMax = 2_000;

const kEntities = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function decoded(text) {
  return text
    .replace(/&#(x[0-9a-f]+|\d+);/gi, (_, n) => String.fromCodePoint(n[0] === "x" ? Number.parseInt(n.slice(1), 16) : Number(n)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (entity) => kEntities[entity]);
}

// What node --test adds below a message: the same error once more, as an object.
const kRepetition = /\n\s*(\{\s*)?code: 'ERR_TEST_FAILURE'[\s\S]*/;

/** A readable extract of a piece of xml: the text without the tags. */
function textOf(xml) {
  const plain = decoded(xml.replace(/<!\[CDATA\[|\]\]>/g, "").replace(/<(?:[^<>"]|"[^"]*")*>/g, " ")).replace(kRepetition, "");
  const lines = plain.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).join("\n").slice(0, kDetailCharsMax);
}

const attribute = (tag, name) => decoded(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "");

/** `test_x -r xml`: one entry per TEST_CASE. */
export function catch2(xml) {
  return xml
    .split("<TestCase ")
    .slice(1)
    .map((piece) => {
      const name = attribute(piece.slice(0, piece.indexOf("\n")), "name");
      const result = /<OverallResult success="(true|false)"/.exec(piece);
      if (result?.[1] === "true") return { name, state: "passed" };
      return {
        name,
        state: "failed",
        detail: result ? textOf(piece.slice(piece.indexOf("\n"))) || "no assertion was made" : "the program ended here",
        ended: !result,
      };
    });
}

/** JUnit xml, as node --test and Playwright write it: one entry per <testcase>. */
export function junit(xml) {
  return [...xml.matchAll(/<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, tag, body = ""]) => {
    const name = [attribute(tag, "classname"), attribute(tag, "name")].filter((part) => part && part !== "test").join(" › ");
    if (/<(failure|error)\b/.test(body))
      return {
        name,
        state: "failed",
        detail: textOf(body) || attribute(body, "message"),
      };
    return { name, state: /<skipped\b/.test(body) ? "skipped" : "passed" };
  });
}

/** Vitest's json reporter: one entry per test, named by its full name. */
export function vitest(json) {
  const kStates = { passed: "passed", failed: "failed" };
  return JSON.parse(json).testResults.flatMap((file) => {
    if (file.assertionResults.length === 0 && file.status === "failed")
      return [{ name: file.name, state: "failed", detail: file.message }];
    return file.assertionResults.map((test) => ({
      name: test.fullName,
      state: kStates[test.status] ?? "skipped",
      detail: test.failureMessages.join("\n").slice(0, kDetailCharsMax),
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

/** Reads one report file; no file is no tests. */
export const read = (reader, path) => (existsSync(path) ? reader(readFileSync(path, "utf8")) : []);

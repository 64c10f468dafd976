// The documents: links lead somewhere, names exist, decisions are numbered once, every error code is told.
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { complaints, files, isGenerated, markdown, nothing, read } from "./repository.mjs";

const withoutCode = (text) => text.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "");

/** GitHub's anchor of a heading: lower case, punctuation dropped, blanks to dashes. */
const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[`*]/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

const anchorsOf = (path) => [...read(path).matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) => anchorOf(match[1]));

function complaintAbout(path, link) {
  if (/^(https?:|mailto:)/.test(link)) return undefined;
  const [place, anchor] = link.split("#");
  const target = place ? posix.normalize(posix.join(posix.dirname(path), decodeURI(place))) : path;
  const exists = files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, "")}/`));
  if (!exists) return `${path}: ${link} leads nowhere`;
  return anchor && target.endsWith(".md") && !anchorsOf(target).includes(anchor)
    ? `${path}: ${link} has no such heading`
    : undefined;
}

test("every link in a document leads to a file and a heading that exist", () => {
  const found = markdown.flatMap((path) =>
    [...withoutCode(read(path)).matchAll(/\]\(([^()\s]+)(?:\s"[^"]*")?\)|<img[^>]*\ssrc="([^"]+)"/g)]
      .map((match) => complaintAbout(path, match[1] ?? match[2]))
      .filter(Boolean),
  );
  nothing(found);
});

const indexPath = "docs/decisions/README.md";
const smallerPath = "docs/decisions/smaller-choices.md";
const notes = files.filter((path) => path.startsWith("docs/decisions/") && path !== indexPath && path !== smallerPath);
const numberOf = (path) => path.split("/").at(-1).slice(0, 3);

test("decision notes are named NNN-title.md, numbered once, and open with their title", () => {
  assert.notEqual(notes.length, 0);
  nothing(notes.filter((path) => !/\/\d{3}-[a-z0-9-]+\.md$/.test(path)));
  nothing(notes.filter((path) => !read(path).startsWith(`# ${numberOf(path)} `)));
  const numbers = notes.map(numberOf);
  nothing(numbers.filter((number, index) => numbers.indexOf(number) !== index));
});

test("a decision note says what holds: none amends or supersedes another, and a smaller choice has no note", () => {
  nothing(complaints(notes, (line) => /^Status:|\b(?:amend|supersed)(?:s|ed)\b/i.test(line) && "edit the note that changes"));
  const retired = [...read(smallerPath).matchAll(/\((\d{3})\)/g)].map(([, number]) => number);
  assert.ok(retired.length > 20);
  nothing(notes.map(numberOf).filter((number) => retired.includes(number)));
});

test("the index of decisions has one line for each note, with its title", () => {
  const entries = read(indexPath)
    .split("\n")
    .filter((line) => line.startsWith("- "));
  const expected = notes.map(
    (path) => `- [${numberOf(path)}](${path.split("/").at(-1)}) ${/^# \d{3} (.*)$/m.exec(read(path))?.[1]}`,
  );
  nothing(expected.filter((line) => !entries.includes(line)).map((line) => `${indexPath} lacks: ${line}`));
  nothing(
    entries
      .filter((line, index) => !expected.includes(line) || entries.indexOf(line) !== index)
      .map((line) => `${indexPath}: ${line}`),
  );
});

test("every decision that code or a document cites has a note", () => {
  const known = new Set([...notes, indexPath, smallerPath].map((path) => path.slice("docs/".length)));
  const cited = /\bdecisions\/\d{3}-[a-z0-9-]+\.md\b/g;
  nothing(
    complaints(
      files.filter((path) => !isGenerated(path) && /\.(md|hpp|cpp|ts|tsx|mjs|cmake|txt)$/.test(path)),
      (line) => {
        const missing = (line.match(cited) ?? []).filter((path) => !known.has(path));
        return missing.length > 0 && `there is no docs/${missing.join(", docs/")}`;
      },
    ),
  );
});

test("docs/reference/errors.md lists every error code with its number", () => {
  const rows = [...read("shared/base/errors.hpp").matchAll(/\b([a-z][a-z0-9_]*) = (\d+)[,}\s]/g)].filter(
    ([, name]) => name !== "ok",
  );
  assert.ok(rows.length > 50);
  const told = read("docs/reference/errors.md");
  nothing(
    rows
      .filter(([, name, number]) => !new RegExp(`\\b${number}\\b.*\\b${name}\\b|\\b${name}\\b.*\\b${number}\\b`).test(told))
      .map((row) => row[1]),
  );
});

test("every verb is described in HACKING.md", () => {
  const told = read("HACKING.md");
  nothing(
    Object.keys(JSON.parse(read("package.json")).scripts).filter(
      (verb) => !told.includes(`npm run ${verb}`) && !told.includes(`npm ${verb}`),
    ),
  );
});

test("HACKING's walk through a feature names paths that exist", () => {
  const chapter = read("HACKING.md").split("## A new feature")[1].split("\n## ")[0];
  const paths = [...chapter.matchAll(/`((?:shared|server|client-wasm|js|tests|e2e|docs)\/[\w/.-]+)`/g)].map(([, path]) => path);
  assert.ok(paths.length >= 10);
  nothing(paths.filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`))));
});

test("a publication has at most seven types on its way, and ARCHITECTURE.md says where each is declared", () => {
  const page = read("ARCHITECTURE.md");
  const section = page.slice(page.indexOf("## What happens to a publication"), page.indexOf("## Who a connection is"));
  const rows = [...section.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, type, path]) => ({ type, path }));
  assert.ok(rows.length >= 5 && rows.length <= 7, `${rows.length} types`);
  nothing(
    rows
      .filter(({ type, path }) => !new RegExp(`^(export )?(struct|class|interface) ${type}\\b`, "m").test(read(path)))
      .map(({ type, path }) => `${path} does not declare ${type}`),
  );
});

test("ARCHITECTURE.md fits on three pages", () => {
  const chars = read("ARCHITECTURE.md").length;
  assert.ok(chars < 14_000, `${chars} characters`);
});

test("each bound names a test that exists", () => {
  const page = read("docs/reference/bounds.md");
  const names = [...page.matchAll(/`([a-z_]+(?:_test\.cpp|\.test\.ts))`/g)].map((match) => match[1]);
  assert.ok(names.length > 30, `${names.length} tests`);
  nothing(names.filter((name) => !files.some((path) => path.endsWith(`/${name}`))));
  const rows = page.split("\n").filter((line) => /^\| (?!queue|what)[^-]/.test(line));
  nothing(rows.filter((row) => row.split("|").length !== 7 || row.split("|")[5].trim() === ""));
});

test("what a document of today names in code exists: error codes, metrics, log events, types, flags", () => {
  const others = ["keepalive_timeout", "compile_commands", "socketio_migration"]; // of nginx, clangd, a directory's own build
  const sources = files.filter((path) => /\.[a-z]+$/.test(path) && !/\.(md|png|ico|db|bin)$/.test(path));
  const known = new Set([...others, ...files.flatMap((path) => path.split(/[/.]/))]);
  for (const path of sources) for (const [word] of read(path).matchAll(/\w+/g)) known.add(word);
  for (const path of sources) for (const [flag] of read(path).matchAll(/(?<=--|")[a-z][a-z0-9-]+/g)) known.add(flag);
  const isOfNow = (path) => !/^(docs\/(decisions|glossary)|bench\/|CHANGELOG)/.test(path);
  nothing(
    complaints(markdown.filter(isOfNow), (line, _, path) => {
      const code = [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1]).join(" ");
      const names = code.match(/(?<=(?<![\w-])--)[a-z][a-z0-9-]+(?![\w*-])|\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g) ?? [];
      const isOfParts = path === "ARCHITECTURE.md" || path === "docs/reference/directories.md";
      const types = isOfParts ? (code.match(/\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b/g) ?? []) : [];
      const missing = [...names, ...types].filter((name) => !known.has(name) && !/^test_|_$/.test(name));
      return missing.length > 0 && `there is no ${missing.join(", ")}`;
    }),
  );
});

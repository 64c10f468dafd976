// The documents: links lead somewhere, names exist, decisions are numbered once, every error code is told.
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { complaints, files, markdown, nothing, read } from "./repository.mjs";

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
const notes = files.filter((path) => path.startsWith("docs/decisions/") && path !== indexPath);
const numberOf = (path) => path.split("/").at(-1).slice(0, 3);
const withoutLinks = (text) => text.replace(/\[(\d{3})\]\([^)]*\)/g, "$1").replace(/\s+/g, " ");

/** "accepted", "amended by 090, 241" or "superseded by 286": the paragraph below a note's title. Undefined if it is none. */
function statusOf(path) {
  const [title, status] = read(path).split("\n\n");
  const found = /^Status: (accepted|(?:amended|superseded) by \d{3}(?:, \d{3})*)$/.exec(withoutLinks(status ?? ""));
  return /^# .*$/.test(title) ? found?.[1] : undefined;
}

test("decision notes are named NNN-title.md, numbered once, and open with their title", () => {
  assert.notEqual(notes.length, 0);
  nothing(notes.filter((path) => !/\/\d{3}-[a-z0-9-]+\.md$/.test(path)));
  nothing(notes.filter((path) => !read(path).startsWith(`# ${numberOf(path)} `)));
  const numbers = notes.map(numberOf);
  nothing(numbers.filter((number, index) => numbers.indexOf(number) !== index));
});

test("a decision note has its status below its title, and the notes that amend or supersede it exist", () => {
  nothing(
    notes.filter((path) => !statusOf(path)).map((path) => `${path}: no "Status: accepted | amended by NNN | superseded by NNN"`),
  );
  const known = new Set(notes.map(numberOf));
  const missing = (path) => (statusOf(path)?.match(/\d{3}/g) ?? []).filter((by) => by === numberOf(path) || !known.has(by));
  nothing(notes.flatMap((path) => missing(path).map((by) => `${path}: there is no other note ${by}`)));
});

test("the index of decisions has one line for each note, with its title and its status", () => {
  const entries = read(indexPath)
    .split("\n")
    .filter((line) => line.startsWith("- "));
  const expected = notes.map((path) => {
    const title = /^# \d{3} (.*)$/m.exec(read(path))?.[1];
    const status = statusOf(path);
    return `- [${numberOf(path)}](${path.split("/").at(-1)}) ${title}${status === "accepted" ? "" : ` (${status})`}`;
  });
  nothing(expected.filter((line) => !entries.includes(line)).map((line) => `${indexPath} lacks: ${line}`));
  nothing(
    entries
      .filter((line, index) => !expected.includes(line) || entries.indexOf(line) !== index)
      .map((line) => `${indexPath}: ${line}`),
  );
});

test("docs/reference/errors.md tells every error code with its number", () => {
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

test("every verb is told in HACKING.md", () => {
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
      const types = path === "ARCHITECTURE.md" ? (code.match(/\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b/g) ?? []) : [];
      const missing = [...names, ...types].filter((name) => !known.has(name) && !/^test_|_$/.test(name));
      return missing.length > 0 && `there is no ${missing.join(", ")}`;
    }),
  );
});

// The documents: links lead somewhere, decisions are numbered once, every error code is told.
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { files, markdown, nothing, read } from "./repository.mjs";

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

test("decision notes are named NNN-title.md, numbered once, and open with their title", () => {
  const notes = files.filter((path) => path.startsWith("docs/decisions/"));
  assert.notEqual(notes.length, 0);
  nothing(notes.filter((path) => !/\/\d{3}-[a-z0-9-]+\.md$/.test(path)));
  nothing(notes.filter((path) => !/^# /.test(read(path))));
  const numbers = notes.map((path) => path.split("/").at(-1).slice(0, 3));
  nothing(numbers.filter((number, index) => numbers.indexOf(number) !== index));
});

test("docs/reference/errors.md tells every error code with its number", () => {
  const rows = [...read("shared/base/errors.hpp").matchAll(/\b([a-z][a-z0-9_]*) = (\d+)[,}\s]/g)].filter(([, name]) => name !== "ok");
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

// docs/glossary.md as a program reads it: its terms with the words that they replace, and the renamed identifiers.
// Import rules() or findings(); the functions are pure, so that glossary.test.mjs can show that they find what they should.

const cells = (line) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the first table below `heading`, or of the first one of the page: arrays of cells, without the header. */
function tableOf(page, heading) {
  const from = heading ? page.indexOf(`\n${heading}\n`) : 0;
  if (from < 0) return [];
  const lines = page.slice(from).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  if (first < 0) return [];
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(2, end < 0 ? undefined : end).map(cells);
}

/** The page's rules: { entries: [{ term, meaning, not: [words] }], identifiers: [{ old, now }] }. */
export function rules(page) {
  const entries = tableOf(page).map(([term, meaning, not]) => ({
    term,
    meaning,
    not: not ? not.split(",").map((word) => word.trim()) : [],
  }));
  const plain = (cell) => cell.replaceAll("`", "");
  const identifiers = tableOf(page, "## Identifiers").map(([old, now]) => ({ old: plain(old), now: plain(now) }));
  return { entries, identifiers };
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Matches any of these words as a whole, whatever its case; undefined for none. */
export function pattern(words, flags = "gi") {
  return words.length ? new RegExp(`(?<![\\w-])(?:${words.map(escaped).join("|")})(?![\\w-])`, flags) : undefined;
}

/** A document's prose: code is blanked, so that lines keep their numbers. */
export function proseOf(markdown) {
  const blank = (text) => text.replace(/[^\n]/g, " ");
  return markdown
    .replace(/^```[\s\S]*?^```$/gm, blank)
    .replace(/``[^`\n](?:[^\n]*?[^`\n])?``|`[^`\n]*`/g, blank)
    .replace(/\]\([^()\s]*\)|<!--[\s\S]*?-->/g, blank);
}

/** A source in which the string literals that consist of nothing but one of these keys are empty. */
export function withoutKeys(source, keys) {
  return keys.reduce((text, key) => text.replaceAll(`"${key}"`, '""'), source);
}

/**
 * The string literals and docstrings (`///`, `/** ... *\/`) of a C++, TypeScript or JavaScript source, in their lines; code in
 * backticks, includes and other comments are blanked.
 */
export function textsAndDocsOf(source) {
  const withoutCode = (text) => text.replace(/`[^`]*`/g, (code) => " ".repeat(code.length));
  return source
    .split("\n")
    .map((line) => {
      if (/^\s*#\s*include\b/.test(line)) return "";
      const doc = /(?:\/\/\/<?|^\s*(?:\/\*\*|\*(?!\/)))(.*?)(?:\*\/)?\s*$/.exec(line)?.[1];
      const code = /^\s*(?:\/\/|\/?\*)/.test(line) ? "" : line.replace(/(?<=\s)\/\/.*$/, "");
      const texts = [...code.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]);
      return withoutCode([...(doc === undefined ? [] : [doc]), ...texts].join(" | "));
    })
    .join("\n");
}

/** The `//` comments of a source, in their lines; docstrings and code in backticks are blanked. */
export function commentsOf(source) {
  return source
    .split("\n")
    .map((line) => {
      const [, code, comment] = /^((?:|.*\s))\/\/(?!\/)(.*)$/.exec(line) ?? [];
      const isInText = (code?.split('"').length ?? 1) % 2 === 0;
      return comment === undefined || isInText ? "" : comment.replace(/`[^`]*`/g, (text) => " ".repeat(text.length));
    })
    .join("\n");
}

// Names of other people's things, whatever words they have.
const properNames = /\bHome Screen\b/g;

/** `path:line: what` for each replaced word in `text`. */
export function findings(path, text, words) {
  const banned = pattern(words.map(({ word }) => word));
  if (!banned) return [];
  return text.split("\n").flatMap((line, index) =>
    [...line.replace(properNames, "").matchAll(banned)].map(([found]) => {
      const { term } = words.find(({ word }) => word.toLowerCase() === found.toLowerCase());
      return `${path}:${index + 1}: "${found}": write "${term}" (docs/glossary.md)`;
    }),
  );
}

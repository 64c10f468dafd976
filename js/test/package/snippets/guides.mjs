// The guides as tests see them: their snippets, with what the comment before a snippet says of it. Such a comment is
// `<!-- snippet: DIRECTIVE; DIRECTIVE -->`, just before the fence:
//   on a server         runs where there is no document
//   with tokens         runs against a server that takes only tokens; `token` is one of them
//   until NAME          has run once the page's function NAME was called; others write and invite meanwhile
//   reports CODE        `client.on("error")`, without a handler, tells this error: it must
//   then FILE           goes on with this file of js/test/package/snippets
//   not run: REASON     is compiled only
//   run by TEST         is compiled here, and run as it stands by this file, which reads the guide
//   generated           is an excerpt of what `dialogue codegen` writes
//   definitions         is JSON, and the definitions of all snippets of the guide that come after it
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../..", import.meta.url));
const scripts = ["ts", "js"];
const flags = "with tokens|on a server|generated|definitions";
const directiveForm = new RegExp(
  String.raw`^(?:(${flags})|until (\w+)|reports (\w+)|then (\w+\.mjs)|not run: (\S[^]*)|run by (\S+\.(?:mjs|ts)))$`,
);

/** What a comment says: { tokens, server, generated, definitions, until, reports, then, notRun, runBy }. */
function directives(comment, place) {
  const said = {};
  for (const directive of (comment ?? "").split(";").map((text) => text.trim())) {
    if (!directive) continue;
    const match = directiveForm.exec(directive);
    if (!match) throw new Error(`${place}: "${directive}" is no directive; js/test/package/snippets/guides.mjs has them`);
    const [, flag, until, reports, then, notRun, runBy] = match;
    if (flag) said[flag.replace(/^with |^on a /, "")] = true;
    else if (runBy) Object.assign(said, { runBy, notRun: `${runBy} runs it` });
    else Object.assign(said, until && { until }, reports && { reports: [reports] }, then && { then }, notRun && { notRun });
  }
  return said;
}

/** The guides with all of their code: [{ path, fences: [{ line, language, code, ...directives }] }]. */
export function guidesWithCode() {
  const paths = [
    "README.md",
    "js/README.md",
    "js/server/README.md",
    ...readdirSync(join(root, "docs/guides")).map((name) => `docs/guides/${name}`),
  ];
  return paths
    .filter((path) => path.endsWith(".md"))
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      const fences = [...text.matchAll(/^(?:<!-- snippet: ([\s\S]*?) -->\n)?```([\w-]+)\n([\s\S]*?)^```$/gm)];
      const described = fences.map(({ 1: comment, 2: language, 3: code, index }) => {
        const line = text.slice(0, index).split("\n").length;
        return { line, language, code, ...directives(comment, `${path}:${line}`) };
      });
      return { path, fences: described };
    });
}

/** The guides with snippets: [{ path, definitions, snippets: [{ line, language, code, ...directives }] }]. */
export function guides() {
  return guidesWithCode()
    .map(({ path, fences }) => ({
      path,
      definitions: fences.filter((each) => each.definitions).map(({ code }) => code),
      snippets: fences.filter(({ language }) => scripts.includes(language)),
    }))
    .filter(({ definitions, snippets }) => definitions.length + snippets.length);
}

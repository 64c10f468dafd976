// Every public name has a documentation comment, which editors show: each export of the package's entries and of what
// `dialogue codegen` writes, each member of those, each overload by itself. And the guide has them all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { directoryOf, run } from "../../../tests/server/app/support/program.mjs";

const js = fileURLToPath(new URL("../..", import.meta.url));
const leastOfDeclarations = {
  ".": 150,
  "./url": 150,
  "./bytes": 12,
  "./schemas": 1,
  "./push": 60,
  "./recorder": 7,
  "./traces": 20,
  "./devtools": 8,
  "./store": 40,
  "./react": 60,
  "./react/suspense": 60,
  "./vue": 60,
  "./svelte": 60,
  "./solid": 60,
  "./signals": 4,
  "./presence": 20,
  "./heads": 6,
  "./tabs": 15,
  "./yjs": 15,
  "./notifications": 12,
  "./service-worker": 0, // a script
  "./server": 20,
  "./testing": 30,
  "./testing/server": 10,
  "./vite": 15,
};

/** A name with what to say of it in a failure, and whether it has a comment. */
const place = (node, name) => {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${relative(js, file.fileName)}:${line + 1} ${name}`;
};

const isDocumented = (node) =>
  ts.getJSDocCommentsAndTags(node).some((comment) => ts.isJSDoc(comment) && ts.getTextOfJSDocComment(comment.comment)?.trim());

/** The node that a comment stands at: a constant's is its statement. */
const carrier = (node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node);

/** Members that somebody can name, of interfaces, classes, enums and of types that are written out. */
function* membersOf(node) {
  if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) yield* node.members;
  else if (ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)) yield* node.type.members;
  else if (ts.isTypeAliasDeclaration(node) && ts.isUnionTypeNode(node.type))
    for (const each of node.type.types) if (ts.isTypeLiteralNode(each)) yield* each.members;
}

/** All declarations that are reached from a module's exports: [node, name]. */
function* declarationsOf(program, path, hasMembers = () => true) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path));
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    for (const node of symbol.declarations ?? []) {
      if (ts.isExportAssignment(node)) continue; // the default export is one of the others
      yield [carrier(node), exported.name];
      if (!hasMembers(exported.name)) continue;
      for (const member of membersOf(node)) {
        const name = member.name?.getText() ?? (ts.isConstructSignatureDeclaration(member) ? "new" : "()");
        yield [member, `${exported.name}.${name}`];
      }
    }
  }
}

const options = { strict: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: [] };

const undocumented = (declarations) =>
  declarations.filter(([node]) => !isDocumented(node)).map(([node, name]) => place(node, name));

const { exports } = JSON.parse(readFileSync(join(js, "package.json"), "utf8"));
const entries = Object.entries(exports).filter(([, { types }]) => types);

for (const [entry, { types }] of entries)
  test(`every public name of "${join("dialogue-client", entry)}" has a documentation comment`, () => {
    const path = join(js, types);
    const declarations = [...declarationsOf(ts.createProgram([path], options), path)];
    assert.ok(declarations.length >= leastOfDeclarations[entry], `${declarations.length} names`);
    assert.deepEqual(undocumented(declarations), []);
  });

const serverManifest = JSON.parse(readFileSync(join(js, "server/package.json"), "utf8"));
for (const [entry, { types }] of Object.entries(serverManifest.exports).filter(([, { types }]) => types))
  test(`every public name of "${join("dialogue-server", entry)}" has a documentation comment`, () => {
    const path = join(js, "server", types);
    const declarations = [...declarationsOf(ts.createProgram([path], options), path)];
    assert.ok(declarations.length >= (entry === "." ? 90 : 1), `${declarations.length} names`);
    assert.deepEqual(undocumented(declarations), []);
  });

test("every entry of the package is listed in this test", () => {
  assert.deepEqual(entries.map(([entry]) => entry).sort(), Object.keys(leastOfDeclarations).sort());
});

/** What an application does not use by name. */
const unnamed =
  /^(DialogueApp|CallShape|PayloadBytes|WebSocketLike|DialogueErrorClass|DialogueErrorFields)\.|^(Recorder|Tracer)\.attach$/;

test("F-C38 the guides to the web client and to calls name every member that the types have, in code", () => {
  const path = join(js, "dist/index.d.ts");
  const guide = ["web-client", "calls"].map((name) => readFileSync(join(js, `../docs/guides/${name}.md`), "utf8")).join("\n");
  const code = [...guide.matchAll(/^```[^`]*^```|`[^`\n]+`/gm)].map(([text]) => text).join("\n");
  const names = [...declarationsOf(ts.createProgram([path], options), path)].map(([, name]) => name);
  const members = names.filter((name) => name.includes(".") && !unnamed.test(name));
  assert.ok(members.length > 80, `${members.length} members`);
  const lacking = members.filter((name) => !new RegExp(`\\b${name.split(".")[1].replace(/["~]/g, "")}\\b`).test(code));
  assert.deepEqual([...new Set(lacking)], []);
});

test("every name that codegen writes has a documentation comment, and a payload's members what the definitions say", () => {
  const place = { type: "object", properties: { x: { type: "number" } } };
  const twice = { at: { $ref: "#/$defs/place" }, also: { $ref: "#/$defs/place" } };
  const app = {
    events: {
      bare: { schema: { type: "object", $defs: { place }, properties: twice } },
      told: { schema: { type: "object", properties: { text: { type: "string", description: "What was said." } } } },
      fleeting: { delivery: "volatile", schema: true },
    },
    rooms: { plain: { events: ["bare"] }, "pattern-{id}": { name: "Many", maxSize: 5, events: ["told", "fleeting"] } },
  };
  const directory = directoryOf({ "app.json": app });
  const path = join(directory, "app.ts");
  assert.equal(run(["codegen", join(directory, "app.json"), "--ts", path]).stderr, "");
  const isOfDefinitions = (name) => ["Events", "Rooms"].includes(name);
  const declarations = [...declarationsOf(ts.createProgram([path], options), path, isOfDefinitions)];
  assert.ok(declarations.length >= 10, `${declarations.length} names`);
  assert.deepEqual(undocumented(declarations), []);
  assert.match(readFileSync(path, "utf8"), /\/\*\* What was said\. \*\/\n {2}text\?: string;/);
});

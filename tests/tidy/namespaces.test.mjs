// Namespaces follow layers: a file opens the namespace of its directory. dialogue itself has the vocabulary that applications
// name: shared/, the public headers, and the sources that define what those declare (decision 296).
import { test } from "node:test";
import { cpp, nothing, read } from "./repository.mjs";

const kLayers = new Map([
  ["shared/document/", "dialogue::document"], // the structs of a format: Id, Item, Type
  ["shared/", "dialogue"],
  ["server/include/", "dialogue"],
  ["server/embed/", "dialogue"],
  ["server/calls/completion.hpp", "dialogue"], // public headers have what it declares
  ["client-wasm/packing/", "dialogue::packing"],
  ["client-wasm/", "dialogue::client"],
  ["server-wasm/core/middleware.cpp", "dialogue::definitions"], // in place of one of its sources
  ["server-wasm/", "dialogue::page_server"],
]);
// They define what a public header declares.
const kPublicSources = [
  "server/app/run_app.cpp",
  "server/middleware/content_filter.cpp",
  "server/middleware/stock_middleware.cpp",
];

/** The namespace of a file's layer: the directory below server/, without what is below that. */
function namespaceOf(path) {
  if (kPublicSources.includes(path)) return "dialogue";
  for (const [directory, name] of kLayers) if (path.startsWith(directory)) return name;
  return `dialogue::${path.split("/")[1]}`;
}

const kForwardOnly = /^(?:\s*(?:enum |template <.*> )?(?:class|struct) \w+[^{};]*;)+\s*\}/;

/** Namespaces that `text` opens, without those that only declare other layers' types ahead. */
function* openedBy(text) {
  for (const { 0: opening, 1: name, index } of text.matchAll(/^namespace (dialogue[\w:]*) \{/gm))
    if (!kForwardOnly.test(text.slice(index + opening.length))) yield name;
}

const isWithin = (name, layer) =>
  name === layer || (layer === "dialogue" ? /^dialogue::\w+_detail$/.test(name) : name.startsWith(`${layer}::`));

test("a file opens the namespace of its layer", () => {
  const found = [];
  for (const path of cpp.filter((file) => /^(shared|server|client-wasm|server-wasm)\//.test(file)))
    for (const name of openedBy(read(path)))
      if (!isWithin(name, namespaceOf(path))) found.push(`${path}: namespace ${name} instead of ${namespaceOf(path)}`);
  nothing(found);
});

test("a test opens or uses the namespace of what it tests, or one of the tests' own", () => {
  const kTests = ["dialogue::testing", "dialogue::test", "dialogue::simulation", "dialogue::client::testing"];
  const found = [];
  for (const path of cpp.filter((file) => /^(tests|bench|e2e)\//.test(file)))
    for (const name of openedBy(read(path)))
      if (!kTests.includes(name) && !(path.startsWith("tests/server/") && name === namespaceOf(path.slice("tests/".length))))
        found.push(`${path}: namespace ${name}`);
  nothing(found);
});

// The structure of the web client's sources: no import cycle, small files in small directories, tests that mirror them.
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { cyclesOf, groupGraph, importGraph, importsOf } from "./import_graph.mjs";
import { complaints, files, isGenerated, lines, nothing, read, scripts } from "./repository.mjs";

const kSources = "js/src/";
const kFilesMax = 25;
const kLinesMax = 400;

// What scripts/build.mjs makes of the modules imports nothing, and is not there before the first build.
const sources = files.filter((path) => path.startsWith(kSources) && path.endsWith(".ts") && !/_?wasm\.ts$/.test(path));
const graph = importGraph(sources, read);
const dashboard = files.filter((path) => /^js\/dashboard\/.*\.ts$/.test(path));
const server = files.filter((path) => /^js\/server\/src\/.*\.ts$/.test(path));

/** A source's directory; an entry point, which stands above all directories, by its own name. */
const directoryOf = (path) => (posix.dirname(path) === "js/src" ? path : posix.dirname(path));

test("no source of the web client imports itself through others, not even for a type", () => {
  assert.ok(sources.length > 30, `${sources.length} sources`);
  assert.ok(graph.get("js/src/client/driver.ts").includes("js/src/rooms/rooms.ts"), "imports are read");
  nothing(cyclesOf(graph));
});

test("no directory of the web client imports itself through others, and none an entry point", () => {
  nothing(cyclesOf(groupGraph(graph, directoryOf)));
  const entries = sources.filter((path) => directoryOf(path) === path);
  nothing([...graph].filter(([, targets]) => targets.some((target) => entries.includes(target))).map(([path]) => path));
});

test("no source of the dashboard imports itself through others, and it needs of the client only what has no driver", () => {
  assert.ok(dashboard.length > 30, `${dashboard.length} sources`);
  nothing(cyclesOf(importGraph(dashboard, read)));
  const outside = dashboard.flatMap((path) =>
    importsOf(path, read(path)).filter((target) => !target.startsWith("js/dashboard/")),
  );
  nothing(outside.filter((target) => !/^js\/src\/(push|(api|core|validator)\/\w+)\.ts$/.test(target)));
});

test("no source of dialogue-server imports itself, and of the client it takes the types of definitions", () => {
  assert.ok(server.length > 15, `${server.length} sources`);
  nothing(cyclesOf(importGraph(server, read)));
  const outside = server.flatMap((path) => importsOf(path, read(path)).filter((target) => !target.startsWith("js/server/src/")));
  nothing(outside.filter((target) => target !== "js/src/api/definitions.ts"));
});

test("a planted cycle is found, whether it goes by a value, a type, an export or import()", () => {
  const ways = {
    value: 'import { a } from "./a.js";',
    type: "import type {\n  A,\n  B,\n} from './a.js';",
    inline: 'import { type A } from "./a.js";',
    exported: 'export type * from "./a.js";',
    effect: 'import "./a.js";',
    dynamic: 'const load = () => import("./a.js");',
  };
  for (const [name, back] of Object.entries(ways)) {
    const texts = {
      "src/a.ts": 'import { b } from "./deep/b.js";\n',
      "src/deep/b.ts": 'import { c } from "../c.js";\n',
      "src/c.ts": `// Back to a.\n${back}\n`,
    };
    const planted = importGraph(Object.keys(texts), (path) => texts[path]);
    assert.deepEqual(cyclesOf(planted), ["src/a.ts -> src/deep/b.ts -> src/c.ts -> src/a.ts"], name);
    const groups = groupGraph(planted, posix.dirname);
    assert.deepEqual(cyclesOf(groups), ["src -> src/deep -> src"], name);
    texts["src/c.ts"] = "// No way back: ./a.js\nexport const c = 1;\n";
    assert.deepEqual(cyclesOf(importGraph(Object.keys(texts), (path) => texts[path])), [], name);
  }
});

test(`no directory of the web client has more than ${kFilesMax} sources, and no source more than ${kLinesMax} lines`, () => {
  const counts = new Map();
  for (const path of [...sources, ...dashboard, ...server])
    counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  nothing([...counts].filter(([, count]) => count > kFilesMax));
  // Generated tables are read by nobody, and are as long as the tables that they are made of.
  nothing([...sources, ...dashboard, ...server].filter((path) => !isGenerated(path) && lines(path).length - 1 > kLinesMax));
});

test("each unit test of the web client stands where what it tests stands, and begins with its name", () => {
  const tests = files.filter((path) => /^js\/test\/.*\.test\.ts$/.test(path));
  assert.ok(tests.length > 20, `${tests.length} tests`);
  const found = tests.filter((path) => {
    const stem = path.slice("js/test/".length).replace(/\.test\.ts$/, "");
    return !sources.some((source) => {
      const tested = source.slice(kSources.length).replace(/\.ts$/, "");
      return stem === tested || stem.startsWith(`${tested}_`);
    });
  });
  nothing(found);
});

const kFrameworks = {
  react: ["react"],
  vue: ["vue"],
  svelte: ["svelte/reactivity"],
  solid: ["solid-js", "solid-js/store"],
  signals: ["@preact/signals-core"],
  yjs: ["yjs"],
};

test("the npm package's sources import only each other, and each binding its framework", () => {
  const found = complaints(
    scripts.filter((path) => path.startsWith(kSources)),
    (line, _, path) => {
      const imported =
        /^\s*(?:import|export|\})[^"'`]*\bfrom\s+["']([^"']+)|^\s*import\s+["']([^"']+)|\bimport\(\s*["']([^"']+)/.exec(line);
      const name = imported?.[1] ?? imported?.[2] ?? imported?.[3];
      if (name === undefined) return undefined;
      const target = posix.join(posix.dirname(path), name);
      const [, binding] = /^js\/src\/(?:api\/)?(\w+)[./]/.exec(path) ?? [];
      if (kFrameworks[binding]?.includes(name)) return undefined;
      return name.startsWith(".") && target.startsWith("js/src/") ? undefined : `imports ${name}`;
    },
  );
  nothing(found);
});

// The types that `dialogue codegen` writes are as wide as the validator: of each schema here, what the validator takes compiles
// as its type under strict rules, and what it refuses does not, unless no type can say why (`loose`).
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { directoryOf, run } from "../../../tests/server/app/support/program.mjs";

const tagged = (kind, more = {}) => ({
  type: "object",
  properties: { kind: { const: kind }, ...more },
  required: ["kind"],
  additionalProperties: false,
});
const tuple = (types, more) => ({ type: "array", prefixItems: types.map((type) => ({ type })), ...more });

/** Each: what the schema is, the schema, payloads that fit it, payloads that do not, payloads that only the validator refuses. */
const probes = [
  [
    "types beside oneOf",
    { type: ["string", "null"], oneOf: [{ type: "string" }, { type: ["integer", "null"] }] },
    ["a", null],
    [1],
  ],
  ["type beside a tag", { type: "null", oneOf: [tagged("a"), { type: "null" }] }, [null], [{ kind: "a" }]],
  ["whole numbers beside oneOf", { type: "integer", oneOf: [{ type: "number" }, { type: "null" }] }, [1], [null], [1.5]],
  [
    "a name within oneOf",
    { type: "null", oneOf: [{ $ref: "#/$defs/a" }], $defs: { a: { type: ["null", "string"] } } },
    [null],
    ["a"],
  ],
  [
    "a tuple that must be long",
    tuple(["string", "number"], { minItems: 4 }),
    [["a", 1, 2, "x"]],
    [
      ["a", 1],
      ["a", 1, 2],
    ],
  ],
  [
    "a tuple with typed rest",
    tuple(["string"], { minItems: 2, items: { type: "number" } }),
    [
      ["a", 1],
      ["a", 1, 2],
    ],
    [["a"], ["a", "b"]],
  ],
  [
    "an optional rest of a tuple",
    tuple(["string", "boolean"], { minItems: 1, items: false }),
    [["a"], ["a", true]],
    [[], ["a", null], ["a", true, 1]],
  ],
  ["a short tuple", tuple(["string", "boolean"], { maxItems: 1 }), [[], ["a"]], [["a", true]]],
  ["an open tuple", tuple(["string"]), [[], ["a"], ["a", 1, {}]], [[1]]],
  ["a long open tuple", tuple(["string"], { maxItems: 20 }), [[], ["a", 1]], [[1]], [["a", ...Array(20).fill(1)]]],
  ["a tuple that ends early", { type: "array", prefixItems: [{ type: "string" }, false] }, [[], ["a"]], [["a", 1], [1]]],
  ["no items by count", { type: "array", maxItems: 0, items: { type: "string" } }, [[]], [["a"]]],
  ["no items by schema", { type: "array", items: false }, [[]], [["a"]]],
  ["a fixed count", { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 }, [[1, 2]], [[1], [1, 2, 3]]],
  ["a list of unions", { type: "array", items: { type: ["object", "null"] } }, [[{}, null], []], [null, [1]]],
  ["a list of a tuple union", { type: "array", items: tuple(["string"], { items: false }) }, [[["a"], []]], [["a"], [[1]]]],
  ["a list with a least count", { type: "array", items: { type: "string" }, minItems: 1 }, [["a"]], [[1]], [[]]],
  [
    "others beside properties",
    { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: { type: "number" } },
    [{ a: "x" }, { a: "x", b: 1 }],
    [{ a: 1 }, { a: "x", b: true }, { b: 1 }],
    [{ a: "x", b: "y" }],
  ],
  [
    "others beside optional properties",
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "number" } },
    [{}, { a: "x" }, { b: 1 }],
    [{ a: 1 }, { b: null }, { b: [] }],
  ],
  [
    "others of properties that only must stand",
    { type: "object", required: ["a"], additionalProperties: { type: "number" } },
    [{ a: 1 }, { a: 1, b: 2 }],
    [{}, { a: "x" }, { a: 1, b: "x" }],
  ],
  [
    "an untyped schema with properties",
    { properties: { a: { type: "string" } }, required: ["a"] },
    [1, "a", null, [1], { a: "x" }, { a: "x", b: 1 }],
    [{}, { a: 1 }],
  ],
  ["an untyped closed schema", { properties: { a: true }, additionalProperties: false }, [1, {}, { a: [] }], [{ b: 1 }]],
  ["an untyped schema with items", { items: { type: "string" } }, [1, {}, ["a"]], [[1]]],
  ["an untyped schema with prefixItems", { prefixItems: [{ type: "string" }], items: false }, [1, [], ["a"]], [["a", "b"], [1]]],
  [
    "an untyped schema in a property",
    { type: "object", properties: { p: { properties: { a: { type: "null" } } } }, required: ["p"] },
    [{ p: 1 }, { p: { a: null } }],
    [{ p: { a: 1 } }],
  ],
  ["an untyped schema with bounds", { minLength: 2, minimum: 5 }, ["ab", 5, null, {}], [], ["a", 1]],
  ["a closed empty object", { type: "object", additionalProperties: false }, [{}], [{ a: 1 }, 1]],
  ["an object without properties by count", { type: "object", maxProperties: 0 }, [{}], [{ a: 1 }]],
  ["a map", { type: "object", additionalProperties: { type: ["string", "null"] } }, [{}, { a: null }], [{ a: 1 }]],
  [
    "a property that is refused",
    { type: "object", properties: { a: false, b: { type: "null" } } },
    [{}, { b: null, c: 1 }],
    [{ a: 1 }, { b: 1 }],
  ],
  ["an empty string", { type: "string", maxLength: 0 }, [""], ["a"]],
  [
    "listed values of every type",
    { enum: ["a", 1, true, null, [1, "x"], { k: [true] }] },
    ["a", 1, true, null, [1, "x"], { k: [true] }],
    ["b", 2, false, [1], { k: [] }],
  ],
  ["listed values that a bound refuses", { enum: ["a", "bbb", 7], maxLength: 2, maximum: 5 }, ["a"], ["bbb", 7]],
  ["a constant object", { const: { a: 1, b: {} } }, [{ a: 1, b: {} }], [{ a: 1 }, { a: 2, b: {} }, { a: 1, b: { c: 1 } }]],
  [
    "variants",
    { oneOf: [tagged("a", { x: { type: "number" } }), tagged("b"), { type: "string" }] },
    [{ kind: "a", x: 1 }, { kind: "b" }, "s"],
    [{ kind: "c" }, { kind: "b", x: 1 }, 1, {}],
  ],
  [
    "variants within a list",
    { type: "array", items: { oneOf: [tagged("a"), { type: "null" }] } },
    [[{ kind: "a" }, null]],
    [{ kind: "a" }, [1]],
  ],
  [
    "a type that contains itself",
    {
      type: "object",
      properties: { next: { oneOf: [{ $ref: "#" }, { type: "null" }] } },
      required: ["next"],
      additionalProperties: false,
    },
    [{ next: null }, { next: { next: null } }],
    [{}, { next: {} }, { next: 1 }],
  ],
  [
    "others that contain themselves",
    { type: "object", properties: { n: { type: "number" } }, required: ["n"], additionalProperties: { $ref: "#" } },
    [{ n: 1 }, { n: 1, a: { n: 2 } }],
    [{ a: { n: 1 } }, { n: 1, a: "x" }, { n: 1, a: {} }],
  ],
  [
    "names that need quotes",
    {
      type: "object",
      properties: { "a b": { type: "number" }, "": { type: "null" }, __proto: { type: "string" } },
      required: ["a b"],
      additionalProperties: false,
    },
    [{ "a b": 1, "": null }],
    [{ "a b": 1, "": 1 }, { "a b": "x" }],
  ],
  ["numbers", { type: ["integer", "string"] }, [1, "a"], [null, true], [1.5]],
  ["nothing", false, [], [1, null, {}, [], "a"]],
  ["anything", true, [1, null, {}, [], "a"], []],
];

const directory = directoryOf({
  "app.json": {
    events: Object.fromEntries(probes.map(([, schema], index) => [`probe-${index}`, { schema }])),
    rooms: { r: { events: probes.map((_, index) => `probe-${index}`) } },
  },
});
const app = join(directory, "app.json");
const module = join(directory, "app.ts");
assert.equal(run(["codegen", app, "--ts", module]).stderr, "");

/** Which of the payloads the validator takes. */
function accepted(event, payloads) {
  if (!payloads.length) return [];
  const input = payloads.map((payload) => `${JSON.stringify(payload)}\n`).join("");
  const { stdout } = run(["validate", app, event], { input });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).valid);
}

/** Which of the payloads are assignable to the event's type: one file for all, whose faults are told by their lines. */
function compiled(rows) {
  const path = join(directory, "payloads.ts");
  const lines = rows.map(
    ({ event, payload }, index) => `export const v${index}: Events["${event}"] = ${JSON.stringify(payload)};`,
  );
  const text = ['import type { Events } from "./app.js";', ...lines].join("\n");
  const options = {
    strict: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true) : read(name, ...rest);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => name === path || exists(name);
  const compilation = ts.createProgram([path], options, host);
  const own = compilation.getSemanticDiagnostics(compilation.getSourceFile(module)).filter(({ code }) => code !== 2307);
  assert.deepEqual(
    own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ")),
    [],
  );
  const source = compilation.getSourceFile(path);
  const faulty = new Set(
    compilation.getSemanticDiagnostics(source).map(({ start }) => source.getLineAndCharacterOfPosition(start).line),
  );
  return rows.map((_, index) => !faulty.has(index + 1));
}

const rows = probes.flatMap(([, , fits, not, loose = []], index) =>
  [fits, not, loose].flatMap((payloads, kind) => payloads.map((payload) => ({ event: `probe-${index}`, payload, kind }))),
);
const compiles = compiled(rows);

for (const [index, [name, , ...kinds]] of probes.entries())
  test(`F-D12 ${name}: the type is as wide as the validator`, () => {
    for (const [kind, payloads] of kinds.entries()) {
      const verdicts = accepted(`probe-${index}`, payloads);
      for (const [at, payload] of payloads.entries()) {
        const text = JSON.stringify(payload);
        assert.equal(verdicts[at], kind === 0, `the validator about ${text}`);
        const row = rows.findIndex((each) => each.event === `probe-${index}` && each.payload === payload && each.kind === kind);
        assert.equal(compiles[row], kind !== 1, `the compiler about ${text}`);
      }
    }
  });

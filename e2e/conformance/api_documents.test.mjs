// The documents for machines: valid by the validators of the field, the same everywhere, and good enough to generate a client
// from that talks to the real server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Parser } from "@asyncapi/parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import createClient from "openapi-fetch";
import openapiTypescript, { astToString } from "openapi-typescript";
import ts from "typescript";
import { key, useApiServer } from "./api.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const programPath = process.env.DIALOGUE_PROGRAM ?? here("../../build/release/bin/dialogue");
const committed = JSON.parse(readFileSync(here("../../docs/reference/openapi.json"), "utf8"));
const server = useApiServer();
const directory = mkdtempSync(join(tmpdir(), "dialogue-documents-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const strictOptions = { strict: true, noEmit: true, types: [], lib: ["lib.es2022.d.ts"] };
const codegen = (...args) => execFileSync(programPath, ["codegen", ...args], { encoding: "utf8" });

test("the OpenAPI document is valid, and the same from the server, the program and the repository", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(committed));
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(committed.openapi, "3.1.0");
  const { status, body } = await server.call("GET", "/openapi.json", { authorization: null });
  assert.equal(status, 200);
  assert.deepEqual(body, committed);
  assert.deepEqual(JSON.parse(codegen("--openapi", "-")), committed);
});

const definitionCases = [
  here("app.json"),
  here("../../examples/json-only/app.json"),
  ...["board_v1", "board_v2"].map((name) => here(`../definitions/${name}.json`)),
];
for (const file of definitionCases)
  test(`the AsyncAPI document of ${file.split("/").slice(-2).join("/")} is valid`, async () => {
    const text = codegen(file, "--asyncapi", "-");
    const { document, diagnostics } = await new Parser().parse(text);
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 0).map(({ message, path }) => `${path.join(".")}: ${message}`),
      [],
    );
    const { events, rooms } = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(
      document
        .allMessages()
        .all()
        .map((message) => message.name())
        .sort(),
      Object.keys(events).sort(),
    );
    assert.equal(document.allChannels().all().length, Object.keys(rooms).length);
  });

test("schemas of every kind are described in an AsyncAPI document", async () => {
  const schema = {
    type: "object",
    description: "A shape.",
    properties: {
      size: { type: "number", exclusiveMinimum: 0, maximum: 9.5, multipleOf: 0.5 },
      name: { type: ["string", "null"], minLength: 1, maxLength: 5, pattern: "^[a-z]+$" },
      when: { type: "string", format: "date-time" },
      kind: { enum: ["a", "b"] },
      version: { const: 2 },
      tags: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 3, uniqueItems: true },
      pair: { type: "array", prefixItems: [{ type: "boolean" }, { type: "string" }], items: false },
      rest: { type: "object", additionalProperties: { type: "string" }, minProperties: 1 },
      tree: { $ref: "#/$defs/tree" },
      choice: {
        oneOf: [
          { type: "object", properties: { t: { const: "x" }, n: { type: "number" } }, required: ["t", "n"] },
          { type: "object", properties: { t: { const: "y" } }, required: ["t"] },
          { type: "null" },
        ],
      },
    },
    required: ["size"],
    additionalProperties: false,
    $defs: { tree: { type: "object", properties: { children: { type: "array", items: { $ref: "#/$defs/tree" } } } } },
  };
  const file = join(directory, "shapes.json");
  writeFileSync(
    file,
    JSON.stringify({ events: { "shape.made": { schema } }, rooms: { "room:{id}": { events: ["shape.made"] } } }),
  );
  const text = codegen(file, "--asyncapi", "-");
  const { diagnostics } = await new Parser().parse(text);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 0).map(({ message }) => message),
    [],
  );
  const { components, channels, info } = JSON.parse(text);
  assert.equal(info.title, "shapes");
  assert.deepEqual(
    Object.entries(channels).map(([name, { address }]) => [name, address]),
    [["room__id_", "room:{id}"]],
  );
  const { tree, choice, ...plain } = components.schemas.ShapeMade.properties;
  const { tree: _tree, choice: wanted, ...others } = schema.properties;
  assert.deepEqual(plain, others);
  assert.match(tree.$ref, /^#\/components\/schemas\//);
  assert.equal(choice.oneOf.length, wanted.oneOf.length);
});

test("a client that is generated from the OpenAPI document has types that hold, and talks to the server", async () => {
  const declarations = astToString(await openapiTypescript(JSON.stringify(committed)));
  writeFileSync(join(directory, "api.d.ts"), declarations);
  const program = ts.createProgram([join(directory, "api.d.ts")], { ...strictOptions, target: ts.ScriptTarget.ES2022 });
  assert.deepEqual(
    ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText),
    [],
  );
  assert.match(declarations, /publishEvent/);

  const client = createClient({ baseUrl: `${server.url}/api/v1`, headers: { Authorization: `Bearer ${key}` } });
  const published = await client.POST("/rooms/{room}/events", {
    params: { path: { room: "chat" } },
    body: { event: "message", data: { text: "generated" } },
  });
  assert.deepEqual([published.response.status, published.data.room], [200, "chat"]);
  const history = await client.GET("/rooms/{room}/history", { params: { path: { room: "chat" }, query: { limit: 1 } } });
  assert.deepEqual(history.data.events[0].data, { text: "generated" });
  const refused = await client.POST("/rooms/{room}/events", {
    params: { path: { room: "chat" } },
    body: { event: "message", data: {} },
  });
  assert.deepEqual([refused.error.status, refused.error.code], [422, "required_missing"]);
});

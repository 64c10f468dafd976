// From a JSON Schema to fields of a form.
import { expect, test } from "vitest";
import { kindOf, limitsOf, pathTo, resolved } from "../form/schema.js";

test("references are followed inside the schema, and a circle of them ends as any JSON", () => {
  const root = { $defs: { "a/b": { type: "string" }, loop: { $ref: "#/$defs/loop" } } };
  expect(resolved({ $ref: "#/$defs/a~1b" }, root)).toEqual({ type: "string" });
  expect(resolved({ $ref: "#/$defs/loop" }, root)).toEqual({});
  expect(resolved({ $ref: "https://example.com/x" }, root)).toEqual({});
  expect(resolved(true, root)).toEqual({});
});

test("what no control can edit is written as JSON", () => {
  expect(kindOf({})).toBe("json");
  expect(kindOf({ type: ["string", "null"] })).toBe("json");
  expect(kindOf({ type: "object" })).toBe("json");
  expect(kindOf({ type: "array" })).toBe("json");
  expect(kindOf({ type: "integer" })).toBe("number");
  expect(kindOf({ enum: [1, "a"] })).toBe("choice");
  expect(kindOf({ const: 1 })).toBe("fixed");
  expect(kindOf({ type: "null" })).toBe("fixed");
  expect(kindOf({ const: 2 ** 64 })).toBe("json");
  expect(kindOf({ enum: [1, Number.POSITIVE_INFINITY] })).toBe("json");
});

test("limits are words", () => {
  expect(limitsOf({ type: "string", minLength: 1, maxLength: 80 })).toBe("1 to 80 characters");
  expect(limitsOf({ type: "integer", minimum: 0 })).toBe("whole number, at least 0");
  expect(limitsOf({})).toBe("");
});

test("paths are those of the validator", () => {
  expect(pathTo("$", "text")).toBe("$.text");
  expect(pathTo("$.items", 2)).toBe("$.items[2]");
  expect(pathTo("$", "a b")).toBe('$["a b"]');
});

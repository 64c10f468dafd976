// JSON Schema as the form reads it: resolved references, and a description of its values. Pure.

export interface Schema {
  type?: string | readonly string[];
  properties?: Readonly<Record<string, Schema | boolean>>;
  required?: readonly string[];
  items?: Schema | boolean;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  title?: string;
  description?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  format?: string;
  pattern?: string;
  oneOf?: readonly (Schema | boolean)[];
  anyOf?: readonly (Schema | boolean)[];
  $ref?: string;
}

export type Kind = "object" | "array" | "string" | "number" | "boolean" | "choice" | "fixed" | "variants" | "json";

const refsMax = 16; // references to references

/** `schema` itself, or the schema that it refers to inside `root`. */
export function resolved(schema: Schema | boolean | undefined, root: unknown): Schema {
  let at = schema;
  for (let left = refsMax; left > 0; --left) {
    if (typeof at !== "object") return {};
    if (at.$ref === undefined) return at;
    at = lookUp(root, at.$ref);
  }
  return {};
}

function lookUp(root: unknown, ref: string): Schema | undefined {
  if (!ref.startsWith("#")) return undefined;
  let at: unknown = root;
  for (const part of ref.slice(1).split("/").filter(Boolean)) {
    const name = decodeURIComponent(part).replace(/~1/g, "/").replace(/~0/g, "~");
    at = at && typeof at === "object" ? (at as Record<string, unknown>)[name] : undefined;
  }
  return at as Schema | undefined;
}

/** Which control edits a value of this schema; what no control can is written as JSON. */
export function kindOf(schema: Schema): Kind {
  if (schema.const !== undefined || schema.type === "null") return isExact(schema.const) ? "fixed" : "json";
  if (schema.enum) return schema.enum.every(isExact) ? "choice" : "json";
  if (schema.oneOf || schema.anyOf) return "variants";
  const { type } = schema;
  if (type === "object") return schema.properties ? "object" : "json";
  if (type === "array") return schema.items && schema.items !== true ? "array" : "json";
  if (type === "string" || type === "boolean") return type;
  if (type === "integer" || type === "number") return "number";
  return "json";
}

/** Whether a value of the definitions is exact: larger numbers were rounded when they were read. */
const isExact = (value: unknown): boolean => typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER;

/** What a value must be, in a few words. */
export function limitsOf(schema: Schema): string {
  const parts = [
    schema.format,
    rangeOf(schema.minLength, schema.maxLength, "characters"),
    schema.type === "integer" && "whole number",
    rangeOf(schema.minimum, schema.maximum),
    rangeOf(schema.minItems, schema.maxItems, "items"),
    schema.pattern && `pattern ${schema.pattern}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function rangeOf(min: number | undefined, max: number | undefined, unit = ""): string {
  if (min === undefined && max === undefined) return "";
  const range = min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`;
  return `${range} ${unit}`.trim();
}

/** A path of the validator, "$.items[0].text", for a part of a value. */
export const pathTo = (path: string, part: string | number): string =>
  typeof part === "number"
    ? `${path}[${part}]`
    : /^[A-Za-z_][\w]*$/.test(part)
      ? `${path}.${part}`
      : `${path}[${JSON.stringify(part)}]`;

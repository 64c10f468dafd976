// What docs/reference/schema.md says of a payload, as plainly as it can be written: numbers are exact, keys given twice are seen,
// and each fault has its code, its path and the place in the text from which it can be known. The validator must name a fault
// of the first such place. Nothing here is shared with the product; patterns are JavaScript's own.
import { bound, compare, decimal, isInteger, isMultiple } from "./decimal.mjs";
import { formats } from "./formats.mjs";
import { lastMembers, parse, stepOf } from "./json_tree.mjs";

/** The types that a value has: a whole number is an integer and a number. */
const typesOf = (node) =>
  node.kind !== "number" ? [node.kind] : isInteger(decimal(node.text)) ? ["integer", "number"] : ["number"];

/** Whether two values mean the same: numbers by value, objects without order, of a key given twice the last. */
export function isEqual(a, b) {
  if (a.kind !== b.kind) return false;
  if (a.kind === "number") return compare(decimal(a.text), decimal(b.text)) === 0;
  if (a.kind === "array") return a.items.length === b.items.length && a.items.every((item, i) => isEqual(item, b.items[i]));
  if (a.kind !== "object") return a.value === b.value;
  const [left, right] = [lastMembers(a), lastMembers(b)];
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && isEqual(value, right.get(key)));
}

const known = new WeakMap();

/** What a schema's tree asks: keywords by name, with the values of enum or const as `listed`; or true or false. */
function keywords(node) {
  if (node.kind === "boolean") return node.value;
  const words = known.get(node) ?? Object.fromEntries(lastMembers(node));
  words.listed = words.const ? [words.const] : words.enum?.items;
  known.set(node, words);
  return words;
}

const count = (node) => (node === undefined ? undefined : Number(node.text));
const codePoints = (text) => [...text].length;

export class Oracle {
  constructor(schema) {
    this.root = schema;
    this.faults = [];
    this.readsAhead = false; // over an object, to its tag
  }

  fault(at, code, path) {
    this.faults.push({ at, code, path });
  }

  /** The keywords of a schema, behind its references (RFC 6901 in a fragment). */
  said(schema) {
    const words = keywords(schema);
    if (words.$ref === undefined) return words;
    const steps = decodeURIComponent(words.$ref.value.slice(1)).split("/").slice(1);
    const target = steps.reduce((node, step) => {
      const token = step.replaceAll("~1", "/").replaceAll("~0", "~");
      return node.kind === "array" ? node.items[Number(token)] : lastMembers(node).get(token);
    }, this.root);
    return this.said(target);
  }

  /** Whether the schema has anything to say for values of these types: by types, lists of values and oneOf. */
  allows(schema, types) {
    const words = this.said(schema);
    if (typeof words === "boolean") return words;
    const named = words.type && (words.type.kind === "array" ? words.type.items : [words.type]).map(({ value }) => value);
    if (named?.some((name) => types.includes(name)) === false) return false;
    // Of a listed value, the narrower type: where 1 is listed, 1.5 is of another type.
    if (words.listed) return words.listed.some((value) => types.includes(typesOf(value)[0]));
    return words.oneOf ? words.oneOf.items.some((branch) => this.allows(branch, types)) : true;
  }

  check(schema, value, path) {
    const words = this.said(schema);
    if (words === true) return;
    const isContainer = value.kind === "array" || value.kind === "object";
    const at = isContainer ? value.at : value.end;
    if (words === false) return this.fault(at, "value_forbidden", path);
    if (!this.allows(schema, typesOf(value))) return this.fault(at, "wrong_type", path);
    if (words.oneOf) return this.checkVariant(words, value, path);
    if (value.kind === "number") this.checkNumber(words, decimal(value.text), at, path);
    if (value.kind === "string") this.checkString(words, value.value, at, path);
    if (value.kind === "array") this.checkArray(words, value, path);
    if (value.kind === "object") this.checkObject(words, value, path);
    if (value.end === undefined) return; // it never ends: what is only known there is not
    const { listed } = words;
    if (listed?.some((each) => isEqual(each, value)) === false)
      this.fault(value.end, listed.every((each) => isEqual(each, listed[0])) ? "not_const" : "not_in_enum", path);
  }

  checkNumber(words, value, at, path) {
    const order = (word) => (words[word] ? compare(value, bound(words[word].text)) : undefined);
    if (order("minimum") < 0 || order("exclusiveMinimum") <= 0) this.fault(at, "too_small", path);
    if (order("maximum") > 0 || order("exclusiveMaximum") >= 0) this.fault(at, "too_large", path);
    if (words.multipleOf && !isMultiple(value, bound(words.multipleOf.text))) this.fault(at, "not_multiple", path);
  }

  checkString(words, text, at, path) {
    const bytes = words.format?.value === "bytes" && formats.bytes(text) ? Buffer.from(text, "base64").length : undefined;
    if (bytes < count(words.minBytes)) this.fault(at, "too_few_bytes", path);
    if (bytes > count(words.maxBytes)) this.fault(at, "too_many_bytes", path);
    if (codePoints(text) < count(words.minLength)) this.fault(at, "too_short", path);
    if (codePoints(text) > count(words.maxLength)) this.fault(at, "too_long", path);
    if (words.pattern && !new RegExp(words.pattern.value, "u").test(text)) this.fault(at, "pattern_mismatch", path);
    if (words.format && !formats[words.format.value](text)) this.fault(at, "format_mismatch", path);
  }

  checkArray(words, { items, next, end }, path) {
    const prefix = words.prefixItems?.items ?? [];
    const most = count(words.maxItems);
    const due = items.length > most ? items[most].at : items.length === most ? next : undefined;
    if (due !== undefined) this.fault(due, "too_many_items", path);
    items.forEach((item, i) => {
      const schema = prefix[i] ?? words.items;
      if (schema) this.check(schema, item, `${path}[${i}]`);
    });
    if (end === undefined) return;
    if (items.length < count(words.minItems)) this.fault(end, "too_few_items", path);
    const second = words.uniqueItems?.value
      ? items.findIndex((item, i) => items.slice(0, i).some((each) => isEqual(each, item)))
      : -1;
    if (second >= 0) this.fault(end, "items_not_unique", `${path}[${second}]`);
  }

  checkObject(words, value, path) {
    const schemas = words.properties ? lastMembers(words.properties) : new Map();
    const required = words.required?.items.map((name) => name.value) ?? [];
    const seen = new Set();
    for (const member of value.members) {
      const { key, at } = member;
      const inner = path + stepOf(member);
      const isDeclared = schemas.has(key) || required.includes(key);
      if (isDeclared && seen.has(key)) this.fault(at, "duplicate_key", inner);
      seen.add(key);
      const schema = schemas.get(key) ?? words.additionalProperties;
      if (!schema) continue;
      if (!schemas.has(key) && this.said(schema) === false) this.fault(at, "property_unknown", inner);
      else if (member.value) this.check(schema, member.value, inner);
    }
    if (value.end === undefined) return;
    if (required.some((name) => !seen.has(name))) this.fault(value.end, "required_missing", path);
    if (seen.size < count(words.minProperties)) this.fault(value.end, "too_few_properties", path);
    if (seen.size > count(words.maxProperties)) this.fault(value.end, "too_many_properties", path);
  }

  /** The one branch that the value can be of: by its type, among several objects by their tag. */
  checkVariant(words, value, path) {
    const branches = words.oneOf.items;
    const candidates = branches.filter((branch) => this.allows(branch, typesOf(value)));
    const tag = value.kind === "object" ? this.tagOf(branches, words.discriminator) : undefined;
    if (tag === undefined) return this.check(candidates[0], value, path);
    this.readsAhead ||= value.end === undefined;
    const member = value.members.find(({ key }) => key === tag);
    if (!member) return value.end !== undefined && this.fault(value.end, "required_missing", path);
    if (!member.value) return;
    const branch = candidates.find((each) => this.tagValue(each, tag) === member.value.value);
    if (branch && member.value.kind === "string") return this.check(branch, value, path);
    this.fault(member.value.end ?? member.value.at, "variant_unknown", path + stepOf(member));
  }

  tagValue(branch, tag) {
    const words = this.said(branch);
    const schema = words.properties && lastMembers(words.properties).get(tag);
    const constant = schema && this.said(schema);
    return words.required?.items.some(({ value }) => value === tag) ? constant?.listed?.[0].value : undefined;
  }

  /** The property whose constants tell the object branches apart: named, or the first; undefined for a single branch. */
  tagOf(branches, discriminator) {
    if (discriminator) return lastMembers(discriminator).get("propertyName").value;
    const objects = branches.filter((branch) => this.allows(branch, ["object"]));
    const names = objects.length > 1 ? [...lastMembers(this.said(objects[0]).properties).keys()] : [];
    const tells = (name) => {
      const values = objects.map((branch) => this.tagValue(branch, name));
      return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
    };
    return names.filter(tells).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))[0];
  }
}

/**
 * The verdicts that a payload may get: [] when it is valid, else [{ code, path }], all of the same place in the text. A fault of
 * the text itself may be told for any value around it: the schema need not look at what is inside.
 */
export function verdicts(schemaTree, payload) {
  const { tree, fault } = parse(payload);
  const oracle = new Oracle(schemaTree);
  if (tree) oracle.check(schemaTree, tree, "$");
  const first = Math.min(...oracle.faults.map(({ at }) => at), fault?.at ?? Number.POSITIVE_INFINITY);
  const expected = oracle.faults.filter(({ at }) => at === first);
  if (fault && (fault.at === first || oracle.readsAhead)) expected.push({ ...fault, isAround: true });
  // On its way to the tag the validator does not look at commas: where one is missing, it goes on.
  if (fault?.code === "json_syntax" && oracle.readsAhead)
    for (const code of ["variant_unknown", "required_missing"]) expected.push({ code, path: fault.path, isAround: true });
  return expected;
}

const isAround = (outer, inner) => inner.startsWith(outer) && /^$|^[.[]/.test(inner.slice(outer.length));

/** Whether { code, path } is one of the verdicts expected; paths are cut after 256 bytes. */
export function isExpected(expected, { code, path }) {
  if (expected.length === 0) return code === "ok";
  return expected.some((each) => {
    if (each.code !== code) return false;
    if (path.endsWith("...")) return each.path.startsWith(path.slice(0, -3));
    return each.isAround ? isAround(path, each.path) : each.path === path;
  });
}

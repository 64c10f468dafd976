// Random schemas of the subset in docs/reference/schema.md, as trees of json_tree.mjs, and numbers and keys that are at home in
// tests of this kind. With `exact`, numbers are such that doubles cannot tell them apart.
import { bound, compare } from "./decimal.mjs";
import { formats } from "./formats.mjs";
import { ofArray, ofBoolean, ofNull, ofNumber, ofObject, ofString } from "./json_tree.mjs";
import { generatePattern } from "./pattern_generator.mjs";

const kTypes = ["null", "boolean", "integer", "number", "string", "array", "object"];
export const kKeys = ["a", "b", "c", "id", "text", "kind", "a b", "é", "$x", "0", "", "a/b", "m~n", "😀", 'x"y', "per%cent", "B"];
/** What every object of JavaScript has. */
const kInheritedKeys = ["__proto__", "toString", "constructor", "valueOf", "hasOwnProperty", "length"];
const kStrings = [
  "",
  "a",
  "b",
  "ab",
  "aa",
  "A",
  "é",
  "e\u0301",
  "😀",
  "a😀b",
  "\u0000",
  "\n",
  '"',
  "\\",
  "null",
  "0",
  "1",
  "\u2028",
  "long enough",
];
const kExactNumbers = [
  "0.1",
  "0.3",
  "0.30000000000000004",
  "1e-7",
  "9007199254740993",
  "9007199254740992",
  "1.5e30",
  "1e21",
  "1e-400",
  "1e400",
];
const kMoreExact = [
  "223567784079510620",
  "123456789012345678901234567890",
  "-0.0",
  "0e9",
  "4.35",
  "0.01",
  "1.005",
  "19.99",
  "5e-324",
  "3e5000",
];
const kSteps = ["1", "2", "3", "7", "10", "0.5", "0.25", "4"];
const kExactSteps = [
  "0.1",
  "0.01",
  "0.3",
  "1e-7",
  "1e21",
  "0.07",
  "1.5e300",
  "3e-20",
  "123456789",
  "2.5",
  "18446744073709551616",
];

export const aKey = (random) => (random.chance(2) ? random.pick(kInheritedKeys) : random.pick(kKeys));

/** The same number written in another way. */
export function otherwise(random, text) {
  if (!/^-?[1-9]\d*$/.test(text) || !random.chance(15)) return text;
  return random.pick([`${text}.0`, `${text}e0`, `${text}.00E+0`, `${text}0e-1`]);
}

/** Of numbers that a double holds exactly, or of any. */
export function aNumber(random, exact) {
  if (exact && random.chance(35)) return random.pick(random.chance(50) ? kExactNumbers : kMoreExact);
  if (exact && random.chance(30)) return `${random.between(-999, 999)}e${random.between(-30, 30)}`;
  if (random.chance(70)) return String(random.between(-10, 20));
  return String(random.between(-40, 80) / 4);
}

class SchemaGenerator {
  constructor(random, exact) {
    this.random = random;
    this.exact = exact;
    this.left = 25; // schemas that may still have others inside
    this.definitions = []; // { name, type, node }
  }

  /** A JSON value, of one of the types when some are named. */
  value(types = kTypes, depth = 0) {
    const { random } = this;
    const type = random.pick(depth > 2 ? types.filter((each) => each !== "array" && each !== "object") : types) ?? "null";
    if (type === "null") return ofNull();
    if (type === "boolean") return ofBoolean(random.chance(50));
    if (type === "string") return ofString(random.pick(kStrings));
    if (type === "array") return ofArray(Array.from({ length: random.below(4) }, () => this.value(kTypes, depth + 1)));
    if (type === "object") {
      const keys = [...new Set(Array.from({ length: random.below(4) }, () => aKey(random)))];
      return ofObject(keys.map((key) => [key, this.value(kTypes, depth + 1)]));
    }
    const text = type === "integer" ? String(random.between(-5, 20)) : aNumber(random, this.exact);
    return ofNumber(otherwise(random, text));
  }

  /** Words with probabilities: those that were taken, as members. */
  words(rows) {
    return rows.filter(([, percent]) => this.random.chance(percent)).map(([word, , node]) => [word, node()]);
  }

  counts(least, most, limit) {
    const [first, second] = [this.random.below(limit), this.random.below(limit)].sort((a, b) => a - b);
    const written = (count) => ofNumber(otherwise(this.random, String(count)));
    return this.words([
      [least, 35, () => written(first)],
      [most, 35, () => written(second)],
    ]);
  }

  finite() {
    for (;;) {
      const text = aNumber(this.random, this.exact);
      if (Number.isFinite(Number(text))) return text;
    }
  }

  numberWords() {
    const { random } = this;
    const [low, high] = [this.finite(), this.finite()].sort((a, b) => compare(bound(a), bound(b)));
    const isEmpty = compare(bound(low), bound(high)) === 0;
    const step = this.exact && random.chance(60) ? random.pick(kExactSteps) : random.pick(kSteps);
    return this.words([
      [isEmpty || random.chance(60) ? "minimum" : "exclusiveMinimum", 45, () => ofNumber(otherwise(random, low))],
      [isEmpty || random.chance(60) ? "maximum" : "exclusiveMaximum", 45, () => ofNumber(otherwise(random, high))],
      ["multipleOf", this.exact ? 45 : 25, () => ofNumber(otherwise(random, step))],
    ]);
  }

  stringWords() {
    const pattern = () => {
      const { text, sample } = generatePattern(this.random);
      return { ...ofString(text), sample };
    };
    const names = this.random.chance(25) ? ["bytes"] : Object.keys(formats); // bytes have keywords of their own
    const format = this.random.chance(20) ? this.random.pick(names) : undefined;
    const isBytes = format === "bytes";
    return [
      ...this.counts(isBytes ? "minBytes" : "minLength", isBytes ? "maxBytes" : "maxLength", 6),
      ...this.words([["pattern", 20, pattern]]),
      ...(format ? [["format", ofString(format)]] : []),
    ];
  }

  arrayWords(depth) {
    const some = () => Array.from({ length: this.random.between(1, 3) }, () => this.schema(depth + 1));
    return [
      ...this.counts("minItems", "maxItems", 5),
      ...this.words([
        ["items", 60, () => this.schema(depth + 1)],
        ["prefixItems", 25, () => ofArray(some())],
        ["uniqueItems", 30, () => ofBoolean(this.random.chance(85))],
      ]),
    ];
  }

  objectWords(depth) {
    const { random } = this;
    const names = [...new Set(Array.from({ length: random.between(0, 5) }, () => aKey(random)))];
    const closed = random.chance(40) ? ofBoolean(false) : this.schema(depth + 1);
    const others = closed.value === false || random.chance(80) ? [] : [random.pick(kKeys)].filter((key) => !names.includes(key));
    const properties = names.map((name) => [name, this.schema(depth + 1)]);
    const possible = properties.filter(([, schema]) => schema.value !== false).map(([name]) => name); // else nothing could fit
    const required = [...random.some(possible, 50), ...others];
    const isBounded = required.length === 0 && random.chance(50);
    const words = [
      ...(names.length ? [["properties", ofObject(properties)]] : []),
      ...(required.length ? [["required", ofArray(required.map(ofString))]] : []),
      ...this.words([["additionalProperties", 50, () => closed]]),
      ...(isBounded ? this.counts("minProperties", "maxProperties", 4) : []),
      ...(!isBounded && random.chance(12) ? [["minProperties", ofNumber(random.between(1, 3))]] : []),
    ];
    return random.chance(50) ? words : words.reverse();
  }

  wordsFor(type, depth) {
    if (type === "integer" || type === "number") return this.numberWords();
    if (type === "string") return this.stringWords();
    if (type === "array") return this.arrayWords(depth);
    return type === "object" ? this.objectWords(depth) : [];
  }

  annotations() {
    if (!this.random.chance(8)) return [];
    return this.words([
      ["title", 40, () => ofString(this.random.pick(kStrings))],
      ["description", 40, () => ofString("what it is")],
      ["$comment", 30, () => ofString("why")],
      ["default", 30, () => this.value()],
      ["examples", 30, () => ofArray([this.value()])],
      ["deprecated", 20, () => ofBoolean(true)],
    ]);
  }

  /** An object of keywords for values of these types; `types` undefined says nothing about types. */
  typed(types, depth) {
    const { random } = this;
    const asked = types ?? random.some(["number", "string", "array", "object"], 40);
    const groups = asked.flatMap((type) => (type === "integer" && asked.includes("number") ? [] : this.wordsFor(type, depth)));
    const type = types && (types.length === 1 && random.chance(90) ? ofString(types[0]) : ofArray(types.map(ofString)));
    return ofObject([...(type ? [["type", type]] : []), ...groups, ...this.annotations()]);
  }

  listed() {
    const { random } = this;
    const types = random.chance(30) ? [random.pick(kTypes)] : undefined;
    const values = Array.from({ length: random.between(1, 5) }, () => this.value(types));
    const words = random.chance(40) ? ["const", values[0]] : ["enum", ofArray(values)];
    return ofObject([...(types ? [["type", ofString(types[0])]] : []), words, ...this.annotations()]);
  }

  reference(name) {
    const token = encodeURI(name.replaceAll("~", "~0").replaceAll("/", "~1")).replaceAll("#", "%23");
    return ofObject([["$ref", ofString(`#/$defs/${token}`)], ...this.annotations()]);
  }

  tagged(depth) {
    const { random } = this;
    const tag = random.pick(kKeys);
    const values = [...new Set(Array.from({ length: random.between(2, 4) }, () => random.pick(kStrings)))];
    const isNamed = random.chance(50) || values.length === 1;
    const branches = values.map((value) => {
      const rest = this.objectWords(depth).filter(
        ([word]) => !["properties", "required", "minProperties", "maxProperties"].includes(word),
      );
      const names = random.some(kKeys, 15).filter((name) => name !== tag);
      const constant = ofObject([random.chance(80) ? ["const", ofString(value)] : ["enum", ofArray([ofString(value)])]]);
      const others = names.map((name) => [name, this.schema(depth + 1)]);
      const properties = [[tag, constant], ...others];
      const possible = others.filter(([, schema]) => schema.value !== false).map(([name]) => name);
      const required = [tag, ...random.some(possible, 40)];
      return ofObject([
        ["type", ofString("object")],
        ["properties", ofObject(random.chance(50) ? properties : properties.reverse())],
        ["required", ofArray(required.map(ofString))],
        ...rest,
      ]);
    });
    const named = isNamed ? [["discriminator", ofObject([["propertyName", ofString(tag)]])]] : [];
    return { branches, named };
  }

  oneOf(depth) {
    const { random } = this;
    const { branches, named } = random.chance(50) ? this.tagged(depth) : { branches: [], named: [] };
    const groups = [["null"], ["boolean"], [random.pick(["integer", "number"])], ["string"], ["array"]];
    if (!branches.length) groups.push(["object"]);
    const chosen = random.some(groups, 40);
    if (!chosen.length && !branches.length) chosen.push(["string"]);
    for (const types of chosen) {
      const same = this.definitions.filter(({ type }) => types.length === 1 && type === types[0]);
      if (same.length && random.chance(40)) branches.push(this.reference(random.pick(same).name));
      else branches.push(this.typed(types, depth + 1));
    }
    return ofObject([["oneOf", ofArray(branches)], ...named, ...this.annotations()]);
  }

  schema(depth) {
    const { random } = this;
    this.left -= 1;
    if (random.chance(depth ? 6 : 1)) return random.pick([ofBoolean(true), ofBoolean(false), ofObject([])]);
    if (depth > 0 && random.chance(12) && this.definitions.length) return this.reference(random.pick(this.definitions).name);
    if (depth > 0 && random.chance(2)) return ofObject([["$ref", ofString("#")]]);
    if (random.chance(depth ? 18 : 4)) return this.listed();
    const isLeaf = depth > 4 || this.left < 0;
    if (isLeaf) return this.typed([random.pick(kTypes.slice(0, 5))], depth);
    if (random.chance(14)) return this.oneOf(depth);
    if (random.chance(12)) return this.typed(undefined, depth);
    const containers = Array.from({ length: depth < 2 ? 8 : 1 }, () => ["object", "array"]).flat();
    const types = random.chance(80) ? [random.pick([...kTypes, ...containers])] : random.some(kTypes, 40);
    return this.typed(types.length ? types : ["string"], depth);
  }

  generate() {
    for (const name of this.random.some(["node", "a/b", "m~n", "per%cent", "é"], 25)) {
      const type = this.random.pick(kTypes);
      this.definitions.push({ name, type });
    }
    const root = this.schema(0);
    const members = root.kind === "object" ? root.members.map(({ key, value }) => [key, value]) : [];
    const bodies = this.definitions.map(({ name, type }) => [name, this.typed([type], 2)]);
    if (root.kind === "object" && bodies.length) return ofObject([...members, ["$defs", ofObject(bodies)]]);
    return this.definitions.length ? ofObject([...members, ["$defs", ofObject(bodies)]]) : root;
  }
}

/** A schema as a tree. The nodes of patterns have `sample()`, which gives strings for them. */
export const generateSchema = (random, { exact = false } = {}) => new SchemaGenerator(random, exact).generate();

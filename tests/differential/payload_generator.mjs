// Payloads for a schema: fitting ones as a rule, near the schema's bounds, then some that are spoiled, and some whose text is
// damaged. Each is a Buffer.
import { decimal } from "./decimal.mjs";
import { copy, lastMembers, ofArray, ofBoolean, ofNull, ofNumber, ofObject, ofString, write } from "./json_tree.mjs";
import { Oracle } from "./oracle.mjs";
import { nearString } from "./pattern_generator.mjs";
import { aKey, aNumber, otherwise } from "./schema_generator.mjs";

const kTypes = ["null", "boolean", "integer", "number", "string", "array", "object"];
const kCharacters = [..."abcdefgh é😀𝒳", "\u0301", "\n"];
const kFormatted = {
  "date-time": ["2024-02-29T23:59:60Z", "1985-04-12T23:20:50.52Z", "1990-12-31t15:59:60-08:00", "2023-02-29T00:00:00Z"],
  date: ["2024-02-29", "1900-02-29", "2000-02-29", "2023-04-31", "2023-12-31"],
  time: ["23:59:60Z", "22:59:60Z", "00:00:00+00:00", "12:30:45.123-05:30", "24:00:00Z", "00:29:60+00:30"],
  email: ["a@b.c", "first.last+tag@example.com", '"a b"@x.y', "a@[127.0.0.1]", "a@[IPv6:::1]", "a..b@c", '"\\""@x'],
  hostname: ["a", "example.com", "xn--a-b.c", "-a.b", "a-.b", "a.b.", "1.2.3", `${"a".repeat(63)}.b`, `${"a".repeat(64)}.b`],
  ipv4: ["127.0.0.1", "255.255.255.255", "256.0.0.1", "01.2.3.4", "0.0.0.0", "1.2.3"],
  ipv6: [
    "::",
    "::1",
    "1::",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "1::2::3",
    "::ffff:1.2.3.4",
    "1:2:3:4:5:6:7::",
    "12345::",
    "fe80::1%a",
  ],
  uri: [
    "a:",
    "http://a/b?c#d",
    "urn:x:y",
    "http://[::1]:80/",
    "//a",
    "http://a b",
    "http://u:p@h:1/%41",
    "a:/b",
    "http://[::g]",
    "x://%zz",
  ],
  uuid: ["2EB8AA08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08-aa98-11ea-b4aa73b441d16380", "00000000-0000-0000-0000-000000000000"],
  bytes: ["", "YQ==", "YWI=", "YWJj", "YWJjZA==", "YWJjZGVm", "YWJjZGVmZw==", "YR==", "YQ=", "YQ", "YW Jj", "+/+/"],
};

class PayloadGenerator {
  constructor(random, schema, exact) {
    this.random = random;
    this.exact = exact;
    this.schema = schema;
    this.oracle = new Oracle(schema); // for its references
  }

  payload() {
    const { random } = this;
    this.left = 60;
    let tree = this.fitting(this.schema, 0);
    if (random.chance(35)) for (let left = random.between(1, 2); left > 0; --left) tree = this.spoiled(tree);
    if (random.chance(1)) for (let left = random.between(28, 36); left > 0; --left) tree = this.around(tree);
    const bytes = Buffer.from(this.text(tree));
    return random.chance(6) ? this.damaged(bytes) : bytes;
  }

  around(tree) {
    return this.random.chance(70) ? ofArray([tree]) : ofObject([["a", tree]]);
  }

  /** A value that fits as a rule. */
  fitting(schema, depth) {
    const { random } = this;
    const words = this.oracle.said(schema);
    this.left -= 1;
    if (typeof words === "boolean" || depth > 8 || this.left < 0) return this.anything(depth);
    if (words.oneOf) return this.fitting(random.pick(words.oneOf.items), depth);
    if (words.listed && random.chance(85)) return copy(random.pick(words.listed));
    const named = words.type && (words.type.kind === "array" ? words.type.items : [words.type]).map(({ value }) => value);
    // Without a type, what the keywords are about.
    const told = kTypes.filter((type) => this.isAbout(words, type));
    const type = random.pick(named ?? (told.length && random.chance(80) ? told : kTypes));
    if (type === "integer" || type === "number") return ofNumber(this.number(words, type === "integer"));
    if (type === "string") return ofString(this.string(words));
    if (type === "array") return this.array(words, depth);
    return type === "object" ? this.object(words, depth) : this.anything(9, [type]);
  }

  isAbout(words, type) {
    const about = {
      number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
      string: ["minLength", "maxLength", "minBytes", "maxBytes", "pattern", "format"],
      array: ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"],
      object: ["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
    };
    return about[type]?.some((word) => words[word]) ?? false;
  }

  anything(depth, types = kTypes) {
    const { random } = this;
    const type = random.pick(depth > 5 ? types.filter((each) => each !== "array" && each !== "object") : types) ?? "null";
    if (type === "null") return ofNull();
    if (type === "boolean") return ofBoolean(random.chance(50));
    if (type === "string") return ofString(this.string({}));
    if (type === "array") return ofArray(Array.from({ length: random.below(3) }, () => this.anything(depth + 2)));
    if (type === "object")
      return ofObject(Array.from({ length: random.below(3) }, () => [aKey(random), this.anything(depth + 2)]));
    return ofNumber(this.number({}, type === "integer"));
  }

  /** At a bound, just beside it, or a multiple. */
  number(words, isWhole) {
    const { random } = this;
    const bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].filter((word) => words[word]);
    let text = bounds.length && random.chance(70) ? this.near(words[random.pick(bounds)].text) : aNumber(random, this.exact);
    if (words.multipleOf && random.chance(65)) text = this.multiple(words.multipleOf.text);
    if (isWhole && random.chance(80) && decimal(text).exponent < 0) text = String(random.between(-10, 20));
    return otherwise(random, text);
  }

  multiple(step) {
    const { digits, exponent } = decimal(String(Number(step)));
    const whole = digits * BigInt(this.random.between(-12, 40));
    return exponent === 0 ? String(whole) : `${whole}e${exponent}`;
  }

  near(text) {
    const { random } = this;
    const { digits, exponent } = decimal(String(Number(text)));
    const written = (whole, places) => (places === 0 ? String(whole) : `${whole}e${places}`);
    if (random.chance(35)) return written(digits, exponent);
    if (!this.exact) return String(Number(text) + random.pick([-1, 1, -0.25, 0.25]));
    const places = random.pick([1, 2, 5, 20]);
    return written(digits * 10n ** BigInt(places) + BigInt(random.pick([-1, 1])), exponent - places);
  }

  string(words) {
    const { random } = this;
    if (words.pattern?.sample && random.chance(80)) return words.pattern.sample();
    if (words.minBytes && random.chance(40)) return random.pick(["", "YQ==", "YWI="]); // at the bound, and below
    if (words.format && random.chance(90)) {
      const text = random.pick(kFormatted[words.format.value]);
      return random.chance(65) ? text : nearString(random, text);
    }
    const [least, most] = [words.minLength, words.maxLength].map((word) => word && Number(word.text));
    const length = random.pick([least, most, least ?? 0, most ?? 3, (least ?? 1) - 1, (most ?? 3) + 1]) ?? random.below(4);
    return Array.from({ length: Math.max(0, length) }, () => random.pick(kCharacters)).join("");
  }

  count(words, least, most) {
    const [low, high] = [words[least], words[most]].map((word) => word && Number(word.text));
    if (this.random.chance(75)) return this.random.between(low ?? 0, Math.max(low ?? 0, high ?? (low ?? 0) + 2));
    return Math.max(0, this.random.pick([(low ?? 1) - 1, (high ?? 2) + 1]));
  }

  array(words, depth) {
    const { random } = this;
    const prefix = words.prefixItems?.items ?? [];
    const items = [];
    for (let left = this.count(words, "minItems", "maxItems"); left > 0; --left) {
      if (items.length && random.chance(words.uniqueItems ? 12 : 5)) {
        items.push(this.rewritten(random.pick(items)));
        continue;
      }
      const schema = prefix[items.length] ?? words.items;
      items.push(schema ? this.fitting(schema, depth + 1) : this.anything(depth + 1));
    }
    return ofArray(items);
  }

  /** The same value in another form: members in another order, numbers written differently. */
  rewritten(tree) {
    const same = copy(tree);
    if (same.kind === "object") same.members.reverse();
    if (same.kind === "number") same.text = otherwise(this.random, same.text);
    return same;
  }

  object(words, depth) {
    const { random } = this;
    const schemas = words.properties ? lastMembers(words.properties) : new Map();
    const required = words.required?.items.map(({ value }) => value) ?? [];
    const names = new Set([...(random.chance(92) ? required : []), ...random.some([...schemas.keys()], 60)]);
    const isClosed = words.additionalProperties && this.oracle.said(words.additionalProperties) === false;
    for (let left = isClosed ? (random.chance(8) ? 1 : 0) : random.below(3); left > 0; --left) names.add(aKey(random));
    const members = [...names].map((name) => {
      const schema = schemas.get(name) ?? words.additionalProperties;
      return [name, schema ? this.fitting(schema, depth + 1) : this.anything(depth + 1)];
    });
    if (members.length && random.chance(4)) members.push([random.pick(members)[0], this.anything(depth + 1)]);
    if (random.chance(50)) members.sort(() => random.below(3) - 1);
    return ofObject(members);
  }

  /** The tree with one value inside changed. */
  spoiled(tree) {
    const { random } = this;
    if (tree.kind === "array" && tree.items.length && random.chance(75)) {
      const at = random.below(tree.items.length);
      tree.items[at] = this.spoiled(tree.items[at]);
      return tree;
    }
    if (tree.kind === "object" && tree.members.length && random.chance(75)) {
      const member = random.pick(tree.members);
      member.value = this.spoiled(member.value);
      return tree;
    }
    if (random.chance(30)) return this.anything(2);
    if (tree.kind === "number") return ofNumber(Number.isFinite(Number(tree.text)) ? this.near(tree.text) : tree.text);
    if (tree.kind === "string") return ofString(nearString(random, tree.value));
    if (tree.kind === "array") {
      if (random.chance(50)) tree.items.push(tree.items.length ? this.rewritten(random.pick(tree.items)) : this.anything(2));
      else tree.items.pop();
      return tree;
    }
    if (tree.kind === "object") {
      if (random.chance(50)) tree.members.push({ key: aKey(random), value: this.anything(2) });
      else tree.members.splice(random.below(tree.members.length + 1), 1);
      return tree;
    }
    return this.anything(2);
  }

  /** With white space, and with characters escaped that need not be. */
  text(tree) {
    const { random } = this;
    if (random.chance(60)) return write(tree);
    const space = () => (random.chance(20) ? random.pick([" ", "\n", "\t", "\r\n"]) : "");
    const quote = (string) => {
      const escaped = [...string].map((character) => {
        if (!random.chance(15)) return JSON.stringify(character).slice(1, -1);
        const units = character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
        return units.join("");
      });
      return `"${escaped.join("")}"`;
    };
    return space() + write(tree, space, quote) + space();
  }

  damaged(bytes) {
    const { random } = this;
    const at = random.below(bytes.length + 1);
    const put = random.pick([
      ",",
      "]",
      "}",
      ":",
      '"',
      "\\",
      "\\ud800",
      "\\udc00x",
      "\ufeff",
      "01",
      "1.",
      "-",
      "e",
      "nul",
      "\u0000",
      "'",
    ]);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (random.below(5)) {
      case 0:
        return before;
      case 1:
        return Buffer.concat([before, after.subarray(random.between(1, 2))]);
      case 2:
        return Buffer.concat([before, Buffer.from([random.pick([0x80, 0xc0, 0xed, 0xff, 0xe2, 0xf4])]), after]);
      case 3:
        return Buffer.concat([before, Buffer.from(put), after.subarray(1)]);
      default:
        return Buffer.concat([before, Buffer.from(put), after]);
    }
  }
}

/** `count` payloads for a schema's tree. */
export function generatePayloads(random, schema, count, { exact = false } = {}) {
  const generator = new PayloadGenerator(random, schema, exact);
  return Array.from({ length: count }, () => generator.payload());
}

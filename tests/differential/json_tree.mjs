// JSON as a tree that keeps what JSON.parse loses: the digits of numbers, keys that are given twice, where each value stands.
// A node is { kind: "null" | "boolean" | "number" | "string" | "array" | "object", at, end, ... }:
//   boolean `value`; number `text`; string `value`
//   array `items`; object `members`: [{ key, raw, at, value }], raw being the key as it was sent
// A text with a fault gives what was read before it: the containers that never end have no `end`.

/** What ends the reading: `code` as docs/reference/errors.md names it, `at` the byte. */
class Fault extends Error {
  constructor(code, at) {
    super(code);
    Object.assign(this, { code, at });
  }
}

const kDepthMax = 32;
const kSpaces = [0x20, 0x09, 0x0a, 0x0d];
const kNumber = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const kEscapes = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const char = (text) => text.charCodeAt(0);

/** How a member is named in a path: `.price`, or as it was sent, `["a b"]`. */
export const stepOf = ({ key, raw }) => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `["${raw}"]`);

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.latin = bytes.toString("latin1"); // a character for each byte
    this.at = 0;
    this.path = "$"; // of the value that is being read
  }

  space() {
    while (kSpaces.includes(this.bytes[this.at])) this.at += 1;
  }

  expect(text) {
    for (const each of text) {
      if (this.latin[this.at] !== each) throw new Fault("json_syntax", this.at);
      this.at += 1;
    }
  }

  /** Reads one value into `hold`, which keeps it also when a fault ends the reading. */
  value(hold, depth) {
    const at = this.at;
    const first = this.latin[at];
    if (first === "[" || first === "{") {
      if (depth === kDepthMax) throw new Fault("json_depth", at);
      const node = first === "[" ? { kind: "array", at, items: [] } : { kind: "object", at, members: [] };
      hold(node);
      this.at += 1;
      if (first === "[") this.items(node, depth + 1);
      else this.members(node, depth + 1);
      node.end = this.at;
      return;
    }
    const scalar = this.scalar(first);
    hold({ ...scalar, at, end: this.at });
  }

  items(node, depth) {
    this.space();
    if (this.latin[this.at] === "]") return void (this.at += 1);
    for (;;) {
      this.space();
      node.next = this.at; // an item is due here, whether it can be read or not
      const path = this.path;
      this.path += `[${node.items.length}]`;
      this.value((item) => {
        node.next = undefined;
        node.items.push(item);
      }, depth);
      this.path = path;
      this.space();
      if (this.latin[this.at] === "]") return void (this.at += 1);
      this.expect(",");
    }
  }

  members(node, depth) {
    this.space();
    if (this.latin[this.at] === "}") return void (this.at += 1);
    for (;;) {
      this.space();
      const at = this.at;
      const key = this.string();
      const raw = this.bytes.toString("utf8", at + 1, this.at - 1);
      this.space();
      this.expect(":");
      const member = { key, raw, at };
      node.members.push(member);
      this.space();
      const path = this.path;
      this.path += stepOf(member);
      this.value((value) => (member.value = value), depth);
      this.path = path;
      this.space();
      if (this.latin[this.at] === "}") return void (this.at += 1);
      this.expect(",");
    }
  }

  scalar(first) {
    if (first === '"') return { kind: "string", value: this.string() };
    for (const [word, value] of [
      ["null", null],
      ["true", true],
      ["false", false],
    ]) {
      if (first !== word[0]) continue;
      this.expect(word);
      return value === null ? { kind: "null" } : { kind: "boolean", value };
    }
    kNumber.lastIndex = this.at;
    const [text] = kNumber.exec(this.latin) ?? [];
    if (text === undefined) throw new Fault("json_syntax", this.at);
    this.at += text.length;
    // A point or an "e" that may still come, without its digits, is a fault of the number.
    const [rest] = /e/i.test(text) ? [""] : (/^(?:\.|e)/i.exec(this.latin.slice(this.at, this.at + 1)) ?? [""]);
    if (rest !== "" && !(rest === "." && text.includes("."))) throw new Fault("json_syntax", this.at);
    return { kind: "number", text };
  }

  string() {
    this.expect('"');
    let value = "";
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte < 0x20) throw new Fault("json_syntax", this.at);
      if (byte === char('"')) {
        this.at += 1;
        return value;
      }
      value += byte === char("\\") ? this.escape() : this.character(byte);
    }
  }

  character(byte) {
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    try {
      const text = utf8.decode(this.bytes.subarray(this.at, this.at + length));
      this.at += length;
      return text;
    } catch {
      throw new Fault("json_utf8", this.at);
    }
  }

  escape() {
    const at = this.at;
    const letter = this.latin[at + 1];
    if (letter !== "u") {
      if (!Object.hasOwn(kEscapes, letter ?? "")) throw new Fault("json_syntax", at);
      this.at += 2;
      return kEscapes[letter];
    }
    const unit = this.unit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit > 0xdbff || this.latin.slice(this.at, this.at + 2) !== "\\u") throw new Fault("json_utf8", at);
    const low = this.unit();
    if (low < 0xdc00 || low > 0xdfff) throw new Fault("json_utf8", at);
    return String.fromCharCode(unit, low);
  }

  /** The four digits of "\uXXXX". */
  unit() {
    const digits = this.latin.slice(this.at + 2, this.at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Fault("json_syntax", this.at);
    this.at += 6;
    return Number.parseInt(digits, 16);
  }
}

/** { tree, fault }: the fault is { code, at, path }, absent for one JSON text; the tree is absent when nothing could be read. */
export function parse(text) {
  const reader = new Reader(Buffer.from(text));
  const result = {};
  try {
    reader.space();
    reader.value((node) => (result.tree = node), 0);
    reader.space();
    if (reader.at < reader.bytes.length) throw new Fault("json_syntax", reader.at);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    result.fault = { code: error.code, at: error.at, path: reader.path };
  }
  return result;
}

/** The members that JSON.parse would leave: the last value of each key, as a Map. */
export const lastMembers = (node) => new Map(node.members.map(({ key, value }) => [key, value]));

export const ofNull = () => ({ kind: "null" });
export const ofBoolean = (value) => ({ kind: "boolean", value });
export const ofNumber = (text) => ({ kind: "number", text: String(text) });
export const ofString = (value) => ({ kind: "string", value });
export const ofArray = (items) => ({ kind: "array", items });
/** members: [key, node] pairs. */
export const ofObject = (members) => ({ kind: "object", members: members.map(([key, value]) => ({ key, value })) });

/** A tree as text. `space()` gives what stands between two tokens, `quote(string)` a string with its quotes. */
export function write(node, space = () => "", quote = JSON.stringify) {
  switch (node.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(node.value);
    case "number":
      return node.text;
    case "string":
      return quote(node.value);
    case "array":
      return `[${space()}${node.items.map((item) => write(item, space, quote)).join(`${space()},${space()}`)}${space()}]`;
    default: {
      const members = node.members.map(({ key, value }) => `${quote(key)}${space()}:${space()}${write(value, space, quote)}`);
      return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
    }
  }
}

/** A copy that can be changed. */
export const copy = (node) => {
  if (node.kind === "array") return ofArray(node.items.map(copy));
  if (node.kind === "object") return ofObject(node.members.map(({ key, value }) => [key, copy(value)]));
  return { ...node };
};

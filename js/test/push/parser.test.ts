// Event streams against the words of the HTML standard, cut at every place.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createParser } from "../../src/push/parser.js";

interface Parsed {
  blocks: [type: string, data: string, id: string][];
  retries: number[];
}

function parse(pieces: Iterable<Uint8Array>, id = ""): Parsed {
  const parsed: Parsed = { blocks: [], retries: [] };
  const feed = createParser(
    { block: (...block) => void parsed.blocks.push(block), retry: (ms) => void parsed.retries.push(ms) },
    id,
  );
  for (const piece of pieces) feed(piece);
  return parsed;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const parseText = (text: string) => parse([bytesOf(text)]);

/** The standard's own words, over the whole text at once. */
function asTheStandardSays(text: string): Parsed {
  const parsed: Parsed = { blocks: [], retries: [] };
  let [type, data, id] = ["", "", ""];
  const whole = text
    .replace(/^\ufeff/, "")
    .replaceAll("\r\n", "\n")
    .replaceAll("\r", "\n");
  const lines = whole.split("\n");
  lines.pop();
  for (const line of lines) {
    if (line === "") {
      parsed.blocks.push([data && (type || "message"), data.slice(0, -1), id]);
      [type, data] = ["", ""];
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const given = colon < 0 ? "" : line.slice(colon + 1);
    const value = given.startsWith(" ") ? given.slice(1) : given;
    if (name === "event") type = value;
    else if (name === "data") data += `${value}\n`;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) parsed.retries.push(Number(value));
  }
  return parsed;
}

test("the examples of the standard", () => {
  expect(parseText("data: YHOO\ndata: +2\ndata: 10\n\n").blocks).toEqual([["message", "YHOO\n+2\n10", ""]]);
  expect(
    parseText(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n").blocks,
  ).toEqual([
    ["", "", ""],
    ["message", "first event", "1"],
    ["message", "second event", ""],
    ["message", " third event", ""],
  ]);
  expect(parseText("data\n\ndata\ndata\n\ndata:").blocks).toEqual([
    ["message", "", ""],
    ["message", "\n", ""],
  ]);
});

test("names of fields are exact, including those of object members", () => {
  expect(parseText("constructor: x\ntoString\nDATA: x\ndata : x\n\n").blocks).toEqual([["", "", ""]]);
});

test("an id with NUL is ignored, an id alone moves the place, and an id stays until the next one", () => {
  expect(parseText("id: 7\n\nid: 8\0\ndata: a\n\ndata: b\n\n").blocks).toEqual([
    ["", "", "7"],
    ["message", "a", "7"],
    ["message", "b", "7"],
  ]);
  expect(parse([bytesOf("data: a\n\n")], "before").blocks).toEqual([["message", "a", "before"]]);
});

test("retry is digits only", () => {
  expect(parseText("retry: 10\nretry: 1e3\nretry: -1\nretry:\nretry: 250\n").retries).toEqual([10, 250]);
});

test("a block is complete with its empty line, for every line end", () => {
  const feed = (end: string) => parseText(`data: a${end}${end}`).blocks.length;
  expect(["\n", "\r", "\r\n"].map(feed)).toEqual([1, 1, 1]);
});

test("a byte order mark is dropped once, also if it arrives in three pieces", () => {
  const bytes = bytesOf("\ufeffdata: \ufeffa\n\n");
  expect(parse([bytes]).blocks).toEqual([["message", "\ufeffa", ""]]);
  expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte))).blocks).toEqual([["message", "\ufeffa", ""]]);
});

test("a block without an end is bounded", () => {
  const piece = bytesOf("x".repeat(2 ** 20));
  const endless = (head: string) => [bytesOf(head), ...Array.from({ length: 17 }, () => piece)];
  expect(() => parse(endless("data: "))).toThrow("block too large");
  expect(() => parse(endless(""))).toThrow("block too large");
  const lines = Array.from({ length: 17 }, () => bytesOf(`data: ${"x".repeat(2 ** 20)}\n`));
  expect(() => parse(lines)).toThrow("block too large");
});

test("P-34 any stream, cut anywhere, is read as the standard requires", () => {
  const end = fc.constantFrom("\n", "\r", "\r\n");
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom("1500", "order.created", " two", "ä€😀", "a\0"),
  );
  const line = fc.oneof(
    fc.constant(""),
    fc
      .tuple(fc.constantFrom("data", "event", "id", "retry", "", "other"), fc.constantFrom(":", ": ", ""), value)
      .map((parts) => parts.join("")),
    value,
  );
  const stream = fc
    .tuple(fc.constantFrom("", "\ufeff"), fc.array(fc.tuple(line, end), { maxLength: 20 }), value)
    .map(([mark, lines, rest]) => mark + lines.map((each) => each.join("")).join("") + rest);
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200), { maxLength: 30 }), (text, cuts) => {
      const bytes = bytesOf(text);
      const places = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((to, index) => bytes.subarray(places[index], to));
      // What UTF-8 cannot hold is read as the bytes say.
      const expected = asTheStandardSays(Buffer.from(bytes).toString("utf8"));
      expect(parse(pieces)).toEqual(expected);
      expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

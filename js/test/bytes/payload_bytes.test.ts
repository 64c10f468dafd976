// Where payloads have values of bytes: read from a catalogue of the program, for each way in which a schema leads to one.
import { describe, expect, test } from "vitest";
import { payloadBytes } from "../../src/bytes.js";
import { app } from "./app.js";

const names = ["note", "picture", "raw", "tree", "variant"];
const foo = Uint8Array.from(Buffer.from("foo"));
const bar = Uint8Array.from(Buffer.from("bar"));

/** What an EVENT's payload becomes; of the frame's other members nothing changes. */
function delivered(event: string, json: string, events: readonly string[] = names): any {
  const frame = [36, 7, events.indexOf(event) + 1, 1, 2, "Zm9v", 0, JSON.parse(json)];
  const others = structuredClone(frame.slice(0, 7));
  app.bytes!.decode(frame, events);
  expect(frame.slice(0, 7)).toEqual(others);
  return frame[7];
}

describe("decode", () => {
  test.each([
    ["a payload itself", "raw", '"Zm9v"', foo],
    ["no bytes", "raw", '""', new Uint8Array()],
    ["declared properties", "picture", '{"data":"Zm9v","name":"Zm9v"}', { data: foo, name: "Zm9v" }],
    ["a value that may be null", "picture", '{"data":"","thumb":null}', { data: new Uint8Array(), thumb: null }],
    ["a value that may be null and is not", "picture", '{"thumb":"YmFy"}', { thumb: bar }],
    ["listed values", "picture", '{"mark":"Zm9v"}', { mark: "Zm9v" }],
    ["other properties and items", "picture", '{"more":["Zm9v","YmFy"]}', { more: [foo, bar] }],
    [
      "a schema within itself",
      "tree",
      '{"children":[{"key":"Zm9v","children":[{"key":"YmFy"}]}]}',
      {
        children: [{ key: foo, children: [{ key: bar }] }],
      },
    ],
    ["the variant of a tag", "variant", '{"kind":"file","body":"Zm9v"}', { kind: "file", body: foo }],
    ["another variant", "variant", '{"kind":"text","body":"Zm9v"}', { kind: "text", body: "Zm9v" }],
    ["an unknown variant", "variant", '{"kind":"else","body":"Zm9v"}', { kind: "else", body: "Zm9v" }],
    ["the variant of a type", "variant", '"Zm9v"', foo],
    ["a tuple", "variant", '["Zm9v","YmFy",1]', ["Zm9v", bar, 1]],
    ["an event without bytes", "note", '{"text":"Zm9v"}', { text: "Zm9v" }],
    ["what is no base64", "picture", '{"data":"%","name":""}', { data: "%", name: "" }],
    ["values of other types", "picture", '{"data":{"0":1},"more":7}', { data: { 0: 1 }, more: 7 }],
  ] as const)("%s", (_, event, json, expected) => expect(delivered(event, json)).toEqual(expected));

  test("a key of every object is a key", () => {
    const payload = delivered("picture", '{"__proto__":["Zm9v"],"constructor":["YmFy"]}');
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
    expect(Object.entries(payload)).toEqual([
      ["__proto__", [foo]],
      ["constructor", [bar]],
    ]);
  });

  test("events are those of the server's numbers, schemas those of the page", () => {
    expect(delivered("raw", '"Zm9v"', ["new", "other", "raw"])).toEqual(foo);
    expect(delivered("new", '"Zm9v"', ["new", "raw"])).toBe("Zm9v");
  });

  test("a page of history", () => {
    const events = [
      [3, 1, 2, "ann", "Zm9v"],
      [1, 2, 3, "ann", { text: "Zm9v" }],
      [2, 3, 4, "bob", { data: "YmFy", name: "b" }],
    ];
    app.bytes!.decode([42, 5, 0, { epoch: 1, events }], names);
    expect(events.map((event) => event[4])).toEqual([foo, { text: "Zm9v" }, { data: bar, name: "b" }]);
  });

  test.each([[[42, 1, 0, { rooms: [] }]], [[42, 1, 63, null]], [[42, 1, 0, { events: 7 }]], [[36]], [[33, 1]], [[]]])(
    "frames of other forms stay: %j",
    (frame) => {
      const before = structuredClone(frame);
      app.bytes!.decode(frame, names);
      expect(frame.slice(0, before.length)).toEqual(before);
    },
  );
});

describe("encode", () => {
  const json = (value: unknown) => JSON.stringify(value, app.bytes!.encode);

  test("each Uint8Array becomes base64, wherever it is", () => {
    expect(json({ data: foo, list: [bar, 1, "x", null], deep: { data: new Uint8Array() } })).toBe(
      '{"data":"Zm9v","list":["YmFy",1,"x",null],"deep":{"data":""}}',
    );
    expect(json(foo)).toBe('"Zm9v"');
  });

  test("a Buffer of Node is one", () => expect(json({ data: Buffer.from("foo") })).toBe('{"data":"Zm9v"}'));

  test("encoded payloads are decoded to the same bytes", () => {
    const data = Uint8Array.from({ length: 1000 }, (_, index) => (index * 31) & 255);
    expect(delivered("raw", json(data))).toEqual(data);
  });
});

test("a catalogue is read when it is needed: an invalid one fails only then", () => {
  const broken = payloadBytes("%");
  broken.decode([33, 1], names);
  expect(() => broken.decode([36, 7, 3, 1, 2, "ann", 0, "Zm9v"], names)).toThrow();
});

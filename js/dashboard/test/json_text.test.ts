// Payloads as text: nothing that was typed or stored is changed.
import { expect, test } from "vitest";
import { faultOf, indented, isNumber, objectOf, onOneLine, partsOf } from "../kit/json_text.js";

test("a number is one by the grammar of JSON", () => {
  for (const text of ["12345678901234567890", "1e400", "-0", "0.10", "1E+2"]) expect(isNumber(text), text).toBe(true);
  for (const text of ["0x10", "01", "1.", ".5", "+1", "NaN", "Infinity", "1 2", ""]) expect(isNumber(text), text).toBe(false);
});

test("JSON is refused where it is none, or has a key twice", () => {
  for (const text of ["1e400", '{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '"{\\"a\\":1,\\"a\\":2}"', " null "])
    expect(faultOf(text), text).toBe(undefined);
  for (const text of ["", "{", "{a:1}", "0x10", "01", "[1,]"]) expect(faultOf(text), text).toBe("This is not valid JSON.");
  for (const text of ['{"a":1,"a":2}', '[{"b":{"a":1,"\\u0061":2}}]'])
    expect(faultOf(text), text).toBe('The key "a" occurs twice.');
});

test("an object is composed of the texts of its members", () => {
  expect(objectOf([])).toBe("{}");
  expect(
    objectOf([
      ["n", "12345678901234567890"],
      ['"', "-0"],
    ]),
  ).toBe('{"n":12345678901234567890,"\\"":-0}');
});

test("a text is taken apart into the texts of its parts", () => {
  const text = ' { "a" : 1e400 , "b,}" : [ 1, {"c":[2]} ],"c":"x,\\"]" } ';
  expect(partsOf(text)).toEqual([
    { key: "a", text: "1e400" },
    { key: "b,}", text: '[ 1, {"c":[2]} ]' },
    { key: "c", text: '"x,\\"]"' },
  ]);
  expect(partsOf('[ 1, {"c":[2]}, [] ]').map((part) => part.text)).toEqual(["1", '{"c":[2]}', "[]"]);
  for (const empty of ["[]", "{ }"]) expect(partsOf(empty)).toEqual([]);
});

test("a text is laid out as JSON.stringify would lay out its value, and keeps its numbers", () => {
  for (const value of [{}, [], { a: [1, { b: [] }, "x , y:{"], c: null, d: {} }, "text\n", 5, [[[]]]]) {
    const text = JSON.stringify(value, null, 3);
    expect(indented(text)).toBe(JSON.stringify(value, null, 2));
    expect(onOneLine(text)).toBe(JSON.stringify(value));
  }
  expect(indented('{"n":[1e400,-0]}')).toBe('{\n  "n": [\n    1e400,\n    -0\n  ]\n}');
});

// Paths of the validator, as keys and indexes.
import { expect, test } from "vitest";
import { pathOf } from "../../src/validator/payload_path.js";

test.each([
  ["$", []],
  ["$.text", ["text"]],
  ["$.items[3].price", ["items", 3, "price"]],
  ["$[0][12]", [0, 12]],
  ['$["a b"].c', ["a b", "c"]],
  ['$["a\\"]b"][1]', ['a"]b', 1]],
  ['$["\\u00e4 [x]"]', ["ä [x]"]],
  ["$._a$1", ["_a$1"]],
])("F-U-M9 %s", (text, path) => {
  expect(pathOf(text)).toEqual(path);
});

test.each([
  ["$.items[3].pri...", ["items", 3]],
  ["$.items[3...", ["items"]],
  ['$.items["a b...', ["items"]],
  ["$....", []],
])("F-U-M9 a path that was cut ends before the cut: %s", (text, path) => {
  expect(pathOf(text)).toEqual(path);
});

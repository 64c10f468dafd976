// Cases that once went wrong, or that chance would hardly make: { name, schema, payload, code, path }, as texts.

const codes = Array.from({ length: 249 }, (_, i) => String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26)));
const nested = (count) => "[".repeat(count) + "]".repeat(count);
const tagged = (tag) => {
  const branch = (kind, more) => `{"type":"object","properties":{"${tag}":{"const":"${kind}"},${more}},"required":["${tag}"]}`;
  return `{"oneOf":[${branch("a", '"x":{"type":"number"}')},${branch("b", '"y":{"type":"string"}')}]}`;
};

export const regressions = [
  {
    name: "F-D01 a long enum costs nothing that a payload could use up",
    schema: `{"type":"array","items":{"enum":${JSON.stringify(codes)}}}`,
    payload: JSON.stringify(Array.from({ length: 4300 }, () => codes.at(-1))),
    code: "ok",
  },
  {
    name: "F-D03 a step of twenty digits",
    schema: '{"multipleOf":18446744073709551616}',
    payload: "36893488147419103232",
    code: "not_multiple",
  },
  {
    name: "F-D03 a step is read as a double, in its shortest form",
    schema: '{"multipleOf":18446744073709551616}',
    payload: "18446744073709552000",
    code: "ok",
  },
  { name: "F-D05 a tag without a name", schema: tagged(""), payload: '{"":"b","y":1}', code: "wrong_type", path: "$.y" },
  {
    name: "F-D06 large whole numbers in an enum",
    schema: '{"type":["integer","string"],"enum":[1.5e30,"a"]}',
    payload: "1500000000000000000000000000000",
    code: "ok",
  },
  {
    name: "F-D07 a bound in its shortest decimal form",
    schema: '{"maximum":223567784079510620}',
    payload: "223567784079510624",
    code: "too_large",
  },
  { name: "2^53 + 1 is above 2^53", schema: '{"maximum":9007199254740992}', payload: "9007199254740993", code: "too_large" },
  { name: "0.3 is a multiple of 0.1", schema: '{"multipleOf":0.1}', payload: "0.3", code: "ok" },
  { name: "a fraction behind three hundred zeros", schema: '{"exclusiveMinimum":0}', payload: "1e-400", code: "ok" },
  {
    name: "numbers beyond every double are different",
    schema: '{"uniqueItems":true}',
    payload: "[1e400,1e401,10e400]",
    code: "items_not_unique",
    path: "$[2]",
  },
  {
    name: "a declared key twice, once escaped",
    schema: '{"properties":{"a":true}}',
    payload: '{"a":1,"\\u0061":2}',
    code: "duplicate_key",
    path: "$.a",
  },
  {
    name: "an undeclared key twice: each value is checked",
    schema: '{"additionalProperties":{"type":"string"}}',
    payload: '{"a":1,"a":"b"}',
    code: "wrong_type",
    path: "$.a",
  },
  { name: "an undeclared key twice counts once", schema: '{"maxProperties":1}', payload: '{"a":1,"a":2}', code: "ok" },
  { name: "half a surrogate pair", schema: "true", payload: '"\\ud83d"', code: "json_utf8" },
  { name: "32 levels", schema: "true", payload: nested(32), code: "ok" },
  { name: "33 levels", schema: '{"items":{"$ref":"#"}}', payload: nested(33), code: "json_depth", path: `$${"[0]".repeat(32)}` },
  {
    name: "the first fault in the order of the text",
    schema: '{"properties":{"a":{"type":"string"}},"required":["b"]}',
    payload: '{"a":1}',
    code: "wrong_type",
    path: "$.a",
  },
  { name: "the tag last", schema: tagged("kind"), payload: '{"x":"1","kind":"a"}', code: "wrong_type", path: "$.x" },
  {
    name: "a tag that is not known",
    schema: tagged("kind"),
    payload: '{"x":"1","kind":"c"}',
    code: "variant_unknown",
    path: "$.kind",
  },
  {
    name: "names that every object of JavaScript has",
    schema: '{"required":["toString"]}',
    payload: "{}",
    code: "required_missing",
  },
];

// Where ajv and Dialogue are known to differ, and why. A difference counts as explained only when its row applies to the very
// case and the exact oracle says what Dialogue says.
import { bound, compare, decimal } from "./decimal.mjs";
import { formats } from "./formats.mjs";
import { parse } from "./json_tree.mjs";

const kInherited = new Set(["__proto__", "toString", "constructor", "valueOf", "hasOwnProperty", "length"]);

function* nodes(tree) {
  if (!tree) return;
  yield tree;
  for (const item of tree.items ?? []) yield* nodes(item);
  for (const { value } of tree.members ?? []) yield* nodes(value);
}

const some = (tree, test) => [...nodes(tree)].some(test);
const keysOf = (node) => node.members?.map(({ key }) => key) ?? [];

/** A number with which doubles reckon exactly: few digits, no fraction but of two's powers. */
function isPlain({ kind, text }) {
  if (kind !== "number") return true;
  const value = Number(text);
  return Math.abs(value) < 2 ** 40 && Number.isInteger(value * 1024) && compare(decimal(text), bound(text)) === 0;
}

function hasFormatInDispute({ schema, payload, formatsOfAjv }) {
  const named = [...nodes(schema)]
    .flatMap(({ members = [] }) => members.filter(({ key }) => key === "format"))
    .map(({ value }) => value.value);
  const strings = [...nodes(payload.tree)].filter(({ kind }) => kind === "string").map(({ value }) => value);
  return named.some((name) => formats[name] && strings.some((text) => formats[name](text) !== formatsOfAjv(name, text)));
}

/** Rows of { name, reason, applies({ schema, payload, formatsOfAjv }) }; payload is what json_tree's parse() gave. */
const rows = [
  {
    name: "key given twice",
    reason:
      "JSON.parse keeps the last value of a key; Dialogue refuses a declared key's second one, and checks each of the others",
    applies: ({ payload }) => some(payload.tree, (node) => new Set(keysOf(node)).size < keysOf(node).length),
  },
  {
    name: "half a surrogate pair",
    reason: "JSON.parse lets it through; it has no UTF-8 form, so Dialogue refuses it",
    applies: ({ payload }) => payload.fault?.code === "json_utf8",
  },
  {
    name: "depth",
    reason: "Dialogue bounds nesting at 32",
    applies: ({ payload }) => payload.fault?.code === "json_depth",
  },
  {
    name: "doubles",
    reason: "ajv compares and divides doubles; Dialogue compares decimals, exactly",
    applies: ({ schema, payload }) => some(schema, (node) => !isPlain(node)) || some(payload.tree, (node) => !isPlain(node)),
  },
  {
    name: "names of Object.prototype",
    reason: "ajv skips `__proto__` in properties, and compares objects by their own valueOf and toString where they have one",
    applies: ({ schema, payload }) =>
      [schema, payload.tree].some((tree) => some(tree, (node) => keysOf(node).some((key) => kInherited.has(key)))),
  },
  {
    name: 'required ""',
    reason: "ajv keeps the name of what is missing and asks whether it is true: the empty name is not",
    applies: ({ schema }) =>
      some(schema, ({ members = [] }) =>
        members.some(({ key, value }) => key === "required" && value.items?.some((name) => name.value === "")),
      ),
  },
  {
    name: "uniqueItems beside prefixItems",
    reason: "ajv takes the type that `items` names for that of every item, those of prefixItems too, and compares no others",
    applies: ({ schema }) =>
      some(schema, (node) => ["uniqueItems", "prefixItems", "items"].every((key) => keysOf(node).includes(key))),
  },
  {
    name: "formats",
    reason:
      "ajv-formats reads some grammars otherwise: email without quoted names and addresses, a dot behind a host name, " +
      "uuid behind urn:uuid:, uri without its empty forms, leap seconds at any offset",
    applies: hasFormatInDispute,
  },
];

/** The name of the row that explains a difference, or undefined. */
export const explanation = ({ schema, payload, formatsOfAjv }) =>
  rows.find((row) => row.applies({ schema, payload: parse(payload), formatsOfAjv }))?.name;

/** What JavaScript takes for a pattern and Dialogue refuses, by the words of the refusal. */
const refusals = [
  /uses look-around or a named group/,
  /has an escape that is not supported/,
  /has an escape that is not a Unicode character/,
  /is too large/,
  /repeats more than 1000 times/,
  /nests groups too deeply/,
  /steps busy at each character/,
  /uniqueItems in more than 16 directly nested arrays/,
  // Bounds that exclude each other; chance makes some.
  /Correct one of the two/,
  /which is declared as `false`/,
];

export const isExplainedRefusal = (why) => refusals.some((words) => words.test(why));

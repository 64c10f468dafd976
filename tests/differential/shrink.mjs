// Makes a failing case small: one change after the other that leaves the failure, until none does.
import { copy, ofBoolean, ofNumber, ofString, parse, write } from "./json_tree.mjs";

const kTriesMax = 1000;
const kTogether = 20; // payloads that are tried at once

/** Every tree that is one step smaller, those that lose most first. */
function* smaller(tree) {
  if (tree.kind === "array") {
    yield* tree.items;
    for (let i = 0; i < tree.items.length; ++i) yield { ...tree, items: tree.items.toSpliced(i, 1) };
    for (let i = 0; i < tree.items.length; ++i)
      for (const item of smaller(tree.items[i])) yield { ...tree, items: tree.items.with(i, item) };
  } else if (tree.kind === "object") {
    for (const { value } of tree.members) yield value;
    for (let i = 0; i < tree.members.length; ++i) yield { ...tree, members: tree.members.toSpliced(i, 1) };
    for (let i = 0; i < tree.members.length; ++i) {
      const { key, value } = tree.members[i];
      const having = (less) => ({ ...tree, members: tree.members.with(i, { key, value: less }) });
      if (value.kind === "object" && value.members.length > 0) yield having(ofBoolean(true));
      for (const less of smaller(value)) yield having(less);
    }
  } else if (tree.kind === "string") {
    const characters = [...tree.value];
    for (let size = characters.length; size >= 1; size = Math.floor(size / 2))
      for (let at = 0; at + size <= characters.length; at += size) yield ofString(characters.toSpliced(at, size).join(""));
  } else if (tree.kind === "number") {
    for (const text of ["0", "1", String(Math.trunc(Number(tree.text) / 2))])
      if (text.length < tree.text.length && /^-?\d+$/.test(text)) yield ofNumber(text);
  }
}

function* smallerBytes(bytes) {
  for (let size = bytes.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at + size <= bytes.length; at += size)
      yield Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
}

function* smallerPayloads(payload) {
  const { tree, fault } = parse(payload);
  if (fault) return yield* smallerBytes(payload);
  const plain = Buffer.from(write(tree));
  if (plain.length < payload.length) yield plain;
  for (const less of smaller(tree)) yield Buffer.from(write(less));
}

/** The first `count` of what an iterator still has. */
function taken(iterator, count) {
  const list = [];
  for (let next; list.length < count && !(next = iterator.next()).done; ) list.push(next.value);
  return list;
}

/** The smallest { schema, payload } that was found; `failing(schema, payloads)` resolves to the index of a failing one, or -1. */
export async function shrink({ schema, payload }, failing) {
  let tries = 0;
  const asked = async (candidate, payloads) => {
    tries += 1;
    return tries > kTriesMax ? -1 : failing(candidate, payloads);
  };
  const shrinkPayload = async () => {
    const candidates = smallerPayloads(payload);
    for (let some = taken(candidates, kTogether); some.length; some = taken(candidates, kTogether)) {
      const at = await asked(schema, some);
      if (at < 0) continue;
      payload = some[at];
      return true;
    }
    return false;
  };
  const shrinkSchema = async () => {
    for (const less of smaller(schema)) {
      if ((await asked(copy(less), [payload])) < 0) continue;
      schema = copy(less);
      return true;
    }
    return false;
  };
  for (let changed = true; changed; ) {
    changed = false;
    while (await shrinkPayload()) changed = true;
    while (await shrinkSchema()) changed = true;
  }
  return { schema, payload };
}

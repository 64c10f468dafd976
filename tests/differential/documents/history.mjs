// Histories of a document from a seed: some pages of Yjs that edit texts with formats and embeds, maps, arrays, XML and types in
// types, hear of each other now and then, and in the end of everything.
import { packages } from "../subject.mjs";

export const Y = packages("yjs");

const editsPerHistory = 120;
const texts = ["a", "hello ", "wörld", "😀", "日本", "xyz\n", "e\u0301", "👩‍👩‍👧"];
const values = [
  1,
  -5,
  3.25,
  -0.5,
  1e300,
  2 ** 40,
  -(2 ** 35),
  "text",
  "",
  null,
  true,
  false,
  [1, { a: "b" }],
  { z: undefined, y: 1 },
];
const keys = ["k1", "k2", "k3"];

const bodyOf = (doc) => doc.getText("body");
const mapOf = (doc) => doc.getMap("meta");
const listOf = (doc) => doc.getArray("list");
const xmlOf = (doc) => doc.getXmlFragment("page");

/** A range within `length` > 0 places. */
function rangeIn(chance, length, most) {
  const at = chance.below(length);
  return [at, Math.min(1 + chance.below(most), length - at)];
}

const edits = [
  (doc, chance) => bodyOf(doc).insert(chance.below(bodyOf(doc).length + 1), chance.pick(texts)),
  (doc, chance) => bodyOf(doc).insert(bodyOf(doc).length, chance.pick(texts)),
  (doc, chance) => bodyOf(doc).length && bodyOf(doc).delete(...rangeIn(chance, bodyOf(doc).length, 6)),
  (doc, chance) =>
    bodyOf(doc).length &&
    bodyOf(doc).format(...rangeIn(chance, bodyOf(doc).length, 9), {
      [chance.pick(["bold", "em"])]: chance.pick([true, null, "x"]),
    }),
  (doc, chance) => bodyOf(doc).insertEmbed(chance.below(bodyOf(doc).length + 1), { image: chance.pick(texts) }),
  (doc, chance) => mapOf(doc).set(chance.pick(keys), chance.pick(values)),
  (doc, chance) => mapOf(doc).delete(chance.pick(keys)),
  (doc, chance) => listOf(doc).insert(chance.below(listOf(doc).length + 1), chance.some(values, 30)),
  (doc, chance) => listOf(doc).length && listOf(doc).delete(...rangeIn(chance, listOf(doc).length, 4)),
  (doc, chance) => {
    const type = chance.pick([() => new Y.Map(), () => new Y.Array(), () => new Y.Text("nested")])();
    if (chance.chance(50)) listOf(doc).insert(chance.below(listOf(doc).length + 1), [type]);
    else mapOf(doc).set(chance.pick(keys), type);
  },
  (doc, chance) => {
    for (const value of [...mapOf(doc).values(), ...listOf(doc).toArray()]) {
      if (value instanceof Y.Map) value.set(chance.pick(keys), chance.chance(20) ? new Y.Array() : chance.pick(values));
      else if (value instanceof Y.Array) value.insert(chance.below(value.length + 1), [chance.pick(values)]);
      else if (value instanceof Y.Text && chance.chance(50)) value.insert(chance.below(value.length + 1), chance.pick(texts));
      else if (value instanceof Y.Text && value.length) value.delete(...rangeIn(chance, value.length, 3));
    }
  },
  (doc, chance) => {
    const node = chance.chance(50) ? new Y.XmlElement("Part") : new Y.XmlText("words");
    xmlOf(doc).insert(chance.below(xmlOf(doc).length + 1), [node]);
    if (node instanceof Y.XmlElement) node.setAttribute(chance.pick(keys), chance.pick(texts));
  },
  (doc, chance) => {
    if (!xmlOf(doc).length) return;
    const at = chance.below(xmlOf(doc).length);
    const node = xmlOf(doc).get(at);
    if (chance.chance(30)) xmlOf(doc).delete(at, 1);
    else if (node instanceof Y.XmlElement) node.insert(0, [new Y.XmlText("inner")]);
    else node.insert(0, "more ");
  },
];

/** What a history leaves: { updates: [Uint8Array], in the order in which they were made }. */
export function historyOf(chance) {
  const isCollecting = chance.chance(80);
  const updates = [];
  const pages = Array.from({ length: chance.between(2, 5) }, (_, index) => {
    const doc = new Y.Doc({ gc: isCollecting });
    doc.clientID = chance.between(1, 2 ** 31) * 2 + index;
    const page = { doc, seen: 0 };
    doc.on("update", (bytes, origin) => origin !== page && updates.push({ bytes, by: page }));
    return page;
  });
  const hear = (page, until) => {
    for (; page.seen < until; page.seen += 1) {
      const { bytes, by } = updates[page.seen];
      if (by !== page) Y.applyUpdate(page.doc, bytes, page);
    }
  };
  for (let count = 0; count < editsPerHistory; count += 1) {
    const { doc } = chance.pick(pages);
    doc.transact(() => {
      do chance.pick(edits)(doc, chance);
      while (chance.chance(30));
    });
    const listener = chance.pick(pages);
    if (chance.chance(30)) hear(listener, listener.seen + chance.below(updates.length - listener.seen + 1));
  }
  // What a page hears may make it tidy formats, which is an update of its own.
  while (pages.some(({ seen }) => seen < updates.length)) for (const page of pages) hear(page, updates.length);
  return { updates: updates.map(({ bytes }) => bytes) };
}

/** The updates in another order: each window of `size` is shuffled, and `repeated` of them come again. */
export function shuffled(updates, chance, { size = 8, repeated = 10 } = {}) {
  const order = [];
  for (let start = 0; start < updates.length; start += size) {
    const window = updates.slice(start, start + size);
    while (window.length) order.push(...window.splice(chance.below(window.length), 1));
  }
  for (let count = 0; count < repeated; count += 1) order.push(chance.pick(updates));
  return order;
}

/** JSON with its keys in order, as our document writes it. */
export const sorted = (value) =>
  JSON.stringify(value, (_, each) =>
    each && typeof each === "object" && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort(byBytes)) : each,
  );
const byBytes = ([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a page shows, by the names of its types. */
export const shown = (doc) => ({
  body: sorted(bodyOf(doc).toString()),
  meta: sorted(mapOf(doc).toJSON()),
  list: sorted(listOf(doc).toJSON()),
  page: sorted(xmlOf(doc).toString()),
});

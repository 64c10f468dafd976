// Updates in parts: each can be applied after the ones before it, all of them together are the update, and none is too large.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { split } from "../../src/yjs/split.js";

const bytesMax = 1_000;

/** Applies parts one by one; each must need nothing that comes later. */
function applied(parts: Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(bytesMax);
    Y.applyUpdate(doc, part);
    expect(doc.store.pendingStructs).toBe(null);
    expect(doc.store.pendingDs).toBe(null);
  }
  return doc;
}
const same = (doc: Y.Doc, parts: Uint8Array[]) =>
  expect(Y.encodeStateAsUpdate(applied(parts))).toEqual(Y.encodeStateAsUpdate(doc));

describe("an update in parts", () => {
  test("a long text is cut, but no pair of surrogates", () => {
    const doc = new Y.Doc();
    const text = "0123456789é😀".repeat(2_000);
    doc.getText("body").insert(0, text);
    const parts = split(Y.encodeStateAsUpdate(doc), bytesMax);
    expect(parts.length).toBeGreaterThan(20);
    expect(applied(parts).getText("body").toString()).toBe(text);
  });

  test("a long list of values is cut", () => {
    const doc = new Y.Doc();
    doc.getArray("list").insert(
      0,
      Array.from({ length: 2_000 }, (_, at) => ({ at })),
    );
    expect(
      applied(split(Y.encodeStateAsUpdate(doc), bytesMax))
        .getArray("list")
        .toJSON(),
    ).toEqual(doc.getArray("list").toJSON());
  });

  test("many deletions are cut", () => {
    const doc = new Y.Doc();
    const body = doc.getText("body");
    body.insert(0, "x".repeat(4_000));
    doc.transact(() => {
      for (let at = 0; at < 1_500; ++at) body.delete(at, 1);
    });
    same(doc, split(Y.encodeStateAsUpdate(doc), bytesMax));
  });

  test("a value that is larger than a part is a part of its own, for the server to refuse", () => {
    const doc = new Y.Doc();
    doc.getMap("meta").set("image", new Uint8Array(5_000));
    doc.getMap("meta").set("title", "T");
    const parts = split(Y.encodeStateAsUpdate(doc), bytesMax);
    expect(parts.filter(({ length }) => length > bytesMax).length).toBe(1);
  });

  test("a gap in an update stays one", () => {
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (let at = 0; at < 3; ++at) doc.getText("body").insert(at, `${at}`);
    const parts = split(Y.mergeUpdates([updates[0]!, updates[2]!]), bytesMax);
    const copy = new Y.Doc();
    for (const part of parts) Y.applyUpdate(copy, part);
    expect(copy.getText("body").toString()).toBe("0");
    Y.applyUpdate(copy, updates[1]!);
    expect(copy.getText("body").toString()).toBe("012");
  });

  test("what several pages wrote at each other's places comes in an order that can be applied", () => {
    const edit = fc.record({ page: fc.nat(2), at: fc.nat(1000), kind: fc.nat(4), size: fc.integer({ min: 1, max: 400 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 60 }), (edits) => {
        const docs = [1, 2, 3].map((clientID) => Object.assign(new Y.Doc(), { clientID }));
        for (const { page, at, kind, size } of edits) {
          const doc = docs[page]!;
          const body = doc.getText("body");
          const place = at % (body.length + 1);
          if (kind === 0) body.insert(place, "é😀x".repeat(size));
          else if (kind === 1) body.delete(place, Math.min(size, body.length - place));
          else if (kind === 2) body.format(place, Math.min(size, body.length - place), { bold: true });
          else if (kind === 3) {
            const map = new Y.Map();
            map.set("k", "v".repeat(size));
            doc.getArray("list").insert(at % (doc.getArray("list").length + 1), [map, at, size]);
          } else for (const other of docs) Y.applyUpdate(doc, Y.encodeStateAsUpdate(other, Y.encodeStateVector(doc)));
        }
        for (const other of docs) Y.applyUpdate(docs[0]!, Y.encodeStateAsUpdate(other));
        same(docs[0]!, split(Y.encodeStateAsUpdate(docs[0]!), bytesMax));
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

// Where messages stand in a list.
import fc from "fast-check";
import { expect, test } from "vitest";
import { MessageList } from "../../src/store/message_list.js";

const at = (seq: number, epoch = 1) => ({ seq, epoch });

test("12: in whatever order parts of a log come, overlapping or not, each message is in it once and in order", () => {
  const parts = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 })), { maxLength: 8 });
  const holds = (ranges: [number, number][]) => {
    const list = new MessageList<{ seq: number; epoch: number }>();
    const seqs = ranges.flatMap(([first, count]) => Array.from({ length: count }, (_, index) => first + index));
    for (const seq of seqs) list.insert(at(seq));
    expect(list.items.map(({ seq }) => seq)).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  };
  fc.assert(fc.property(parts, holds), { numRuns: 1000, seed: 1 });
});

test("a new log follows the previous log, and events that are in no log stay where they arrived", () => {
  const list = new MessageList<{ seq: number; epoch: number }>();
  for (const message of [at(7), at(0), at(1, 2), at(0, 2), at(2, 2)]) expect(list.insert(message)).toBe(true);
  expect(list.insert(at(6))).toBe(true); // another log than the last one's
  expect(list.first).toEqual(at(7));
});

test("what is there already stays the same object, or is replaced", () => {
  const list = new MessageList<{ seq: number; epoch: number }>();
  const [first, again] = [at(3), at(3)];
  list.insert(first);
  expect(list.insert(again)).toBeUndefined();
  expect(list.items[0]).toBe(first);
  list.insert(again, true);
  expect(list.items[0]).toBe(again);
});

test("the oldest are dropped", () => {
  const list = new MessageList<{ seq: number; epoch: number }>();
  for (let seq = 1; seq <= 5; ++seq) list.insert(at(seq));
  expect(list.trim(5)).toBe(false);
  expect(list.trim(2)).toBe(true);
  expect(list.items).toEqual([at(4), at(5)]);
});

// The list under the chat's messages, held to its bounds: what is shown and what is kept, whatever readers and writers do.
import { SlidingList } from "../examples/chat/web/sliding_list.js";
import { expect, test } from "./support/test.js";

const listBounds = { shownMax: 30, keptMax: 200, step: 7 };
const steps = 5_000;

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const isSame = (one: readonly number[], other: readonly number[]): boolean => JSON.stringify(one) === JSON.stringify(other);

test("F-G32 a list that grows without end shows and keeps no more than its bounds", { tag: "@once" }, () => {
  const list = new SlidingList<number>(listBounds);
  const faults: number[] = []; // steps
  for (let i = 0; i < steps; ++i) {
    list.add(i);
    const expected = numbers(Math.max(0, i + 1 - listBounds.shownMax), Math.min(i + 1, listBounds.shownMax));
    if (!isSame(list.shown, expected) || list.all.length > listBounds.keptMax) faults.push(i);
  }
  expect(faults).toEqual([]);
  expect(list.all.length).toBeGreaterThan(listBounds.keptMax / 2);
});

test("F-G32 after any additions, removals and scrolling, the view is one piece of the list, in order", { tag: "@once" }, () => {
  const list = new SlidingList<number>(listBounds);
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  let [oldest, newest] = [0, 0];
  const faults: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < steps; ++i) {
    const wish = ["add", "add", "add", "late", "earlier", "up", "down", "end", "remove"][random(9)]!;
    if (wish === "add") list.add(newest++);
    else if (wish === "late" && list.all.length > 2) {
      list.add((list.all.at(-2)! + list.all.at(-1)!) / 2, 1);
    } else if (wish === "earlier") {
      oldest = Math.ceil(Math.min(oldest, list.all[0] ?? 0)) - 5;
      list.prepend(numbers(oldest, 5));
    } else if (wish === "up") list.up();
    else if (wish === "down") list.down();
    else if (wish === "end") list.toEnd();
    else if (list.all.length > 0) list.remove(list.all[random(list.all.length)]!);

    const { all, shown, before, behind, follows } = list;
    const isGood =
      all.length <= listBounds.keptMax &&
      shown.length <= listBounds.shownMax &&
      isSame(shown, all.slice(before, all.length - behind)) &&
      all.every((entry, index) => index === 0 || all[index - 1]! <= entry) &&
      (!follows || behind === 0);
    if (!isGood) faults.push(`step ${i}, ${wish}`);
    seen.add(`${wish} ${follows ? "at the end" : "above"}${list.isFull ? ", full" : ""}`);
  }
  expect(faults).toEqual([]);
  const states = ["add at the end", "add above", "up above", "down above", "earlier above, full"];
  for (const state of states) expect(seen).toContain(state);
});

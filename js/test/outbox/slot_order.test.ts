// Which slot a page takes.
import { expect, test } from "vitest";
import { slotOrder } from "../../src/outbox/slot_order.js";

test("slots with unsent publications come first, otherwise in their order", () => {
  expect(slotOrder([1, 2, 3, 4], new Set([3, 4]))).toEqual([3, 4, 1, 2]);
  expect(slotOrder([2, 1], new Set())).toEqual([2, 1]);
});

// What the core hears of unread messages.
import { expect, test } from "vitest";
import { unreadToReport } from "../../src/rooms/read_window.js";

test("the slowest iterator determines the window, a caught-up one still bounds it, and none leaves it unbounded", () => {
  expect(unreadToReport([3, 500, 0])).toBe(501);
  expect(unreadToReport([0])).toBe(1);
  expect(unreadToReport([])).toBe(0);
});

// Which pages of a log are read.
import { expect, test } from "vitest";
import { nextPage } from "../../src/rooms/history_pages.js";

const page = { epoch: 9, head: 250, base: 1, first: 151, last: 250, events: [] };

test("backwards the next page ends before this one, until the log's beginning", () => {
  expect(nextPage(false, 2 ** 53 - 1, 251, page)).toBe(150);
  expect(nextPage(false, 150, 251, { ...page, first: 1 })).toBe(0);
  expect(nextPage(false, 150, 251, { ...page, first: 51, base: 51 })).toBe(0);
});

test("forwards the next page begins after this one, until the requested place", () => {
  expect(nextPage(true, 1, 251, { ...page, last: 100 })).toBe(101);
  expect(nextPage(true, 101, 201, { ...page, last: 200 })).toBe(0);
});

test("a page that leads nowhere is the last, so that a broken server ends it", () => {
  expect(nextPage(false, 150, 251, { ...page, first: 151 })).toBe(0);
  expect(nextPage(false, 150, 251, { ...page, first: 1000 })).toBe(0);
  expect(nextPage(true, 101, 251, { ...page, last: 100 })).toBe(0);
  expect(nextPage(true, 101, 251, { ...page, last: Number.NaN })).toBe(0);
});

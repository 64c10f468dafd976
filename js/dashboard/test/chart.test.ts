// Where the points of a curve lie.
import { expect, test } from "vitest";
import { place } from "../kit/chart.js";

test("a curve of zeros is a line at the bottom", () => {
  expect(place([0, 0], 179, 28, 0)).toEqual([
    [178, 26.5],
    [179, 26.5],
  ]);
});

test("the largest sample is at the top, and the newest at the right", () => {
  expect(place([0, 5, 10], 179, 28, 10)).toEqual([
    [177, 26.5],
    [178, 14],
    [179, 1.5],
  ]);
});

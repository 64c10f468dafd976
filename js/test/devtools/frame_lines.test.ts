// The frames that the overlay keeps, as lines.
import { expect, test } from "vitest";
import { FrameLines } from "../../src/devtools/frame_lines.js";

test("only the newest lines are kept, and all are counted", () => {
  const lines = new FrameLines(3);
  for (let i = 1; i <= 5; ++i) lines.add(`line ${i}`);
  expect(lines.lines).toEqual(["line 3", "line 4", "line 5"]);
  expect(lines.total).toBe(5);
});

test("definitions that arrive again count as changed; a WELCOME without them does not", () => {
  const lines = new FrameLines(10);
  expect(lines.add("dialogue +1 ms ← WELCOME ann, with its definitions")).toBe(false);
  expect(lines.add("dialogue +9 ms ← WELCOME ann")).toBe(false);
  expect(lines.add("dialogue +20 ms ← WELCOME ann, with its definitions")).toBe(true);
});

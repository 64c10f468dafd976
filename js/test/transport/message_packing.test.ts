// How frames share messages.
import { expect, test } from "vitest";
import { framesPerMessage } from "../../src/transport/message_packing.js";

test("at most 16 frames go into one message", () => {
  expect(framesPerMessage(Array(17).fill("[1]"))).toBe(16);
  expect(framesPerMessage(["[1]"])).toBe(1);
  expect(framesPerMessage([])).toBe(0);
});

test("a message of several frames has at most 5000 characters, line ends included", () => {
  const frame = "x".repeat(2499);
  expect(framesPerMessage([frame, frame])).toBe(2);
  expect(framesPerMessage([frame, `${frame}x`])).toBe(1);
});

test("a frame that is too large for a batch goes alone", () => {
  expect(framesPerMessage(["x".repeat(60_000), "[1]"])).toBe(1);
});

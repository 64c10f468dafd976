// How much may be pending.
import { expect, test } from "vitest";
import { exceededBound } from "../../src/publications/pending_bounds.js";

const load = { pending: 2, pendingBytes: 90, pendingMax: 3, pendingBytesMax: 100 };

test("a publication that fits both bounds is admitted, up to the last byte", () => {
  expect(exceededBound(load, 0)).toBe(false);
  expect(exceededBound(load, 10)).toBe(false);
});

test("the bound that it would exceed is named", () => {
  expect(exceededBound(load, 11)).toBe("100 bytes of");
  expect(exceededBound({ ...load, pending: 3 }, 0)).toBe("3");
  expect(exceededBound({ ...load, pending: 0, pendingMax: 0 }, 0)).toBe("0");
});

// What PUBLISH says of an earlier attempt.
import { expect, test } from "vitest";
import { resendMark } from "../../src/publications/resend_mark.js";

test("the core's mark is whether it is the first in its room, and the seconds since it was sent", () => {
  expect(JSON.parse(resendMark(1, false))).toEqual({ first: 1, resent: 0 });
  expect(JSON.parse(resendMark(2 * 30, false))).toEqual({ first: 0, resent: 30 });
  expect(JSON.parse(resendMark(2 * 30 + 1, false))).toEqual({ first: 1, resent: 30 });
});

test("F-U-M13 a deletion is marked as one, with and without a mark of repetition", () => {
  expect(JSON.parse(resendMark(0, false, undefined, true))).toEqual({ first: 0, resent: 0, delete: 1 });
  expect(JSON.parse(resendMark(2 * 30, false, undefined, true))).toEqual({ first: 0, resent: 30, delete: 1 });
  expect(resendMark(1, false, undefined, false)).not.toContain("delete");
});

test("under another user id what was sent is older than anything, and what was not stays new", () => {
  expect(JSON.parse(resendMark(2 * 30, true))).toEqual({ first: 0, resent: 2 ** 31 });
  expect(JSON.parse(resendMark(1, true))).toEqual({ first: 1, resent: 0 });
});

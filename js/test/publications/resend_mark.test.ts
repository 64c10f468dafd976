// What PUBLISH says of an earlier attempt.
import { expect, test } from "vitest";
import type { Publication } from "../../src/publications/publication.js";
import { resendMark } from "../../src/publications/resend_mark.js";

const bob = { key: "k", time: 1, roomId: "chat", event: "message", json: "1", bytes: 1, userId: "bob" };
const markOf = (mark: number, publication: Publication = { ...bob }, userId = "bob") => {
  const ext = resendMark(mark, publication, userId);
  return ext && JSON.parse(ext);
};

test("the core's mark is whether it is the first in its room, and the seconds since it was sent", () => {
  expect(markOf(0)).toBe(0);
  expect(markOf(1)).toEqual({ first: 1, resent: 0 });
  expect(markOf(2 * 30)).toEqual({ first: 0, resent: 30 });
  expect(markOf(2 * 30 + 1)).toEqual({ first: 1, resent: 30 });
});

test("F-U-M13 a deletion is marked as one, with and without a mark of repetition", () => {
  expect(markOf(0, { ...bob, deletes: true })).toEqual({ first: 0, resent: 0, delete: 1 });
  expect(markOf(2 * 30, { ...bob, deletes: true })).toEqual({ first: 0, resent: 30, delete: 1 });
  expect(markOf(1, { ...bob, deletes: false })).toEqual({ first: 1, resent: 0 });
});

test("F-J26 under another user id what was sent is older than anything, and what was not stays new", () => {
  expect(markOf(2 * 30, { ...bob }, "guest-2")).toEqual({ first: 0, resent: 2 ** 31 });
  const unsent = { ...bob };
  expect(markOf(1, unsent, "guest-2")).toEqual({ first: 1, resent: 0 });
  expect(markOf(2 * 30, unsent, "guest-2")).toEqual({ first: 0, resent: 30 });
});

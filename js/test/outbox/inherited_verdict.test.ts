// What becomes of the publications of earlier pages.
import { expect, test } from "vitest";
import { ErrorCode } from "../../src/generated/tables.js";
import { byAge, inheritedVerdict } from "../../src/outbox/inherited_verdict.js";

const saved = {
  key: "k",
  roomId: "chat",
  event: "message",
  json: "{}",
  bytes: 2,
  id: 1,
  time: 1000,
  userId: "ann",
  number: 3,
  epoch: 9,
};
const facts = { userId: "ann", named: undefined, lastUser: "ann", oldest: 500, epoch: 9 };

test("one of the same user is sent, with its number if its log still counts", () => {
  expect(inheritedVerdict(saved, facts)).toBe(ErrorCode.ok);
  expect(inheritedVerdict({ ...saved, number: 0 }, { ...facts, epoch: undefined })).toBe(ErrorCode.ok);
});

test("another user's is never sent, whatever else holds", () => {
  expect(inheritedVerdict(saved, { ...facts, userId: "bob" })).toBe(ErrorCode.forbidden);
  expect(inheritedVerdict({ ...saved, time: 0 }, { ...facts, userId: "bob" })).toBe(ErrorCode.forbidden);
  expect(inheritedVerdict(saved, { ...facts, userId: "guest-1" })).toBe(ErrorCode.forbidden);
});

test("guests, who have a new name at each connection, inherit from guests", () => {
  expect(inheritedVerdict({ ...saved, userId: "guest-1" }, { ...facts, userId: "guest-2" })).toBe(ErrorCode.ok);
});

test("one without a user belongs to the last user, or to this page's if there was none", () => {
  const unowned = { ...saved, userId: undefined };
  expect(inheritedVerdict(unowned, { ...facts, lastUser: "bob" })).toBe(ErrorCode.forbidden);
  expect(inheritedVerdict(unowned, { ...facts, lastUser: undefined })).toBe(ErrorCode.ok);
});

test("F-J6 one without a user belongs to the user that its page named, not to the last one", () => {
  const anns = { ...saved, userId: undefined, named: "ann" };
  const bob = { ...facts, userId: "bob", named: "bob", lastUser: "bob" };
  expect(inheritedVerdict(anns, bob)).toBe(ErrorCode.forbidden);
  expect(inheritedVerdict(anns, { ...bob, named: undefined })).toBe(ErrorCode.forbidden);
  expect(inheritedVerdict(anns, { ...facts, named: "ann", lastUser: "bob" })).toBe(ErrorCode.ok);
  expect(inheritedVerdict({ ...anns, userId: "bob" }, bob)).toBe(ErrorCode.ok);
});

test("one that is too old is not sent", () => {
  expect(inheritedVerdict({ ...saved, time: 499 }, facts)).toBe(ErrorCode.connection_lost);
  expect(inheritedVerdict({ ...saved, time: 500 }, facts)).toBe(ErrorCode.ok);
});

test("an event that may have been accepted in another log has an unknown outcome", () => {
  expect(inheritedVerdict(saved, { ...facts, epoch: 10 })).toBe(ErrorCode.outcome_unknown);
});

test("they are sent in the order of their numbers, then in which they were triggered", () => {
  const order = [saved, { ...saved, number: 0, id: 9 }, { ...saved, number: 1, id: 7 }, { ...saved, number: 0, id: 2 }];
  expect(order.sort(byAge).map(({ number, id }) => [number, id])).toEqual([
    [1, 7],
    [3, 1],
    [0, 2],
    [0, 9],
  ]);
});

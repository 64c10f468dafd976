// Who is in a room, as PRESENCE changes it.
import { expect, test } from "vitest";
import { listedMembers, mergePresence } from "../../src/rooms/presence_merge.js";

const [ann, bob, cem] = ["ann", "bob", "cem"].map((userId) => ({ userId }));

test("members who join are last, members who leave are removed", () => {
  expect(mergePresence([ann!, bob!], [cem!], ["ann"])).toEqual([bob, cem]);
});

test("a member who joins again replaces the older entry, with the newer data", () => {
  const renamed = { userId: "ann", name: "Ann" };
  expect(mergePresence([ann!, bob!], [renamed], [])).toEqual([bob, renamed]);
});

test("a member who leaves and joins in one change is present", () => {
  expect(mergePresence([ann!], [ann!], ["ann"])).toEqual([ann]);
});

test("a change leaves the list before as it was", () => {
  const before = [ann!, bob!];
  mergePresence(before, [cem!], ["bob"]);
  expect(before).toEqual([ann, bob]);
});

test("up to 256 members are listed; none if the server only counts", () => {
  const many = Array.from({ length: 257 }, (_, n) => ({ userId: `${n}` }));
  expect(listedMembers(many.slice(1), undefined)).toHaveLength(256);
  expect(listedMembers(many, undefined)).toEqual([]);
  expect(listedMembers([ann!], 300)).toEqual([]);
});

// What a page hands over when it ends.
import { expect, test } from "vitest";
import { emptyBatch } from "../../src/outbox/batch.js";
import { unwritten } from "../../src/outbox/unwritten.js";

const publication = (id: number, number = 0) => ({
  key: "k",
  roomId: "chat",
  event: "message",
  json: "{}",
  bytes: 2,
  id,
  time: 1000,
  userId: "ann",
  number,
  epoch: 9,
});

/** A batch that writes and deletes these. */
function batch(written: ReturnType<typeof publication>[], deleted: number[] = []) {
  const made = emptyBatch();
  for (const saved of written) made.written.set(saved.id, saved);
  for (const id of deleted) made.deleted.set(id, "");
  return made;
}

const ids = (state: Partial<Parameters<typeof unwritten>[0]>) =>
  unwritten({ contents: [], batches: [], isOpening: false, hasFailed: false, ...state }).map(({ id }) => id);

test("what the database has is not handed over", () => {
  expect(ids({ contents: [publication(1), publication(2, 5)] })).toEqual([]);
});

test("what is being written is, numbered or not: its frame leaves when it is written", () => {
  expect(ids({ batches: [batch([publication(1), publication(2, 5)])] })).toEqual([1, 2]);
});

test("what a later batch deletes is not", () => {
  expect(ids({ batches: [batch([publication(1), publication(2)]), batch([], [1])] })).toEqual([2]);
});

test("while the database is opened again, everything without a number is", () => {
  expect(ids({ contents: [publication(1), publication(2, 5)], isOpening: true })).toEqual([1]);
});

test("if storage has failed, what has a number may have been sent, and is not", () => {
  const state = { contents: [publication(1), publication(2, 5)], batches: [batch([publication(3, 6), publication(4)])] };
  expect(ids({ ...state, hasFailed: true })).toEqual([1, 4]);
});

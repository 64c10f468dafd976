// Messages that wait for their reader: in order, and bounded.
import { expect, test, vi } from "vitest";
import { asyncQueue } from "../../src/util/async_queue.js";
import { eventFrame, member, scripted } from "../support/member.js";

scripted();

test("for await gives messages in order and stops with break", async () => {
  const { peer, room } = await member();
  const texts: string[] = [];
  const reading = (async () => {
    for await (const { data } of room.events("message")) {
      texts.push(data.text);
      if (texts.length === 2) break;
    }
  })();
  peer.say(eventFrame(1, { text: "a" }));
  peer.say(eventFrame(2, { text: "b" }), eventFrame(3, { text: "c" }));
  await reading;
  expect(texts).toEqual(["a", "b"]);
});

test("R-97 a server that does not keep to its credit ends the iterator, not the page", async () => {
  const stop = vi.fn();
  const unread = asyncQueue<number>(stop, () => {});
  for (let i = 0; i < 100_000; ++i) unread.push(i);
  expect(stop).toHaveBeenCalledOnce();
  let count = 0;
  const reading = (async () => {
    for await (const _ of unread) ++count;
  })();
  await expect(reading).rejects.toMatchObject({ code: "slow_consumer" });
  expect(count).toBe(100_000);
});

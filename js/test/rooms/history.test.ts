// History: pages are the client's business.
import { describe, expect, test } from "vitest";
import { member, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";

scripted();

const event = (seq: number, number = 2) => [number, seq, 1000 + seq, "bob", { text: `${seq}` }];

/**
 * Answers the next HISTORY from a log of `base` to `head` in which the sequences of `gone` are missing. Resolves with
 * it.
 */
async function page(peer: Peer, base: number, head: number, { gone = [] as number[], most = 100, epoch = 99 } = {}) {
  const frame = await peer.frame(7);
  const [, request, , from, limit, direction] = frame;
  const events: unknown[] = [];
  let [first, last] = [from, from];
  if (direction === 1) {
    for (first = Math.max(from, base), last = first - 1; last < head && events.length < Math.min(limit, most); )
      if (!gone.includes(++last)) events.push(event(last));
  } else {
    for (last = Math.min(from, head), first = last + 1; first > base && events.length < Math.min(limit, most); )
      if (!gone.includes(--first)) events.unshift(event(first));
  }
  peer.say([42, request, 0, { epoch, base, head, first, last, events }]);
  return frame.slice(2);
}

const all = async (messages: AsyncIterable<any>) => {
  const found: number[] = [];
  for await (const { seq } of messages) found.push(seq);
  return found;
};
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("history", () => {
  test("the newest 100, oldest first, as messages", async () => {
    const { peer, room } = await member();
    const reading = room.history().next();
    expect(await page(peer, 1, 1)).toEqual([7, Number.MAX_SAFE_INTEGER, 100, 0]);
    const message = { event: "message", roomId: "chat", data: { text: "1" }, from: "bob", timestamp: 1001, seq: 1, epoch: 99 };
    expect(await reading).toEqual({ value: message, done: false });
  });

  test("any number comes in pages, and is exact where sequences are gone", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 250 }));
    const gone = range(800, 900);
    expect(await page(peer, 1, 1000, { gone })).toEqual([7, Number.MAX_SAFE_INTEGER, 100, 0]);
    expect(await page(peer, 1, 1000, { gone, most: 40 })).toEqual([7, 900, 100, 0]);
    expect(await page(peer, 1, 1000, { gone })).toEqual([7, 759, 100, 0]);
    expect(await page(peer, 1, 1000, { gone })).toEqual([7, 659, 10, 0]);
    expect(await reading).toEqual([...range(650, 799), ...range(901, 1000)]);
  });

  test("F-N02 a page that is refused for a while is asked for again, and nothing is missing", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 150 }));
    await page(peer, 1, 1000);
    const [, request] = await peer.frame(7);
    peer.say([42, request, 75, { message: "The rate limit is exceeded.", retryAfterMs: 1 }]);
    expect(await page(peer, 1, 1000)).toEqual([7, 900, 50, 0]);
    expect(await reading).toEqual(range(851, 1000));
  });

  test("F-K06 events that the server can read no more are told with their sequences, and count", async () => {
    const { client, peer, room } = await member();
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const reading = all(room.history({ limit: 5 }));
    const [, request] = await peer.frame(7);
    const result = { epoch: 99, base: 1, head: 9, first: 5, last: 9, events: [event(5), event(9)], damaged: [[6, 8]] };
    peer.say([42, request, 0, result]);
    expect(await reading).toEqual([5, 9]);
    expect(errors).toMatchObject([
      { code: "events_missed", message: "Events were missed: 6 to 8 (history_damaged)", roomId: "chat" },
    ]);
  });

  test("the log's beginning ends it", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 500 }));
    await page(peer, 51, 200);
    await page(peer, 51, 200);
    expect(await reading).toEqual(range(51, 200));
  });

  test("an empty log has none", async () => {
    const { peer, room } = await member();
    for (const limit of [10, Infinity]) {
      const reading = all(room.history({ limit }));
      await page(peer, 6, 5);
      expect(await reading).toEqual([]);
    }
    expect(await all(room.history({ limit: 0 }))).toEqual([]);
    expect(await all(room.history({ before: 1 }))).toEqual([]);
  });

  test("Infinity reads forwards, up to what was newest when it began", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: Infinity }));
    expect(await page(peer, 3, 205)).toEqual([7, 1, 100, 1]);
    expect(await page(peer, 3, 300)).toEqual([7, 103, 100, 1]);
    expect(await page(peer, 3, 300)).toEqual([7, 203, 100, 1]);
    expect(await reading).toEqual(range(3, 205));
  });

  test("before a sequence or a position", async () => {
    const { peer, room } = await member();
    const bySequence = all(room.history({ limit: 2, before: 50 }));
    expect(await page(peer, 1, 100)).toEqual([7, 49, 2, 0]);
    expect(await bySequence).toEqual([48, 49]);
    const byPosition = all(room.history({ limit: Infinity, before: { epoch: 99, seq: 4 } }));
    expect(await page(peer, 1, 100)).toEqual([7, 1, 100, 1]);
    expect(await byPosition).toEqual([1, 2, 3]);
    const ofAnotherLog = all(room.history({ before: { epoch: 98, seq: 4 } }));
    await page(peer, 1, 100);
    await expect(ofAnotherLog).rejects.toMatchObject({ code: "events_missed", roomId: "chat" });
  });

  test("events that the catalogue does not know any more are left out", async () => {
    const { peer, room } = await member();
    const reading = all(room.history());
    const [, request] = await peer.frame(7);
    const events = [event(1), event(2, 77), event(3, 0), event(4)];
    peer.say([42, request, 0, { epoch: 99, base: 1, head: 4, first: 1, last: 4, events }]);
    expect(await reading).toEqual([1, 4]);
  });

  test("it goes on through a reconnection", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 150 }));
    await page(peer, 1, 200);
    await peer.frame(7);
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    await second.join({}, 200);
    expect(await page(second, 1, 200)).toEqual([7, 100, 50, 0]);
    expect(await reading).toEqual(range(51, 200));
  });

  test("a log that is replaced meanwhile is told, not mixed", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 150 }));
    await page(peer, 1, 200);
    await page(peer, 1, 200, { epoch: 100 });
    await expect(reading).rejects.toMatchObject({ code: "events_missed", message: /epoch_changed/ });
  });

  test("a refusal is thrown", async () => {
    const { peer, room } = await member();
    const reading = all(room.history());
    const [, request] = await peer.frame(7);
    peer.say([42, request, 61, { message: "You may not do this: history" }]);
    await expect(reading).rejects.toMatchObject({ code: "forbidden" });
  });
});

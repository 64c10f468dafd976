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

  test("any number is read in pages, and is exact if sequences are missing", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 250 }));
    const gone = range(800, 900);
    expect(await page(peer, 1, 1000, { gone })).toEqual([7, Number.MAX_SAFE_INTEGER, 100, 0]);
    expect(await page(peer, 1, 1000, { gone, most: 40 })).toEqual([7, 900, 100, 0]);
    expect(await page(peer, 1, 1000, { gone })).toEqual([7, 759, 100, 0]);
    expect(await page(peer, 1, 1000, { gone })).toEqual([7, 659, 10, 0]);
    expect(await reading).toEqual([...range(650, 799), ...range(901, 1000)]);
  });

  test("after a place the oldest come first, page by page, and it is known whether there are newer ones", async () => {
    const { peer, room } = await member();
    const loop = room.history({ after: 10, limit: 150 });
    const reading = all(loop);
    expect(await page(peer, 1, 1000)).toEqual([7, 11, 100, 1]);
    expect(await page(peer, 1, 1000)).toEqual([7, 111, 50, 1]);
    expect(await reading).toEqual(range(11, 160));
    expect([loop.hasMore, loop.hasNewer]).toEqual([true, true]);
    const rest = room.history({ after: { epoch: 99, seq: 995 } });
    const last = all(rest);
    await page(peer, 1, 1000);
    expect(await last).toEqual(range(996, 1000));
    expect(rest.hasNewer).toBe(false);
  });

  test("around a place there is half of the limit on each side", async () => {
    const { peer, room } = await member();
    const loop = room.history({ around: 50, limit: 5 });
    const reading = all(loop);
    expect(await page(peer, 1, 1000)).toEqual([7, 50, 3, 0]);
    expect(await page(peer, 1, 1000)).toEqual([7, 51, 2, 1]);
    expect(await reading).toEqual(range(48, 52));
    expect([loop.hasMore, loop.hasNewer]).toEqual([true, true]);
  });

  test("around a place of a log that is replaced between the pages, the loop throws", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ around: 50, limit: 4 }));
    await page(peer, 1, 1000);
    await page(peer, 1, 1000, { epoch: 100 });
    await expect(reading).rejects.toMatchObject({ code: "events_missed" });
  });

  test.each([
    [{ around: 5, before: 3 }, "$.around"],
    [{ around: 5, limit: Infinity }, "$.limit"],
    [{ after: -1 }, "$.after"],
    [{ around: { epoch: 99 } as any }, "$.around"],
  ])("%j is refused before anything is asked", async (options, path) => {
    const { room } = await member();
    await expect(all(room.history(options))).rejects.toMatchObject({ code: "request_invalid", path });
  });

  test("F-N02 a temporarily refused page is requested again, and nothing is missing", async () => {
    const { peer, room } = await member();
    const reading = all(room.history({ limit: 150 }));
    await page(peer, 1, 1000);
    const [, request] = await peer.frame(7);
    peer.say([42, request, 75, { message: "The rate limit is exceeded.", retryAfterMs: 1 }]);
    expect(await page(peer, 1, 1000)).toEqual([7, 900, 50, 0]);
    expect(await reading).toEqual(range(851, 1000));
  });

  test("F-K06 events that the server cannot read any more are reported with their sequences, and count", async () => {
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

  test("F-U-L5 a loop reports whether the log has earlier events, so that no read at the end is empty", async () => {
    const { peer, room } = await member();
    const read = async (options: object, base: number, head: number, pages = 1) => {
      const loop = room.history(options);
      expect(loop.hasMore).toBeUndefined();
      const reading = all(loop);
      for (let each = 0; each < pages; ++each) await page(peer, base, head);
      await reading;
      return loop.hasMore;
    };
    expect(await read({ limit: 50 }, 1, 100)).toBe(true);
    expect(await read({ limit: 50, before: 51 }, 1, 100)).toBe(false);
    expect(await read({ limit: 50 }, 51, 100)).toBe(false); // the rest has expired
    expect(await read({ limit: 250 }, 1, 200, 2)).toBe(false);
    expect(await read({ limit: 10 }, 6, 5)).toBe(false);
    expect(await read({ limit: Infinity }, 3, 100)).toBe(false);
    const loop = room.history({ limit: 2 });
    const first = loop.next();
    await page(peer, 1, 100);
    await first;
    expect(loop.hasMore).toBe(true); // known with the first event
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

  test("events that are no longer in the catalogue are left out", async () => {
    const { peer, room } = await member();
    const reading = all(room.history());
    const [, request] = await peer.frame(7);
    const events = [event(1), event(2, 77), event(3, 0), event(4)];
    peer.say([42, request, 0, { epoch: 99, base: 1, head: 4, first: 1, last: 4, events }]);
    expect(await reading).toEqual([1, 4]);
  });

  test("the loop continues through a reconnection", async () => {
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

  test("a log that is replaced meanwhile is reported, not mixed", async () => {
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

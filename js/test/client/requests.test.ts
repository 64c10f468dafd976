// What waits for an answer, as an application sees it: client.unsent(), "pending" and "settled".
import { expect, test } from "vitest";
import type { Settled } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, member, scripted, server } from "../support/member.js";
import { browser, Page } from "../support/pages.js";

scripted();
browser();

/** What "settled" says, in order. */
const settledOf = (client: ReturnType<typeof connect>) => {
  const list: Settled[] = [];
  client.on("settled", (settled) => list.push(settled));
  return list;
};

test("F-U-H3 unsent() is the same frozen array while nothing changed, and its entries stay the same objects", async () => {
  const { client, peer, room } = await member();
  const empty = client.unsent();
  expect(client.unsent()).toBe(empty);
  const before = Date.now();
  const first = room.trigger("message", { text: "1" });
  void room.trigger("message", { text: "2" }).catch(() => {});
  await peer.frame(4);
  const two = client.unsent();
  expect(client.unsent()).toBe(two);
  expect(two).not.toBe(empty);
  expect([Object.isFrozen(two), Object.isFrozen(two[0])]).toEqual([true, true]);
  expect(two.map(({ roomId, event, data }) => [roomId, event, data])).toEqual([
    ["chat", "message", { text: "1" }],
    ["chat", "message", { text: "2" }],
  ]);
  expect(two[0]!.id).not.toBe(two[1]!.id);
  expect(two[0]!.queuedAt).toBeGreaterThanOrEqual(before);
  expect(two[0]!.queuedAt).toBeLessThanOrEqual(Date.now());
  peer.say([38, 7, 1, 99, 1, 0, 0]);
  await first;
  expect(client.unsent()).toEqual([two[1]]);
  expect(client.unsent()[0]).toBe(two[1]);
});

test('F-U-H3 a reader of unsent() at each "pending", such as useSyncExternalStore, gets the current list', async () => {
  const client = connect();
  const room = client.room("chat");
  let seen = client.unsent();
  let changes = 0;
  client.on("pending", () => {
    seen = client.unsent();
    changes += 1;
  });
  const trigger = (text: string) => room.trigger("message", { text });
  const first = trigger("1"); // waits for the validator, and has its place in the list from now on
  const [entry] = client.unsent();
  void room.join().catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await peer.frame(4);
  expect(seen).toBe(client.unsent());
  expect(seen.map(({ id }) => id)).toEqual([entry!.id]);
  // One goes and one comes in the same turn: the count stays, the list does not.
  const second = first.then(() => trigger("2"));
  peer.say([38, 7, 1, 99, 1, 0, 0]);
  await peer.frame(4);
  await eventually(() => expect(seen.map(({ data }) => data)).toEqual([{ text: "2" }]));
  expect(seen).toBe(client.unsent());
  peer.say([38, 7, 2, 99, 2, 0, 0]);
  await second;
  await eventually(() => expect(seen).toEqual([]));
  expect(changes).toBeGreaterThanOrEqual(3);
});

test('F-U-H3 "settled" says of each event what became of it: its place, or the error of its promise', async () => {
  const { client, peer, room } = await member();
  const settled = settledOf(client);
  const trigger = (text: string, options = {}) =>
    room.trigger("message", { text }, options).catch(({ code, name }) => code ?? name);
  const stop = new AbortController();
  const outcomes = [trigger("1"), trigger("2"), trigger(""), trigger("3", { signal: stop.signal })];
  await peer.frame(4);
  const ids = client.unsent().map(({ id }) => id);
  stop.abort(); // it is under way: the server will say what became of it
  peer.say([38, 7, 1, 99, 1, 1234, 0], [39, 7, 2, 61, 0, { message: "This is not allowed." }], [38, 7, 3, 99, 2, 1235, 0]);
  await Promise.all(outcomes);
  await eventually(() => expect(settled).toHaveLength(4));
  const of = (id: string | undefined) => settled.find((each) => each.id === id);
  expect(of(ids[0])).toEqual({
    id: ids[0],
    roomId: "chat",
    event: "message",
    seq: 1,
    epoch: 99,
    timestamp: 1234,
    duplicate: false,
  });
  expect(of(ids[1])!.error).toMatchObject({ name: "DialogueError" });
  expect(of(ids[2])).toMatchObject({ seq: 2 });
  expect(settled.find(({ id }) => !ids.includes(id))).toMatchObject({ error: { code: "too_short" } });
});

test("F-U-H3 an event that a signal withdraws settles with aborted, and one that close() ends with closed", async () => {
  const { client } = await member();
  await client.preload();
  const settled = settledOf(client);
  const game = client.room("game-1"); // which nobody joins
  const stop = new AbortController();
  const withdrawn = game.trigger("game.move", 1, { signal: stop.signal });
  const kept = game.trigger("game.move", 2);
  stop.abort();
  await expect(withdrawn).rejects.toBe(stop.signal.reason);
  await eventually(() => expect(settled.map(({ error }) => (error as any)?.code)).toEqual(["aborted"]));
  client.close();
  await expect(kept).rejects.toMatchObject({ code: "closed" });
  expect(settled.map(({ error }) => (error as any)?.code)).toEqual(["aborted", "closed"]);
});

test("F-U-H3 a later page has the events of an earlier one once it has loaded, by the same id, and how each ended", async () => {
  const first = new Page();
  const { peer, room } = await first.member();
  for (const text of ["1", "2"]) void room.trigger("message", { text }).catch(() => {});
  await peer.frame(4);
  await peer.frame(4);
  const left = first.client.unsent();
  first.die(peer);

  const second = new Page();
  const settled = settledOf(second.client);
  const loaded = new Promise((resolve) => second.client.on("loaded", resolve));
  expect(second.client.unsent()).toEqual([]);
  void second.client.join("chat").catch(() => {});
  await loaded;
  expect(second.client.unsent()).toEqual(left);
  const { peer: next } = await second.connected();
  await next.join();
  await next.frame(4);
  expect(second.client.unsent()).toEqual(left);
  next.say([38, 7, 1, 99, 1, 0, 1], [39, 7, 2, 61, 0, { message: "This is not allowed." }]);
  await eventually(() => expect(settled).toHaveLength(2));
  expect(settled.map(({ id }) => id)).toEqual(left.map(({ id }) => id));
  expect(settled[0]).toMatchObject({ seq: 1, duplicate: true });
  expect(settled[1]!.error).toBe(second.errors[0]);
  expect(second.errors[0]!.unsent).toEqual(left[1]);
});

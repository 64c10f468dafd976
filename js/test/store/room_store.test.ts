// A store of a room, against a server that says what the test wants.
import { expect, test } from "vitest";
import { roomStore } from "../../src/store.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, scripted, server } from "../support/member.js";

scripted();

const [join, leave, publish, history] = [2, 3, 4, 7];
const rateLimited = 75;
const framesMax = 10; // of one message here
const forbidden = 61;

/** A store of "chat" that is joined, and the server's end. */
async function joined(options: object = {}, head = 0) {
  const client = connect();
  const store = roomStore(client, "chat", options);
  const changes: unknown[] = [];
  const off = store.subscribe(() => changes.push(store.snapshot()));
  const peer = await server.connection();
  await peer.welcome();
  await peer.join({ members: [{ userId: "ann" }] }, head);
  await eventually(() => expect(store.snapshot().status).toBe("live"));
  return { client, store, peer, changes, off, texts: () => store.snapshot().messages.map(({ data }: any) => data.text) };
}

test("a refused message has its error, and is triggered again or discarded", async () => {
  const { store, peer } = await joined();
  const refused = expect(store.trigger("message", { text: "Hi" })).rejects.toMatchObject({ code: "forbidden" });
  const [, , , number] = await peer.frame(publish);
  await eventually(() => expect(store.snapshot().messages[0]).toMatchObject({ state: "pending", data: { text: "Hi" }, seq: 0 }));
  peer.say([39, 7, number, forbidden, 0, { message: "No." }]);
  await refused;
  await eventually(() => expect(store.snapshot().messages[0]!.state).toBe("failed"));
  const failed = store.snapshot().messages[0]! as any;
  expect(failed.error.code).toBe("forbidden");
  failed.retry();
  const [, , , again] = await peer.frame(publish);
  expect(again).toBe(number + 1);
  await eventually(() => expect(store.snapshot().messages[0]!.state).toBe("pending"));
  peer.say([39, 7, again, forbidden, 0, { message: "No." }]);
  await eventually(() => expect(store.snapshot().messages[0]!.state).toBe("failed"));
  (store.snapshot().messages[0] as any).discard();
  await eventually(() => expect(store.snapshot().messages).toEqual([]));
});

test("a fault of the data is reported by the promise alone", async () => {
  const { store } = await joined();
  await expect(store.trigger("message", { text: "" })).rejects.toMatchObject({ code: "too_short", path: "$.text" });
  await eventually(() => expect(store.snapshot().messages).toEqual([]));
});

test("an own message is never seen twice, whether its answer and its event come together or apart", async () => {
  const { store, peer, changes, texts } = await joined();
  for (const isTogether of [true, false]) {
    const sent = store.trigger("message", { text: "Hi" });
    const [, , , number] = await peer.frame(publish);
    const [ack, event] = [[38, 7, number, 99, number, 1000, 0], eventFrame(number, { text: "Hi" }, "ann")];
    if (isTogether) peer.say(ack, event);
    else peer.say(ack);
    await sent;
    await eventually(() => expect(store.snapshot().messages.at(-1)!.seq).toBe(number));
    if (!isTogether) peer.say(event, eventFrame(3, { text: "Next" }));
  }
  await eventually(() => expect(texts()).toEqual(["Hi", "Hi", "Next"]));
  const lengths = changes.map((change: any) => change.messages.length);
  expect(Math.max(...lengths)).toBe(3);
  expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
});

test("an answer that comes before an earlier event of another member does not change their order", async () => {
  const { store, peer, texts } = await joined();
  const sent = store.trigger("message", { text: "second" });
  const [, , , number] = await peer.frame(publish);
  peer.say([38, 7, number, 99, 2, 1000, 0]);
  await sent;
  peer.say(eventFrame(1, { text: "first" }), eventFrame(2, { text: "second" }, "ann"));
  await eventually(() => expect(texts()).toEqual(["first", "second"]));
});

test("8: all events of a turn are one snapshot, which is frozen, and nothing is a new object without a change", async () => {
  const { store, peer, changes } = await joined();
  const before = changes.length;
  for (let from = 1; from <= 1000; from += framesMax)
    peer.say(...Array.from({ length: framesMax }, (_, at) => eventFrame(from + at, { text: "Hi" })));
  await eventually(() => expect(store.snapshot().messages).toHaveLength(1000));
  expect(changes.length - before).toBeLessThanOrEqual(1000 / framesMax);
  const last = store.snapshot();
  for (const value of [last, last.messages, last.messages[0]]) expect(Object.isFrozen(value)).toBe(true);
  expect(store.snapshot()).toBe(last);
  peer.say([43, 7, 2, { joined: [{ userId: "bob" }] }]);
  await eventually(() => expect(store.snapshot().occupancy).toBe(2));
  expect(store.snapshot()).not.toBe(last);
  expect(store.snapshot().messages).toBe(last.messages);
});

test("a list keeps a limited number of messages, and whether the log has earlier messages", async () => {
  const { store, peer, texts } = await joined({ keep: 2 });
  expect(store.snapshot().hasEarlier).toBe(false);
  peer.say(...["1", "2", "3"].map((text, index) => eventFrame(index + 1, { text })));
  await eventually(() => expect(texts()).toEqual(["2", "3"]));
  expect(store.snapshot().hasEarlier).toBe(true);
});

test("events are folded, each once, and again in order if earlier events arrive", async () => {
  const reduce = (state: string, { data }: any) => state + data.text;
  const { store, peer } = await joined({ reduce, start: ">" }, 5);
  peer.say(eventFrame(6, { text: "6" }), eventFrame(7, { text: "7" }));
  await eventually(() => expect(store.snapshot().state).toBe(">67"));
  const loading = store.loadEarlier(2);
  const [, request] = await peer.frame(history);
  peer.say([
    42,
    request,
    0,
    { epoch: 99, head: 7, base: 4, first: 4, last: 5, events: [4, 5].map((seq) => [2, seq, 1, "bob", { text: `${seq}` }]) },
  ]);
  await loading;
  await eventually(() => expect(store.snapshot().state).toBe(">4567"));
});

test("a range that was missed after a reconnection is told, and the list stays", async () => {
  const { store, peer, texts } = await joined();
  peer.say(eventFrame(1, { text: "1" }));
  await eventually(() => expect(texts()).toEqual(["1"]));
  peer.socket.terminate();
  await eventually(() => expect(store.snapshot().status).toBe("behind"));
  const next = await server.connection();
  await next.welcome();
  const frame = await next.frame(join);
  next.say([34, frame[1], 7, 99, 5, 5, 0, { roomId: "chat", name: "Chat", reason: "trimmed", clock: 1, members: [] }]);
  await eventually(() => expect(store.snapshot().missed).toMatchObject({ recovered: false, reason: "trimmed" }));
  expect(texts()).toEqual(["1"]);
  expect(store.snapshot().status).toBe("live");
});

test("a refusal is the store's error, and it joins again when it is asked to", async () => {
  const client = connect();
  const store = roomStore(client, "chat");
  store.subscribe(() => {});
  const peer = await server.connection();
  await peer.welcome();
  const frame = await peer.frame(join);
  peer.say([42, frame[1], forbidden, { message: "No." }]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ status: "refused", error: { code: "forbidden" } }));
  store.retry();
  await peer.join();
  await eventually(() => expect(store.snapshot()).toMatchObject({ status: "live", error: undefined }));
  store.dispose();
  await peer.frame(leave);
  expect(store.snapshot().status).toBe("idle");
});

test.each([0, 1, 2, 3])("6: one that goes after step %i of a join leaves no room, and nothing is thrown", async (step) => {
  const client = connect();
  const off = roomStore(client, "chat", { last: 5 }).subscribe(() => {});
  const go = async (at: number) => {
    if (at !== step) return;
    off();
    await new Promise((resolve) => setTimeout(resolve));
  };
  await go(0);
  const peer = await server.connection();
  await go(1);
  await peer.welcome();
  await eventually(() => expect(client.state).toBe("connected"));
  await go(2);
  if (step) await peer.join();
  await go(3);
  if (step) {
    const [, request] = await peer.frame(leave);
    peer.say([35, request, 7, 0]);
  }
  await eventually(() => expect(client.peek("chat")).toBeUndefined());
  expect(client.state).toBe("connected");
});

test("12: what comes between the history of a late list and its events is in it once", async () => {
  const { client, peer } = await joined({ keep: 0 }, 3);
  const late = roomStore(client, "chat", { last: 3 });
  late.subscribe(() => {});
  const [, request] = await peer.frame(history);
  const row = (seq: number) => [2, seq, 1, "bob", { text: `${seq}` }];
  peer.say(
    eventFrame(4, { text: "4" }),
    [42, request, 0, { epoch: 99, head: 5, base: 1, first: 3, last: 5, events: [3, 4, 5].map(row) }],
    eventFrame(5, { text: "5" }),
    eventFrame(6, { text: "6" }),
  );
  await eventually(() => expect(late.snapshot().messages.map(({ seq }) => seq)).toEqual([3, 4, 5, 6]));
});

test("a rate limit keeps a message pending", async () => {
  const { store, peer } = await joined();
  const sent = store.trigger("message", { text: "Hi" });
  const [, , , number] = await peer.frame(publish);
  peer.say([39, 7, number, rateLimited, 20, { message: "The rate limit is exceeded." }]);
  const [, , , again] = await peer.frame(publish);
  expect(store.snapshot().messages[0]!.state).toBe("pending");
  peer.say([38, 7, again, 99, 1, 1234, 0]);
  await sent;
  await eventually(() => expect(store.snapshot().messages[0]!.state).toBeUndefined());
});

test("14, 18: a store that nobody subscribes to connects nothing, and shows the same for everybody", () => {
  const client = connect({ autoConnect: false });
  const stores = [roomStore(client, "chat", { last: 5 }), roomStore(client, "chat", { last: 5 })];
  for (const store of stores) {
    expect(store.snapshot()).toBe(store.serverSnapshot());
    expect(store.snapshot()).toEqual(stores[0]!.snapshot());
  }
  expect(client.peek("chat")).toBeUndefined();
});

test("arguments are checked when they are passed", () => {
  const client = connect({ autoConnect: false });
  const make =
    (...args: any[]) =>
    () =>
      (roomStore as any)(...args);
  expect(make(undefined, "chat")).toThrow("roomStore: client is not well-formed");
  expect(make(client, 7)).toThrow("roomStore: id is not well-formed");
  expect(make(client, "chat", { keep: -1 })).toThrow("roomStore: keep is not well-formed");
  expect(make(client, "chat", { last: 1.5 })).toThrow("roomStore: last is not well-formed");
  expect(make(client, "chat", { reduce: 1 })).toThrow("roomStore: reduce is not well-formed");
});

const preloaded = (facts: object = {}) => ({
  v: 1 as const,
  room: "chat",
  position: { epoch: 99, seq: 2 },
  messages: [1, 2].map((seq) => ({
    event: "message",
    roomId: "chat",
    data: { text: `${seq}` },
    from: "bob",
    timestamp: 1,
    seq,
    epoch: 99,
  })),
  members: [],
  occupancy: 0,
  hasEarlier: false,
  ...facts,
});

test("12: a preloaded list of a room that was joined already is continued by its history, each event once", async () => {
  const { client, peer } = await joined({ keep: 0 }, 4);
  const reduce = (state: string, { data }: any) => state + data.text;
  const late = roomStore(client, "chat", { last: 2, initial: preloaded(), reduce, start: ">" } as any);
  late.subscribe(() => {});
  const [, request, , , ...asked] = await peer.frame(history);
  const row = (seq: number) => [2, seq, 1, "bob", { text: `${seq}` }];
  const page = { epoch: 99, head: 5, base: 1, first: 3, last: 4, events: [3, 4].map(row) };
  peer.say(eventFrame(5, { text: "5" }), [42, request, 0, page]);
  await eventually(() => expect(late.snapshot().messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]));
  expect(late.snapshot()).toMatchObject({ state: ">12345", hasEarlier: false });
  expect(asked.length).toBeGreaterThan(0);
});

test("a preloaded room that is far behind gives way to the newest messages at once", async () => {
  const { client, peer } = await joined({ keep: 0 }, 40);
  const late = roomStore(client, "chat", { last: 2, keep: 5, initial: preloaded() });
  const lengths: number[] = [];
  late.subscribe(() => lengths.push(late.snapshot().messages.length));
  const [, request] = await peer.frame(history);
  const row = (seq: number) => [2, seq, 1, "bob", { text: `${seq}` }];
  const newest = [36, 37, 38, 39, 40];
  peer.say([42, request, 0, { epoch: 99, head: 40, base: 1, first: 36, last: 40, events: newest.map(row) }]);
  await eventually(() => expect(late.snapshot().messages.map(({ seq }) => seq)).toEqual(newest));
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(2);
  expect(late.snapshot().hasEarlier).toBe(true);
});

test("a preloaded room whose log was replaced gives way to the new log, which is reported as missed", async () => {
  const client = connect();
  const store = roomStore(client, "chat", { initial: preloaded() });
  store.subscribe(() => {});
  const peer = await server.connection();
  await peer.welcome();
  const frame = await peer.frame(join);
  const facts = { roomId: "chat", name: "Chat", reason: "epoch_changed", clock: 1, members: [] };
  peer.say([34, frame[1], 7, 100, 1, 1, 0, facts], [36, 7, 2, 1, 1, "bob", 0, { text: "new" }]);
  await eventually(() => expect(store.snapshot().missed).toMatchObject({ recovered: false, reason: "epoch_changed" }));
  await eventually(() => expect(store.snapshot().messages.map(({ data }: any) => data.text)).not.toContain("1"));
});

test("a preload of another room has no effect, and an invalid one is refused", () => {
  const client = connect({ autoConnect: false });
  expect(roomStore(client, "chat", { initial: preloaded({ room: "game-1" }) }).snapshot().messages).toEqual([]);
  const wrong = () => roomStore(client, "chat", { initial: { v: 2 } as any });
  expect(wrong).toThrow("roomStore: initial is not well-formed");
});

// What a caller may give: an argument that no server could read is refused by its name, and nothing else happens.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ClientOptions, createDialogueClient } from "../../src/index.js";
import { connect, member, scripted, server } from "../support/member.js";
import type { Frame, Peer } from "../support/scripted_server.js";

scripted();

const half = "a\ud83d";
const messageBytesMax = 65_536;

/** Whether a server can read a text in a frame: whole characters, and no NUL. */
const isReadable = (text: string) => !/[\0\p{Cs}]/u.test(text);
function isReadableValue(value: unknown): boolean {
  if (typeof value === "string") return isReadable(value);
  if (typeof value !== "object" || !value) return true;
  return Object.entries(value).every(([key, part]) => isReadable(key) && isReadableValue(part));
}
const integersOf = (frame: Frame) => {
  const end = frame.findIndex((part) => typeof part !== "number");
  return end < 0 ? frame : frame.slice(0, end);
};

/** Answers every request, and checks each frame as a server does. */
function answering(peer: Peer) {
  const faults: string[] = [];
  const seen: Frame[] = [];
  const answer = (message: string) => {
    if (new TextEncoder().encode(message).length > messageBytesMax) faults.push("too large");
    for (const text of message.split("\n")) {
      const frame = JSON.parse(text);
      seen.push(frame);
      const [type, request] = frame;
      const isSound = integersOf(frame).every((number) => Number.isSafeInteger(number) && number >= 0);
      // A payload of PUBLISH is the validator's.
      if (!isSound || !isReadableValue(type === 4 ? frame.slice(0, 5) : frame)) faults.push(text.slice(0, 200));
      if (type === 3) peer.say([35, request, frame[2], 0]);
      else if (type === 4) peer.say([39, request, frame[3], 73, 0, { message: "no" }]);
      else if (type === 2 && frame[5] === "chat") peer.say([34, request, 7, 99, 1, 0, 1, { roomId: "chat", members: [] }]);
      else if (type !== 1 && type !== 9 && type !== 11) peer.say([42, request, 73, { message: "no" }]);
    }
  };
  for (const message of peer.messages.slice(1)) answer(message);
  peer.socket.on("message", (data) => answer(data.toString()));
  return { faults, seen };
}

describe("F-R01 an argument that no server can read is refused by its name, and the client continues", () => {
  const filter = { and: [{ eq: ["k", 1] }, { prefix: ["k", half] }] };
  const large = "y".repeat(70_000);
  test.each<[string, (client: any, room: any) => Promise<unknown>, object]>([
    ["a NUL in an id", (client) => client.join("x-\0"), { code: "request_invalid", path: "$.id" }],
    ["half a pair in an id", (client) => client.join(`x-${half}`), { code: "request_invalid", path: "$.id" }],
    ["a filter", (client) => client.join("x", { filter }), { code: "request_invalid", path: "$.filter.and[1].prefix[1]" }],
    ["a key", (client) => client.join("x", { filter: { [half]: 1 } }), { code: "request_invalid", path: "$.filter" }],
    ["events", (client) => client.join("x", { events: ["a", half] }), { code: "request_invalid", path: "$.events[1]" }],
    ["match", (client) => client.join("x", { match: [`${half}*`] }), { code: "request_invalid", path: "$.match[0]" }],
    ["a position", (client) => client.join("x", { from: { since: { epoch: 1e300, seq: 1 } } }), { path: "$.from" }],
    ["a number of events", (client) => client.join("x", { from: { last: -1 } }), { path: "$.from" }],
    ...[{ since: null }, { since: {} }, { last: undefined }, {}, "head", 5].map(
      (from): [string, (client: any) => Promise<unknown>, object] => [
        `F-A6 from ${JSON.stringify(from)}`,
        (client) => client.join("x", { from }),
        { code: "request_invalid", path: "$.from" },
      ],
    ),
    ["F-A7 subscribe to nothing", (_, room) => room.subscribe(undefined), { code: "event_unknown" }],
    ["F-A7 unsubscribe from nothing", (_, room) => room.unsubscribe(undefined), { code: "event_unknown" }],
    ["F-A7 unsubscribe from null", (_, room) => room.unsubscribe(null, null), { code: "event_unknown" }],
    ["a long filter", (client) => client.join("x", { filter: { eq: ["k", large] } }), { code: "payload_too_large", path: "$" }],
    ["a signal", (client) => client.join("x", { signal: "now" }), { code: "request_invalid", path: "$.signal" }],
    ["another signal", (client) => client.listRooms({ signal: 5 }), { code: "request_invalid", path: "$.signal" }],
    [
      "a controller",
      (_, room) => room.trigger("message", { text: "a" }, { signal: new AbortController() }),
      { path: "$.signal" },
    ],
    ["a handler", async (_, room) => room.on("message", "x"), { code: "request_invalid", path: "$.handler" }],
    ["a BigInt", (client) => client.join("x", { filter: { eq: ["k", 1n] } }), { code: "request_invalid", path: "$" }],
    ["a room of can", (client) => client.can("join", half), { code: "request_invalid", path: "$.room" }],
    ["a right", (client) => client.can("\0", "x"), { code: "request_invalid", path: "$.right" }],
    ["a long room of can", (client) => client.can("join", large), { code: "payload_too_large" }],
    ["after", (client) => client.listRooms({ after: half }), { code: "request_invalid", path: "$.after" }],
    ["before", (_, room) => room.history({ before: 1e300 }).next(), { code: "request_invalid", path: "$.before" }],
    ["a fraction", (_, room) => room.history({ before: 1.5 }).next(), { code: "request_invalid", path: "$.before" }],
    ["limit", (_, room) => room.history({ limit: -1 }).next(), { code: "request_invalid", path: "$.limit" }],
    ["options of a room that is joined", (client) => client.join("chat", { filter }), { path: "$.filter.and[1].prefix[1]" }],
  ])("%s", async (_, call, expected) => {
    const { client, peer, room } = await member();
    const { faults } = answering(peer);
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    await expect(call(client, room)).rejects.toMatchObject(expected);
    expect(client.state).toBe("connected");
    expect(room.state).toBe("joined");
    await room.leave(); // one claim, whatever was refused
    expect(room.state).toBe("idle");
    expect([faults, errors]).toEqual([[], []]);
  });

  test("F-J13 an invalid traceparent is not sent", async () => {
    const { peer, room } = await member();
    for (const traceparent of [half, "x".repeat(100_000), 7 as never]) {
      room.trigger("message", { text: "a" }, { traceparent }).catch(() => {});
      expect((await peer.frame(4))[4].trace).toBeUndefined();
    }
  });

  test("an invalid token is a failure of its function", async () => {
    const { client, peer } = await member();
    const errors: any[] = [];
    client.on("error", (error) => errors.push(error.code));
    for (const token of [half, "\0", "", "t".repeat(8193)]) {
      const joining = client.join("game-1", { token: () => token });
      const join = await peer.frame(2);
      expect(join[6].token).toBe(""); // which a server refuses
      peer.say([42, join[1], 56, { message: "no" }]);
      await expect(joining).rejects.toMatchObject({ code: "identity_unavailable" });
    }
    expect(errors).toEqual(Array(4).fill("identity_unavailable"));
  });

  test("later changes to a caller's options have no effect", async () => {
    const { client, peer } = await member();
    const changing = { eq: ["k", "a"] as [string, string] };
    const joining = client.join("game-1", { filter: changing as never });
    const [, request] = await peer.frame(2);
    peer.say([34, request, 8, 99, 1, 0, 1, { roomId: "game-1", members: [] }]);
    await joining;
    changing.eq[1] = half;
    peer.socket.terminate();
    const next = await server.connection();
    await next.welcome();
    await next.frame(2);
    expect((await next.frame(2))[6].filter).toEqual({ eq: ["k", "a"] });
  });
});

describe("F-R10 an identity that no server can read is refused when it is passed", () => {
  test.each<[string, ClientOptions["auth"], object]>([
    ["a user id", { userId: half }, { code: "request_invalid", path: "$.auth.userId" }],
    ["a name", { userId: "ann", name: "\0" }, { code: "request_invalid", path: "$.auth.name" }],
    ["meta", { userId: "ann", meta: { a: [half] } }, { code: "request_invalid", path: "$.auth.meta.a[0]" }],
    ["a token", { token: half }, { code: "request_invalid", path: "$.auth.token" }],
    ["a long token", { token: "t".repeat(70_000) }, { code: "payload_too_large", path: "$.auth" }],
  ])("%s", (_, auth, expected) => {
    let thrown: unknown;
    try {
      createDialogueClient({ url: "http://127.0.0.1:1", auth: auth!, autoConnect: false });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject(expected);
  });

  test("F-A8 one that is changed later stays as it was", async () => {
    const auth = { userId: "ann" };
    const client = connect({ auth, autoConnect: false });
    auth.userId = half;
    client.connect();
    expect((await (await server.connection()).welcome())[4].identity).toEqual({ userId: "ann" });
  });
});

test.each<[string, object]>([
  ["$.auth", { auth: "eyJ.a.b" }],
  ["$.auth", { auth: 5 }],
  ["$.WebSocket", { WebSocket: {} }],
  ["$.url", { url: "ftp://x/" }],
  ["$.url", { url: new URL("file:///x") }],
  ["$.url", { url: "localhost:8080" }],
])("F-A5 an option that is none of its kind is refused at once, by its path: %s of %o", (path, options) => {
  expect(() => createDialogueClient({ autoConnect: false, ...options })).toThrow(
    expect.objectContaining({ code: "request_invalid", path }),
  );
});

test("F-A5 addresses that are relative to the page, or have http or ws, are taken", () => {
  for (const url of ["/x?y=a:b", "x", "//host:80", "HTTPS://host", "ws://host", "wss://host", "http://host", undefined])
    createDialogueClient({ autoConnect: false, url: url as string }).close();
});

test("F-A5 a debug function that throws is reported, and the client connects", async () => {
  const reported = vi.spyOn(console, "error").mockImplementation(() => {});
  const debug = () => {
    throw new Error("of the page");
  };
  const { client } = await member({ debug });
  expect(client.state).toBe("connected");
  expect(reported).toHaveBeenCalledWith(expect.objectContaining({ message: "of the page" }));
  reported.mockRestore();
});

test("F-A8 null options count as absent", async () => {
  createDialogueClient(null as never).close();
  const client: any = connect();
  const room = client.room("chat");
  const joining = room.join(null);
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await joining;
  const sent = room.trigger("message", { text: "a" }, null);
  await peer.frame(4);
  peer.say([38, 7, 1, 99, 1, 0, 0]);
  expect(await sent).toMatchObject({ seq: 1 });
  const answered = async (type: number, result: object) => {
    const [, request] = await peer.frame(type);
    peer.say([42, request, 0, result]);
  };
  const rooms = client.listRooms(null);
  await answered(8, { rooms: [] });
  expect(await rooms).toEqual({ rooms: [], next: undefined });
  const may = client.can("join", "chat", null);
  await answered(12, { allowed: true });
  expect(await may).toBe(true);
  const subscribed = room.subscribe("message", null);
  await answered(5, {});
  await subscribed;
  const page = room.history(null).next();
  await answered(7, { epoch: 99, head: 0, base: 1, first: 0, last: 0, events: [] });
  expect(await page).toEqual({ done: true, value: undefined });
});

test("F-R07 a payload that no bound lets pass is too large, however little waits", async () => {
  const client = connect({ autoConnect: false });
  const room = client.room("chat");
  const large = room.trigger("message", { text: "x".repeat(9 * 1024 * 1024) });
  await expect(large).rejects.toMatchObject({ code: "payload_too_large" });
  expect(client.pending).toBe(0);
});

describe("whatever the arguments", () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  let silenced: ReturnType<typeof vi.spyOn>;
  beforeEach(() => {
    unhandled.length = 0;
    silenced = vi.spyOn(console, "error").mockImplementation(() => {}); // errors that handlers would get
    process.on("unhandledRejection", note);
  });
  afterEach(() => {
    process.off("unhandledRejection", note);
    silenced.mockRestore();
  });

  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(half, "\udc00b", "\0", "", "chat", "message", "game-1", "a".repeat(199).concat("😀"), "y".repeat(70_000)),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  );
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, NaN, Infinity, -Infinity, 2 ** 53, 1e300, 0.5, 1n));
  const odd = fc.constantFrom<any>(undefined, null, true, () => 1, Symbol("s"), cycle, [], {}, new Date(NaN));
  const value = fc.oneof(
    { weight: 3, arbitrary: text },
    number,
    odd,
    fc.dictionary(text, fc.oneof(text, number)),
    fc.array(fc.oneof(text, number), { maxLength: 3 }),
  );
  const options = (...names: string[]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }) },
      odd,
    );
  const call = fc.oneof(
    fc.tuple(fc.constantFrom("join"), value, options("from", "events", "match", "filter", "token", "signal")),
    fc.tuple(fc.constantFrom("join"), text, options("filter")),
    fc.tuple(fc.constantFrom("join"), fc.constant("chat"), options("from", "filter")),
    fc.tuple(fc.constantFrom("can"), value, value, value, options("signal")),
    fc.tuple(fc.constantFrom("listRooms"), options("after", "limit", "signal")),
    fc.tuple(
      fc.constantFrom("onDirect", "on", "once"),
      value,
      fc.constant(() => {}),
    ),
    fc.tuple(fc.constantFrom("trigger"), value, value, options("priority", "traceparent", "signal")),
    fc.tuple(fc.constantFrom("trigger"), fc.constant("message"), fc.record({ text }), options("priority", "traceparent")),
    fc.tuple(fc.constantFrom("history"), options("limit", "before", "signal")),
    fc.tuple(fc.constantFrom("subscribe", "unsubscribe"), value, options("signal")),
    fc.tuple(fc.constantFrom("subscribeAll"), options("signal")),
    fc.tuple(fc.constantFrom("events"), value),
    fc.tuple(fc.constantFrom("leave", "release", "rejoin"), options("from", "filter")),
  );

  /** Makes a call, and waits for what it gives where that ends. */
  async function make(client: any, room: any, [method, ...given]: [string, ...any[]]) {
    const on = method in client ? client : room;
    if (method === "history") {
      for await (const _ of room.history(...given));
    } else if (method === "rejoin") await room.join(...given);
    else if (method === "events") await room.events(...given).return();
    else await on[method](...given);
  }

  test("F-R01 no argument of a public function ends a client or leaves a rejection", { timeout: 120_000 }, async () => {
    const { client, peer, room } = await member();
    client.on("error", () => {});
    const { faults, seen } = answering(peer);
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 6 }), async (calls) => {
        await room.join().catch(() => {}); // unless it is being left
        let isPending = true;
        const settled = Promise.allSettled(calls.map((each) => make(client, room, each as never)));
        void settled.then(() => (isPending = false));
        // What is triggered after a refused join waits for the next one.
        for (; isPending; await client.can("join", "chat").catch(() => {})) await room.join().catch(() => {});
        expect([client.state, faults, unhandled.map(String)]).toEqual(["connected", [], []]);
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(seen.length).toBeGreaterThan(100);
    await new Promise(setImmediate); // where rejections are reported
    expect(unhandled.map(String)).toEqual([]);
    // It is the same connection, on which all goes on.
    expect(peer.socket.readyState).toBe(peer.socket.OPEN);
    await expect(client.can("join", "chat")).rejects.toMatchObject({ code: "request_invalid", message: "no" });
    expect(room.id).toBe("chat");
  });
});

// What callers give a shared client: each tab sends, refuses and reports the same, whatever its role.
import { expect, test } from "vitest";
import { DialogueError } from "../../src/api/errors.js";
import { Limit } from "../../src/generated/tables.js";
import { readJoin } from "../../src/rooms/join_options.js";
import type { Platform } from "../../src/tabs/platform.js";
import { createTab } from "../../src/tabs/shared_client.js";
import { World } from "../support/shared_tabs.js";

const refuse = (error = new Error("mine")) => {
  throw error;
};
const roles = ["holder", "follower"];

/** A tab of this role, the other one, and a room of both. */
async function tabOf(role: string) {
  const world = new World();
  const tabs = [world.open(), world.open()];
  const joins = tabs.map((tab) => tab.join("a"));
  await world.pass(200);
  const rooms = await Promise.all(joins);
  const at = tabs.findIndex(({ client }) => client.role === role);
  return { world, tab: tabs[at]!, other: tabs[1 - at]!, room: rooms[at]! };
}

/** What a promise comes to while the world goes on. */
async function outcome(world: World, promise: Promise<unknown>): Promise<any> {
  let result: unknown = "pending";
  promise.then(
    (value) => (result = value),
    (error) => (result = error),
  );
  await world.pass(200);
  return result;
}

const cents = { cents: 5, toJSON: () => "5 cents" };
const buffer = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);

test.each(roles)("A %s publishes what JSON says of a payload, with its bytes", async (role) => {
  const { world, room } = await tabOf(role);
  const said: [unknown, unknown][] = [
    [cents, "5 cents"],
    [new Proxy({ text: "reactive" }, {}), { text: "reactive" }],
    [{ text: "Hi", send() {}, none: undefined }, { text: "Hi" }],
    [
      { at: new Date(0), in: [cents] },
      { at: "1970-01-01T00:00:00.000Z", in: ["5 cents"] },
    ],
    [
      { toString: 1, startsWith: null },
      { toString: 1, startsWith: null },
    ],
    [undefined, null],
    [buffer, new Uint8Array([1, 2])],
    [{ icon: [buffer, "x"] }, { icon: [new Uint8Array([1, 2]), "x"] }],
  ];
  for (const [data, json] of said) {
    expect(await outcome(world, room.trigger("note", data))).toMatchObject({ duplicate: false });
    expect(world.log("a").at(-1)!.data).toStrictEqual(json);
  }
});

test.each(roles)("What is done to a payload after the call of a %s changes nothing", async (role) => {
  const { world, room } = await tabOf(role);
  const data = { text: "Hi", bytes: new Uint8Array([1]) };
  const sent = room.trigger("note", data);
  data.text = "changed";
  data.bytes[0] = 2;
  await outcome(world, sent);
  expect(world.log("a")[0]!.data).toEqual({ text: "Hi", bytes: new Uint8Array([1]) });
});

test.each(roles)("A payload that has no JSON is refused in a %s by its place", async (role) => {
  const { world, room } = await tabOf(role);
  const cycle: any = {};
  cycle.again = cycle;
  for (const data of [10n, { n: 10n }, cycle, () => {}, Symbol("x")]) {
    const error = await outcome(world, room.trigger("note", data));
    expect(error).toBeInstanceOf(DialogueError);
    expect(error).toMatchObject({ code: "json_syntax", path: "$" });
  }
  expect(world.log("a")).toEqual([]);
});

test.each(roles)("A %s sends the name of an event as text, and its options as JSON", async (role) => {
  const { world, room } = await tabOf(role);
  expect(await outcome(world, room.trigger(Symbol("x") as never, null))).toMatchObject({ seq: 1 });
  expect(await outcome(world, room.trigger("note", null, { priority: () => {} } as never))).toMatchObject({ seq: 2 });
  expect(await outcome(world, room.trigger("note", null, null as never))).toMatchObject({ seq: 3 });
});

test.each(roles)("The place where a join of a %s begins is read as by the ordinary client", async (role) => {
  const { world, tab } = await tabOf(role);
  const since = { epoch: 1, seq: 0 };
  for (const from of [null, undefined, "tail", { last: 5 }, { last: 0 }, { since }, { last: 1, since: null }, () => {}]) {
    readJoin("b", { from } as never, Limit.messageBytesMax); // accepts it
    const room = await outcome(world, tab.join("b", { from } as never));
    expect(room).toMatchObject({ id: "b", joined: true });
    await room.leave();
  }
  const wrong = ["x", 5, {}, { last: -1 }, { last: "9" }, { last: 5n }, { since: null }, { since: {} }, { since: { epoch: 1 } }];
  for (const from of wrong) {
    let refusal: any;
    try {
      readJoin("b", { from } as never, Limit.messageBytesMax);
    } catch (error) {
      refusal = error;
    }
    const { code, path, message } = refusal;
    const error = await outcome(world, tab.client.join("b", { from } as never));
    expect(error).toBeInstanceOf(DialogueError);
    expect(error).toMatchObject({ code, path, message });
  }
  expect(await outcome(world, tab.client.join("b", null as never))).toMatchObject({ joined: true });
});

test.each(roles)("What a holder throws at a request is the answer to a %s, and the room can be joined later", async (role) => {
  const { world, tab, other } = await tabOf(role);
  const [connection] = world.connections;
  const make = connection!.room;
  connection!.room = () => {
    connection!.room = make;
    throw new TypeError("mine");
  };
  expect(await outcome(world, tab.client.join("b"))).toMatchObject({ code: "internal", message: "TypeError: mine" });
  expect(await outcome(world, tab.client.join("b"))).toMatchObject({ joined: true });
  expect(await outcome(world, other.client.join("b"))).toMatchObject({ joined: true });
});

test("A request of another version's tab that cannot be answered takes nothing from the others", async () => {
  const world = new World();
  const [tab, other] = [world.open(), world.open()];
  await world.quiet();
  const joins = [tab.join("a"), other.join("a")];
  const request = { ask: "join", tab: "old", holder: "tab-1", n: 1, room: "a" };
  const receive = (from: unknown) => [...tab.channels.values()][0]!.receive({ ...request, from } as never);
  for (const from of [null, "x", { since: null }]) receive(from); // before rooms are joined
  await world.pass(200);
  await Promise.all(joins);
  for (const from of [null, "x", { since: {} }, Object.defineProperty({}, "since", { get: refuse })]) receive(from);
  await world.quiet();
  world.publish("a");
  await world.quiet();
  for (const { seen } of [tab, other]) expect(seen.map(({ seq }) => seq)).toEqual([1]);
});

/** A browser without locks. */
const alone: Platform = {
  locks: undefined,
  channel: () => ({ post() {}, close() {} }),
  later: (act) => {
    queueMicrotask(act);
    return () => {};
  },
  every: () => () => {},
  isVisible: () => true,
  randomId: () => "1",
  now: () => 1,
  lifecycle: () => () => {},
};

const noClient = { code: "request_invalid", path: "$.create", message: /makes a client/ };
const faulty: [string, () => unknown, object][] = [
  ["throws", refuse, { ...noClient, message: /Error: mine$/ }],
  ["refuses", () => refuse(new DialogueError("not_supported", "No.")), { code: "not_supported", message: /^No\.$/ }],
  ["returns nothing", () => undefined, noClient],
  ["is async", async () => ({}), noClient],
  ["rejects", () => Promise.reject(new Error()), noClient],
];

test.each(faulty)("A function that %s is an error of the calls that wait, and of the client", async (_, create, expected) => {
  const errors: unknown[] = [];
  let calls = 0;
  const client = createTab(() => (calls++, create()) as never, { user: "ann" }, alone);
  client.on("error", (error) => errors.push(error));
  const error = await client.join("a").catch((error) => error);
  expect(error).toMatchObject({ ...expected, message: expect.stringMatching((expected as any).message) });
  expect(errors).toEqual([error]);
  expect([client.lastError, client.role, calls]).toEqual([error, "waiting", 1]);
  // Each later call tries again.
  await expect(client.join("a")).rejects.toMatchObject({ code: error.code });
  expect([errors.length, calls]).toEqual([2, 2]);
});

test("A client that is made too late is closed", async () => {
  let closed = 0;
  const client = createTab((async () => ({ close: () => closed++ })) as never, { user: "ann" }, alone);
  await expect(client.join("a")).rejects.toMatchObject({ path: "$.create" });
  expect(closed).toBe(1);
});

test("If a tab can make no client, the next one leads, and its rooms end with the error until it joins again", async () => {
  const { world, tab: holder, other: tab, room } = await tabOf("holder");
  const third = world.open();
  const ended: unknown[] = [];
  const [lost] = [await outcome(world, tab.client.join("b"))];
  lost.onLeave((error: unknown) => ended.push(error));
  await outcome(world, third.join("a"));
  let failures = 1;
  Object.defineProperty(world, "serverUser", {
    get: () => {
      if (failures-- > 0) throw new Error("mine");
    },
  });
  holder.client.close();
  await world.pass(200);
  expect([tab.client.role, third.client.role, room.joined]).toEqual(["waiting", "holder", false]);
  expect(ended).toMatchObject([{ code: "request_invalid", path: "$.create" }]);
  expect(await outcome(world, tab.client.join("b"))).toMatchObject({ joined: true });
  expect(tab.client.role).toBe("follower");
  expect(world.connections.size).toBe(1);
});

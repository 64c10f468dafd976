// @vitest-environment happy-dom
// What all bindings do alike, against a real server. The numbers are those of complaints about other libraries' hooks.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bindings, type Mounted } from "../support/bindings.js";
import { eventually } from "../support/eventually.js";
import { newRoom, other, preloaded, served, user } from "../support/real_server.js";

served();

const texts = (list: Mounted) => list.messages().map(({ data }) => data.text);
const live = (list: Mounted) => eventually(() => expect(list.shown().status).toBe("live"));
const options = { event: "message", last: 50 } as const;

const printed: unknown[][] = [];
beforeEach(() => {
  for (const name of ["error", "warn"] as const) vi.spyOn(console, name).mockImplementation((...line) => void printed.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(printed.splice(0)).toEqual([]);
});

describe.each(bindings)("$name", ({ mount, skips }) => {
  test("a list has the newest events first, and new ones as they come", async () => {
    const id = newRoom();
    const bob = await other(id);
    for (const text of ["1", "2", "3"]) await bob.say(text);
    const list = mount(user(), id, { event: "message", last: 2 });
    await eventually(() => expect(texts(list)).toEqual(["2", "3"]));
    await bob.say("4");
    await eventually(() => expect(texts(list)).toEqual(["2", "3", "4"]));
    expect(
      list
        .shown()
        .members.map(({ userId }) => userId)
        .sort(),
    ).toEqual(["ann", "bob"]);
    expect(list.shown().occupancy).toBe(2);
    list.unmount();
  });

  test("10: a list that begins with a preloaded room shows its messages first, and later ones after them", async () => {
    const id = newRoom();
    const bob = await other(id);
    for (const text of ["1", "2", "3"]) await bob.say(text);
    const initial = await preloaded(id, { last: 2, members: true });
    await bob.say("4");
    const list = mount(user(), id, { event: "message", last: 2, initial });
    const seen = new Set<string>();
    const watch = setInterval(() => seen.add(texts(list).join()), 0);
    await eventually(() => expect(texts(list)).toEqual(["2", "3", "4"]));
    await bob.say("5");
    await eventually(() => expect(texts(list)).toEqual(["2", "3", "4", "5"]));
    clearInterval(watch);
    expect([...seen].filter((shown) => shown && !shown.startsWith("2,3"))).toEqual([]);
    const { status, occupancy, hasEarlier, missed } = list.shown();
    expect({ status, occupancy, hasEarlier, missed }).toEqual({
      status: "live",
      occupancy: 2,
      hasEarlier: true,
      missed: undefined,
    });
    await list.loadEarlier();
    await eventually(() => expect(texts(list)).toEqual(["1", "2", "3", "4", "5"]));
    list.unmount();
  });

  test("an own message is in the list at once, once, under one key", async () => {
    const id = newRoom();
    const list = mount(user(), id, options);
    const seen = new Map<string, Set<unknown>>();
    await live(list);
    const sent = list.trigger("Hi");
    await eventually(() => expect(list.messages()).toHaveLength(1));
    const [{ key }] = list.messages() as [any];
    const look = () => {
      for (const message of list.messages()) seen.set(message.key, (seen.get(message.key) ?? new Set()).add(message.state));
    };
    const watch = setInterval(look, 0);
    await sent;
    await eventually(() => expect(list.messages()[0]!.state).toBeUndefined());
    const bob = await other(id);
    await bob.say("Hello");
    await eventually(() => expect(texts(list)).toEqual(["Hi", "Hello"]));
    look();
    clearInterval(watch);
    expect(list.messages()[0]).toMatchObject({ key, from: "ann", seq: 1 });
    expect(seen.size).toBe(2);
    list.unmount();
  });

  test("earlier messages come before the list, and no message twice", async () => {
    const id = newRoom();
    const bob = await other(id);
    for (let text = 1; text <= 9; ++text) await bob.say(`${text}`);
    const list = mount(user(), id, { event: "message", last: 2 });
    await eventually(() => expect(texts(list)).toEqual(["8", "9"]));
    expect(list.shown().hasEarlier).toBe(true);
    await Promise.all([list.loadEarlier(4), list.loadEarlier(4)]);
    await eventually(() => expect(texts(list)).toEqual(["4", "5", "6", "7", "8", "9"]));
    await list.loadEarlier();
    await eventually(() => expect(list.shown().hasEarlier).toBe(false));
    expect(texts(list)).toHaveLength(9);
    list.unmount();
  });

  test("1: 20 mounts and unmounts make one connection and one join, and no leave before the last", async () => {
    const id = newRoom();
    const bob = await other(id);
    const sizes: number[] = [];
    bob.room.onMembers((members) => sizes.push(members.length));
    const client = user();
    const states: string[] = [];
    client.on("state", (state) => states.push(state));
    let list = mount(client, id, options);
    for (let round = 0; round < 20; ++round) {
      const next = mount(client, id, options);
      list.unmount();
      list = next;
    }
    await live(list);
    await bob.say("Hi");
    await eventually(() => expect(texts(list)).toEqual(["Hi"]));
    await eventually(() => expect(sizes).toEqual([2]));
    expect(states).toEqual(["connected"]);
    list.unmount();
    await eventually(() => expect(sizes).toEqual([2, 1]));
    expect(client.peek(id)).toBeUndefined();
  });

  test("3, 4: ten components share a room, and each that goes leaves it to the others", async () => {
    const id = newRoom();
    const bob = await other(id);
    await bob.say("0");
    const client = user();
    const lists = Array.from({ length: 10 }, (_, at) => mount(client, id, at % 2 ? options : { event: "message", last: 1 }));
    for (const list of lists) await eventually(() => expect(texts(list)).toEqual(["0"]));
    const said = ["0"];
    while (lists.length) {
      lists.splice(Math.floor(lists.length / 2), 1)[0]!.unmount();
      said.push(`${said.length}`);
      await bob.say(said.at(-1)!);
      for (const list of lists) await eventually(() => expect(texts(list)).toEqual(said));
    }
    await eventually(() => expect(client.peek(id)).toBeUndefined());
  });

  test("3: a list that comes later has what was said before, whatever joined first", async () => {
    const id = newRoom();
    const bob = await other(id);
    for (const text of ["1", "2", "3"]) await bob.say(text);
    const client = user();
    const first = mount(client, id, { event: "message", keep: 0 });
    await live(first);
    await bob.say("4");
    const second = mount(client, id, options);
    await eventually(() => expect(texts(second)).toEqual(["1", "2", "3", "4"]));
    expect(first.messages()).toEqual([]);
    first.unmount();
    await bob.say("5");
    await eventually(() => expect(texts(second)).toEqual(["1", "2", "3", "4", "5"]));
    second.unmount();
  });

  test("6, 7: a component that goes while it joins, or after the client was closed, leaves and says nothing", async () => {
    const id = newRoom();
    const bob = await other(id);
    const client = user();
    mount(client, id, options).unmount();
    const list = mount(client, id, options);
    await new Promise<void>((resolve) => client.once("state", () => resolve()));
    list.unmount();
    await client.listRooms();
    await eventually(() => expect(bob.room.members.map(({ userId }) => userId)).toEqual(["bob"]));
    const last = mount(client, id, options);
    await live(last);
    client.close();
    last.unmount();
  });

  test("5: a user is a member while any component shows the room, for the others and for the components", async () => {
    const id = newRoom();
    const bob = await other(id);
    const client = user();
    const [first, second] = [mount(client, id, options), mount(client, id, { event: "message", keep: 0 })] as const;
    const names = (list: Mounted) =>
      list
        .shown()
        .members.map(({ userId }) => userId)
        .sort();
    for (const list of [first, second]) await eventually(() => expect(names(list)).toEqual(["ann", "bob"]));
    first.unmount();
    await bob.say("still here?");
    const carol = await other(id, "carol");
    await eventually(() => expect(names(second)).toEqual(["ann", "bob", "carol"]));
    expect(carol.room.members.map(({ userId }) => userId).sort()).toEqual(["ann", "bob", "carol"]);
    second.unmount();
    await eventually(() => expect(bob.room.members.map(({ userId }) => userId).sort()).toEqual(["bob", "carol"]));
  });

  test("ten events that wait outlive the component that triggered them, and the next one with other options", async () => {
    const id = newRoom();
    const bob = await other(id);
    const heard: string[] = [];
    bob.room.on("message", ({ data }) => heard.push(data.text));
    const client = user("ann", { autoConnect: false });
    const first = mount(client, id, options);
    const expected = Array.from({ length: 10 }, (_, i) => `${i}`);
    const sent = expected.map((text) => client.room(id).trigger("message", { text }));
    first.unmount();
    const second = mount(client, id, { event: "message", last: 5, filter: { path: "text", eq: "none" } } as any);
    second.unmount();
    const third = mount(client, id, options);
    client.connect();
    await Promise.all(sent);
    await eventually(() => expect(heard).toEqual(expected));
    await eventually(() => expect(texts(third)).toEqual(expected));
    third.unmount();
  });

  test("8: options that are literals, and 1,000 events of one turn, are few draws", async () => {
    const id = newRoom();
    const list = mount(user(), id, { event: "message", keep: 2000 });
    await live(list);
    const drawn = list.draws();
    const room = bob1000(await other(id));
    await room;
    await eventually(() => expect(list.messages()).toHaveLength(1000));
    expect(list.draws() - drawn).toBeLessThan(300);
    expect(new Set(list.messages().map(({ key }) => key)).size).toBe(1000);
    list.unmount();
  });

  test("another room replaces the list, and joins and leaves", async () => {
    const [one, two] = [newRoom(), newRoom()];
    const [bob, eve] = [await other(one), await other(two, "eve")];
    await bob.say("one");
    await eve.say("two");
    const client = user();
    const list = mount(client, one, options);
    await eventually(() => expect(texts(list)).toEqual(["one"]));
    list.show(two);
    await eventually(() => expect(texts(list)).toEqual(["two"]));
    await eventually(() => expect(client.peek(one)).toBeUndefined());
    if (skips) {
      list.show(undefined);
      await eventually(() => expect(client.peek(two)).toBeUndefined());
      expect(list.messages()).toEqual([]);
    }
    list.unmount();
  });

  test("a message that has not changed is the same object, and so is a value", async () => {
    const id = newRoom();
    const bob = await other(id);
    await bob.say("1");
    const list = mount(user(), id, options);
    await eventually(() => expect(texts(list)).toEqual(["1"]));
    const [first] = list.messages();
    const whole = list.messages();
    expect(list.messages()).toBe(whole);
    await bob.say("2");
    await eventually(() => expect(texts(list)).toEqual(["1", "2"]));
    expect(list.messages()[0]).toBe(first);
    list.unmount();
  });
});

/** 1,000 events, as fast as the client sends them. */
async function bob1000({ say }: Awaited<ReturnType<typeof other>>): Promise<void> {
  for (let from = 0; from < 1000; from += 200) await Promise.all(Array.from({ length: 200 }, (_, at) => say(`${from + at}`)));
}

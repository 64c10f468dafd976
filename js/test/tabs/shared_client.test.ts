// Tabs that share a connection: one holds it, and a tab that is closed, frozen or crashes costs no event.
import { expect, test } from "vitest";
import { createSharedClient } from "../../src/tabs.js";
import { type Tab, World } from "../support/shared_tabs.js";

const seqs = (tab: Tab, room = "a") => tab.seen.filter(({ roomId }) => roomId === room).map(({ seq }) => seq);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

/** A world of `count` tabs, each in room "a". */
async function worldOf(count: number) {
  const world = new World();
  const tabs = Array.from({ length: count }, () => world.open());
  const rooms = tabs.map((tab) => tab.join("a"));
  await world.pass(200);
  return { world, tabs, rooms: await Promise.all(rooms) };
}

test("Ten tabs have one connection, and each receives every event once", async () => {
  const { world, tabs } = await worldOf(10);
  expect(world.connections.size).toBe(1);
  expect(tabs.map(({ client }) => client.role).sort()).toEqual([...Array(9).fill("follower"), "holder"]);
  for (let i = 0; i < 5; i += 1) world.publish("a");
  await world.quiet();
  for (const tab of tabs) expect(seqs(tab)).toEqual(upTo(5));
});

test.each(["closed", "crashed", "frozen", "cached"])("A holder that is %s is followed by another within 1 s", async (how) => {
  const { world, tabs } = await worldOf(3);
  world.publish("a");
  await world.quiet();
  if (how === "closed") tabs[0]!.client.close();
  if (how === "crashed") tabs[0]!.crash();
  if (how === "frozen") tabs[0]!.isFrozen = true;
  if (how === "cached") tabs[0]!.hide();
  world.publish("a");
  await world.pass(1100);
  world.publish("a");
  await world.quiet();
  for (const tab of tabs.slice(1)) expect(seqs(tab)).toEqual([1, 2, 3]);
  if (how === "frozen") tabs[0]!.isFrozen = false;
  if (how === "cached") tabs[0]!.show();
  await world.pass(1500);
  world.publish("a");
  await world.pass(100);
  if (how === "frozen" || how === "cached") expect(seqs(tabs[0]!)).toEqual([1, 2, 3, 4]);
  expect(world.connections.size).toBe(1);
});

test("A publication is acknowledged to its tab, and one that a lost holder had is reported as such", async () => {
  const { world, tabs, rooms } = await worldOf(2);
  const sent = rooms[1]!.trigger("note", { text: "Hi" });
  await world.quiet();
  expect(await sent).toMatchObject({ seq: 1, duplicate: false });
  tabs[0]!.isFrozen = true;
  const lost = rooms[1]!.trigger("note", null).catch(({ code }) => code);
  await world.pass(1500);
  expect(await lost).toBe("outcome_unknown");
  const next = rooms[1]!.trigger("note", null);
  await world.quiet();
  expect(await next).toMatchObject({ seq: 2 });
});

test("A room is left when the last tab has left it, or has crashed", async () => {
  const { world, tabs, rooms } = await worldOf(3);
  const [connection] = world.connections;
  await rooms[0]!.leave();
  await rooms[1]!.leave();
  await world.quiet();
  expect([...connection!.joined.keys()]).toEqual(["a"]);
  tabs[2]!.crash();
  await world.quiet();
  expect([...connection!.joined.keys()]).toEqual([]);
  world.publish("a");
  const again = tabs[1]!.join("a", { from: { last: 10 } });
  await world.pass(10);
  await again;
  await world.pass(10);
  expect(seqs(tabs[1]!)).toEqual([1]);
});

test("Different users never share, and a user that the server does not confirm is refused", async () => {
  const world = new World();
  const tabs = [world.open({ user: "ann" }), world.open({ user: "bob" })];
  await world.pass(100);
  expect(world.connections.size).toBe(2);
  expect(tabs.map(({ client }) => client.userId)).toEqual(["ann", "bob"]);
  world.serverUser = "eve";
  const other = world.open({ user: "cleo" });
  await world.pass(100);
  expect(world.connections.size).toBe(2);
  expect(other.client.state).toBe("closed");
  expect(other.client.lastError?.message).toBe("$.user is cleo, the server says eve.");
});

test("Without Web Locks each tab has a connection of its own", async () => {
  const world = new World();
  const tabs = [world.open({ user: "ann" }, false), world.open({ user: "ann" }, false)];
  const joins = tabs.map((tab) => tab.join("a"));
  await world.pass(100);
  await Promise.all(joins);
  world.publish("a");
  await world.quiet();
  expect(world.connections.size).toBe(2);
  for (const tab of tabs) expect([tab.client.role, ...seqs(tab)]).toEqual(["alone", 1]);
});

test("Wrong arguments are refused by name, and bounds hold", async () => {
  const world = new World();
  expect(() => createSharedClient({} as never, { user: "ann" })).toThrow("$.create must be a function that makes a client.");
  expect(() => world.open({ user: "" })).toThrow("$.user must be a user id of 1 to 128 characters.");
  expect(() => world.open({ user: "ann", server: "x".repeat(1025) })).toThrow("$.server");
  const tab = world.open();
  await expect(tab.client.join("a", { filter: {} } as never)).rejects.toThrow("$.filter is not for shared connections");
  const joins = Array.from({ length: 1000 }, (_, i) => tab.client.join(`r${i}`));
  await expect(tab.client.join("one-more")).rejects.toMatchObject({ code: "too_many_rooms" });
  await world.pass(100);
  const [room] = await Promise.all(joins);
  const sent = Array.from({ length: 1000 }, () => room!.trigger("note", null));
  await expect(room!.trigger("note", null)).rejects.toMatchObject({ code: "outbox_full" });
  await world.quiet();
  await Promise.all(sent);
});

test("A room has at most 64 tabs", async () => {
  const { world } = await worldOf(64);
  const refused = world.open().client.join("a");
  const failed = expect(refused).rejects.toMatchObject({ code: "too_many_connections" });
  await world.pass(200);
  await failed;
});

test("A tab that missed more events than the holder keeps reads them from the log", async () => {
  const { world, tabs } = await worldOf(2);
  tabs[1]!.hide();
  for (let i = 0; i < 300; i += 1) world.publish("a");
  await world.quiet();
  tabs[1]!.show();
  await world.pass(100);
  expect(seqs(tabs[1]!)).toEqual(upTo(300));
});

test("1,000 seeds of takeovers: every tab sees every event once and in order", { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= 1000; seed += 1) {
    let value = seed * 2654435761;
    const random = () => {
      value = (value * 1664525 + 1013904223) >>> 0;
      return value / 2 ** 32;
    };
    const world = new World(random);
    const starts = new Map<Tab, number>();
    const enter = async () => {
      const tab = world.open();
      const joining = tab.join("a");
      await world.pass(1500);
      starts.set(tab, (await joining).position.seq + 1);
    };
    for (let i = 0; i < 3; i += 1) await enter();
    for (let step = 0; step < 12; step += 1) {
      for (let n = random() * 4; n > 0; n -= 1) world.publish("a");
      const live = world.tabs.filter((tab) => !tab.isDead && !tab.isFrozen);
      const one = live[Math.floor(random() * live.length)]!;
      const act = random();
      if (act < 0.15 && live.length > 2) one.crash();
      else if (act < 0.35 && live.length > 1) one.isFrozen = true;
      else if (act < 0.45 && live.length > 1) one.hide();
      else if (act < 0.6) for (const tab of world.tabs) tab.isFrozen = false;
      else if (act < 0.75) for (const tab of live) tab.show();
      else if (act < 0.85 && world.tabs.length < 6) await enter();
      await world.pass(random() * 1200);
    }
    for (const tab of world.tabs) tab.isFrozen = false;
    for (const tab of world.tabs) if (!tab.isDead) tab.show();
    await world.pass(5000);
    world.publish("a");
    await world.pass(2000);
    const last = world.log("a").length;
    expect(world.connections.size, `seed ${seed}`).toBe(1);
    for (const tab of world.tabs.filter(({ isDead }) => !isDead))
      expect(seqs(tab), `seed ${seed}`).toEqual(upTo(last, starts.get(tab)));
  }
});

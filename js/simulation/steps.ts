// What the steps of a schedule do to a world.
import { Chance } from "./chance.js";
import { type Step, users, waitingRoom } from "./schedule.js";
import type { Tab } from "./tab.js";
import type { Place, World } from "./world.js";

/** Carries out a step. */
export async function perform(world: World, { kind, browser: index, tab: at, room, chance: seed }: Step): Promise<void> {
  const place = world.places[index]!;
  const { browser, tabs } = place;
  const chance = new Chance(seed);
  const tab = tabs[at % tabs.length]!;
  const { page, link } = tab;
  const { ghosts, network, server, time } = world;
  world.note(`${tab.setup.name}: ${kind} ${room} (${tab.client.state}, ${tab.rooms.get(room)!.room.state})`);
  const act = (run: () => void) => world.act(tab, run);
  const abortMs = chance.oneIn(5) ? chance.between(0, 300) : undefined;
  // Of a first session whose WELCOME was lost no page knows the secret.
  const isUnheard = ["cut", "down", "disconnect", "freeze"].includes(kind) && !tab.client.userId;
  if (isUnheard || kind === "silent") ghosts.haunt(tab);
  if (page.isFrozen && !["publish", "crash", "wait"].includes(kind)) return;
  switch (kind) {
    case "join": {
      const from = chance.oneIn(3) ? tab.place(room) : undefined;
      return act(() => tab.join(room, { isClaim: chance.oneIn(2), abortMs, ...(from ? { from } : {}) }));
    }
    case "leave":
      return act(() => tab.leave(room));
    case "release":
      return act(() => tab.release(room));
    case "trigger":
      return act(() => {
        for (let count = chance.between(1, 3); count; --count) tab.trigger(room, world.nextEvent(), abortMs);
        if (chance.oneIn(4)) tab.leave(room);
      });
    case "history":
      return act(() => tab.history(room, { limit: chance.pick([3, 100, Infinity]) }));
    case "list":
      return act(() => {
        for (let count = chance.between(1, 4); count; --count) tab.list(abortMs);
      });
    case "can":
      return act(() => tab.can(room));
    case "wait":
      return time.pass(chance.between(0, 2000));
    case "publish":
      return world.tell({ call: "publish", room, event: "note", data: { id: 0 } });
    case "cut":
      for (const socket of network.of(page)) socket.cut();
      if (chance.oneIn(3)) await time.pass(2 * link.latencyMs);
      return chance.oneIn(3) ? act(() => tab.leave(room)) : undefined;
    case "silent":
      for (const socket of network.of(page)) socket.fallSilent();
      return;
    case "down":
      link.isDown = true;
      for (const socket of network.of(page)) socket.cut();
      return world.later(chance.between(100, 20_000), () => (link.isDown = false));
    case "connect":
      return act(() => tab.connect());
    case "disconnect":
      await act(() => tab.disconnect());
      if (chance.oneIn(2)) await act(() => tab.connect());
      return;
    case "setAuth":
      ghosts.haunt(tab);
      return act(() => tab.setAuth(chance.pick(users)));
    case "rename":
      if (!world.setup.tokenMs) return;
      ghosts.haunt(tab);
      return act(() => tab.rename(chance.pick(users), chance.oneIn(2)));
    case "freeze":
      await act(() => tab.freeze());
      if (chance.oneIn(4)) return void (await world.replace(place, tab, false));
      return world.later(chance.between(10, 10_000), () => page.isFrozen && time.as(page, () => tab.thaw()));
    case "reload":
      return void (await world.replace(place, tab, !chance.oneIn(3)));
    case "crash":
      server.crash();
      return world.later(chance.between(1, 3000), () => server.start());
    case "kick":
      if (chance.oneIn(2)) time.post(chance.between(50, 1000), () => tab.connect(), page);
      return kick(world, tab);
    case "remove":
      return world.tell({ call: "remove", user: tab.user, room });
    case "noStorage":
    case "noWrites":
    case "noLocal": {
      // Without any storage an event may be published twice.
      if (kind === "noLocal" ? browser.hasLost : browser.faults.local) return;
      const fault = ({ noStorage: "open", noWrites: "write", noLocal: "local" } as const)[kind];
      if (kind !== "noLocal")
        browser.fail(
          fault,
          tabs.map((each) => each.page),
        );
      else browser.faults.local = true;
      if (kind === "noStorage" && chance.oneIn(2)) browser.closeDatabases(page);
      if (!chance.oneIn(3)) world.later(chance.between(1, 5000), () => (browser.faults[fault] = false)); // else until a page ends
      return;
    }
    case "closeDatabase":
      return browser.faults.local ? undefined : browser.closeDatabases(page);
    case "lastDays":
      return lastDays(world, place, tab, room, chance);
    case "failedDisk":
      return failedDisk(world, place, tab, room, chance);
    case "burst":
      return burst(world, tab, room);
    case "kickWhileLimited":
      return kickWhileLimited(world, tab, room);
  }
}

/** Another core does not give back what the one before it owed. */
function kick(world: World, { user }: Tab): void {
  for (const tab of world.tabs) if (tab.user === user || tab.client.userId === user) world.ghosts.haunt(tab);
  world.tell({ call: "kick", user, reason: "rude" });
}

/** A page whose database is lost, and cannot be opened again, ends soon. */
async function lastDays(world: World, place: Place, tab: Tab, room: string, chance: Chance): Promise<void> {
  const { browser } = place;
  if (browser.faults.local) return;
  browser.fail(
    "open",
    place.tabs.map(({ page }) => page),
  );
  browser.closeDatabases(tab.page);
  await world.time.pass(chance.between(0, 3000));
  await world.act(tab, () => tab.trigger(room, world.nextEvent()));
  await world.time.pass(chance.between(0, 1000));
  const next = await world.replace(place, tab, true);
  return world.act(next, () => {
    next.join(room, {});
    next.trigger(room, world.nextEvent());
  });
}

/** A page goes on without its database, and the next one has that of before. */
async function failedDisk(world: World, place: Place, tab: Tab, room: string, chance: Chance): Promise<void> {
  const { browser } = place;
  const { diskMs, hasOutbox, latencyMs } = world.setup;
  if (!hasOutbox || browser.faults.local) return;
  const joined = tab.rooms.get(room)!.room;
  await world.act(tab, () => tab.join(room, {}));
  await world.until(() => joined.state === "joined", 5000);
  if (joined.state !== "joined") return;
  const triggerAlso = (each: Tab, count: number) =>
    world.act(each, () => {
      for (let left = count; left; --left) each.trigger(room, world.nextEvent());
    });
  // What waits for a room that is not joined keeps the producer for the next page.
  await world.act(tab, () => tab.trigger(waitingRoom, world.nextEvent()));
  await world.time.pass(20 * diskMs + 4 * latencyMs + 100);
  browser.fail(
    "open",
    place.tabs.map(({ page }) => page),
  );
  browser.closeDatabases(tab.page);
  await world.time.pass(chance.between(1600, 2500));
  await triggerAlso(tab, 1);
  await world.time.pass(8 * latencyMs + 200);
  const next = await world.replace(place, tab, chance.oneIn(2));
  await world.act(next, () => next.join(room, {}));
  await triggerAlso(next, 3);
}

/** More than a limit allows, in a room that is left and joined again. */
async function burst(world: World, tab: Tab, room: string): Promise<void> {
  const joined = tab.rooms.get(room)!.room;
  await world.act(tab, () => {
    tab.join(room, {});
    for (let count = 8; count; --count) tab.trigger(room, world.nextEvent());
  });
  await world.time.pass(500);
  await world.act(tab, () => tab.leave(room));
  await world.until(() => joined.state === "idle", 5000);
  await world.act(tab, () => tab.join(room, {}));
  await world.time.pass(3500);
  await world.act(tab, () => tab.trigger(room, world.nextEvent()));
}

/** The server ends a client that waits for a limit, and the client begins again. */
async function kickWhileLimited(world: World, tab: Tab, room: string): Promise<void> {
  if (tab.client.state !== "connected") return;
  await world.act(tab, () => {
    for (let count = 4; count; --count) {
      tab.list();
      tab.history(room, { limit: Infinity });
    }
  });
  await world.time.pass(4 * tab.link.latencyMs);
  kick(world, tab);
  await world.until(() => tab.client.state === "closed", 2000);
  await world.act(tab, () => {
    tab.connect();
    tab.list();
  });
  await world.time.pass(4000);
}

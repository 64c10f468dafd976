// The end of a world: everything works again, and whoever waits has time. Then the books must agree.
import type { Logged } from "./ledger.js";
import { rooms } from "./schedule.js";
import type { Tab } from "./tab.js";
import type { World } from "./world.js";

/** Longer than any pause of the client or the server. */
const settlingMs = 375_000;
/** Enough for what waits only for an answer of the server. */
const promptMs = 6000;

export async function settle(world: World): Promise<void> {
  const { ledger, time, tabs } = world;
  world.server.start();
  await time.pass(promptMs); // frames have arrived, and refused clients are closed
  for (const { browser } of world.places) browser.mend();
  for (const tab of tabs) {
    tab.link.isDown = false;
    await world.act(tab, () => {
      if (tab.page.isFrozen) tab.thaw();
      tab.connect();
    });
  }
  if (!world.setup.isLimited) {
    await world.until(() => tabs.every(({ client }) => client.state === "connected"), 60_000);
    await time.pass(promptMs);
    for (const room of rooms) await checkMembers(world, room, false);
  }
  await passAll(world);
  if (ledger.violation) return;
  for (const { client, setup } of tabs)
    if (client.state !== "connected") ledger.violate(`${setup.name}: ${client.state}, though all is in order`);
  checkWaiting(world);
  for (const room of rooms) await checkMembers(world, room, true);
  if (ledger.violation) return;
  await tryAll(world);
  if (ledger.hasLeftovers) {
    // A page whose outbox could not be opened leaves what it would have inherited to the next one.
    for (const place of world.places) for (const tab of [...place.tabs]) await world.replace(place, tab, true);
    await tryAll(world);
  }
  for (const tab of world.tabs) await world.act(tab, () => tab.client.close());
  await time.pass(10_000);
  for (const { page, what } of ledger.waiting) ledger.violate(`${page}: ${what} has not settled, and the client is closed`);
  for (const room of rooms) {
    const { events } = await world.call({ call: "history", room, limit: 10_000 });
    ledger.checkLog(room, events as Logged[]);
  }
}

/** Lets so much time pass that nothing may wait any more, or until nothing does. */
async function passAll({ ledger, time }: World, isDone = () => false): Promise<void> {
  for (let part = 0; part < 150 && !ledger.violation && !isDone(); ++part) await time.pass(settlingMs / 150);
}

/** Whatever has happened, each page can join every room and publish there; then nothing is left that waits. */
async function tryAll(world: World): Promise<void> {
  const { ledger, tabs } = world;
  for (const tab of tabs)
    await world.act(tab, () => {
      for (const room of rooms) {
        if (tab.rooms.get(room)!.room.state !== "joined") tab.join(room, {});
        tab.trigger(room, world.nextEvent());
      }
    });
  await passAll(world, () => !ledger.waiting.size && tabs.every(({ client }) => !client.pending));
  for (const { page, what } of ledger.waiting) ledger.violate(`${page}: ${what} has not settled, and all rooms are joined`);
  for (const { client, setup } of tabs)
    if (client.pending) ledger.violate(`${setup.name}: ${client.pending} events wait, and all rooms are joined`);
}

/** What is triggered in a room that is not joined waits for that; nothing else waits. */
function checkWaiting({ ledger, tabs }: World): void {
  for (const { page, what } of ledger.waiting) {
    const tab = tabs.find(({ setup }) => setup.name === page)!;
    const [, room] = /^trigger \d+ in (\w)$/.exec(what) ?? [];
    if (!room || tab.rooms.get(room)!.room.state === "joined") ledger.violate(`${page}: ${what} has not settled`);
  }
}

/** The server has those as members whose pages have joined. `isOver`: all pages have had their time. */
async function checkMembers(world: World, room: string, isOver: boolean): Promise<void> {
  const { ghosts, ledger, tabs } = world;
  const members: { userId: string; connections: number }[] = await world.call({ call: "members", room });
  const { head } = await world.call({ call: "history", room, limit: 1 });
  const wanted = new Map<string, number>();
  for (const tab of tabs) {
    const { room: followed, reader } = tab.rooms.get(room)!;
    const state = tab.client.peek(room as never)?.state; // the page may have given its own back
    if (state === "joined") wanted.set(tab.client.userId!, (wanted.get(tab.client.userId!) ?? 0) + 1);
    if (followed.state === "joined" && isOver) reader.finish(head);
    checkWish(world, tab, room);
    if (state !== "joining" && state !== "leaving") continue;
    if (isOver) ledger.violate(`${tab.setup.name}: ${room} is ${state}, though all is in order`);
    return;
  }
  // A place that the server keeps for nobody counts, too.
  const { size } = (await world.call({ call: "rooms" })).find(({ id }: { id: string }) => id === room);
  const places = [...wanted.values()].reduce((sum, count) => sum + count, 0);
  if (size > places && !ghosts.mayBeIn(room)) ledger.violate(`the server keeps ${size} places in ${room}; the pages: ${places}`);
  const text = (counts: [string, number][]) =>
    counts
      .filter(([user]) => !ghosts.mayBe(user, room))
      .map(([user, count]) => `${user} ${count}`)
      .sort()
      .join(", ");
  const held = members.map(({ userId, connections }): [string, number] => [userId, connections]);
  const tooMany = held.some(([user, count]) => !ghosts.mayBe(user, room) && count > (wanted.get(user) ?? 0));
  if (isOver ? text(held) !== text([...wanted]) : tooMany)
    ledger.violate(`the server has in ${room}: ${text(held)}; the pages: ${text([...wanted])}`);
}

/** A room is as the application has left it. */
function checkWish({ ledger, setup }: World, tab: Tab, room: string): void {
  const wish = tab.wishes.get(room);
  const { state } = tab.rooms.get(room)!.room;
  const isOdd = wish === "joined" ? state !== "joined" : wish === "left" && state === "joined" && !setup.joined.includes(room);
  if (isOdd) ledger.violate(`${tab.setup.name}: ${room} is ${state}, and the application has ${wish} it`);
}

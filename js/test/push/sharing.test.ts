// Push streams that tabs share: what each tab receives when tabs close, crash, freeze and come back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Tab, World } from "../support/tabs.js";

/** A generator of numbers from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const world = () => new World(randomOf(1));
const seqs = (tab: Tab, room = "a") => tab.heard.filter((note) => note.room === room).map(({ seq }) => seq);

async function openTabs(count: number, options: object = {}) {
  const site = world();
  const tabs: Tab[] = [];
  for (let i = 0; i < count; ++i) {
    tabs.push(await site.open(options));
    await site.quiesce();
  }
  return { site, tabs };
}

test("tabs of one stream have one connection, and each of them every event", async () => {
  const { site, tabs } = await openTabs(8);
  for (let i = 0; i < 5; ++i) site.publish("a");
  await site.quiesce();
  expect(site.requests.size).toBe(1);
  for (const tab of tabs) {
    expect(seqs(tab)).toEqual([1, 2, 3, 4, 5]);
    expect(tab.told).toEqual(["open"]);
    expect(tab.stream.state).toBe("connected");
  }
});

test.each(["close", "crash", "pagehide"])(
  "another tab leads after the leader's %s, without a loss or a repetition",
  async (how) => {
    const { site, tabs } = await openTabs(3);
    site.publish("a");
    await site.quiesce();
    site.publish("a"); // on its way while the leader goes
    if (how === "close") tabs[0]!.stream.close();
    else if (how === "crash") tabs[0]!.crash();
    else tabs[0]!.tell("pagehide");
    await site.quiesce();
    site.publish("a");
    await site.quiesce();
    expect(site.requests.size).toBe(1);
    for (const tab of tabs.slice(1)) expect(seqs(tab)).toEqual([1, 2, 3]);
    if (how !== "pagehide") return;
    tabs[0]!.tell("pageshow");
    await site.pass(5000);
    expect(seqs(tabs[0]!)).toEqual([1, 2, 3]);
    expect(site.requests.size).toBe(1);
  },
);

test("a leader that is frozen is replaced, and continues where it was when it is thawed", async () => {
  const { site, tabs } = await openTabs(3);
  const [leader, ...others] = tabs as [Tab, Tab, Tab];
  leader.isFrozen = true;
  await site.pass(200_000);
  site.publish("a");
  await site.pass(10_000);
  for (const tab of others) expect(seqs(tab)).toEqual([1]);
  leader.isFrozen = false;
  site.publish("a");
  await site.pass(10_000);
  for (const tab of tabs) expect(seqs(tab)).toEqual([1, 2]);
  expect(site.requests.size).toBe(1);
});

test("a tab that opens beside a frozen leader need not wait for its silence", async () => {
  const { site, tabs } = await openTabs(1);
  tabs[0]!.isFrozen = true;
  const tab = await site.open();
  await site.pass(5000);
  expect(tab.stream.state).toBe("connected");
});

test("a tab that wants events of the past has them, and shares the connection then", async () => {
  const { site, tabs } = await openTabs(2, { last: 2 });
  for (let i = 0; i < 4; ++i) site.publish("a");
  await site.quiesce();
  const late = await site.open({ last: 2 });
  await site.quiesce();
  site.publish("a");
  await site.quiesce();
  expect(seqs(late)).toEqual([3, 4, 5]);
  expect(seqs(tabs[1]!)).toEqual([1, 2, 3, 4, 5]);
  expect(site.requests.size).toBe(1);
});

test("React's double mount makes one stream", async () => {
  const site = world();
  const first = site.open();
  site.tabs[0]?.stream.close();
  const tab = await first;
  tab.stream.close();
  const second = await site.open();
  await site.quiesce();
  site.publish("b");
  await site.quiesce();
  expect(site.requests.size).toBe(1);
  expect(seqs(second, "b")).toEqual([1]);
  expect(tab.heard).toEqual([]);
});

test("tabs with other texts in `shared` do not hear each other", async () => {
  const { site } = await openTabs(1, { shared: "ann" });
  await site.open({ shared: "bob" });
  await site.quiesce();
  expect(site.requests.size).toBe(2);
});

/** A tab's own connection ends before it has opened, since a broadcast of the leader has all that it missed. */
const stoppedBeforeOpened = [
  ...[...Array(6).fill("publish a"), "freeze", ...Array(3).fill("publish a"), "open", "open", ...Array(3).fill("publish a")],
  ...["pass long", "quiesce", "open", "quiesce", "crash", "publish a", "show"],
];

/** A tab whose own connection has opened becomes the leader. */
const leadsWhileConnected = [
  ...["pass long", "publish a", "publish a", "cut", "quiesce", "hide", "publish a", "down", "open", "publish a", "publish a"],
  ...["pass long", "pass long", "publish a", "crash", "publish a", "open", "publish a", "hide", "publish a", "publish a"],
  ...["freeze", "step", "publish a", "step"],
];

test("whatever happens to tabs and server, every tab has each event once and in order", async () => {
  const act = fc.constantFrom(
    ...["publish a", "publish b", "publish a", "publish b", "open", "close", "crash", "freeze", "thaw", "hide", "show"],
    ...["cut", "down", "up", "pass", "pass long", "step", "step", "step", "quiesce"],
  );
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(act, { minLength: 10, maxLength: 80 }), async (seed, acts) => {
      const random = randomOf(seed);
      const site = new World(random);
      const hidden = new Set<Tab>();
      const living = () => site.tabs.filter((tab) => !tab.isDead && tab.stream.state !== "closed");
      const any = (tabs: Tab[]) => tabs[Math.floor(random() * tabs.length)];
      const since = new Map<Tab, number>(); // how much was in the log when the tab was connected
      const note = () => {
        for (const tab of living()) if (!since.has(tab) && tab.stream.state === "connected") since.set(tab, site.log.length);
      };
      await site.open();
      for (const each of acts) {
        const tab = any(living());
        if (each.startsWith("publish")) site.publish(each.at(-1)!);
        else if (each === "open" && living().length < 5) await site.open(random() < 0.3 ? { last: 3 } : {});
        else if (each === "close") tab?.stream.close();
        else if (each === "crash") tab?.crash();
        else if (each === "freeze" && tab) tab.isFrozen = true;
        else if (each === "thaw") for (const one of living()) one.isFrozen = false;
        else if (each === "hide" && tab && !hidden.has(tab)) hidden.add(tab) && tab.tell("pagehide");
        else if (each === "show") for (const one of hidden) hidden.delete(one) && one.tell("pageshow");
        else if (each === "cut") site.cut();
        else if (each === "down" || each === "up") site.isDown = each === "down";
        else if (each === "pass") await site.pass(3000);
        else if (each === "pass long") await site.pass(60_000);
        else if (each === "quiesce") await site.quiesce();
        else await site.step();
        note();
      }
      for (const tab of living()) tab.isFrozen = false;
      for (const tab of hidden) tab.tell("pageshow");
      site.isDown = false;
      await site.pass(300_000);
      if (living().length) expect(site.requests.size).toBeLessThanOrEqual(2); // one of { last: 3 }, one of the others
      for (const tab of living()) {
        expect(tab.stream.state).toBe("connected");
        expect(tab.told.filter((what) => what !== "open")).toEqual([]);
        for (const room of site.rooms) {
          const heard = seqs(tab, room);
          const all = site.log.filter((one) => one.room === room).map(({ seq }) => seq);
          expect(heard).toEqual(all.slice(all.length - heard.length));
          const due = site.log.slice(since.get(tab) ?? site.log.length).filter((one) => one.room === room);
          expect(heard.length).toBeGreaterThanOrEqual(due.length);
        }
      }
    }),
    {
      numRuns: 150,
      examples: [
        [0, stoppedBeforeOpened],
        [21, leadsWhileConnected],
      ],
    },
  );
}, 120_000);

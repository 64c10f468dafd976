// What a page lives through: no network, another one, a captive portal, a sleep in which its connection dies or much is said,
// and the browser's cache for going back. docs/guides/mobile.md has the table.
// @engine: the back/forward cache and frozen pages differ between engines, so every run has it in each.
import type { CDPSession } from "@playwright/test";
import { Lab, type Life } from "./support/lab.js";
import { PlaywrightTab } from "./support/playwright_tab.js";
import { Proxy } from "./support/proxy.js";
import { definitions, type Server, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { test as base, expect } from "./support/test.js";

// Without a word from the page the core notices after a ping's time, which no test lives to see.
const flags = ["--ping-interval-ms", "600000"];
const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page, flags };

const texts = (events: { data: unknown }[]) => events.map(({ data }) => data);
/** What happened after the last event of this name. */
const since = (life: Life[], what: string): Life[] => life.slice(life.findLastIndex((one) => one.what === what));

const test = base.extend<{ server: Server; network: Proxy; ann: { tab: Tab; lab: Lab }; bob: Lab }>({
  server: async ({ serve }, use) => use(await serve(board)),
  /** Ann's way to the server. */
  network: async ({ server }, use) => {
    const network = await Proxy.start(server.port);
    await use(network);
    await network.stop();
  },
  ann: async ({ network, open }, use) => {
    const tab = await open();
    const lab = await Lab.open(tab, network.url, "ann");
    await lab.join("board");
    await use({ tab, lab });
  },
  bob: async ({ server, open }, use) => {
    const lab = await Lab.open(await open(), server.url, "bob");
    await lab.join("board");
    await use(lab);
  },
});

test("F-C05 the page reports a lost network, and continues when the network returns", async ({ network, ann, bob }) => {
  await ann.tab.setOffline(true);
  network.cut();
  await ann.lab.expectState("reconnecting");
  await expect.poll(async () => (await ann.lab.life()).some(({ kind }) => kind === "offline")).toBe(true);
  await ann.lab.send("board", "scribble", "from the tunnel");
  expect(await ann.lab.pending()).toBe(1);
  await bob.trigger("board", "scribble", "meanwhile");
  network.mend();
  await ann.tab.setOffline(false);
  await ann.lab.expectState("connected");
  for (const lab of [ann.lab, bob])
    await expect.poll(async () => texts(await lab.heard()).sort()).toEqual(["from the tunnel", "meanwhile"]);
  expect(since(await ann.lab.life(), "offline").map(({ what }) => what)).toContain("online");
});

/** The tools of Chromium for this page; nothing in other engines. */
async function devtoolsOf(tab: Tab): Promise<CDPSession | undefined> {
  const isChromium = tab instanceof PlaywrightTab && tab.page.context().browser()!.browserType().name() === "chromium";
  return isChromium ? tab.page.context().newCDPSession(tab.page) : undefined;
}

/** The page sleeps and is shown again: as its browser does it, where that can be driven; otherwise by the event alone. */
async function sleepAndWake(tab: Tab, asleep: () => void): Promise<void> {
  const devtools = await devtoolsOf(tab);
  await devtools?.send("Page.setWebLifecycleState", { state: "frozen" });
  asleep();
  await devtools?.send("Page.setWebLifecycleState", { state: "active" });
  await tab.evaluate(() => void document.dispatchEvent(new Event("visibilitychange")), null);
}

test("F-C05 a connection that died while the page slept is noticed because the page is shown", async ({ network, ann }) => {
  await sleepAndWake(ann.tab, () => network.silence());
  await ann.lab.expectState("reconnecting");
  const noticed = since(await ann.lab.life(), "visibilitychange").find(({ what }) => what === "reconnecting")!;
  expect(noticed.reason).toBe("silent");
  network.mend();
  await ann.lab.expectState("connected");
  expect(await ann.lab.trigger("board", "scribble", "awake")).toMatchObject({ duplicate: false });
});

test("F-C05 a page in the browser's cache has no connection, and receives all missed events when it is shown again", async ({
  network,
  ann,
  bob,
  engineName,
}) => {
  await ann.lab.trigger("board", "scribble", "before");
  const url = await ann.tab.evaluate(() => location.href, null);
  await ann.tab.goto(`${network.url}lab.js`);
  await bob.trigger("board", "scribble", "meanwhile");
  await ann.tab.back(url);
  await expect.poll(() => ann.tab.evaluate(() => "lab" in window, null)).toBe(true);
  await ann.lab.expectState("connected");
  const life = (await ann.lab.life()).map(({ what, persisted }) => (persisted ? `${what} persisted` : what));
  if (engineName === "firefox") {
    // It does not keep a page whose WebSocket was open when it was left, closed or not meanwhile: the page begins anew.
    expect(life).not.toContain("pageshow persisted");
    await ann.lab.join("board", { from: { last: 2 } });
  } else {
    const isConnection = (what: string) => /connect/.test(what);
    const [hidden, shown] = [life.indexOf("pagehide persisted"), life.indexOf("pageshow persisted")];
    expect([hidden, shown], life.join()).not.toContain(-1);
    // The engine may end the connection before it hides the page: no connection is made until the page is shown.
    expect(life.slice(0, shown).filter(isConnection).at(-1), life.join()).toBe("reconnecting");
    expect(life.slice(hidden, shown), life.join()).not.toContain("connected");
    expect(life.slice(shown).filter(isConnection), life.join()).toEqual(["connected"]);
  }
  await expect.poll(async () => texts(await ann.lab.heard())).toEqual(["before", "meanwhile"]);
});

test("M-01 behind a captive portal the client waits and keeps what is sent; after it, everything arrives once", async ({
  network,
  ann,
  bob,
}) => {
  network.showPortal();
  await ann.lab.expectState("reconnecting");
  await ann.lab.send("board", "scribble", "from the train");
  await bob.trigger("board", "scribble", "meanwhile");
  expect(await ann.lab.pending()).toBe(1);
  network.mend();
  await ann.lab.say("online");
  await ann.lab.expectState("connected");
  for (const lab of [ann.lab, bob])
    await expect.poll(async () => texts(await lab.heard()).sort()).toEqual(["from the train", "meanwhile"]);
});

test("M-02 another network: the old connection is silent, and the page's event has it replaced", async ({
  network,
  ann,
  bob,
}) => {
  network.silence();
  await bob.trigger("board", "scribble", "in between");
  await ann.lab.say("online");
  await ann.lab.expectState("reconnecting");
  network.mend();
  await ann.lab.expectState("connected");
  await expect.poll(async () => texts(await ann.lab.heard())).toEqual(["in between"]);
  expect(await ann.lab.trigger("board", "scribble", "here")).toMatchObject({ duplicate: false });
});

test("M-03 a frozen page receives all missed events when it is resumed, in order and once", async ({ ann, bob }) => {
  const devtools = await devtoolsOf(ann.tab);
  await devtools?.send("Page.setWebLifecycleState", { state: "frozen" });
  const said = Array.from({ length: 50 }, (_, i) => `event ${i}`);
  for (const text of said) await bob.trigger("board", "scribble", text);
  await devtools?.send("Page.setWebLifecycleState", { state: "active" });
  await expect.poll(async () => texts(await ann.lab.heard())).toEqual(said);
  await ann.lab.expectState("connected");
});

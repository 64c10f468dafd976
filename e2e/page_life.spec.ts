// What a page lives through: no network, a sleep in which its connection dies, and the browser's cache for going back.
import { Lab, type Life } from "./support/lab.js";
import { PlaywrightTab } from "./support/playwright_tab.js";
import { Proxy } from "./support/proxy.js";
import { definitions, type Server, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { test as base, expect } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
// The core notices within a second (kWakeReplyMs), and without a word from the page after 33 s: between them there is place for a
// machine that is slow.
const noticedMsMax = 15_000;

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

test("F-C05 without a network the page says so, and when it is back everything goes on", async ({ network, ann, bob }) => {
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

/** The page sleeps and is shown again: as its browser does it, where that can be driven; otherwise by the event alone. */
async function sleepAndWake(tab: Tab, asleep: () => void): Promise<void> {
  if (tab instanceof PlaywrightTab && tab.page.context().browser()!.browserType().name() === "chromium") {
    const devtools = await tab.page.context().newCDPSession(tab.page);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    asleep();
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
  } else asleep();
  await tab.evaluate(() => void document.dispatchEvent(new Event("visibilitychange")), null);
}

test("F-C05 a connection that died while the page slept is noticed soon after the page is shown", async ({ network, ann }) => {
  await sleepAndWake(ann.tab, () => network.silence());
  await ann.lab.expectState("reconnecting");
  const [shown, ...after] = since(await ann.lab.life(), "visibilitychange");
  const noticed = after.find(({ what }) => what === "reconnecting")!;
  expect(noticed.reason).toBe("silent");
  expect(noticed.at - shown!.at).toBeLessThan(noticedMsMax);
  network.mend();
  await ann.lab.expectState("connected");
  expect(await ann.lab.trigger("board", "scribble", "awake")).toMatchObject({ duplicate: false });
});

test("F-C05 a page in the browser's cache has no connection, and goes on with all that was said when it is shown again", async ({
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
    const connections = (from: string) => life.slice(life.indexOf(from)).filter((what) => /connect/.test(what));
    expect(connections("pagehide persisted")).toEqual(["reconnecting", "connected"]);
    expect(connections("pageshow persisted")).toEqual(["connected"]);
  }
  await expect.poll(async () => texts(await ann.lab.heard())).toEqual(["before", "meanwhile"]);
});

// How the dashboard looks and behaves as a page: light and dark, on a phone, enlarged, for keyboards and screen readers, under
// its content security policy, and how often it asks. Needs what only Playwright offers, so it runs in Chromium and Firefox.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DashboardPage, development, Peer, publish } from "./support/dashboard_page.js";
import { PlaywrightTab } from "./support/playwright_tab.js";
import type { Server } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

const axeScript = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const views = [
  "overview",
  "rooms",
  "rooms?by=rate",
  "rooms/board",
  "rooms/board/members",
  "connections",
  "connections?state=closed",
  "tail?room=board&source=log",
  "publish?room=board",
  "refusals",
  "why?room=board&seq=1&user=ann",
  "store",
  "hooks",
  "settings",
  "audit",
];

function pageOf(tab: Tab): PlaywrightTab["page"] {
  if (!(tab instanceof PlaywrightTab)) throw new Error("this needs a tab that Playwright drives");
  return tab.page;
}

/** A server with something to show in each view. */
async function fill(server: Server): Promise<Peer[]> {
  const peers = [await Peer.join(server, "ann", "board"), await Peer.join(server, "ben", "desk")];
  for (let i = 1; i <= 30; ++i) await publish(server, "board", "note", { text: `note ${i}`, mood: "happy" });
  await publish(server, "board", "note", { text: "" });
  const gone = await Peer.join(server, "gone", "board");
  gone.close();
  return peers;
}

interface Finding {
  rule: string;
  html: string;
  /** Of a contrast that axe could not determine: computed by the test instead, against the nearest opaque background. */
  contrast?: number;
}

/** What axe has against the page, and what it leaves to a person, who is this test where it is a contrast. */
async function findings(tab: Tab): Promise<Finding[]> {
  const page = pageOf(tab);
  await page.evaluate(axeScript);
  const found = await page.evaluate(async () => {
    interface Rule {
      id: string;
      nodes: { html: string; target: string[] }[];
    }
    const { axe } = window as never as { axe: { run(): Promise<{ violations: Rule[]; incomplete: Rule[] }> } };
    const parse = (color: string): number[] => color.match(/[\d.]+/g)!.map(Number);
    const luminance = (color: number[]): number => {
      const [r, g, b] = color.slice(0, 3).map((part) => {
        const value = part / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const contrastOf = (element: Element): number => {
      let behind: Element | null = element;
      while (behind && parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
      const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind!).backgroundColor].map((c) => luminance(parse(c)));
      return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05);
    };
    const { violations, incomplete } = await axe.run();
    return [
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => ({ rule: id, html }))),
      ...incomplete.flatMap(({ id, nodes }) =>
        nodes.map(({ html, target }) => {
          const element = document.querySelector(target[0]!);
          return id === "color-contrast" && element ? { rule: id, html, contrast: contrastOf(element) } : { rule: id, html };
        }),
      ),
    ];
  });
  return found.filter(({ contrast }: Finding) => contrast === undefined || contrast < 4.5);
}

for (const dark of [false, true]) {
  test(`in ${dark ? "dark" : "light"} no view has an accessibility fault, and axe leaves nothing open`, async ({
    serve,
    open,
  }) => {
    const server = await serve(development);
    const peers = await fill(server);
    const tab = await open({ dark });
    const page = await DashboardPage.open(tab, server);
    await expect.poll(() => tab.texts(".contact")).toEqual(["Live"]);
    const background = await pageOf(tab).evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(Math.max(...background.match(/\d+/g)!.slice(0, 3).map(Number)) < 64).toBe(dark);
    const curves = await pageOf(tab).evaluate(() =>
      [...document.querySelectorAll(".plot .line")].map((line) => {
        const { stroke, strokeDasharray } = getComputedStyle(line);
        return { rgb: stroke.match(/\d+/g)!.slice(0, 3).map(Number), dashes: strokeDasharray };
      }),
    );
    expect(curves.map(({ dashes }) => dashes === "none")).toEqual([true, false]);
    // Colours across the wheel: one has more blue than red, the other more red than blue.
    expect(curves.map(({ rgb: [red, , blue] }) => Math.sign(red! - blue!))).toEqual([-1, 1]);
    for (const view of views) {
      await page.go(view);
      await expect.poll(() => tab.texts(".contact")).toEqual([expect.stringMatching(/Live|Refused/)]);
      if (view === "publish?room=board") await expect.poll(() => tab.texts("label")).toContain("text");
      expect(await findings(tab), view).toEqual([]);
    }
    await page.go("connections");
    await page.expectRow(/^ann/m);
    await tab.click("tbody a");
    await page.expectRow(/^(board|desk) \| /m);
    expect(await findings(tab), "connection").toEqual([]);
    await page.press("Disconnect");
    await expect.poll(() => tab.texts("dialog h2")).toHaveLength(1);
    expect(await findings(tab), "question").toEqual([]);
    for (const peer of peers) peer.close();
  });
}

test("on a phone of 360 pixels and at 200 % nothing is wider than the screen, and what one touches is large", async ({
  serve,
  open,
}) => {
  const server = await serve(development);
  const peers = await fill(server);
  const tab = await open({ phone: true });
  const page = await DashboardPage.open(tab, server);
  for (const size of [
    { width: 360, height: 740 },
    { width: 640, height: 400 },
  ]) {
    await pageOf(tab).setViewportSize(size);
    for (const view of views) {
      await page.go(view);
      await expect.poll(() => tab.texts(".contact")).toEqual([expect.stringMatching(/Live|Refused/)]);
      const wide = await pageOf(tab).evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, view).toBeLessThanOrEqual(0);
    }
  }
  await page.go("publish?room=board");
  await expect.poll(() => tab.texts("label")).toContain("text");
  const small = await pageOf(tab).evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, input, select, textarea")]
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ element, box }) => `${element.textContent || element.id} ${box.width} x ${box.height}`),
  );
  expect(small).toEqual([]);
  await pageOf(tab).getByRole("button", { name: "Menu" }).click();
  await pageOf(tab).getByRole("link", { name: "Store" }).press("Escape");
  await expect(pageOf(tab).getByRole("link", { name: "Store" })).toBeHidden();
  await expect(pageOf(tab).getByRole("button", { name: "Menu" })).toBeFocused();
  await pageOf(tab).getByRole("button", { name: "Menu" }).click();
  await pageOf(tab).getByRole("link", { name: "Store" }).click();
  await page.expectTitle("Store");
  await expect(pageOf(tab).getByRole("link", { name: "Store" })).toBeHidden();
  for (const peer of peers) peer.close();
});

test("everything can be done by keyboard alone", async ({ serve, open }) => {
  const server = await serve(development);
  const tab = await open();
  const page = await DashboardPage.open(tab, server);
  await page.expectTitle("Overview");
  const { keyboard } = pageOf(tab);
  const focused = (): Promise<string> => pageOf(tab).evaluate(() => document.activeElement!.textContent!.trim());
  const tabTo = async (text: string): Promise<void> => {
    for (let i = 0; i < 40; ++i) {
      if ((await focused()) === text) return;
      await keyboard.press("Tab");
    }
    throw new Error(`the focus never reached ${text}`);
  };
  await pageOf(tab).locator("body").press("Tab");
  expect(await focused()).toBe("Skip to the content");
  const outline = await pageOf(tab).evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(outline).not.toBe("none");
  await tabTo("Publish");
  await keyboard.press("Enter");
  await page.expectTitle("Publish");
  await expect.poll(() => tab.texts("label")).toContain("text");
  for (
    let i = 0;
    i < 40 &&
    !(await pageOf(tab).evaluate(() => document.activeElement!.matches(".value textarea, .value input[aria-required]")));
    ++i
  )
    await keyboard.press("Tab");
  await keyboard.type("typed");
  await keyboard.press("Enter");
  await expect.poll(async () => (await tab.texts(".outcome")).join()).toContain("Published as 1");
});

test("P-41 it sends at most two requests a second, and none while it is hidden or paused", async ({ serve, open }) => {
  const server = await serve(development);
  const tab = await open();
  let asked = 0;
  pageOf(tab).on("request", (request) => {
    if (request.url().includes("/api/v1/")) asked += 1;
  });
  const page = await DashboardPage.open(tab, server, "rooms/board");
  await expect.poll(() => asked).toBeGreaterThan(12);
  // By the page's clock: this process may see requests late, and two of them at once.
  const starts = await pageOf(tab).evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter(({ name }) => name.includes("/api/v1/"))
      .map(({ startTime }) => startTime)
      .sort((a, b) => a - b),
  );
  const slackMs = 250; // from the moment that the page notes to its request; js/dashboard/test/pace.test.ts needs none
  for (let i = 2; i < starts.length; ++i) expect(starts[i]! - starts[i - 2]!).toBeGreaterThan(1_000 - slackMs);

  const hide = (isHidden: boolean): Promise<void> =>
    pageOf(tab).evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  const stop = { hidden: () => hide(true), paused: () => page.press("Pause") };
  const resume = { hidden: () => hide(false), paused: () => page.press("Resume") };
  for (const way of ["hidden", "paused"] as const) {
    await stop[way]();
    await pageOf(tab).waitForLoadState("networkidle");
    const before = asked;
    // Time must pass here, since what is expected is that nothing happens; the page's own clock is what it would ask by.
    await pageOf(tab).evaluate(() => new Promise((resolve) => setTimeout(resolve, 3_000)));
    expect(asked, way).toBe(before);
    await resume[way]();
    await expect.poll(() => asked).toBeGreaterThan(before);
  }
});

test("if the browser stores nothing, the page works, and has the key in memory", async ({ serve, open }) => {
  const keys = join(mkdtempSync(join(tmpdir(), "dialogue-")), "keys");
  writeFileSync(keys, "k".repeat(32));
  const server = await serve({ ...development, isDev: false, flags: ["--dashboard", "--api-key-file", keys] });
  const tab = await open();
  await pageOf(tab).addInitScript(() => {
    Object.defineProperty(window, "sessionStorage", {
      get: () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });
  });
  const page = await DashboardPage.open(tab, server);
  await page.fill("API key", "k".repeat(32));
  await page.press("Continue");
  await page.expectTitle("Overview");
  await page.go("store");
  await expect.poll(() => tab.texts(".contact")).toEqual(["Live"]);
  await page.press("Forget key");
  await page.expectTitle("Sign in");
});

test("rows keep their order while the focus is among them", async ({ serve, open }) => {
  const server = await serve(development);
  const peers = [await Peer.join(server, "ann", "board"), await Peer.join(server, "ben", "desk")];
  const page = await DashboardPage.open(await open(), server, "connections?sort=age");
  await page.expectRow(/^ben/m);
  const before = await page.rows();
  await pageOf(page.tab).locator("tbody a").first().focus();
  peers.push(await Peer.join(server, "cid", "desk"));
  await page.expectRow(/^cid/m);
  expect((await page.rows()).map((row) => row.split(" ")[0]).slice(0, 2)).toEqual(before.map((row) => row.split(" ")[0]));
  for (const peer of peers) peer.close();
});

test("the tail is a log whose events are not read out, only their number", async ({ serve, open }) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "tail?room=board&source=stream");
  const log = pageOf(page.tab).getByRole("log", { name: "Events" });
  await expect(log).toHaveAttribute("aria-live", "off");
  await publish(server, "board", "note", { text: "first" });
  await expect(pageOf(page.tab).locator(".tail [role=status]")).toHaveText("1 new event");
  for (let i = 0; i < 4; ++i) await publish(server, "board", "note", { text: "more" });
  await expect.poll(async () => (await page.tail()).length).toBe(5);
  await expect(pageOf(page.tab).locator(".tail [role=status]")).toHaveText("1 new event");
  await expect(pageOf(page.tab).locator(".tail [role=status]")).toHaveText("4 new events");
});

test("P-41 the tail keeps 500 rows, and 500 more while it is paused; what is beyond is counted", async ({ serve, open }) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "tail?room=board&source=stream");
  const say = async (times: number): Promise<void> => {
    for (let sent = 0; sent < times; sent += 100) {
      const items = Array.from({ length: 100 }, () => ({ room: "board", event: "note", data: { text: "again" } }));
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(`${server.url}api/v1/publish`, { method: "POST", headers, body: JSON.stringify({ items }) });
      expect(answer.status).toBe(200);
    }
  };
  await publish(server, "board", "note", { text: "the oldest" });
  await expect.poll(() => page.tail()).toHaveLength(1);
  await say(600);
  await expect.poll(async () => (await page.tab.texts(".tools .soft")).join()).toContain("601 events");
  expect(await page.tail()).toHaveLength(500);
  expect((await page.tail()).join()).not.toContain("the oldest");
  await page.press("Pause");
  await say(600);
  await expect.poll(async () => (await page.tab.texts(".tools .soft")).join()).toContain("100 dropped");
  await expect.poll(async () => (await page.tab.texts(".held")).join()).toContain("500 new rows while paused");
});

test("the page keeps to its policy and the server's, asks no other host, and complains about nothing", async ({
  serve,
  open,
}) => {
  const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:";
  const server = await serve({ ...development, flags: ["--content-security-policy", strict] });
  const tab = (await open()) as PlaywrightTab;
  const hosts = new Set<string>();
  tab.page.on("request", (request) => {
    if (!request.url().startsWith("data:")) hosts.add(new URL(request.url()).host);
  });
  const page = await DashboardPage.open(tab, server);
  for (const view of views) {
    await page.go(view);
    await expect.poll(() => tab.texts(".contact")).toEqual([expect.stringMatching(/Live|Refused/)]);
  }
  await page.go("publish?room=board");
  await expect.poll(() => tab.texts("label")).toContain("text");
  await page.fill("text", "within the policy");
  await page.press("Publish");
  await expect.poll(async () => (await tab.texts(".outcome")).join()).toContain("Published as 1");
  expect([...hosts]).toEqual([new URL(server.url).host]);
  const html = await (await fetch(`${server.url}_dialogue/`)).text();
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|<style/);
  expect(tab.complaints.filter((text) => !/status of 40[34]|status of 422/.test(text))).toEqual([]);
});

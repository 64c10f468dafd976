// How the chat page looks and behaves as a page: light and dark, on a phone, for keyboards and screen readers, under its content
// security policy. Needs what only Playwright offers, so it runs in Chromium and Firefox.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ChatPage } from "./support/chat_page.js";
import { PlaywrightTab } from "./support/playwright_tab.js";
import { Proxy } from "./support/proxy.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

const axeScript = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

function pageOf(tab: Tab): PlaywrightTab {
  if (!(tab instanceof PlaywrightTab)) throw new Error("looks.spec.ts needs a tab that Playwright drives");
  return tab;
}

/** What axe has against the page as it stands, one line per rule. */
async function accessibilityFaults(tab: Tab): Promise<string[]> {
  const { page } = pageOf(tab);
  await page.evaluate(axeScript);
  return page.evaluate(async () => {
    const { violations } = await (
      window as never as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  });
}

for (const dark of [false, true]) {
  test(`in ${dark ? "dark" : "light"} the page has its own colours, and no accessibility fault`, async ({ chat, visit }) => {
    const [ann, bob] = [await visit(chat.url, { dark }), await visit(chat.url, { dark })];
    await ann.write("Good evening");
    await bob.write("Hello");
    await ann.expectMessage("Hello");
    await ann.write("");
    await expect.poll(() => ann.problem()).toHaveLength(1);
    const { page } = pageOf(ann.tab);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = Math.max(...background.match(/\d+/g)!.slice(0, 3).map(Number));
    expect(brightness < 64).toBe(dark);
    expect(await accessibilityFaults(ann.tab)).toEqual([]);
  });
}

for (const dark of [false, true]) {
  test(`in ${dark ? "dark" : "light"} what waits and what was not sent can be read`, async ({ serve, visit }) => {
    const first = await serve();
    const proxy = await Proxy.start(first.port);
    try {
      const ann = await visit(proxy.url, { dark, phone: true });
      proxy.silence();
      await ann.write("into the void");
      await expect.poll(() => ann.stored()).toEqual([1]);
      await first.stop("SIGKILL");
      const second = await serve({ port: first.port });
      proxy.mend();
      await expect.poll(() => ann.unsent()).toHaveLength(1);
      await second.stop("SIGKILL");
      await ann.expectState("reconnecting");
      await ann.write("waits");
      await expect.poll(() => ann.outbox()).toEqual(["1 message waits to be sent"]);
      const { page } = pageOf(ann.tab);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults(ann.tab)).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });
}

test("on a phone the panels are drawers, and nothing is wider than the screen", async ({ chat, visit }) => {
  const ann = await visit(chat.url, { phone: true });
  await ann.write(`${"a".repeat(300)} https://example.com/${"b".repeat(300)}`);
  await expect.poll(() => ann.messages()).toHaveLength(1);
  const { page } = pageOf(ann.tab);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await expect(page.locator("#rooms")).toBeHidden();
  await page.getByRole("button", { name: "Show the rooms" }).click();
  await expect(page.locator("#rooms")).toBeVisible();
  await ann.openRoom("lounge");
  await expect(page.locator("#rooms")).toBeHidden();
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]);
  await page.getByRole("button", { name: /people here/ }).click();
  await expect(page.locator("#people")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("#people")).toBeHidden();
  expect(await accessibilityFaults(ann.tab)).toEqual([]);
});

test("everything can be reached by keyboard alone", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  const { page } = pageOf(ann.tab);
  await page.locator("body").press("Tab");
  const stops = ["chat", "lounge", "create-name", "me-name", "composer-text", "composer-send"];
  const reached = new Set<string>();
  // Not one step further than needed: behind the page's last stop the focus would be the browser's own.
  for (let i = 0; i < 20 && !stops.every((stop) => reached.has(stop)); ++i) {
    if (i > 0) await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(() => document.activeElement!.id || (document.activeElement as HTMLElement).dataset["room"] || ""),
    );
  }
  for (const stop of stops) expect(reached).toContain(stop);
  const lounge = page.locator('[data-room="lounge"]');
  // A key that the driver presses in Firefox reaches the button without clicking it; that of a person does.
  if (test.info().project.name === "firefox") await lounge.click();
  else await lounge.press("Enter");
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]);
  await page.keyboard.type("typed without a mouse");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("on two lines");
  await page.keyboard.press("Enter");
  await ann.expectMessage("typed without a mouse\non two lines");
});

test("new messages are announced: the messages are a live region", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  const log = pageOf(ann.tab).page.getByRole("log", { name: "Messages in Support chat" });
  await ann.write("read me aloud");
  await expect(log).toContainText("read me aloud");
});

test("P-13 the page keeps to its content security policy, without inline script, and complains about nothing", async ({
  chat,
  visit,
  open,
}) => {
  const tab = pageOf(await open());
  await tab.page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const ann = new ChatPage(tab);
  await ann.enter(chat.url);
  const bob = await visit(chat.url);
  await bob.write("hello");
  await ann.expectMessage("hello");
  await ann.openTopic("policy");
  await expect.poll(() => ann.tab.texts("#room-detail")).toEqual(["topic-policy · only you"]);
  await ann.rename("Ann");
  await expect.poll(() => ann.people()).toEqual(["Ann"]);
  const policy = await tab.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(await (await fetch(chat.url)).text()).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
  expect(tab.complaints).toEqual([]);
});

test("two tabs of one browser are two people", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  const second = new ChatPage(new PlaywrightTab(await pageOf(ann.tab).page.context().newPage()));
  await second.enter(chat.url);
  expect(await second.myName()).not.toBe("");
  await expect.poll(() => ann.people()).toHaveLength(2);
  await second.write("from the second tab");
  await ann.expectMessage("from the second tab");
  expect(await ann.ownMessages()).toEqual([]);
});

test("F-G31 the longest names and titles go nowhere beyond their places, on a phone and on a desk", async ({ chat, visit }) => {
  const name = "W".repeat(60);
  const bob = await visit(chat.url);
  await bob.rename(name);
  await bob.openTopic("t".repeat(100));
  await expect.poll(() => bob.roomName()).toEqual(["t".repeat(100)]);
  for (const phone of [true, false]) {
    const ann = await visit(`${chat.url}#topic-${"t".repeat(100)}`, { phone });
    await bob.write(`for ${phone ? "a phone" : "a desk"}`);
    await ann.expectMessage(`for ${phone ? "a phone" : "a desk"}`);
    const { page } = pageOf(ann.tab);
    if (phone) await page.getByRole("button", { name: /people here/ }).click();
    await expect.poll(() => ann.people()).toContain(name);
    const wide = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll(".log, .talk, .people-panel, .people li, .rail, .rooms, .message")]
        .filter((element) => element.getClientRects().length > 0 && element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.className),
    );
    expect(wide).toEqual([]);
    await ann.tab.close();
  }
});

test("F-F08 F-G31 on a phone what one touches is 44 pixels or more, and no key is named that phones do not have", async ({
  chat,
  visit,
}) => {
  const ann = await visit(chat.url, { phone: true });
  const { page } = pageOf(ann.tab);
  const small = (): Promise<string[]> =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, input, textarea")]
        .filter((element) => getComputedStyle(element).visibility === "visible")
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
        .map(({ element, box }) => `${element.id || element.className} ${box.width} x ${box.height}`),
    );
  expect(await small()).toEqual([]);
  await page.getByRole("button", { name: "Show the rooms" }).click();
  await expect.poll(small).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /people here/ }).click();
  await expect.poll(small).toEqual([]);
  await page.keyboard.press("Escape");
  expect((await ann.tab.texts("#composer")).join()).not.toContain("Shift");
});

for (const dark of [false, true])
  test(`F-G23 in ${dark ? "dark" : "light"} the question before a topic is closed has no accessibility fault`, async ({
    chat,
    visit,
  }) => {
    const ann = await visit(chat.url, { dark });
    await ann.openTopic("asked");
    await expect.poll(() => ann.roomName()).toEqual(["asked"]);
    await ann.tab.click("#close-topic");
    await expect.poll(() => ann.tab.texts("#ask-title")).toEqual(["Close asked?"]);
    expect(await accessibilityFaults(ann.tab)).toEqual([]);
    await pageOf(ann.tab).page.keyboard.press("Escape");
    expect(await ann.tab.texts("#ask")).toEqual([]);
    await ann.tab.click("#close-topic");
    await ann.tab.click("#ask-yes");
    await expect.poll(() => ann.tab.texts("#over-home")).toEqual(["Go to Support chat"]);
    expect(await accessibilityFaults(ann.tab)).toEqual([]);
  });

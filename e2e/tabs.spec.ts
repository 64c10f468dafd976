// Tabs that share a connection, in real browsers: ten of them cost the server one, and a holder that is closed, hangs or
// crashes costs no event.
// @engine: locks, channels and the life of tabs differ between engines, so every run has it in each.
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lab } from "./support/lab.js";
import type { PlaywrightTab } from "./support/playwright_tab.js";
import { definitions, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

declare global {
  interface Window {
    tabs: {
      role(): string;
      heard(): string[];
      trigger(text: string): Promise<unknown>;
      close(): void;
      hang(ms: number): void;
    };
  }
}

const built = fileURLToPath(new URL("../js/dist/tabs.js", import.meta.url));
const key = "tabs-key-of-32-characters-or-more";
const role = (tab: Tab) => tab.evaluate(() => window.tabs?.role(), null);
const heard = (tab: Tab) => tab.evaluate(() => window.tabs?.heard(), null);
const trigger = (tab: Tab, text: string) => tab.evaluate((it) => window.tabs.trigger(it).then(() => {}), text);

/** Serves the page to `count` tabs of one browser, all in the room. */
async function share({ serve, open }: any, info: any, count: number) {
  const page = info.outputPath("page");
  mkdirSync(page, { recursive: true });
  cpSync(Lab.page, page, { recursive: true });
  copyFileSync(built, join(page, "tabs.js"));
  writeFileSync(info.outputPath("keys"), `${key}\n`);
  const flags = ["--api-key-file", info.outputPath("keys")];
  const server = await serve({ program: stockProgram, definitions: definitions("board_v1.json"), page, flags });
  const first: Tab = await open();
  const tabs = [first];
  while (tabs.length < count) tabs.push(await first.another());
  for (const tab of tabs) await tab.goto(`${server.url}tabs.html?user=ann`);
  for (const tab of tabs) await expect.poll(() => heard(tab)).toEqual([]);
  const connections = async () => {
    const response = await fetch(`${server.url}api/v1/connections`, { headers: { Authorization: `Bearer ${key}` } });
    return ((await response.json()) as { connections: unknown[] }).connections.length;
  };
  return { tabs, connections };
}

test("W-44 ten tabs have one connection, and the next tab holds it when the holder is closed", async ({ serve, open }, info) => {
  const { tabs, connections } = await share({ serve, open }, info, 10);
  expect(await connections()).toBe(1);
  expect(await role(tabs[0]!)).toBe("holder");
  await trigger(tabs[9]!, "one");
  for (const tab of tabs) await expect.poll(() => heard(tab)).toEqual(["one"]);
  await tabs[0]!.evaluate(() => window.tabs.close(), null);
  await expect.poll(async () => (await Promise.all(tabs.slice(1).map(role))).filter((it) => it === "holder").length).toBe(1);
  await trigger(tabs[9]!, "two");
  for (const tab of tabs.slice(1)) await expect.poll(() => heard(tab)).toEqual(["one", "two"]);
  await expect.poll(connections).toBe(1);
});

// In one engine: only Chromium's protocol crashes a tab, and a WebDriver session waits for the tab that hangs.
for (const how of ["hung", "crashed"] as const)
  test(`W-44 a holder that is ${how} costs no event`, { tag: "@once" }, async ({ serve, open }, info) => {
    const { tabs, connections } = await share({ serve, open }, info, 3);
    await trigger(tabs[1]!, "one");
    for (const tab of tabs) await expect.poll(() => heard(tab)).toEqual(["one"]);
    const hung = how === "hung" ? tabs[0]!.evaluate(() => window.tabs.hang(4000), null) : undefined;
    if (how !== "hung") {
      const { page } = tabs[0] as PlaywrightTab;
      const devtools = await page.context().newCDPSession(page);
      void devtools.send("Page.crash").catch(() => {});
    }
    await expect.poll(async () => (await Promise.all(tabs.slice(1).map(role))).includes("holder")).toBe(true);
    await trigger(tabs[2]!, "two");
    for (const tab of tabs.slice(1)) await expect.poll(() => heard(tab)).toEqual(["one", "two"]);
    await hung;
    if (how === "hung") await expect.poll(() => heard(tabs[0]!)).toEqual(["one", "two"]);
    await expect.poll(connections).toBe(1);
  });

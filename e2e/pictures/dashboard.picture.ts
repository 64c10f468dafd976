// docs/images/dashboard.png and dashboard-connection.png: the dashboard of a server with a minute of traffic, on which one
// client lags.
import { fileURLToPath } from "node:url";
import { DashboardPage, development, Peer, publish } from "../support/dashboard_page.js";
import { PlaywrightTab } from "../support/playwright_tab.js";
import { expect, test } from "../support/test.js";

const windowSize = { width: 1120, height: 720 };
const trafficMs = 75_000;
const users = ["ann", "ben", "cid", "dora", "emil", "fay", "gus", "hana", "ivo", "jo"];
const picture = (name: string): string => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));

test("the dashboard after a minute of traffic", async ({ serve, playwright }) => {
  test.setTimeout(4 * trafficMs);
  const server = await serve(development);
  const peers = [];
  for (const [index, user] of users.entries()) peers.push(await Peer.join(server, user, index % 3 ? "board" : "desk"));
  const slow = await Peer.join(server, "slow-phone", "board");
  const end = performance.now() + trafficMs;
  for (let i = 0; performance.now() < end; ++i) {
    const atOnce = 4 + Math.round(3 * Math.sin(i / 15));
    for (let j = 0; j < atOnce; ++j)
      await publish(server, j % 3 ? "board" : "desk", "note", { text: `note ${i}`, mood: "happy" });
    if (i % 5 === 0) await publish(server, "board", "file", { content: "x".repeat(50_000) });
    if (i % 40 === 0) await publish(server, "board", "note", { text: "" });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  slow.stall(); // not before: it must answer pings
  for (let i = 0; i < 300; ++i) await publish(server, "board", "file", { content: "x".repeat(50_000) });
  const browser = await playwright.chromium.launch({
    executablePath: "/usr/bin/chromium-headless-shell",
    args: ["--no-sandbox"],
  });
  const open = async (path: string, colorScheme: "light" | "dark"): Promise<PlaywrightTab> => {
    const context = await browser.newContext({ viewport: windowSize, colorScheme, locale: "en-GB" });
    const tab = new PlaywrightTab(await context.newPage());
    await DashboardPage.open(tab, server, path);
    return tab;
  };
  const overview = await open("overview", "light");
  await expect.poll(async () => (await overview.texts(".verdict strong")).length).toBe(1);
  await overview.page.screenshot({ path: picture("dashboard") });
  const list = await open("connections", "dark");
  await expect.poll(() => list.texts("tbody .badge.warn")).toEqual(["Lagging"]);
  await list.click("tbody a");
  await expect.poll(() => list.texts(".facts dd")).toContain("slow-phone");
  await list.page.screenshot({ path: picture("dashboard-connection") });
  await browser.close();
  for (const peer of [...peers, slow]) peer.close();
});

// docs/images/chat.png: two people in two windows of the chat example, one in light and one in dark, side by side.
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "@playwright/test";
import { ChatPage } from "../support/chat_page.js";
import { PlaywrightTab } from "../support/playwright_tab.js";
import { expect, test } from "../support/test.js";

const windowSize = { width: 780, height: 640 };
const scale = 1.5;
const pictureFile = fileURLToPath(new URL("../../docs/images/chat.png", import.meta.url));

async function openWindow(browser: Browser, url: string, colorScheme: "light" | "dark", name: string): Promise<ChatPage> {
  const context = await browser.newContext({ viewport: windowSize, colorScheme, deviceScaleFactor: scale, locale: "en-GB" });
  const chat = new ChatPage(new PlaywrightTab(await context.newPage()));
  await chat.enter(url);
  await chat.rename(name);
  await chat.expectReady();
  return chat;
}

const shot = async (chat: ChatPage): Promise<string> => {
  const { page } = chat.tab as PlaywrightTab;
  return `data:image/png;base64,${(await page.screenshot()).toString("base64")}`;
};

/** Both windows on one canvas. */
async function compose(page: Page, pictures: string[]): Promise<void> {
  await page.setViewportSize({ width: 2 * windowSize.width + 3 * 40, height: windowSize.height + 2 * 40 });
  await page.setContent(`<style>
    body { margin: 0; padding: 40px; display: flex; gap: 40px; background: linear-gradient(120deg, #dbe4ff, #e5dbff); }
    img { width: ${windowSize.width}px; height: ${windowSize.height}px; border-radius: 14px; }
    img { box-shadow: 0 18px 48px rgb(30 30 80 / 28%); }
  </style>${pictures.map((picture) => `<img src="${picture}">`).join("")}`);
  await page.screenshot({ path: pictureFile });
}

test("two windows of the chat", async ({ chat, playwright }) => {
  const browser = await playwright.chromium.launch({
    executablePath: "/usr/bin/chromium-headless-shell",
    args: ["--no-sandbox"],
  });
  const ann = await openWindow(browser, chat.url, "light", "Ann");
  const ben = await openWindow(browser, chat.url, "dark", "Ben");
  const say = async (who: ChatPage, text: string): Promise<void> => {
    await who.write(text);
    await Promise.all([ann.expectMessage(text), ben.expectMessage(text)]);
  };
  await expect.poll(() => ann.people()).toHaveLength(0); // a drawer at this width
  await say(ben, "Where do the 2,000 characters come from?");
  await say(ann, "From chat.hpp, one line of C++. It is compiled into the server and into this page.");
  await say(ann, "So the browser refuses before anything is sent, and the server would say the same.");
  await say(ben, "Same code and same path? 🦊");
  await say(ann, "Same bytes of validator. Look at your own window:");
  await ben.write("");
  await expect.poll(() => ben.problem()).toHaveLength(1);
  await ann.tab.fill("#composer-text", "Now restart the server while I");
  await expect.poll(async () => (await ben.tab.texts("#typing")).join()).toContain("is typing");
  const canvas = await (await browser.newContext({ deviceScaleFactor: scale })).newPage();
  await compose(canvas, [await shot(ann), await shot(ben)]);
  await browser.close();
});

// The fixtures of every scenario: `open` gives tabs of the project's engine, `chat` is a freshly started chat server.
import { test as base, expect } from "@playwright/test";
import { kPatienceMs } from "../../tests/patience.mjs";
import { ChatPage } from "./chat_page.js";
import { PlaywrightEngine } from "./playwright_tab.js";
import { chatPage, chatProgram, Server, type ServerOptions } from "./server.js";
import type { Engine, Tab, TabOptions } from "./tab.js";
import { WebKitEngine } from "./webkit_tab.js";

export { expect };

/** Which browser a project drives. */
export type EngineName = "chromium" | "firefox" | "webkitgtk";

interface TestFixtures {
  /** Opens a tab; all tabs are closed after the test. */
  open: (options?: TabOptions) => Promise<Tab>;
  /** Starts a server; all servers are stopped after the test. */
  serve: (options?: Partial<ServerOptions>) => Promise<Server>;
  /** The chat example, freshly started. */
  chat: Server;
  /** Opens the chat page as a new person and waits until it is in a room. */
  visit: (url: string, options?: TabOptions) => Promise<ChatPage>;
}
interface WorkerFixtures {
  engineName: EngineName;
  engine: Engine;
}

// Debian's browsers. Chromium's headless shell has the engine without the window, which takes more than half of the processor
// time. The flags keep it from calling home, give it the back/forward cache that users have, and --no-sandbox is what root in a
// container needs.
const chromiumOptions = {
  executablePath: "/usr/bin/chromium-headless-shell",
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
  args: [
    ...["--no-sandbox", "--enable-bfcache"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  ],
};
export const firefoxOptions = { executablePath: "/usr/bin/firefox-esr", channel: "moz-firefox" };

export const test = base.extend<TestFixtures, WorkerFixtures>({
  engineName: ["chromium", { option: true, scope: "worker" }],
  engine: [
    async ({ engineName, playwright }, use) => {
      const engine =
        engineName === "webkitgtk"
          ? await WebKitEngine.launch()
          : engineName === "firefox"
            ? await PlaywrightEngine.launch(playwright.firefox, firefoxOptions)
            : await PlaywrightEngine.launch(playwright.chromium, chromiumOptions);
      await use(engine);
      await engine.close();
    },
    { scope: "worker", timeout: kPatienceMs },
  ],
  open: async ({ engine }, use) => {
    const tabs: Tab[] = [];
    await use(async (options) => {
      const tab = await engine.open(options);
      tabs.push(tab);
      return tab;
    });
    for (const tab of tabs) await tab.close();
  },
  serve: async ({}, use) => {
    const servers: Server[] = [];
    await use(async (options = {}) => {
      const server = await Server.start({ program: chatProgram, page: chatPage, ...options });
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.stop();
  },
  chat: async ({ serve }, use) => use(await serve()),
  visit: async ({ open }, use) =>
    use(async (url, options) => {
      const page = new ChatPage(await open(options));
      await page.enter(url);
      return page;
    }),
});

// Tabs of Debian's Chromium and Firefox, driven by Playwright. Each tab has a context of its own.
import {
  type Browser,
  type BrowserContextOptions,
  type BrowserType,
  expect,
  type LaunchOptions,
  type Page,
} from "@playwright/test";
import { deleteDatabases, type Engine, type Tab, type TabOptions } from "./tab.js";

const phoneViewport = { width: 390, height: 780 };
const desktop = { width: 1280, height: 800 };

export class PlaywrightTab implements Tab {
  /** What the page complained about: uncaught errors and console errors, which content security policy violations are too. */
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(`console: ${message.text()}`);
    });
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }
  async reload(): Promise<void> {
    await this.page.reload();
  }
  async texts(css: string): Promise<string[]> {
    return this.page.locator(css).filter({ visible: true }).allInnerTexts();
  }
  async attribute(css: string, name: string): Promise<string | null> {
    return this.page.locator(css).first().getAttribute(name);
  }
  async click(css: string): Promise<void> {
    await this.page.locator(css).first().click();
  }
  async fill(css: string, text: string): Promise<void> {
    await this.page.locator(css).first().fill(text);
  }
  async press(css: string, key: string): Promise<void> {
    await this.page.locator(css).first().press(key);
  }
  async evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    return this.page.evaluate(run as never, argument as never) as Promise<R>;
  }
  async back(url: string): Promise<void> {
    // Playwright's own goBack() waits for a load, which a page out of the browser's cache does not have.
    await this.page.evaluate(() => void setTimeout(() => history.back(), 0)); // after this call was answered
    await expect.poll(() => this.page.evaluate(() => location.href).catch(() => "")).toBe(url);
  }
  async setOffline(isOffline: boolean): Promise<void> {
    await this.page.context().setOffline(isOffline);
  }
  async wipe(url: string): Promise<void> {
    const context = this.page.context();
    if (context.browser()!.browserType().name() !== "chromium") return this.evaluate(deleteDatabases, null);
    const devtools = await context.newCDPSession(this.page);
    await devtools.send("Storage.clearDataForOrigin", { origin: new URL(url).origin, storageTypes: "all" });
    await devtools.detach();
  }
  async another(): Promise<Tab> {
    return new PlaywrightTab(await this.page.context().newPage());
  }
  async end(): Promise<void> {
    await this.page.close();
  }
  async close(): Promise<void> {
    await this.page.context().close();
  }
}

// Firefox cannot be told by Playwright to prefer dark; a browser of its own is, by its preferences (0: dark).
const firefoxInDark = { "layout.css.prefers-color-scheme.content-override": 0 };

export class PlaywrightEngine implements Engine {
  private darkBrowser: Browser | undefined;

  private constructor(
    private readonly type: BrowserType,
    private readonly options: LaunchOptions,
    private readonly browser: Browser,
  ) {}

  static async launch(type: BrowserType, options: LaunchOptions): Promise<PlaywrightEngine> {
    return new PlaywrightEngine(type, options, await type.launch(options));
  }

  async open({ dark = false, phone = false, anyCertificate = false }: TabOptions = {}): Promise<PlaywrightTab> {
    const options: BrowserContextOptions = {
      viewport: phone ? phoneViewport : desktop,
      colorScheme: dark ? "dark" : "light",
      ignoreHTTPSErrors: anyCertificate,
    };
    if (phone) options.hasTouch = true;
    const browser = dark && this.type.name() === "firefox" ? await this.launchDark() : this.browser;
    return new PlaywrightTab(await (await browser.newContext(options)).newPage());
  }

  async close(): Promise<void> {
    await this.darkBrowser?.close();
    await this.browser.close();
  }

  private async launchDark(): Promise<Browser> {
    return (this.darkBrowser ??= await this.type.launch({ ...this.options, firefoxUserPrefs: firefoxInDark }));
  }
}

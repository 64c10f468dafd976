// The fixtures of the page's tests: a server of its own for each test, and people in browsers of their own.
import { type Browser, type BrowserContext, test as base, expect, type Locator, type Page } from "@playwright/test";
import { ChatServer, password } from "../tests/support/chat_server.mjs";

export { expect };

/** A person with a browser of their own, who uses the page as people do. */
export class Someone {
  readonly complaints: string[] = [];

  constructor(
    readonly page: Page,
    readonly url: string,
    readonly name: string,
  ) {
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      // A refused call and a server that is down are lines of the browser's own.
      if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text()))
        this.complaints.push(`console: ${message.text()}`);
    });
  }

  async register(displayName = this.name): Promise<void> {
    await this.page.goto(this.url);
    await this.page.getByRole("button", { name: "Make an account" }).click();
    await this.page.getByLabel("User name").fill(this.name);
    await this.page.getByLabel("Display name").fill(displayName);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Make the account" }).click();
    await expect(this.page.getByRole("link", { name: `@${this.name}` })).toBeVisible();
  }

  async makeRoom(name: string, topic = ""): Promise<void> {
    await this.page.getByRole("link", { name: "New room" }).click();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByLabel("Topic").fill(topic);
    await this.page.getByRole("button", { name: "Make the room" }).click();
    await this.expectIn(name);
  }

  async joinRoom(name: string): Promise<void> {
    await this.page.getByRole("link", { name: "Browse rooms" }).click();
    await this.page.getByRole("button", { name: `Join ${name}` }).click();
    await this.expectIn(name);
  }

  async expectIn(name: string): Promise<void> {
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(this.field).toBeEnabled();
  }

  get field(): Locator {
    return this.page.getByLabel("Message", { exact: true });
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** The messages that the room has, in their order. */
  get messages(): Locator {
    return this.page.locator(".message .bubble");
  }
  get pending(): Locator {
    return this.page.locator(".pending .bubble");
  }
}

interface Fixtures {
  server: ChatServer;
  /** A person who has an account and is logged in. */
  someone: (name: string, options?: Parameters<Browser["newContext"]>[0]) => Promise<Someone>;
}

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await ChatServer.start();
    await use(server);
    await server.stop();
  },
  someone: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    const people: Someone[] = [];
    await use(async (name, options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const one = new Someone(await context.newPage(), server.url, name);
      people.push(one);
      await one.register();
      return one;
    });
    for (const { complaints, name } of people) expect(complaints, `the browser of ${name} complains`).toEqual([]);
    for (const context of contexts) await context.close();
  },
});

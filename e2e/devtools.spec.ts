// dialogue-client/devtools in a page: what the overlay shows of a client, and that other definitions load the page again.
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DashboardPage, development } from "./support/dashboard_page.js";
import { definitions } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

/** Makes a client with the overlay in the page, which joins "board". */
const begin = (tab: Tab): Promise<void> =>
  tab.evaluate(async () => {
    const load = (name: string) => import(`/_dialogue/${name}.js`);
    const [{ createDialogueClient }, { createDevtools }] = await Promise.all([load("client"), load("devtools")]);
    const devtools = createDevtools({ open: true });
    const client = createDialogueClient({ auth: { userId: "ann" }, debug: devtools.debug });
    devtools.attach(client);
    await client.join("board");
    Object.assign(window, { client, devtools });
  }, null);

/** The text of one part of the overlay. */
const part = (tab: Tab, css: string): Promise<string> =>
  tab.evaluate((selector) => {
    const root = document.querySelector("dialogue-devtools")?.shadowRoot;
    return root?.querySelector(selector)?.textContent ?? "";
  }, css);

test("the overlay shows state, rooms with their positions, what waits, and the last frames", async ({ serve, open }) => {
  const server = await serve(development);
  const tab = await open();
  await tab.goto(server.url);
  await begin(tab);
  await expect.poll(() => part(tab, ".summary")).toBe("connected by websocket as ann");
  await expect.poll(() => part(tab, ".rooms")).toMatch(/boardjoined01$/);
  await tab.evaluate(async () => {
    const { client } = window as never as {
      client: { room(id: string): { trigger(event: string, data: unknown): Promise<unknown> } };
    };
    await client.room("board").trigger("note", { text: "a secret" });
  }, null);
  await expect.poll(() => part(tab, ".rooms")).toMatch(/boardjoined11$/);
  await expect.poll(() => part(tab, ".frames")).toMatch(/→ PUBLISH "note" in "board", number 1/);
  expect(await part(tab, ".panel")).not.toContain("secret");
  await server.stop();
  await tab.evaluate(() => {
    const { client } = window as never as {
      client: { room(id: string): { trigger(event: string, data: unknown): Promise<unknown> } };
    };
    client
      .room("board")
      .trigger("note", { text: "later" })
      .catch(() => {});
  }, null);
  await expect.poll(() => part(tab, ".unsent")).toBe("note in board");
  await expect.poll(() => part(tab, ".toggle")).toBe("Dialogue reconnecting");
  await tab.evaluate(() => (window as never as { devtools: { close(): void } }).devtools.close(), null);
  expect(await part(tab, ".panel")).toBe("");
});

test("`dialogue dev` starts again when its definitions change, and pages with the overlay are loaded again", async ({
  serve,
  open,
}) => {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-"));
  const app = join(directory, "app.json");
  copyFileSync(definitions("dashboard.json"), app);
  const server = await serve({ ...development, definitions: app });
  const [tab, other] = [await open(), await open()];
  await tab.goto(server.url);
  await begin(tab);
  const page = await DashboardPage.open(other, server, "publish?room=board");
  await expect.poll(() => other.texts("label")).toContain("text");
  copyFileSync(definitions("board_v2.json"), app);
  await expect.poll(() => tab.evaluate(() => "devtools" in window, null).catch(() => true)).toBe(false);
  const events = (): Promise<string[]> =>
    other.evaluate(() => [...document.querySelectorAll("option")].map(({ textContent }) => textContent!), null);
  await expect.poll(events).toContain("vote");
  expect(server.log).toMatch(/definitions_changed/);
  expect(await page.title()).toBe("Publish");
});

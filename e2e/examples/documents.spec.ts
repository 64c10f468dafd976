// examples/documents: CodeMirror pages on one document, with cuts, reloads, restarts, refusals, and a page of y-websocket.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { kPatienceMs } from "../../tests/patience.mjs";
import { buildExample } from "../support/frameworks_example.js";
import { Front } from "../support/front.js";
import { buildDir, example, type Server, stockProgram } from "../support/server.js";
import type { Tab } from "../support/tab.js";
import { test as base, expect } from "../support/test.js";

const require = createRequire(join(example(""), "..", "js", "package.json"));
const { WebSocket } = require("ws");
const { WebsocketProvider } = require("y-websocket");
const { Doc } = require("yjs");

interface Fixtures {
  /** Starts the example's server with a store on the disk; again on the same port. */
  start: (port?: number) => Promise<Server>;
  /** Opens the page as a user. */
  enter: (url: string, user: string, tab?: Tab) => Promise<Tab>;
}

const test = base.extend<Fixtures, { built: string }>({
  built: [
    async ({}, use) => {
      const directory = buildExample("documents");
      await use(join(directory, "dist"));
      rmSync(directory, { recursive: true });
    },
    { scope: "worker", timeout: kPatienceMs },
  ],
  start: async ({ serve, built }, use) => {
    const file = join(buildDir, `documents-${crypto.randomUUID()}.db`);
    const definitions = join(example("documents"), "app.json");
    await use((port = 0) => serve({ program: stockProgram, definitions, page: built, port, store: `sqlite:${file}` }));
    for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
  },
  enter: async ({ open }, use) =>
    use(async (url, user, tab) => {
      const own = tab ?? (await open());
      await own.goto(`${url}?user=${user}`);
      await expect.poll(() => own.texts(".cm-content")).toHaveLength(1);
      return own;
    }),
});

/** What the editor shows, without the names at the cursors of others. */
const text = (tab: Tab): Promise<string> =>
  tab.evaluate(() => {
    const content = document.querySelector(".cm-content")?.cloneNode(true) as HTMLElement | undefined;
    if (!content) return "";
    for (const cursor of content.querySelectorAll(".cm-ySelectionCaret")) cursor.remove();
    return [...content.querySelectorAll(".cm-line")].map((line) => line.textContent!.replace(/[\u2060\u200b]/g, "")).join("\n");
  }, null);
const expectText = (tab: Tab, expected: string | RegExp): Promise<void> => expect.poll(() => text(tab)).toMatch(expected);
const expectStatus = (tab: Tab, status: string): Promise<void> =>
  expect.poll(() => tab.attribute("#status", "data-status")).toBe(status);
/** Types at the end of the text; not a space at its beginning, of which engines make different characters. */
const type = (tab: Tab, typed: string): Promise<void> =>
  tab.evaluate((inserted) => {
    const content = document.querySelector<HTMLElement>(".cm-content")!;
    content.focus();
    getSelection()!.selectAllChildren(content);
    getSelection()!.collapseToEnd();
    document.execCommand("insertText", false, inserted);
  }, typed);

test("two editors write one text, see each other, and know when it is saved", async ({ start, enter }) => {
  const { url } = await start();
  const [ann, bob] = [await enter(url, "ann"), await enter(url, "bob")];
  await type(ann, "Hello");
  await expectText(bob, /^Hello$/);
  await type(bob, ", world");
  await expectText(ann, /^Hello, world$/);
  for (const tab of [ann, bob]) {
    await expectStatus(tab, "saved");
    await expect.poll(async () => (await tab.texts("#people li")).sort()).toEqual(["ann", "bob"]);
  }
  await expect.poll(() => ann.texts(".cm-ySelectionInfo")).toEqual(["bob"]);
  await bob.goto("about:blank");
  await expect.poll(() => ann.texts("#people li")).toEqual(["ann"]);
});

test("what is written offline survives a reload without a network, and a restart of the server", async ({ start, enter }) => {
  const server = await start();
  const front = await Front.start(server.port);
  const [ann, bob] = [await enter(front.url, "ann"), await enter(server.url, "bob")];
  await type(ann, "base");
  await expectText(bob, /^base$/);
  front.answer = ({ url }, response) => Boolean(url?.startsWith("/dialogue") && response.destroy());
  front.takeSockets();
  await expectStatus(ann, "offline");
  await type(ann, "-offline");
  await enter(front.url, "ann", ann);
  await expectText(ann, /^base-offline$/);
  await expectStatus(ann, "offline");
  await type(bob, "!");
  await expectStatus(bob, "saved");
  await server.stop();
  await start(server.port);
  front.answer = () => false;
  front.takesWebSockets = true;
  await expectStatus(ann, "saved");
  await expectStatus(bob, "saved");
  await expectText(ann, /^base(-offline!|!-offline)$/);
  await expect.poll(async () => (await text(bob)) === (await text(ann))).toBe(true);
  await front.stop();
});

test("a page of y-websocket edits the same text, and the cursors are seen by both", async ({ start, enter }) => {
  const { url } = await start();
  const doc = new Doc();
  const address = `${url.replace("http", "ws")}yjs`;
  const provider = new WebsocketProvider(address, "doc-1", doc, { params: { userId: "old" }, WebSocketPolyfill: WebSocket });
  provider.awareness.setLocalState({ user: { name: "Old", color: "#777" } });
  const ann = await enter(url, "ann");
  await type(ann, "new,");
  await expect.poll(() => doc.getText("body").toString()).toBe("new,");
  doc.getText("body").insert(4, "old");
  await expectText(ann, /^new,old$/);
  await expect.poll(async () => (await ann.texts("#people li")).sort()).toEqual(["Old", "ann"]);
  const names = () => [...provider.awareness.getStates().values()].map((state: any) => state.user?.name).sort();
  await expect.poll(names).toEqual(["Old", "ann"]);
  provider.destroy();
  doc.destroy();
  await expect.poll(() => ann.texts("#people li")).toEqual(["ann"]);
});

test("a reload just after typing loses nothing", async ({ start, enter }) => {
  const { url } = await start();
  const ann = await enter(url, "ann");
  let expected = "";
  for (let round = 0; round < 5; ++round) {
    await type(ann, `${round};`);
    expected += `${round};`;
    await ann.reload();
    await expectText(ann, new RegExp(`^${expected}$`));
  }
  await expectStatus(ann, "saved");
  const bob = await enter(url, "bob");
  await expectText(bob, new RegExp(`^${expected}$`));
});

// What was said must outlive the server and the page: a server on a file is killed in the middle of a burst and started again,
// and pages carry on by themselves. After a reload nothing is missing, nothing is there twice, and everybody has the same
// order.
// @engine: what survives a reload differs between engines, so every run has it in each.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatPage } from "./support/chat_page.js";
import { Proxy } from "./support/proxy.js";
import type { Server, ServerOptions } from "./support/server.js";
import { test as base, expect } from "./support/test.js";

/** `start` serves the chat on the test's own file, again and again. */
const test = base.extend<{ store: string; start: (options?: Partial<ServerOptions>) => Promise<Server> }>({
  store: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "dialogue-e2e-"));
    await use(`sqlite:${join(directory, "chat.db")}`);
    await rm(directory, { recursive: true });
  },
  start: async ({ store, serve }, use) => use((options) => serve({ store, ...options })),
});

const numbered = (who: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${who} ${i + 1}`);
const sorted = (texts: string[]): string[] => [...texts].sort();

/** Writes one after the other, as fast as the page takes it. */
function writeAll(page: ChatPage, texts: string[]): Promise<void> {
  return page.tab.evaluate((lines) => {
    const field = document.querySelector<HTMLTextAreaElement>("#composer-text")!;
    for (const line of lines) {
      field.value = line;
      field.form!.requestSubmit();
    }
  }, texts);
}

/** What `who` said, in the order in which it is shown. */
const by = (who: string, texts: string[]): string[] => texts.filter((text) => text.startsWith(`${who} `));

test("kill -9 in the middle of a burst: pages carry on, and after a reload nothing is missing, twice or out of order", async ({
  start,
  visit,
}) => {
  const first = await start();
  const [ann, bob] = [await visit(first.url), await visit(first.url)];
  const [annSaid, bobSaid] = [numbered("ann", 40), numbered("bob", 40)];
  await ann.write("Hello Bob");
  await bob.expectMessage("Hello Bob");
  await writeAll(ann, annSaid.slice(0, 20));
  await writeAll(bob, bobSaid.slice(0, 20));
  await bob.expectMessage("ann 1"); // the burst is under way
  await first.stop("SIGKILL");
  await ann.expectState("reconnecting");
  await writeAll(ann, annSaid.slice(20));
  await writeAll(bob, bobSaid.slice(20));
  await expect.poll(() => ann.pending()).not.toEqual([]);

  await start({ port: first.port });
  const everything = sorted(["Hello Bob", ...annSaid, ...bobSaid]);
  for (const page of [ann, bob]) {
    await expect.poll(async () => sorted(await page.messages())).toEqual(everything);
    await expect.poll(() => page.pending()).toEqual([]);
    expect((await page.notes()).join()).not.toContain("While you were away");
  }
  const inOrder = await ann.messages();
  expect(by("ann", inOrder)).toEqual(annSaid);
  expect(by("bob", inOrder)).toEqual(bobSaid);
  expect(await bob.messages()).toEqual(inOrder);
  for (const page of [ann, bob]) {
    await page.tab.reload();
    await page.expectReady();
    await expect.poll(() => page.messages()).toEqual(inOrder);
    expect(await page.unsent()).toEqual([]);
  }
  expect(await ann.ownMessages()).toEqual(["Hello Bob", ...annSaid]);
  await ann.write("and on it goes");
  await bob.expectMessage("and on it goes");
  expect(await bob.messages()).toEqual([...inOrder, "and on it goes"]);
});

test("messages written while the server is down are shown as waiting, and sent afterwards, once and in order", async ({
  start,
  visit,
}) => {
  const first = await start();
  const [ann, bob] = [await visit(first.url), await visit(first.url)];
  await ann.write("before");
  await bob.expectMessage("before");
  await first.stop("SIGKILL");
  await ann.expectState("reconnecting");
  await ann.write("one");
  await ann.write("two");
  await expect.poll(async () => (await ann.pending()).join("\n")).toMatch(/one\s*Waiting to be sent\s*two\s*Waiting to be sent/);
  await expect.poll(() => ann.outbox()).toEqual(["2 messages wait to be sent"]);
  await start({ port: first.port });
  for (const page of [ann, bob]) await expect.poll(() => page.messages()).toEqual(["before", "one", "two"]);
  await expect.poll(() => ann.pending()).toEqual([]);
  await expect.poll(() => ann.outbox()).toEqual([]);
});

test("R-104 a page that is reloaded in the middle of its own burst loses nothing and sends nothing twice", async ({
  start,
  visit,
}) => {
  const { url } = await start();
  const [ann, bob] = [await visit(url), await visit(url)];
  const said = numbered("ann", 120);
  await writeAll(ann, said); // in one turn, so in one transaction of the browser's storage
  await bob.expectMessage("ann 1");
  await ann.tab.reload();
  await expect.poll(() => bob.messages()).toEqual(said);
  await expect.poll(() => ann.stored()).toEqual([]);
  expect(await ann.unsent()).toEqual([]);
  expect(await bob.messages()).toEqual(said);
});

test("F-U-L7 a user who reconnects is not welcomed again below newer messages", async ({ start, visit }) => {
  const first = await start();
  const ann = await visit(first.url);
  await expect.poll(() => ann.notes()).toHaveLength(1);
  await ann.write("one");
  await ann.expectMessage("one");
  const shown = (): Promise<string[]> => ann.tab.texts("#logs .note, #logs .message .bubble");
  const before = await shown();
  await first.stop("SIGKILL");
  await ann.expectState("reconnecting");
  await start({ port: first.port });
  await ann.write("two"); // is there after the greeting
  await expect.poll(shown).toEqual([...before, "two"]);
});

test("R-104 what was written while the server was away is sent after the page was reloaded meanwhile, in every room", async ({
  start,
  visit,
}) => {
  const first = await start();
  const [ann, bob] = [await visit(first.url), await visit(first.url)];
  await bob.openRoom("lounge");
  await ann.openRoom("lounge");
  await ann.write("in the lounge, before");
  await bob.expectMessage("in the lounge, before");
  await first.stop("SIGKILL");
  await ann.expectState("reconnecting");
  await ann.write("in the lounge, offline");
  await ann.openRoom("chat");
  await expect.poll(() => ann.roomName()).toEqual(["Support chat"]);
  await ann.write("in the chat, offline");
  await expect.poll(() => ann.outbox()).toEqual(["2 messages wait to be sent"]);
  await expect.poll(() => ann.stored()).toEqual([0, 0]);
  await ann.tab.goto("about:blank"); // a reload shows the browser's own page as long as there is no server

  await start({ port: first.port });
  await ann.enter(`${first.url}#chat`);
  await expect.poll(() => ann.messages()).toEqual(["in the chat, offline"]);
  await expect.poll(() => bob.messages()).toEqual(["in the lounge, before", "in the lounge, offline"]); // Ann did not open it
  await ann.openRoom("lounge");
  await expect.poll(() => ann.ownMessages()).toEqual(["in the lounge, before", "in the lounge, offline"]);
  await expect.poll(() => ann.stored()).toEqual([]);
  expect(await ann.outbox()).toEqual([]);
  expect(await ann.unsent()).toEqual([]);
});

test("a name that is changed while messages wait is taken when they are sent, and takes none of them away", async ({
  start,
  visit,
}) => {
  const first = await start();
  const [ann, bob] = [await visit(first.url), await visit(first.url)];
  await first.stop("SIGKILL");
  await ann.expectState("reconnecting");
  await ann.write("one");
  await ann.write("two");
  await ann.rename("Ann");
  expect(await ann.pending()).toHaveLength(2);
  await start({ port: first.port });
  for (const page of [ann, bob]) await expect.poll(() => page.messages()).toEqual(["one", "two"]);
  await expect.poll(() => bob.people()).toContain("Ann");
  await ann.write("three");
  await expect.poll(() => bob.messages()).toEqual(["one", "two", "three"]);
  expect(await ann.messages()).toEqual(["one", "two", "three"]);
});

for (const isReloaded of [false, true]) {
  const title = isReloaded ? "R-104 after a reload too, " : "";
  test(`${title}a message with an unknown outcome is shown as such, and can be sent again`, async ({ serve, visit }) => {
    const first = await serve(); // rooms in memory: the next server cannot tell
    const proxy = await Proxy.start(first.port);
    try {
      const ann = await visit(proxy.url);
      await ann.write("before");
      await ann.expectMessage("before");
      proxy.silence();
      await ann.write("into the void");
      await expect.poll(() => ann.stored()).toEqual([2]);
      if (isReloaded) await ann.tab.goto("about:blank");
      await first.stop("SIGKILL");
      await serve({ port: first.port });
      proxy.mend();
      if (isReloaded) await ann.enter(proxy.url);
      await expect
        .poll(async () => (await ann.unsent()).join())
        .toMatch(/into the void[\s\S]*may have been published[\s\S]*outcome_unknown/);
      expect(await ann.ownMessages()).toEqual(isReloaded ? [] : ["before"]);
      await ann.tab.click("#logs .unsent button");
      await ann.expectMessage("into the void");
      expect(await ann.unsent()).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });
}

test("earlier messages load when the user scrolls up, and the view keeps its place", async ({ start, visit }) => {
  const first = await start();
  const ann = await visit(first.url);
  const said = numbered("ann", 230);
  await writeAll(ann, said);
  await ann.expectMessage("ann 230");
  await first.stop("SIGKILL");
  const { url } = await start({ port: first.port });
  const eve = await visit(url);
  await expect.poll(() => eve.messages()).toEqual(said.slice(130));
  for (const shown of [150, 200, 230] /* 50 at once */) {
    const [top] = await eve.messages();
    await eve.scrollUp();
    await expect.poll(() => eve.messages()).toEqual(said.slice(230 - shown));
    expect(await eve.isInView(top!)).toBe(true);
  }
  await eve.scrollUp();
  expect(await eve.tab.texts("#logs .earlier button")).toEqual([]);
  expect(await eve.tab.texts("#logs .day")).toHaveLength(1);
  await ann.write("something new");
  await eve.expectMessage("something new");
  expect(await eve.messages()).toEqual([...said, "something new"]);
});

test("a user who scrolls up again before the page is drawn gets earlier messages again", async ({ start, visit }) => {
  const { url } = await start();
  const ann = await visit(url);
  const said = numbered("ann", 170);
  await writeAll(ann, said);
  await ann.expectMessage("ann 170");
  const eve = await visit(url);
  await expect.poll(() => eve.messages()).toEqual(said.slice(70));
  await eve.tab.evaluate(() => {
    const log = document.querySelector("#logs .log")!;
    new MutationObserver(() => log.scrollTo({ top: 0, behavior: "instant" })).observe(log, {
      childList: true,
      subtree: true,
    });
  }, null);
  await eve.scrollUp();
  await expect.poll(() => eve.messages()).toEqual(said);
});

test("the button above the messages does what scrolling up does", async ({ start, visit }) => {
  const { url } = await start();
  const ann = await visit(url);
  const said = numbered("ann", 120);
  await writeAll(ann, said);
  await ann.expectMessage("ann 120");
  await ann.tab.reload();
  await ann.expectReady();
  await expect.poll(() => ann.messages()).toEqual(said.slice(20));
  // As assistive technology presses it: a pointer would scroll up on its way.
  await ann.tab.evaluate(() => document.querySelector<HTMLButtonElement>("#logs .earlier button")!.click(), null);
  await expect.poll(() => ann.messages()).toEqual(said);
});

test("a deleted history is reported, and earlier messages stay apart from newer ones", async ({ serve, visit }) => {
  const first = await serve(); // rooms in memory: the next server knows nothing of them
  const ann = await visit(first.url);
  await ann.write("before");
  await ann.expectMessage("before");
  await first.stop("SIGKILL");
  await ann.expectState("reconnecting");
  await serve({ port: first.port });
  await expect.poll(async () => (await ann.notes()).join()).toContain("another history");
  await ann.write("after");
  await expect.poll(() => ann.messages()).toEqual(["before", "after"]);
  await ann.tab.reload();
  await ann.expectReady();
  await expect.poll(() => ann.messages()).toEqual(["after"]);
});

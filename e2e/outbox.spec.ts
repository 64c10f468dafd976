// What is triggered must not be lost with the page: the outbox in IndexedDB, in real browsers. And what a page has seen goes on
// after a reload: history and saved positions.
import { Front } from "./support/front.js";
import { Lab } from "./support/lab.js";
import { definitions, type Server, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { test as base, expect } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
const texts = (events: { data: unknown }[]) => events.map(({ data }) => data);

interface Fixtures {
  server: Server;
  /** Ann's way to the server: it may lose its WebSockets, and still gives the page. */
  front: Front;
  /** Bob, who reads in the room. */
  reader: Lab;
  /** Ann, who writes there with an outbox in IndexedDB. */
  writer: { tab: Tab; lab: Lab };
}

const test = base.extend<Fixtures>({
  server: async ({ serve }, use) => use(await serve(board)),
  front: async ({ server }, use) => {
    const front = await Front.start(server.port);
    await use(front);
    await front.stop();
  },
  reader: async ({ server, open }, use) => {
    const lab = await Lab.open(await open(), server.url, "bob");
    await lab.join("board");
    await use(lab);
  },
  writer: async ({ front, open }, use) => {
    const tab = await open();
    const lab = await Lab.open(tab, front.url, "ann", "ann");
    await lab.join("board");
    await use({ tab, lab });
  },
});

test("R-104 what was triggered without a connection is sent after a reload, once and in order", async ({
  front,
  reader,
  writer,
}) => {
  const { lab: ann } = writer;
  await ann.trigger("board", "scribble", "before");
  front.takeSockets();
  await ann.expectState("reconnecting");
  for (const text of ["one", "two", "three"]) await ann.send("board", "scribble", text);
  expect(await ann.pending()).toBe(3);
  await expect.poll(() => ann.stored()).toBe(3);
  await ann.reload();
  await expect.poll(() => ann.pending()).toBe(3);
  front.takesWebSockets = true;
  await ann.join("board");
  await expect.poll(() => ann.pending()).toBe(0);
  expect(await ann.trigger("board", "scribble", "after")).toMatchObject({ duplicate: false });
  await expect.poll(async () => texts(await reader.heard())).toEqual(["before", "one", "two", "three", "after"]);
  expect(await ann.errors()).toEqual([]);
});

test("R-104 what was sent and not answered is not published twice by the next page", async ({ front, reader, writer }) => {
  const { lab: ann } = writer;
  for (let i = 0; i < 20; ++i) await ann.send("board", "scribble", i);
  await expect.poll(async () => (await ann.pending()) === (await ann.stored())).toBe(true);
  front.takeSockets();
  await ann.reload();
  front.takesWebSockets = true;
  await ann.join("board");
  await expect.poll(() => ann.pending()).toBe(0);
  await expect.poll(async () => texts(await reader.heard())).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(await ann.errors()).toEqual([]);
});

test("R-103 another user of the same browser does not send queued events, and is notified", async ({ front, open }) => {
  const tab = await open();
  const ann = await Lab.open(tab, front.url, "ann", "shared");
  await ann.join("board");
  front.takeSockets();
  await ann.expectState("reconnecting");
  await ann.send("board", "scribble", "by Ann");
  await expect.poll(() => ann.stored()).toBe(1);
  const eve = await Lab.open(tab, front.url, "eve", "shared");
  front.takesWebSockets = true;
  await eve.join("board");
  const unsent = { roomId: "board", event: "scribble", data: "by Ann" };
  await expect.poll(() => eve.errors()).toMatchObject([{ code: "forbidden", unsent }]);
  expect(await eve.trigger("board", "scribble", "by Eve")).toMatchObject({ duplicate: false });
  expect(texts(await eve.history("board"))).toEqual(["by Eve"]);
});

test("R-100 a saved position continues after a reload, and history has everything", async ({ server, open }) => {
  const ann = await Lab.open(await open(), server.url, "ann");
  const bob = await Lab.open(await open(), server.url, "bob");
  await ann.join("board");
  await bob.join("board");
  await bob.trigger("board", "scribble", 1);
  await expect.poll(async () => texts(await ann.heard())).toEqual([1]);
  const since = JSON.parse(JSON.stringify(await ann.position("board")));
  await ann.reload();
  for (const number of [2, 3, 4]) await bob.trigger("board", "scribble", number);
  await ann.join("board", { from: { since } });
  await expect.poll(async () => texts(await ann.heard())).toEqual([2, 3, 4]);
  expect(await ann.recovered("board")).toEqual([true, null]);
  expect(texts(await ann.history("board", { limit: 3 }))).toEqual([2, 3, 4]);
  expect(texts(await ann.history("board", { limit: 2, before: 4 }))).toEqual([2, 3]);
});

test("F-C25 an outbox that is wiped under an open page keeps what waits, over a reload too", async ({
  front,
  reader,
  writer,
}) => {
  const { tab, lab: ann } = writer;
  front.takeSockets();
  await ann.expectState("reconnecting");
  await ann.send("board", "scribble", "before");
  await expect.poll(() => ann.stored()).toBe(1);
  await tab.wipe(front.url);
  await ann.send("board", "scribble", "after");
  await expect.poll(() => ann.stored()).toBe(2);
  expect(await ann.errors()).toEqual([]);
  await ann.reload();
  front.takesWebSockets = true;
  await ann.join("board");
  await expect.poll(async () => texts(await reader.heard())).toEqual(["before", "after"]);
  expect(await ann.errors()).toEqual([]);
});

test("R-104 of two tabs with one outbox, one is closed: its events wait for a new page, which sends them once", async ({
  front,
  reader,
  writer,
}) => {
  const { tab, lab: ann } = writer;
  const locks = await ann.locks();
  const closing = await tab.another();
  const beside = await Lab.open(closing, front.url, "ann", "ann");
  await beside.join("board");
  front.takeSockets();
  for (const lab of [ann, beside]) await lab.expectState("reconnecting");
  for (const text of ["beside 1", "beside 2"]) await beside.send("board", "scribble", text);
  await ann.send("board", "scribble", "open");
  await expect.poll(() => ann.stored()).toBe(3);
  const early = await tab.another(); // while both are open
  const none = await Lab.open(early, front.url, "ann", "ann");
  await expect.poll(() => ann.locks()).toBe(3 * locks);
  expect(await none.pending()).toBe(0);
  await early.end();
  await closing.end();
  await expect.poll(() => ann.locks()).toBe(locks);
  const next = await Lab.open(await tab.another(), front.url, "ann", "ann");
  await expect.poll(() => next.pending()).toBe(2);
  front.takesWebSockets = true;
  await next.join("board");
  for (const lab of [ann, next]) await expect.poll(() => lab.pending()).toBe(0);
  const heard = async () => texts(await reader.heard());
  await expect.poll(async () => (await heard()).length).toBe(3);
  expect((await heard()).filter((text) => text !== "open")).toEqual(["beside 1", "beside 2"]);
  for (const lab of [ann, next]) expect(await lab.errors()).toEqual([]);
  expect(await next.stored()).toBe(0);
});

// What is triggered must not be lost with the page: the outbox in IndexedDB, in real browsers. And what a page has seen goes on
// after a reload: history and saved positions.
import { Lab } from "./support/lab.js";
import { Proxy } from "./support/proxy.js";
import { definitions, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
const texts = (events: { data: unknown }[]) => events.map(({ data }) => data);

test("R-104 what was triggered without a network is sent after a reload, once and in order", async ({ serve, open }) => {
  const server = await serve(board);
  const proxy = await Proxy.start(server.port);
  try {
    const reader = await Lab.open(await open(), server.url, "bob");
    await reader.join("board");
    const tab = await open();
    const ann = await Lab.open(tab, proxy.url, "ann", "ann");
    await ann.join("board");
    await ann.trigger("board", "scribble", "before");
    proxy.cut();
    await ann.expectState("reconnecting");
    for (const text of ["one", "two", "three"]) await ann.send("board", "scribble", text);
    expect(await ann.pending()).toBe(3);
    await expect.poll(() => ann.stored()).toBe(3);
    await tab.goto("about:blank");
    proxy.mend();
    const again = await Lab.open(tab, proxy.url, "ann", "ann");
    await expect.poll(() => again.pending()).toBe(3);
    await again.join("board");
    await expect.poll(() => again.pending()).toBe(0);
    expect(await again.trigger("board", "scribble", "after")).toMatchObject({ duplicate: false });
    await expect.poll(async () => texts(await reader.heard())).toEqual(["before", "one", "two", "three", "after"]);
    expect(await again.told()).toEqual([]);
  } finally {
    await proxy.stop();
  }
});

test("R-104 what was sent and not answered is not published twice by the next page", async ({ serve, open }) => {
  const server = await serve(board);
  const proxy = await Proxy.start(server.port);
  try {
    const reader = await Lab.open(await open(), server.url, "bob");
    await reader.join("board");
    const tab = await open();
    const ann = await Lab.open(tab, proxy.url, "ann", "ann");
    await ann.join("board");
    for (let i = 0; i < 20; ++i) await ann.send("board", "scribble", i);
    await expect.poll(async () => (await ann.pending()) === (await ann.stored())).toBe(true);
    proxy.cut();
    await tab.goto("about:blank");
    proxy.mend();
    const again = await Lab.open(tab, proxy.url, "ann", "ann");
    await again.join("board");
    await expect.poll(() => again.pending()).toBe(0);
    await expect.poll(async () => texts(await reader.heard())).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await again.told()).toEqual([]);
  } finally {
    await proxy.stop();
  }
});

test("R-103 another user of the same browser does not send what was left, and is told", async ({ serve, open }) => {
  const server = await serve(board);
  const proxy = await Proxy.start(server.port);
  try {
    const tab = await open();
    const ann = await Lab.open(tab, proxy.url, "ann", "shared");
    await ann.join("board");
    proxy.cut();
    await ann.expectState("reconnecting");
    await ann.send("board", "scribble", "by Ann");
    await expect.poll(() => ann.stored()).toBe(1);
    await tab.goto("about:blank");
    proxy.mend();
    const eve = await Lab.open(tab, proxy.url, "eve", "shared");
    await eve.join("board");
    const unsent = { roomId: "board", event: "scribble", data: "by Ann" };
    await expect.poll(() => eve.told()).toEqual([{ code: "forbidden", unsent }]);
    expect(await eve.trigger("board", "scribble", "by Eve")).toMatchObject({ duplicate: false });
    expect(texts(await eve.history("board"))).toEqual(["by Eve"]);
  } finally {
    await proxy.stop();
  }
});

test("R-100 a saved position goes on after a reload, and history has it all", async ({ serve, open }) => {
  const { url } = await serve(board);
  const [tab, bob] = [await open(), await Lab.open(await open(), url, "bob")];
  await bob.join("board");
  const ann = await Lab.open(tab, url, "ann");
  await ann.join("board");
  await bob.trigger("board", "scribble", 1);
  await expect.poll(async () => texts(await ann.heard())).toEqual([1]);
  const since = JSON.parse(JSON.stringify(await ann.position("board")));
  await tab.goto("about:blank");
  for (const number of [2, 3, 4]) await bob.trigger("board", "scribble", number);
  const again = await Lab.open(tab, url, "ann");
  await again.join("board", { from: { since } });
  await expect.poll(async () => texts(await again.heard())).toEqual([2, 3, 4]);
  expect(await again.recovered("board")).toEqual([true, null]);
  expect(texts(await again.history("board", { limit: 3 }))).toEqual([2, 3, 4]);
  expect(texts(await again.history("board", { limit: 2, before: 4 }))).toEqual([2, 3]);
});

test("F-C25 an outbox that is wiped under an open page keeps what waits, over a reload too", async ({ serve, open }) => {
  const server = await serve(board);
  const proxy = await Proxy.start(server.port);
  try {
    const reader = await Lab.open(await open(), server.url, "bob");
    await reader.join("board");
    const tab = await open();
    const ann = await Lab.open(tab, proxy.url, "ann", "ann");
    await ann.join("board");
    proxy.cut();
    await ann.expectState("reconnecting");
    await ann.send("board", "scribble", "before");
    await expect.poll(() => ann.stored()).toBe(1);
    await tab.wipe(proxy.url);
    await ann.send("board", "scribble", "after");
    await expect.poll(() => ann.stored()).toBe(2);
    expect(await ann.told()).toEqual([]);
    await tab.goto("about:blank");
    proxy.mend();
    const again = await Lab.open(tab, proxy.url, "ann", "ann");
    await again.join("board");
    await expect.poll(async () => texts(await reader.heard())).toEqual(["before", "after"]);
    expect(await again.told()).toEqual([]);
  } finally {
    await proxy.stop();
  }
});

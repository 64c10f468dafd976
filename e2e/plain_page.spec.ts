// The packed client in a page without a bundler, served by the stock program with definitions that nobody compiled.
import { Lab } from "./support/lab.js";
import { definitions, jsonOnly, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };

test("definitions come from the server, and payloads are checked in the page against them", async ({ serve, open }) => {
  const { url } = await serve(board);
  const [ann, bob] = [await Lab.open(await open(), url, "ann"), await Lab.open(await open(), url, "bob")];
  expect(await ann.join("board")).toEqual({ id: "board", name: "Notice board" });
  await bob.join("board");
  expect(await ann.userId()).toBe("ann");
  expect(await ann.trigger("board", "note", { text: "x".repeat(21) })).toMatchObject({ code: "too_long", path: "$.text" });
  expect(await ann.trigger("board", "note", { text: "hello" })).toMatchObject({ seq: 1, duplicate: false });
  await expect
    .poll(() => bob.heard())
    .toEqual([{ event: "note", roomId: "board", data: { text: "hello" }, from: "ann", seq: 1 }]);
});

test("the first message goes with the handshake: who he is is known when the WebSocket opens", async ({ serve, open }) => {
  const { url } = await serve(board);
  const lab = await Lab.open(await open(), url, "ann");
  await lab.expectState("connected");
  expect(await lab.sockets()).toEqual([{ protocol: "dialogue.v1.with", sent: 0 }]);
  await lab.join("board");
  expect(await lab.sockets()).toEqual([{ protocol: "dialogue.v1.with", sent: 1 }]);
});

test("R-107 what a payload holds arrives as data, whatever its keys are called", async ({ serve, open }) => {
  const { url } = await serve(board);
  const [ann, bob] = [await Lab.open(await open(), url), await Lab.open(await open(), url)];
  await ann.join("board");
  await bob.join("board");
  const hostile = { constructor: { prototype: 1 }, html: "<script>alert(1)</script>", number: 0.1, deep: [[["\u0000\u2028"]]] };
  await ann.trigger("board", "scribble", hostile);
  await expect.poll(async () => (await bob.heard())[0]?.data).toEqual(hostile);
});

test("subscriptions: only what was asked for is heard, and all of it again after subscribeAll", async ({ serve, open }) => {
  const { url } = await serve(board);
  const [ann, bob] = [await Lab.open(await open(), url), await Lab.open(await open(), url)];
  await ann.join("board");
  await bob.join("board");
  await bob.unsubscribe("board", "note");
  await ann.trigger("board", "note", { text: "not for Bob" });
  await ann.trigger("board", "scribble", 1);
  await expect.poll(async () => (await bob.heard()).map((event) => event.data)).toEqual([1]);
  await bob.subscribeAll("board");
  await ann.trigger("board", "note", { text: "for Bob" });
  await expect.poll(async () => (await bob.heard()).map((event) => event.data)).toEqual([1, { text: "for Bob" }]);
  await bob.unsubscribe("board", "scribble");
  await bob.subscribe("board", "scribble");
  await ann.trigger("board", "scribble", 2);
  await expect.poll(async () => (await bob.heard()).at(-1)?.data).toBe(2);
});

test("requests that cannot be granted reject with their code, and closing settles everything", async ({ serve, open }) => {
  const { url } = await serve(board);
  const lab = await Lab.open(await open(), url);
  expect(await lab.join("nowhere")).toMatchObject({ code: "room_unknown" });
  expect(await lab.join("not a name")).toMatchObject({ code: "name_invalid" });
  await lab.join("board");
  expect(await lab.listRooms()).toEqual([{ id: "board", name: "Notice board", size: 1, maxSize: null }]);
  await lab.close();
  await lab.expectState("closed");
  expect(await lab.trigger("board", "note", { text: "too late" })).toMatchObject({ code: "closed" });
  expect(await lab.join("board")).toMatchObject({ code: "closed" });
});

test("examples/json-only: two windows share a board, and a mood that is not listed is refused in the page", async ({
  serve,
  open,
}) => {
  const { url } = await serve({ program: stockProgram, ...jsonOnly });
  const [ann, bob] = [await open(), await open()];
  for (const tab of [ann, bob]) {
    await tab.goto(url);
    await expect.poll(() => tab.texts("#state")).toEqual(["connected"]);
  }
  await ann.fill("#text", "Milk is out");
  await ann.fill("#mood", "furious");
  await ann.press("#mood", "Enter");
  await expect.poll(async () => (await ann.texts("#problem")).join()).toContain("$.mood");
  expect((await ann.texts("#problem")).join()).toContain("not_in_enum");
  await ann.fill("#mood", "busy");
  await ann.press("#mood", "Enter");
  await expect.poll(async () => (await bob.texts("#notes li")).join()).toMatch(/^guest-\w+ is busy: Milk is out$/);
});

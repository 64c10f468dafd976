// The packed client in a page without a bundler, served by the stock program with definitions that nobody compiled.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Front } from "./support/front.js";
import { Lab } from "./support/lab.js";
import { cursors, definitions, jsonOnly, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
const failures = 2; // of a file, until it is served

test("definitions come from the server, and payloads are checked in the page against them", { tag: "@gate" }, async ({
  serve,
  open,
}) => {
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

test("the first message is sent with the handshake: the user is known when the WebSocket opens", { tag: "@gate" }, async ({
  serve,
  open,
}) => {
  const { url } = await serve(board);
  const lab = await Lab.open(await open(), url, "ann");
  await lab.expectState("connected");
  expect(await lab.sockets()).toEqual([{ protocol: "dialogue.v1.with", sent: 0 }]);
  await lab.join("board");
  expect(await lab.sockets()).toEqual([{ protocol: "dialogue.v1.with", sent: 1 }]);
});

test("R-107 what a payload holds arrives as data, whatever its keys are called", { tag: "@gate" }, async ({ serve, open }) => {
  const { url } = await serve(board);
  const [ann, bob] = [await Lab.open(await open(), url), await Lab.open(await open(), url)];
  await ann.join("board");
  await bob.join("board");
  const hostile = { constructor: { prototype: 1 }, html: "<script>alert(1)</script>", number: 0.1, deep: [[["\u0000\u2028"]]] };
  await ann.trigger("board", "scribble", hostile);
  await expect.poll(async () => (await bob.heard())[0]?.data).toEqual(hostile);
});

test("subscriptions: only subscribed events are received, and all of them again after subscribeAll", { tag: "@gate" }, async ({
  serve,
  open,
}) => {
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

test("requests that cannot be granted reject with their code, and closing settles everything", { tag: "@gate" }, async ({
  serve,
  open,
}) => {
  const { url } = await serve(board);
  const lab = await Lab.open(await open(), url);
  expect(await lab.join("nowhere")).toMatchObject({ code: "room_unknown" });
  expect(await lab.join("not a name")).toMatchObject({ code: "name_invalid" });
  await lab.join("board");
  const { rooms, next } = (await lab.listRooms()) as { rooms: unknown[]; next?: unknown };
  expect(next ?? null).toBeNull(); // WebDriver has no undefined
  expect(rooms).toEqual([{ id: "board", name: "Notice board", size: 1, maxSize: null }]);
  await lab.close();
  await lab.expectState("closed");
  expect(await lab.trigger("board", "note", { text: "too late" })).toMatchObject({ code: "closed" });
  expect(await lab.join("board")).toMatchObject({ code: "closed" });
});

test("examples/json-only: two windows share a board, and a mood that is not listed is refused in the page", {
  tag: "@gate",
}, async ({ serve, open }) => {
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

test("examples/cursors: each window shows the cursors and the status of all, until one leaves", { tag: "@gate" }, async ({
  serve,
  open,
}) => {
  const { url } = await serve({ program: stockProgram, ...cursors });
  const [ann, bob] = [await open(), await open()];
  for (const tab of [ann, bob]) await tab.goto(url);
  for (const tab of [ann, bob]) await expect.poll(() => tab.texts("#canvas li")).toHaveLength(2);
  const others = async () => (await bob.texts("#people li")).filter((line) => !line.includes("(you)"));
  await expect.poll(others).toEqual([expect.stringMatching(/^guest-\w+ is here$/)]);
  await ann.evaluate(() => {
    const status = document.querySelector<HTMLSelectElement>("#status")!;
    status.value = "busy";
    status.dispatchEvent(new Event("change"));
    const canvas = document.querySelector("#canvas")!;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    for (const part of [0.1, 0.75])
      canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: left + width * part, clientY: top + height / 4 }));
  }, null);
  await expect.poll(others).toEqual([expect.stringMatching(/^guest-\w+ is busy$/)]);
  const places = () =>
    bob.evaluate(
      () => [...document.querySelectorAll<HTMLElement>("#canvas li")].map(({ style }) => [style.left, style.top].map(parseFloat)),
      null,
    );
  await expect
    .poll(async () => (await places()).sort().map((place) => place.map(Math.round)))
    .toEqual([
      [50, 50],
      [75, 25],
    ]);
  expect((await bob.texts("#problem")).join("")).toBe("");
  await ann.evaluate(() => {
    const status = document.querySelector<HTMLSelectElement>("#status")!;
    status.append(new Option("gone"));
    status.value = "gone";
    status.dispatchEvent(new Event("change"));
  }, null);
  await expect.poll(async () => (await ann.texts("#problem")).join()).toContain("$.status");
  await ann.goto("about:blank");
  await expect.poll(() => bob.texts("#canvas li")).toHaveLength(1);
});

test("examples/cursors has at most 60 lines of page code @once", () => {
  const files = ["index.html", "main.js"].map((name) => readFileSync(join(cursors.page, name), "utf8"));
  expect(files.join("").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
});

test("F-C40 a validator that did not load is loaded again, and what was triggered meanwhile is checked and sent", {
  tag: "@gate",
}, async ({ serve, open }) => {
  const server = await serve(board);
  const front = await Front.start(server.port);
  try {
    const path = "/_dialogue/validator.js";
    front.answer = ({ url }, response) => {
      if (url !== path || front.asked.get(path)! > failures) return false;
      response.writeHead(503).end();
      return true;
    };
    const lab = await Lab.open(await open(), front.url, "ann");
    await lab.join("board");
    const [refused, sent] = await Promise.all([
      lab.trigger("board", "note", { text: "x".repeat(21) }),
      lab.trigger("board", "note", { text: "hello" }),
    ]);
    expect(refused).toMatchObject({ code: "too_long", path: "$.text" });
    expect(sent).toMatchObject({ seq: 1, duplicate: false });
    expect(front.asked.get(path)).toBe(failures + 1);
  } finally {
    await front.stop();
  }
});

// Push streams in real browsers: their own EventSource and the module dialogue-client/push, servers that are killed under them,
// tabs that share a connection, and a publisher in another page.
// @engine: EventSource, locks and tabs differ between engines, so every run has it in each.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Front } from "./support/front.js";
import { Lab } from "./support/lab.js";
import { definitions, freePort, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

declare global {
  interface Window {
    stream: { source: EventSource; texts: unknown[]; missed: number; opened: number };
  }
}

/** Opens a stream in the page and keeps what comes. */
const listen = (tab: Tab, query: string): Promise<void> =>
  tab.evaluate((search) => {
    const source = new EventSource(`/events?${search}`);
    const stream = { source, texts: [] as unknown[], missed: 0, opened: 0 };
    window.stream = stream;
    source.addEventListener("note", ({ data }) => stream.texts.push(JSON.parse(data).data.text));
    source.addEventListener("dialogue.missed", () => {
      stream.missed += 1;
    });
    source.addEventListener("dialogue.open", () => {
      stream.opened += 1;
    });
  }, query);

const heard = (tab: Tab) =>
  tab.evaluate(() => ({ texts: window.stream.texts, missed: window.stream.missed, opened: window.stream.opened }), null);

test("P-14 EventSource reads a room, and continues over kill -9 of the server without a loss or a repetition", async ({
  serve,
  open,
}, info) => {
  const port = await freePort();
  const flags = ["--stream-retry-ms", "200"];
  const options = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page, port, flags };
  const store = `sqlite:${info.outputPath("push.db")}`;
  const server = await serve({ ...options, store });
  const reader = await open();
  await Lab.open(reader, server.url, "reader");
  await listen(reader, "rooms=board&events=note");
  await expect.poll(async () => (await heard(reader)).opened).toBe(1);
  const ann = await Lab.open(await open(), server.url, "ann");
  await ann.join("board");
  const texts = Array.from({ length: 10 }, (_, i) => `note ${i}`);
  for (const text of texts.slice(0, 5)) await ann.trigger("board", "note", { text });
  await expect.poll(async () => (await heard(reader)).texts).toEqual(texts.slice(0, 5));
  await server.stop("SIGKILL");
  await serve({ ...options, store });
  for (const text of texts.slice(5)) await ann.trigger("board", "note", { text });
  await expect.poll(async () => (await heard(reader)).texts).toEqual(texts);
  expect(await heard(reader)).toEqual({ texts, missed: 0, opened: 2 });
});

test("EventSource gives up if a request can never work", async ({ serve, open }) => {
  const { url } = await serve({ program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page });
  const reader = await open();
  await Lab.open(reader, url, "reader");
  await listen(reader, "rooms=nowhere");
  await expect.poll(() => reader.evaluate(() => window.stream.source.readyState === EventSource.CLOSED, null)).toBe(true);
});

declare global {
  interface Window {
    push: Record<string, (...args: unknown[]) => unknown>;
  }
}

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
const quick = ["--stream-retry-ms", "200"];
const notes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `note ${from + index}`);

/** A page with a stream of the module `dialogue-client/push`. */
class Listener {
  private constructor(readonly tab: Tab) {}

  static async open(tab: Tab, url: string, how: "listen" | "mountTwice", options: object = {}): Promise<Listener> {
    await tab.goto(`${url}push.html`);
    await expect.poll(() => tab.evaluate(() => "push" in window, null)).toBe(true);
    const listener = new Listener(tab);
    await listener.call(how, { rooms: ["board"], ...options });
    await expect.poll(() => listener.call("state")).toBe("connected");
    return listener;
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    return this.tab.evaluate(({ name, args }) => window.push[name]!(...args) ?? null, { name, args });
  }

  async expectHeard(texts: string[]): Promise<void> {
    await expect.poll(() => this.call("heard")).toEqual(texts);
  }
}

/** How many streams have been asked for. */
const streamsOf = (front: Front) => front.asked.get("/events") ?? 0;

test("P-17 tabs share one connection, and another one leads when the leader is closed", async ({ serve, open }) => {
  const server = await serve({ ...board, flags: quick });
  const front = await Front.start(server.port);
  const first = await open();
  const leader = await Listener.open(first, front.url, "listen");
  const others: Listener[] = [];
  for (let i = 0; i < 3; ++i) others.push(await Listener.open(await first.another(), front.url, "listen"));
  const ann = await Lab.open(await open(), server.url, "ann");
  await ann.join("board");
  for (const text of notes(1, 3)) await ann.trigger("board", "note", { text });
  for (const each of [leader, ...others]) await each.expectHeard(notes(1, 3));
  expect(streamsOf(front)).toBe(1);
  await leader.call("close");
  for (const text of notes(4, 6)) await ann.trigger("board", "note", { text });
  for (const each of others) await each.expectHeard(notes(1, 6));
  expect(streamsOf(front)).toBe(2);
  await others[0]!.tab.reload(); // ends that page, whether it leads or not
  for (const text of notes(7, 9)) await ann.trigger("board", "note", { text });
  for (const each of others.slice(1)) {
    await each.expectHeard(notes(1, 9));
    expect(((await each.call("told")) as string[]).filter((what) => what !== "open")).toEqual([]);
  }
  expect(await leader.call("heard")).toEqual(notes(1, 3));
  await front.stop();
});

// Only Chromium's tabs are sure to have threads of their own.
test("@once P-17 a tab that opens while the leader's page hangs leads instead, and the other one continues", async ({
  serve,
  open,
}) => {
  const server = await serve({ ...board, flags: quick });
  const first = await open();
  const leader = await Listener.open(first, server.url, "listen");
  const second = await first.another();
  const ann = await Lab.open(await open(), server.url, "ann");
  await ann.join("board");
  await ann.trigger("board", "note", { text: "note 1" });
  await leader.expectHeard(notes(1, 1));
  const hanging = leader.call("hang", 12_000);
  const late = await Listener.open(second, server.url, "listen");
  await ann.trigger("board", "note", { text: "note 2" });
  await late.expectHeard(["note 2"]);
  await hanging;
  await leader.expectHeard(notes(1, 2));
});

for (const [how, options] of [
  ["shared", {}],
  ["by EventSource", { shared: false, events: ["note"] }],
] as const)
  test(`a stream of the module, ${how}, continues over kill -9 of the server`, async ({ serve, open }, info) => {
    const port = await freePort();
    const settings = { ...board, port, flags: quick, store: `sqlite:${info.outputPath("push.db")}` };
    const server = await serve(settings);
    const first = await open();
    const readers = [await Listener.open(first, server.url, "listen", options)];
    readers.push(await Listener.open(await first.another(), server.url, "listen", options));
    const ann = await Lab.open(await open(), server.url, "ann");
    await ann.join("board");
    for (const text of notes(1, 3)) await ann.trigger("board", "note", { text });
    for (const reader of readers) await reader.expectHeard(notes(1, 3));
    await server.stop("SIGKILL");
    await serve(settings);
    for (const text of notes(4, 6)) await ann.trigger("board", "note", { text });
    for (const reader of readers) {
      await reader.expectHeard(notes(1, 6));
      expect(await reader.call("told")).not.toContain("missed");
    }
  });

test("a token is sent in a header, by fetch; tabs share a connection if they name the user", async ({ serve, open }, info) => {
  const keyFile = info.outputPath("jwt.key");
  writeFileSync(keyFile, "a secret of the tests that is long enough");
  const token = (user: string) =>
    execFileSync(stockProgram, ["token", "--sub", user, "--key-file", keyFile], { encoding: "utf8" }).trim();
  const server = await serve({ ...board, flags: ["--auth-key", keyFile] });
  const front = await Front.start(server.port);
  const queries: string[] = [];
  front.answer = ({ url, headers }) => {
    if (url!.startsWith("/events")) queries.push(`${headers.authorization?.slice(0, 7)} ${url!.includes("token")}`);
    return false;
  };
  const options = { token: token("ann"), shared: "ann" };
  const first = await open();
  const readers = [await Listener.open(first, front.url, "listen", options)];
  readers.push(await Listener.open(await first.another(), front.url, "listen", options));
  const bob = await Lab.openWithToken(await open(), server.url, token("bob"));
  await bob.join("board");
  await bob.trigger("board", "note", { text: "note 1" });
  for (const reader of readers) await reader.expectHeard(notes(1, 1));
  expect(queries).toEqual(["Bearer  false"]);
  await front.stop();
});

test("React's double mount makes one stream and one request", async ({ serve, open }) => {
  const server = await serve(board);
  const front = await Front.start(server.port);
  const reader = await Listener.open(await open(), front.url, "mountTwice");
  const ann = await Lab.open(await open(), server.url, "ann");
  await ann.join("board");
  await ann.trigger("board", "note", { text: "note 1" });
  await reader.expectHeard(notes(1, 1));
  expect(streamsOf(front)).toBe(1);
  await front.stop();
});

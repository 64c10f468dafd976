// What is shown as pending arrives, whatever becomes of its page: messages that are typed by pages which reload at random
// moments. DIALOGUE_SEED=N runs one seed again.
// @engine: IndexedDB and reloads differ between engines, so every run has it in each.

import { kPatienceMs } from "../tests/patience.mjs";
import { Lab } from "./support/lab.js";
import { definitions, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
const messageCount = 1000;
const doneTimeoutMs = 4 * kPatienceMs; // many reloads: it takes some 20 s

interface Progress {
  typed: number;
  loads: number;
  told: unknown[];
  isDone: boolean;
}
const progress = (tab: Tab): Promise<Progress | null> =>
  tab
    .evaluate(() => (window as never as { typist?: { progress: () => Progress } }).typist?.progress() ?? null, null)
    .catch(() => null); // it was being reloaded

/** How many messages the outbox has. */
const stored = (tab: Tab): Promise<number> =>
  tab.evaluate(() => (window as never as { typist: { stored: () => Promise<number> } }).typist.stored(), null);

const isDone = async (tabs: Tab[]): Promise<boolean> => {
  for (const tab of tabs) if (!(await progress(tab))?.isDone) return false;
  return true;
};

for (const count of [1, 5])
  test(`F-G06 ${messageCount} messages typed in ${count} tabs that reload at random moments: 0 lost, 0 repeated`, async ({
    serve,
    open,
  }) => {
    test.setTimeout(3 * doneTimeoutMs);
    const seed = Number(process.env["DIALOGUE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    const { url } = await serve(board);
    const reader = await Lab.open(await open(), url, "bob");
    await reader.join("board");
    const each = messageCount / count;
    const tabs = [await open()];
    while (tabs.length < count) tabs.push(await tabs[0]!.another());
    for (const [index, tab] of tabs.entries())
      await tab.goto(`${url}typist.html?tab=${index}&messages=${each}&seed=${seed + index}`);
    const message = `seed ${seed}`;
    await expect.poll(() => isDone(tabs), { timeout: doneTimeoutMs, message }).toBe(true);
    // What may have been sent waits in its slot for a page that takes it: where none did, that is the user's next visit.
    while ((await stored(tabs[0]!)) > 0) {
      await tabs[0]!.reload();
      await expect.poll(() => isDone(tabs), { timeout: doneTimeoutMs, message }).toBe(true);
    }

    // The reader's connection may still bring what the typists' have seen acknowledged: it ends with the reader's own event.
    const end = "the reader's";
    await reader.trigger("board", "scribble", end);
    const texts = async () => (await reader.heard()).map(({ data }) => data as string);
    await expect.poll(async () => (await texts()).at(-1), { message }).toBe(end);

    const typed = tabs.flatMap((_, tab) => Array.from({ length: each }, (_, index) => `${tab} ${index + 1}`));
    const heard = (await texts()).slice(0, -1);
    const times = new Map<string, number>();
    for (const text of heard) times.set(text, (times.get(text) ?? 0) + 1);
    const lost = typed.filter((text) => !times.has(text));
    const repeated = [...times].filter(([, count]) => count > 1);
    const told: unknown[] = [];
    for (const tab of tabs) told.push(...((await progress(tab))?.told ?? ["no page"]));
    expect({ seed, lost, repeated, told }).toEqual({ seed, lost: [], repeated: [], told: [] });
  });

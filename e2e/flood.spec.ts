// A room in which more is said than a page can draw: 5,000 messages while it is open. What counts here is structure, not time:
// how much is drawn, how often, and that each message can be reached.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildDir } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

const total = 5_000;
const atOnce = 500;
const drawnMax = 300; // log.ts
const elementsMax = 3_000; // in the whole log: some eight for a message
const stepsPerCall = 10; // WebDriver bounds the time of one call

const text = (index: number): string => `message ${index}`;

/** Bob says all of it, by the packed client in Node. */
async function flood(url: string): Promise<void> {
  const path = join(buildDir, "..", "..", "js", "dist", "index.js");
  const [{ createDialogueClient }, { WebSocket }] = await Promise.all([import(pathToFileURL(path).href), import("ws" as string)]);
  const client = createDialogueClient({ url, auth: { userId: "bob", name: "Bob" }, WebSocket });
  const room = await client.join("chat");
  for (let from = 1; from <= total; from += atOnce) {
    const batch = Array.from({ length: atOnce }, (_, i) => room.trigger("message", { text: text(from + i) }));
    await Promise.all(batch);
  }
  client.close();
}

/** Counts changes of the panels around the messages. */
const countPanelChanges = (tab: Tab): Promise<void> =>
  tab.evaluate(() => {
    const counted = window as never as { panelChanges: number };
    counted.panelChanges = 0;
    const observer = new MutationObserver((records) => (counted.panelChanges += records.length));
    for (const id of ["people", "rooms", "room-name", "room-detail"])
      observer.observe(document.getElementById(id)!, { childList: true, characterData: true, subtree: true });
  }, null);

/** The numbers of the messages that are drawn, and how many elements the log has. */
const drawn = (tab: Tab): Promise<{ numbers: number[]; elements: number }> =>
  tab.evaluate(() => {
    const numbers = [...document.querySelectorAll("#logs .message .bubble")].map(({ textContent }) =>
      Number(textContent!.slice(8)),
    );
    return { numbers, elements: document.querySelectorAll("#logs *").length };
  }, null);

/** Scrolls to the upper edge, again and again; gives the numbers of what was drawn on the way, and the most at once. */
const scrollUp = (tab: Tab, times: number): Promise<{ met: number[]; most: number }> =>
  tab.evaluate(async (steps) => {
    const log = document.querySelector("#logs .log")!;
    const met = new Set<number>();
    let most = 0;
    const look = (): number => {
      const bubbles = [...log.querySelectorAll(".message .bubble")];
      for (const { textContent } of bubbles) met.add(Number(textContent!.slice(8)));
      most = Math.max(most, bubbles.length);
      return Number(bubbles[0]!.textContent!.slice(8));
    };
    for (let step = 0; step < steps && look() > 1; ++step) {
      const moved = new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          resolve();
        });
        observer.observe(log.querySelector(".said")!, { childList: true });
      });
      log.scrollTo({ top: 0, behavior: "instant" });
      await moved;
    }
    look();
    return { met: [...met], most };
  }, times);

test(`F-G32 ${total} messages in an open page: few are drawn, the panels rest, and scrolling reaches each of them`, async ({
  chat,
  visit,
}) => {
  const ann = await visit(chat.url);
  await flood(chat.url);
  await expect.poll(() => ann.messages()).toContain(text(total));
  await expect.poll(() => ann.isInView(text(total))).toBe(true);
  const { numbers, elements } = await drawn(ann.tab);
  expect(numbers.length).toBeLessThanOrEqual(drawnMax);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => total - numbers.length + 1 + i));
  expect(elements).toBeLessThanOrEqual(elementsMax);

  const met = new Set<number>();
  while (!met.has(1)) {
    const before = met.size;
    const { met: more, most } = await scrollUp(ann.tab, stepsPerCall);
    for (const number of more) met.add(number);
    expect(most).toBeLessThanOrEqual(drawnMax);
    expect(met.size).toBeGreaterThan(before);
  }
  expect(met.size).toBe(total);
  await ann.scrollUp();
  await expect.poll(() => ann.isInView(text(1))).toBe(true);
  await ann.tab.click("#logs .newest");
  await expect.poll(() => ann.isInView(text(total))).toBe(true);
});

test("F-G32 messages of present users change nothing in the panels", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await expect.poll(() => ann.people()).toHaveLength(2);
  await expect.poll(() => ann.tab.texts('#rooms [data-room="chat"] .size')).toEqual(["2 / 50"]);
  await countPanelChanges(ann.tab);
  for (let i = 1; i <= 50; ++i) await bob.write(text(i));
  await ann.expectMessage(text(50));
  const changes = await ann.tab.evaluate(() => (window as never as { panelChanges: number }).panelChanges, null);
  expect(changes).toBe(0);
});

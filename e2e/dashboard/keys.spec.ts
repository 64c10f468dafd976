// The dashboard's key: what is none, what is not accepted, where nothing can be stored, and what its scopes allow.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DashboardPage, development, Peer, publish } from "../support/dashboard_page.js";
import type { ServerOptions } from "../support/server.js";
import type { Tab } from "../support/tab.js";
import { expect, test } from "../support/test.js";

const [watcher, reader] = ["w".repeat(32), "r".repeat(32)];

/** A server with a key for what it does, and one that also reads rooms. */
function guarded(): Partial<ServerOptions> {
  const keys = join(mkdtempSync(join(tmpdir(), "dialogue-")), "keys");
  writeFileSync(keys, `watcher observe ${watcher}\nreader observe,read,publish ${reader}\n`);
  return { ...development, isDev: false, flags: ["--dashboard", "--api-key-file", keys] };
}

const stored = (tab: Tab): Promise<string> => tab.evaluate(() => JSON.stringify({ ...sessionStorage }), null);
const store = (tab: Tab, key: string): Promise<void> =>
  tab.evaluate((value) => sessionStorage.setItem("dialogue:api-key", value), key);

test("an invalid key is neither sent nor stored, and a key that the server refuses is forgotten", async ({ serve, open }) => {
  const page = await DashboardPage.open(await open(), await serve(guarded()));
  const complaint = async (): Promise<string> => (await page.tab.texts(".bad")).join();
  for (const text of ["ключ", "“key”", "two words"]) {
    await page.fill("API key", text);
    await page.press("Continue");
    await expect.poll(complaint).toContain("This is not a key: ");
  }
  await page.fill("API key", "x".repeat(32));
  await page.press("Continue");
  await expect.poll(complaint).toContain("Enter a key of the server's");
  expect(await stored(page.tab)).toBe("{}");
  await page.fill("API key", ` ${watcher} `);
  await page.press("Continue");
  await page.expectTitle("Overview");
  expect(await stored(page.tab)).toContain(watcher);
  expect(await page.tab.evaluate(() => document.activeElement!.textContent, null)).toBe("Overview");
  for (const key of ["ключ", "x".repeat(32)]) {
    await store(page.tab, key);
    await page.tab.reload();
    await page.expectTitle("Sign in");
    await expect.poll(() => stored(page.tab)).toBe("{}");
    expect(await page.tab.texts("label")).toEqual(["API key"]);
  }
});

test("a key with the scope observe causes no forbidden request, and sees the busiest rooms", async ({ serve, open }) => {
  const server = await serve(guarded());
  const ann = await Peer.join(server, "ann", "board");
  try {
    await publish(server, "board", "note", { text: "hello" }, reader);
    const page = await DashboardPage.open(await open(), server, "rooms");
    await page.fill("API key", watcher);
    await page.press("Continue");
    for (const view of ["rooms", "rooms?by=rate"]) {
      await page.go(view);
      await page.expectRow(/^board \| 1 \| /m);
      expect((await page.tab.texts(".notice")).join()).toContain('need the scope "read"; this key has observe.');
    }
    for (const view of ["rooms/board", "rooms/board/members"]) {
      await page.go(view);
      await page.expectTitle("board");
      expect((await page.tab.texts(".notice")).join()).toContain('need the scope "read"; this key has observe.');
      expect(await page.tab.texts(".banner")).toEqual([]);
    }
    await page.press("Connections");
    await page.expectRow(/^ann \| /m);
    await page.press("Forget key");
    await page.fill("API key", reader);
    await page.press("Continue");
    await page.go("rooms");
    await page.expectRow(/^board \| Notice board \| 1 \| 100/m);
    const refused = server.log.split("\n").filter((line) => line.includes('"api_refused"') && !line.includes('"status":401'));
    expect(refused).toEqual([]);
  } finally {
    ann.close();
  }
});

// The dashboard against a real server: publish and see it arrive, find a connection that lags and end it, keys and their scopes.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DashboardPage, development, Peer, publish } from "./support/dashboard_page.js";
import type { Server } from "./support/server.js";
import { expect, test } from "./support/test.js";

const fileCharacters = 50_000;
const files = 300; // 15 MB: more than the kernel's buffers take

/** Publishes so much that a client which does not read lags. */
async function flood(server: Server): Promise<void> {
  const content = "x".repeat(fileCharacters);
  for (let i = 0; i < files; ++i) expect(await publish(server, "board", "file", { content })).toBe(200);
}

test("an event that is published from the form is in the tail", async ({ serve, open }) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "publish?room=board");
  await page.expectTitle("Publish");
  await expect.poll(() => page.tab.texts("label")).toContain("mood (optional)");
  await page.fill("text", "from the form");
  await page.press("Publish");
  await expect.poll(async () => (await page.tab.texts(".outcome")).join()).toContain("Published as 1 in board.");
  for (const source of ["log", "stream"]) {
    await page.go(`tail?room=board&source=${source}`);
    await expect.poll(async () => (await page.tail()).join("\n")).toMatch(/1\s*note\s*system\s*\{"text":"from the form"\}/);
    await publish(server, "board", "note", { text: `while it looks at the ${source}` });
    await expect.poll(async () => (await page.tail()).join("\n")).toContain(`while it looks at the ${source}`);
  }
  await publish(server, "board", "typing", {});
  await expect.poll(async () => (await page.tail()).join("\n")).toMatch(/volatile\s*typing/);
});

test("a payload that does not fit is refused at its field, before it is sent", async ({ serve, open }) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "publish?room=board");
  await expect.poll(() => page.tab.texts("label")).toContain("text");
  await page.fill("text", "x".repeat(41));
  await page.press("Publish");
  await expect.poll(() => page.tab.texts(".problem")).toEqual(["$.text is longer than 40 character(s)"]);
  expect(await page.tab.texts(".outcome")).toEqual(["Not sent: $.text is longer than 40 character(s)"]);
  await page.fill("text", "short");
  await page.press("Check");
  await expect.poll(() => page.tab.texts(".outcome")).toEqual(["The payload fits the event's schema."]);
  const { head } = (await (await fetch(`${server.url}api/v1/rooms/board`)).json()) as { head: number };
  expect(head).toBe(0);
});

test("a paused tail keeps what comes, and a search hides what does not match", async ({ serve, open }) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "tail?room=desk&source=stream");
  await publish(server, "desk", "note", { text: "apples" });
  await expect.poll(async () => (await page.tail()).join()).toContain("apples");
  await page.press("Pause");
  await publish(server, "desk", "note", { text: "pears" });
  await expect.poll(async () => (await page.tab.texts(".held")).join()).toContain("1 new row while paused");
  expect((await page.tail()).join()).not.toContain("pears");
  await page.press("Resume");
  await expect.poll(async () => (await page.tail()).join()).toContain("pears");
  await page.fill("Search", "pear");
  await expect.poll(async () => (await page.tail()).length).toBe(1);
});

test("P-42 a connection that lags is found, inspected and disconnected", async ({ serve, open }) => {
  const server = await serve(development);
  const slow = await Peer.join(server, "slow", "board");
  const other = await Peer.join(server, "other", "board");
  try {
    slow.stall();
    const page = await DashboardPage.open(await open(), server, "connections");
    await page.expectRow(/^slow \| Current \| 0/m);
    await flood(server);
    await expect.poll(async () => (await page.rows())[0]).toMatch(/^slow \| Lagging \| [1-9]/);
    await page.tab.click("tbody a");
    await page.expectTitle("Connection");
    await page.expectRow(/^board \| Lagging \| \d+ \| 300 \| [1-9]/m);
    await page.expectRow(/^[\d:]+ \| Lagging/m);
    const closed = new Promise((resolve) => slow.socket.once("close", resolve));
    await expect.poll(() => page.tab.attribute(".danger", "disabled")).toBe(null);
    await page.press("Disconnect");
    await expect.poll(() => page.tab.texts("dialog h2")).toEqual(["Disconnect slow?"]);
    await page.fill("Reason, which the client receives", "ä".repeat(129));
    await page.press("Disconnect");
    await expect.poll(() => page.tab.texts("dialog .problem")).toEqual(["The reason has 258 bytes; at most 256 are sent."]);
    await page.fill("Reason, which the client receives", "reads too slowly");
    await page.press("Disconnect");
    slow.socket.resume();
    await closed;
    await expect.poll(async () => (await page.tab.texts(".badge"))[0]).toBe("Closed");
    await page.go("connections?state=closed");
    await page.expectRow(/^slow \| /m);
    await page.go("connections");
    await expect.poll(async () => (await page.rows()).map((row) => row.split(" ")[0])).toEqual(["other"]);
  } finally {
    slow.close();
    other.close();
  }
});

test("P-44 a room has its members, and its history to any sequence", async ({ serve, open }) => {
  const server = await serve(development);
  const ann = await Peer.join(server, "ann", "topic-a");
  try {
    for (let i = 1; i <= 60; ++i) await publish(server, "topic-a", "note", { text: `note ${i}` });
    const page = await DashboardPage.open(await open(), server, "rooms");
    await page.expectRow(/^topic-a \| Topic \| 1 \| –/m);
    await page.go("rooms/topic-a");
    await page.expectRow(/^60 \|.*note 60/m);
    expect(await page.rows()).toHaveLength(50);
    for (const text of ["abc", "-1", "0"]) {
      await page.fill("Up to sequence", text);
      await page.press("Show");
      await expect
        .poll(() => page.tab.texts(".toast"))
        .toEqual([`"${text}" is not a sequence: sequences are whole numbers from 1.`]);
    }
    await page.press("Older");
    await page.expectRow(/^10 \|.*note 10/m);
    expect(await page.rows()).toHaveLength(10);
    await page.go("rooms/topic-a/members");
    await page.expectRow(/^ann \| /m);
  } finally {
    ann.close();
  }
});

test("a room has its receipts, for a key that may read the audit, or reports that none are kept", async ({ serve, open }) => {
  const folder = mkdtempSync(join(tmpdir(), "dialogue-"));
  const key = "k".repeat(32);
  writeFileSync(join(folder, "keys"), key);
  for (const receipts of [["--receipts", "1"], []]) {
    const audit = ["--audit", join(folder, `audit${receipts.length}.db`)]; // the first server still writes its own
    const flags = ["--dashboard", "--api-key-file", join(folder, "keys"), ...audit, ...receipts];
    const server = await serve({ ...development, isDev: false, flags });
    const ann = await Peer.join(server, "ann", "topic-a");
    try {
      for (let i = 1; i <= 3; ++i) expect(await publish(server, "topic-a", "note", { text: "hi" }, key)).toBe(200);
      const noted = async () => {
        const headers = { Authorization: `Bearer ${key}` };
        const answer = await fetch(`${server.url}api/v1/rooms/topic-a/receipts`, { headers });
        return ((await answer.json()) as { receipts?: { to: number }[] }).receipts?.[0]?.to;
      };
      if (receipts.length) await expect.poll(noted).toBe(3);
      const page = await DashboardPage.open(await open(), server, "rooms/topic-a/receipts");
      await page.fill("API key", key);
      await page.press("Continue");
      if (receipts.length) await page.expectRow(/^ann \| 1 \| 3 \| /m);
      else await expect.poll(() => page.tab.texts(".notice")).toContainEqual(expect.stringContaining("--receipts"));
    } finally {
      ann.close();
    }
  }
});

test("the audit begins with what was last, and goes back to its first record", async ({ serve, open }) => {
  const folder = mkdtempSync(join(tmpdir(), "dialogue-"));
  const key = "k".repeat(32);
  writeFileSync(join(folder, "keys"), key);
  const flags = ["--dashboard", "--api-key-file", join(folder, "keys"), "--audit", join(folder, "audit.db")];
  const server = await serve({ ...development, isDev: false, flags });
  for (let i = 1; i <= 60; ++i) expect(await publish(server, `topic-${i}`, "note", { text: "hi" }, key)).toBe(200);
  const page = await DashboardPage.open(await open(), server, "audit");
  await page.fill("API key", key);
  await page.press("Continue");
  await page.expectRow(/topic-60/);
  expect(await page.rows()).toHaveLength(50);
  const seqs = async (): Promise<number[]> => (await page.rows()).map((row) => Number.parseInt(row, 10));
  const newest = await seqs();
  expect(newest).toEqual([...newest].sort((a, b) => b - a));
  for (let pages = 0; pages < 5 && !(await seqs()).includes(1); ++pages) {
    const before = (await seqs()).at(-1)!;
    await page.press("Next page");
    await expect.poll(async () => (await seqs())[0]).toBe(before - 1);
  }
  await page.expectRow(/^1 \|/m);
  await page.go("audit?order=oldest");
  await expect.poll(async () => (await seqs())[0]).toBe(1);
});

test("with keys the page requests one, and shows the views that its scopes allow", async ({ serve, open }) => {
  const keys = join(mkdtempSync(join(tmpdir(), "dialogue-")), "keys");
  const [watcher, keeper] = ["w".repeat(32), "k".repeat(32)];
  writeFileSync(keys, `watcher observe ${watcher}\nkeeper operate ${keeper}\n`);
  const server = await serve({ ...development, isDev: false, flags: ["--dashboard", "--api-key-file", keys] });
  const page = await DashboardPage.open(await open(), server);
  await page.expectTitle("Sign in");
  await page.fill("API key", "wrong".repeat(8));
  await page.press("Continue");
  await expect.poll(async () => (await page.tab.texts(".bad")).join()).toContain("Enter a key");
  await page.fill("API key", watcher);
  await page.press("Continue");
  await page.expectTitle("Overview");
  expect(await page.tab.evaluate(() => location.href + document.cookie + JSON.stringify(localStorage), null)).not.toContain(
    "www",
  );
  await page.go("publish");
  await expect.poll(async () => (await page.tab.texts(".notice")).join()).toContain('needs the scope "publish"');
  await page.go("audit");
  await expect.poll(async () => (await page.tab.texts(".notice")).join()).toContain('scope "admin"');
  await page.press("Forget key");
  await page.expectTitle("Sign in");
  await page.fill("API key", keeper);
  await page.press("Continue");
  await page.go("publish?room=board");
  await expect.poll(() => page.tab.texts("label")).toContain("text");
});

test("a lost server is reported, and found again", async ({ serve, open }) => {
  const first = await serve(development);
  const page = await DashboardPage.open(await open(), first);
  await expect.poll(() => page.tab.texts(".contact")).toEqual(["Live"]);
  await first.stop();
  await expect.poll(() => page.tab.texts(".contact")).toEqual(["No contact"]);
  expect((await page.tab.texts(".banner")).join()).toContain("The server cannot be reached. The page retries by itself.");
  expect((await page.tab.texts(".verdict")).join()).toMatch(
    /^Unknown\s*The server does not answer. The last answer, at [\d:]+, was: /,
  );
  expect(await page.tab.attribute(".verdict", "data-level")).toBe("unknown");
  await serve({ ...development, port: first.port });
  await expect.poll(() => page.tab.texts(".contact")).toEqual(["Live"]);
  expect(await page.tab.texts(".banner")).toEqual([]);
  await expect.poll(async () => (await page.tab.texts(".verdict strong")).join()).toBe("Healthy");
});

test("a view without a request is not loading", async ({ serve, open }) => {
  const page = await DashboardPage.open(await open(), await serve(development), "why");
  await page.expectTitle("Why");
  expect(await page.tab.texts(".contact")).toEqual(["Live"]);
});

test("F-U-L8 the tail reads the log at first, so that it does not appear as a member; the history leads to Why", async ({
  serve,
  open,
}) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "tail?room=board");
  expect(await publish(server, "board", "note", { text: "apples" })).toBe(200);
  await expect.poll(async () => (await page.tail()).join()).toContain("apples");
  const { members } = (await (await fetch(`${server.url}api/v1/rooms/board/members`)).json()) as { members: unknown[] };
  expect(members).toEqual([]);
  const history = await DashboardPage.open(await open(), server, "rooms/board");
  const links = (): Promise<string[]> =>
    history.tab.evaluate(
      () => [...document.querySelectorAll<HTMLAnchorElement>('a[href^="#/why?"]')].map(({ hash }) => hash),
      null,
    );
  await expect.poll(links).toEqual(["#/why?room=board&seq=1"]);
});

test("a long payload is shortened in its row, and whole when the row is opened", async ({ serve, open }) => {
  const server = await serve(development);
  const page = await DashboardPage.open(await open(), server, "tail?room=board&source=log");
  expect(await publish(server, "board", "file", { content: "x".repeat(fileCharacters) })).toBe(200);
  const length = async (css: string): Promise<number> =>
    page.tab.evaluate((selector) => document.querySelector(selector)?.textContent?.length ?? 0, css);
  await expect.poll(() => length(".row .data")).toBe(2_001); // with the dots
  await page.tab.click(".row summary");
  await expect.poll(() => length(".row pre")).toBeGreaterThan(fileCharacters);
});

test("without --dashboard there is none", async ({ serve }) => {
  const server = await serve({ ...development, isDev: false });
  expect((await fetch(`${server.url}_dialogue/`)).status).toBe(404);
});

// The dashboard's form: what was typed is sent, what is optional can be left out, and a change of the definitions loses nothing.
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DashboardPage, development } from "../support/dashboard_page.js";
import { definitions, type Server } from "../support/server.js";
import { expect, test } from "../support/test.js";

const forms = { ...development, definitions: definitions("dashboard_form.json") };

/** The payloads of the room's log as the server sends them, each as its text. */
async function payloads(server: Server): Promise<string[]> {
  const text = await (await fetch(`${server.url}api/v1/rooms/board/history`)).text();
  return [...text.matchAll(/"data":(.*?),"from":/gs)].map(([, payload]) => payload!);
}

/** Presses Publish, and waits for the outcome. */
async function publish(page: DashboardPage, outcome: string): Promise<void> {
  await page.press("Publish");
  await expect.poll(async () => (await page.tab.texts(".outcome")).join()).toContain(outcome);
}

test("values typed as JSON or as a number are sent and shown unchanged", async ({ serve, open }) => {
  const server = await serve(forms);
  const page = await DashboardPage.open(await open(), server, "publish?room=board&event=any");
  const texts = ["12345678901234567890", "1e400", "-0", '{"a": 1.0, "b": [1e400]}'];
  for (const [index, text] of texts.entries()) {
    await page.fill("Data", text);
    await publish(page, `Published as ${index + 1} in board.`);
  }
  await page.go("publish?room=board&event=order");
  await page.fill("count", "12345678901234567890");
  await page.fill("price", "-0.10");
  await publish(page, "Published as 5 in board.");
  const order = '{"count":12345678901234567890,"price":-0.10}';
  expect(await payloads(server)).toEqual([...texts, order]);
  const shown = ["12345678901234567890", "1e400", "-0", '{"a":1.0,"b":[1e400]}', order];
  await page.go("rooms/board");
  await expect.poll(async () => (await page.rows()).map((row) => row.split(" | ").at(-1)).reverse()).toEqual(shown);
  await page.go("tail?room=board&source=log");
  await expect.poll(async () => (await page.tab.texts(".row .data")).map((text) => text.trim())).toEqual(shown);
});

test("invalid JSON, an invalid number and an empty value are refused with the reason", async ({ serve, open }) => {
  const server = await serve(forms);
  const page = await DashboardPage.open(await open(), server, "publish?room=board&event=any");
  await page.fill("Data", '{"a":1,"a":2}');
  await publish(page, 'Not sent: The key "a" occurs twice.');
  await page.fill("Data", "");
  await publish(page, "Not sent: Enter the payload. Enter null for an empty one.");
  await page.fill("Data", "0x10");
  await publish(page, "Not sent: This is not valid JSON.");
  await page.go("publish?room=board&event=order");
  await page.fill("count", "0x10");
  await publish(page, 'Not sent: "0x10" is no number of JSON');
  expect(await payloads(server)).toEqual([]);
  await page.go("publish?room=board&event=nothing");
  await expect.poll(() => page.tab.evaluate(() => document.querySelector("[data-path]")?.textContent, null)).toBe("null");
  await publish(page, "Published as 1 in board.");
  expect(await payloads(server)).toEqual(["null"]);
});

test("an optional member is left out, unless it is included", async ({ serve, open }) => {
  const server = await serve(forms);
  const page = await DashboardPage.open(await open(), server, "publish?room=board&event=order");
  const include = (label: string): Promise<void> =>
    page.tab.evaluate((wanted) => {
      [...document.querySelectorAll("label")].find((each) => each.textContent === wanted)!.click();
    }, label);
  await page.fill("count", "1");
  await publish(page, "Published as 1 in board.");
  await include("Include tags");
  await page.fill("tags 1", "new");
  await include("Include delivery");
  await publish(page, "Published as 2 in board.");
  await include("Include tags");
  await include("Include delivery");
  await publish(page, "Published as 3 in board.");
  expect(await payloads(server)).toEqual(['{"count":1}', '{"count":1,"tags":["new"],"delivery":{"stops":[]}}', '{"count":1}']);
});

test("when the definitions change, the form keeps what was typed, and what the server answered", async ({ serve, open }) => {
  const file = join(mkdtempSync(join(tmpdir(), "dialogue-")), "app.json");
  copyFileSync(definitions("dashboard_form.json"), file);
  const server = await serve({ ...forms, definitions: file });
  const page = await DashboardPage.open(await open(), server, "publish?room=board&event=order");
  await page.fill("count", "41");
  await page.fill("price", "5");
  const changed = readFileSync(file, "utf8").replace('"count": {', '"count": { "maximum": 40,').replace('"price"', '"cost"');
  writeFileSync(file, changed);
  const schema = async () => (await (await fetch(`${server.url}api/v1/definitions`).catch(() => undefined))?.text()) ?? "";
  await expect.poll(schema).toContain('"maximum"');
  await publish(page, "count: is above the maximum 40");
  await expect.poll(async () => (await page.tab.texts(".notice")).join()).toContain("The definitions have changed.");
  await expect.poll(() => page.tab.texts("label")).toContain("cost (optional)");
  expect((await page.tab.texts(".outcome")).join()).toContain("is above the maximum 40");
  expect((await page.tab.texts(".problem")).join()).toContain("is above the maximum 40");
  expect(await page.tab.attribute("[data-path='$.count']", "aria-invalid")).toBe("true");
  const value = (path: string) =>
    page.tab.evaluate((at) => document.querySelector<HTMLInputElement>(`[data-path="${at}"]`)!.value, path);
  expect(await value("$.count")).toBe("41");
  expect(await value("$.cost")).toBe("");
  await page.fill("count", "40");
  await publish(page, "Published as 1 in board.");
  expect(await payloads(server)).toEqual(['{"count":40}']);
});

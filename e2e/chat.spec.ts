// The chat example between people in real browsers: what is said arrives, who is there is shown, what is wrong is refused where
// it happened. Runs in Chromium, Firefox and WebKitGTK.
import { randomBytes } from "node:crypto";
import { sendRaw } from "./support/raw.js";
import { expect, test } from "./support/test.js";

const textCharsMax = 2_000;
const longText = 17; // docs/reference/errors.md
const messageEvent = 1; // "message" is the first of chat.hpp's events in the order of their names

test("two people exchange messages, in one order for both", { tag: "@gate" }, async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await ann.write("Hello Bob");
  await bob.expectMessage("Hello Bob");
  await bob.write("Hello Ann");
  await ann.expectMessage("Hello Ann");
  expect(await ann.messages()).toEqual(["Hello Bob", "Hello Ann"]);
  expect(await bob.messages()).toEqual(["Hello Bob", "Hello Ann"]);
  expect(await ann.ownMessages()).toEqual(["Hello Bob"]);
  expect(await bob.ownMessages()).toEqual(["Hello Ann"]);
  await expect.poll(() => ann.pending()).toEqual([]);
});

test("P-01 a wrong payload is refused before the network, and by the server when sent raw, with the same code and path", {
  tag: "@gate",
}, async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  const tooLong = "x".repeat(textCharsMax + 1);
  await ann.recordSends();
  await ann.write(tooLong);
  await expect.poll(() => ann.problem()).toHaveLength(1);
  const [shown] = await ann.problem();
  expect(shown).toContain("too_long");
  expect(shown).toContain("$.text");
  expect((await ann.sends()).filter((frame) => frame.includes("xxx"))).toEqual([]);

  const nack = await sendRaw(ann.tab, "chat", messageEvent, { text: tooLong });
  expect(nack.code).toBe(longText);
  expect(nack.path).toBe("$.text");

  await ann.write("short enough");
  await bob.expectMessage("short enough");
  expect(await bob.messages()).toEqual(["short enough"]);
  expect(await ann.problem()).toEqual([]);
});

test("an empty message is refused in the form, and the next message is sent", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  await ann.write("");
  await expect.poll(async () => (await ann.problem()).join()).toContain("too_short");
  expect(await ann.tab.attribute("#composer-text", "aria-invalid")).toBe("true");
  await ann.write("something");
  await ann.expectMessage("something");
  expect(await ann.tab.attribute("#composer-text", "aria-invalid")).toBeNull();
});

test("the counter shows how much is left, and turns red past the limit", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  await ann.tab.fill("#composer-text", "🦊".repeat(textCharsMax));
  await expect.poll(() => ann.tab.texts("#composer-counter")).toEqual([`${textCharsMax} / ${textCharsMax}`]);
  expect(await ann.tab.attribute("#composer-counter", "class")).not.toContain("over");
  await ann.tab.fill("#composer-text", "🦊".repeat(textCharsMax + 1));
  await expect.poll(() => ann.tab.attribute("#composer-counter", "class")).toContain("over");
});

test("presence: users appear with their names and disappear with their tab", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  await ann.rename("Ann");
  const bob = await visit(chat.url);
  await bob.rename("Bob");
  await expect.poll(() => ann.people()).toEqual(["Ann", "Bob"]);
  await expect.poll(() => bob.people()).toEqual(["Bob", "Ann"]);
  await bob.write("signed by Bob");
  await ann.expectMessage("signed by Bob");
  await expect.poll(() => ann.tab.texts("#logs .message:not(.own) .who")).toEqual(["Bob"]);
  await bob.tab.close();
  await expect.poll(() => ann.people()).toEqual(["Ann"]);
});

test("a reload keeps the user and the room", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await ann.rename("Ann");
  await ann.openRoom("lounge");
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]); // joined: only then does the address say so
  await ann.tab.reload();
  await ann.expectReady();
  expect(await ann.myName()).toBe("Ann");
  expect(await ann.roomName()).toEqual(["Lounge"]);
  await bob.openRoom("lounge");
  await expect.poll(() => bob.people()).toContain("Ann");
});

test("a user who enters a room is greeted by the server, and no other user is", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await bob.rename("Bob");
  await expect.poll(async () => (await bob.notes()).join()).toContain("Welcome to chat, Bob.");
  expect((await ann.notes()).join()).not.toContain("Bob");
});

test("a user is shown as typing until the message arrives", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await ann.tab.fill("#composer-text", "I am about to say");
  await expect.poll(async () => (await bob.tab.texts("#typing")).join()).toContain("is typing");
  await ann.tab.press("#composer-text", "Enter");
  await bob.expectMessage("I am about to say");
  await expect.poll(async () => (await bob.tab.texts("#typing")).join()).not.toContain("is typing");
});

test("a topic is opened by its name and found in the other's list", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  const topic = `t${randomBytes(3).toString("hex")}`;
  await ann.openTopic(topic);
  await expect.poll(() => ann.tab.texts("#room-detail")).toEqual([`topic-${topic} · only you`]);
  await bob.openRoom(`topic-${topic}`);
  await bob.write("found you");
  await ann.expectMessage("found you");
});

test("a topic's name that is not valid is refused under its own field", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  await ann.openTopic("no blanks!");
  await expect.poll(async () => (await ann.tab.texts("#create-error")).join()).toContain("name_invalid");
  expect(await ann.roomName()).toEqual(["Support chat"]);
});

test("F-G31 a full room is reported, and admits a user as soon as another has left", async ({ chat, visit }) => {
  const [ann, bob, eve] = [await visit(chat.url), await visit(chat.url), await visit(chat.url)];
  await ann.openRoom("duo");
  await expect.poll(() => ann.roomName()).toEqual(["Two places"]);
  await bob.openRoom("duo");
  await expect.poll(() => bob.roomName()).toEqual(["Two places"]);
  await eve.openRoom("duo");
  await expect.poll(async () => (await eve.tab.texts("#logs .problem")).join()).toContain("room_full");
  await bob.tab.click("#leave");
  await expect.poll(() => bob.roomName()).toEqual(["Support chat"]);
  await expect.poll(() => eve.roomName()).toEqual(["Two places"]);
});

test("F-G23 a topic is closed after a question; its members see by whom, and continue elsewhere", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await ann.openTopic("fleeting");
  await bob.openRoom("topic-fleeting");
  await expect.poll(() => bob.people()).toHaveLength(2);
  await bob.tab.click("#close-topic");
  await expect.poll(() => bob.tab.texts("#ask-text")).toEqual([expect.stringContaining("2 people are here")]);
  await bob.tab.click("#ask-no");
  await expect.poll(() => bob.tab.texts("#ask")).toEqual([]);
  await bob.write("still open");
  await ann.expectMessage("still open");
  const name = await bob.myName();
  await bob.tab.click("#close-topic");
  await bob.tab.click("#ask-yes");
  for (const person of [ann, bob]) {
    await expect.poll(async () => (await person.notes()).join()).toContain("This topic was closed");
    expect((await person.notes()).join()).toContain(`${name} has closed this topic`);
    expect(await person.tab.attribute("#composer-text", "disabled")).not.toBeNull();
    await person.tab.click("#over-home");
    await expect.poll(() => person.roomName()).toEqual(["Support chat"]);
  }
  await ann.write("back here");
  await bob.expectMessage("back here");
});

test("R-107 markup and script in messages and names are shown as text", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  const hostile = '<img src=x onerror="document.title=1"><b>&amp;</b> {{7*7}} __proto__';
  await ann.rename("<i>Ann</i>");
  await ann.write(hostile);
  await bob.expectMessage(hostile);
  await expect.poll(() => bob.tab.texts("#logs .message .who")).toEqual(["<i>Ann</i>"]);
  expect(await bob.tab.evaluate(() => document.querySelectorAll("#logs img, #logs b, #people i").length, null)).toBe(0);
  expect(await bob.tab.evaluate(() => document.title, null)).toBe("Dialogue chat");
});

test("R-31 a payload with the key __proto__ is refused with its path and changes no object", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  const nack = await sendRaw(ann.tab, "chat", messageEvent, '{"text":"a","__proto__":{"polluted":true}}');
  expect(nack.path).toBe("$.__proto__");
  expect(await ann.tab.evaluate(() => (({}) as Record<string, unknown>)["polluted"] === undefined, null)).toBe(true);
});

test("F-G09 a message keeps its author's name when the author has left, and nobody can write under another one", async ({
  chat,
  visit,
}) => {
  const ann = await visit(chat.url);
  await ann.rename("Ann");
  await ann.write("I was here");
  await ann.expectMessage("I was here");
  await ann.rename("Ann of today");
  await ann.write("and here");
  await ann.expectMessage("and here");
  await ann.tab.close();
  const eve = await visit(chat.url);
  await eve.expectMessage("and here");
  expect(await eve.people()).toEqual([await eve.myName()]);
  expect(await eve.tab.texts("#logs .message .who")).toEqual(["Ann", "Ann of today"]);
  await expect(sendRaw(eve.tab, "chat", messageEvent, { text: "believe me", name: "Ann" })).rejects.toThrow("the server took it");
  await eve.expectMessage("believe me");
  expect(await eve.tab.texts("#logs .message .who")).toEqual(["Ann", "Ann of today", "raw"]);
});

test("F-G10 each message is an article with its author and time", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await bob.rename("Bob");
  for (const [page, text] of [
    [bob, "one"],
    [bob, "two"],
    [ann, "three"],
  ] as const) {
    await page.write(text);
    await ann.expectMessage(text);
  }
  const articles = await ann.tab.evaluate(
    () =>
      [...document.querySelectorAll("#logs article")].map((article) => {
        const [who, time, text] = [".who", "time", ".bubble"].map((css) => article.querySelector(css)!.textContent);
        return [who, time !== "", text];
      }),
    null,
  );
  expect(articles).toEqual([
    ["Bob", true, "one"],
    ["Bob", true, "two"],
    ["You", true, "three"],
  ]);
});

test("F-G11 what is written from right to left is shown so: messages, names, and the field", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  await bob.rename("\u05d1\u05d5\u05d1");
  await bob.write("\u05e9\u05dc\u05d5\u05dd");
  await bob.write("shalom");
  await ann.expectMessage("shalom");
  await ann.tab.fill("#composer-text", "\u05e9\u05dc\u05d5\u05dd");
  /** The directions of all that `css` finds and that has a letter from right to left, or of all. */
  const directions = (css: string, only = "") =>
    ann.tab.evaluate(
      ([all, letter]) =>
        [...document.querySelectorAll(all!)]
          .filter((each) => (each.textContent || (each as HTMLTextAreaElement).value).includes(letter!))
          .map((each) => getComputedStyle(each).direction),
      [css, only],
    );
  await expect.poll(() => directions("#logs .message .bubble")).toEqual(["rtl", "ltr"]);
  await expect.poll(() => directions("#logs .message .who")).toEqual(["rtl", "rtl"]);
  await expect.poll(() => directions("#people .name", "\u05d1")).toEqual(["rtl"]); // Ann has a name of chance
  await expect.poll(() => directions("#composer-text", "\u05dd")).toEqual(["rtl"]);
});

test("F-G12 each room has an address: a link leads there, Back leads to the room before", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  expect(await ann.tab.evaluate(() => location.hash, null)).toBe("#chat");
  // By clicks: WebKit's Back leaves out what a page has added by itself.
  await ann.openRoom("duo");
  await expect.poll(() => ann.roomName()).toEqual(["Two places"]);
  await ann.openRoom("lounge");
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]);
  await ann.tab.back(`${chat.url}#duo`);
  await expect.poll(() => ann.roomName()).toEqual(["Two places"]);
  await ann.tab.back(`${chat.url}#chat`);
  await expect.poll(() => ann.roomName()).toEqual(["Support chat"]);
  await ann.goToAddress("duo");
  await expect.poll(() => ann.roomName()).toEqual(["Two places"]);
  await ann.goToAddress("nowhere");
  await expect.poll(async () => (await ann.tab.texts("#logs .problem")).join()).toContain("room_unknown");
  await ann.tab.evaluate(() => {
    location.hash = "%";
  }, null);
  await expect.poll(async () => (await ann.tab.texts("#logs .problem")).join()).toContain("name_invalid");
});

test("F-G13 what was begun in one room stays in that room, over a reload too", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  await ann.tab.fill("#composer-text", "for the chat");
  await ann.openRoom("lounge");
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]);
  expect(await ann.draft()).toBe("");
  await ann.tab.fill("#composer-text", "for the lounge");
  await ann.tab.reload();
  await ann.expectReady();
  expect(await ann.draft()).toBe("for the lounge");
  await ann.tab.press("#composer-text", "Enter");
  await ann.expectMessage("for the lounge");
  await ann.openRoom("chat");
  await expect.poll(() => ann.roomName()).toEqual(["Support chat"]);
  expect(await ann.draft()).toBe("for the chat");
  await ann.openRoom("lounge");
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]);
  expect(await ann.draft()).toBe("");
});

test("F-G05 when a phone's keyboard opens, the end of the messages stays in view, and so does what one writes", async ({
  chat,
  visit,
}) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  for (let i = 1; i <= 30; ++i) await bob.write(`line ${i}`);
  await ann.expectMessage("line 30");
  await expect.poll(() => ann.isInView("line 30")).toBe(true);
  const setHeight = (height: string) =>
    ann.tab.evaluate((wanted) => {
      document.querySelector<HTMLElement>("#app")!.style.height = wanted;
    }, height);
  await setHeight("360px"); // as the keyboard does it: interactive-widget=resizes-content
  await expect.poll(() => ann.isInView("line 30")).toBe(true);
  await bob.write("and one more");
  await ann.expectMessage("and one more");
  await expect.poll(() => ann.isInView("and one more")).toBe(true);
  await setHeight("");
  await expect.poll(() => ann.isInView("and one more")).toBe(true);
  await ann.scrollUp();
  await expect.poll(() => ann.isInView("line 1")).toBe(true);
  await bob.write("not seen yet");
  await ann.expectMessage("not seen yet");
  expect(await ann.isInView("line 1")).toBe(true);
  await ann.write("my own");
  await ann.expectMessage("my own");
  await expect.poll(() => ann.isInView("my own")).toBe(true);
});

test("F-G31 the tab's title says how much is new, in the other rooms and while nobody looks", async ({ chat, visit }) => {
  const [ann, bob] = [await visit(chat.url), await visit(chat.url)];
  const look = (isHidden: boolean) =>
    ann.tab.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await look(true);
  await bob.write("one");
  await bob.write("two");
  await expect.poll(() => ann.title()).toBe("(2) Dialogue chat");
  await look(false);
  await expect.poll(() => ann.title()).toBe("Dialogue chat");
  await ann.openRoom("lounge");
  await expect.poll(() => ann.roomName()).toEqual(["Lounge"]);
  await bob.write("three");
  await expect.poll(() => ann.title()).toBe("(1) Dialogue chat");
});

test("F-G31 a user who changes the name is welcomed once under the new one", async ({ chat, visit }) => {
  const ann = await visit(chat.url);
  for (const name of ["Ann", "Anna", "Annabel"]) {
    await ann.rename(name);
    await expect.poll(() => ann.notes()).toEqual([`Welcome to chat, ${name}.`]);
  }
});

// What may be done with messages, what is not read, direct messages and invitations, in browsers as people use them.
import type { Page } from "@playwright/test";
import { expect, type Someone, test } from "./support.js";

/** Chooses in the menu of the message with this text. */
async function choose(page: Page, text: string, choice: string): Promise<void> {
  const message = page.locator(".message", { hasText: text });
  await message.hover();
  await message.getByLabel("What to do with this message").click();
  await message.getByRole("button", { name: choice, exact: true }).click();
}

/** Two people in one room. */
async function pair(someone: (name: string) => Promise<Someone>): Promise<[Someone, Someone]> {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  const bob = await someone("bob");
  await bob.joinRoom("Garden");
  return [ann, bob];
}

test("a message is edited, answered, reacted to and deleted, and both see the same", async ({ someone }) => {
  const [ann, bob] = await pair(someone);
  await ann.say("Helo world");
  await expect(ann.messages).toHaveText(["Helo world"]);
  await ann.field.press("ArrowUp");
  await expect(ann.field).toHaveValue("Helo world");
  await ann.say("Hello world");
  await expect(bob.page.getByText("edited")).toBeVisible();
  await expect(bob.page.locator(".text")).toHaveText(["Hello world"]);
  await choose(bob.page, "Hello world", "React with 👍");
  await expect(ann.page.getByRole("button", { name: "👍 by bob" })).toHaveText("👍 1");
  await ann.page.getByRole("button", { name: "👍 by bob" }).click();
  await expect(bob.page.getByRole("button", { name: /👍 by/ })).toHaveText("👍 2");
  await choose(bob.page, "Hello world", "Reply");
  await bob.say("Hello yourself, @ann");
  await expect(ann.page.locator(".quote")).toContainText("Hello world");
  await expect(ann.page.locator(".own-mention")).toHaveText("@ann");
  await choose(ann.page, "edited", "Pin");
  await bob.page.getByRole("button", { name: "Pinned messages" }).click();
  await expect(bob.page.getByLabel("Pinned messages", { exact: true }).last()).toContainText("Hello world");
  await choose(ann.page, "edited", "Delete");
  await ann.page.getByRole("button", { name: "Delete for everybody?" }).click();
  await expect(bob.page.getByText("This message was deleted.")).toBeVisible();
  await expect(bob.page.getByText("Hello world", { exact: true })).toHaveCount(0);
  await bob.page.reload();
  await expect(bob.page.getByText("This message was deleted.")).toBeVisible();
  await expect(bob.page.locator(".text")).toHaveText(["Hello yourself, @ann"]);
});

test("what is not read is counted, marked where it begins, and read by being seen", async ({ someone }) => {
  const [ann, bob] = await pair(someone);
  await bob.makeRoom("Attic");
  await ann.say("one");
  await ann.say("two, @bob");
  const link = bob.page.getByRole("link", { name: /Garden/ });
  await expect(link.locator(".badge")).toHaveText(/^2/);
  await expect(bob.page).toHaveTitle(/^\(1\)/);
  await bob.page.reload();
  await expect(link.locator(".badge")).toHaveText(/^2/);
  await link.click();
  await expect(bob.page.locator(".divider")).toBeVisible();
  await expect(link.locator(".badge")).toHaveCount(0);
  await expect(bob.page).toHaveTitle(/^Garden/);
  await choose(bob.page, "two, @bob", "Mark unread from here");
  await bob.page.getByRole("link", { name: "Attic" }).click();
  await bob.page.reload();
  await expect(link.locator(".badge")).toHaveText(/^1/);
});

test("a direct message arrives with its badge and tells who is writing", async ({ someone }) => {
  const [ann, bob] = await pair(someone);
  await ann.page.getByLabel("What to do with bob").click();
  await ann.page.getByRole("button", { name: "Send a direct message" }).click();
  await ann.expectIn("bob");
  await ann.say("just for you");
  const link = bob.page.getByRole("link", { name: /^A?\s*ann/ }).first();
  await expect(link.locator(".badge")).toHaveText(/^1/);
  await link.click();
  await expect(bob.messages).toHaveText(["just for you"]);
  await bob.field.pressSequentially("I am");
  await expect(ann.page.getByText("bob is typing")).toBeVisible();
});

test("an invitation appears at once, and a link lets somebody in", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.page.getByRole("link", { name: "New room" }).click();
  await ann.page.getByLabel("Name", { exact: true }).fill("Secret garden");
  await ann.page.getByLabel(/Private/).check();
  await ann.page.getByRole("button", { name: "Make the room" }).click();
  await ann.expectIn("Secret garden");
  const [bob, carla] = [await someone("bob"), await someone("carla")];
  const invite = ann.page.getByRole("region", { name: "Invite" });
  await invite.getByLabel("User name").fill("@bob");
  await invite.getByRole("button", { name: "Invite" }).click();
  await bob.page.getByRole("link", { name: /Invitations/ }).click();
  await bob.page.getByRole("button", { name: "Accept" }).click();
  await bob.expectIn("Secret garden");
  await invite.getByRole("button", { name: "Make a link" }).click();
  const link = await invite.locator(".link-field").inputValue();
  await carla.page.goto(link);
  await carla.page.getByRole("button", { name: "Join the room" }).click();
  await carla.expectIn("Secret garden");
  await carla.say("I am in");
  await expect(bob.messages).toHaveText(["I am in"]);
});

test("a picture and a file are sent, seen by the other one, and gone with their message", async ({ someone }) => {
  const [ann, bob] = await pair(someone);
  const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await ann.page.getByLabel("Files to send").setInputFiles([
    { name: "dot.png", mimeType: "image/png", buffer: Buffer.from(dot, "base64") },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") },
  ]);
  await expect(ann.page.getByRole("list", { name: "Files of the next message" })).toContainText("5 bytes");
  await ann.say("look");
  const picture = bob.page.getByRole("img", { name: "dot.png" });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1);
  await expect(bob.page.getByRole("link", { name: "notes.txt" })).toBeVisible();
  await choose(ann.page, "look", "Delete");
  await ann.page.getByRole("button", { name: "Delete for everybody?" }).click();
  await expect(picture).toHaveCount(0);
});

test("search finds what was said, and leads to its room", async ({ someone }) => {
  const [ann, bob] = await pair(someone);
  await ann.say("The tomatoes need water");
  await expect(bob.messages).toHaveText(["The tomatoes need water"]);
  await bob.page.getByRole("link", { name: "Search" }).click();
  await bob.page.getByLabel("Words").fill("tomato");
  await bob.page.getByRole("link", { name: /The tomatoes need water/ }).click();
  await bob.expectIn("Garden");
});

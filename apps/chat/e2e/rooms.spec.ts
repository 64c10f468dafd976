// Two people in two browsers: accounts, rooms, messages, roles, and what survives reloads and lost connections.
import { password } from "../tests/support/chat_server.mjs";
import { expect, test } from "./support.js";

test("two people register, meet in a room and talk", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden", "What grows");
  const bob = await someone("bob");
  await bob.joinRoom("Garden");
  await expect(ann.page.getByText("bob joined")).toBeVisible();
  await ann.say("Good morning");
  await expect(bob.messages).toHaveText(["Good morning"]);
  await bob.say("<img src=x onerror=alert(1)> **hi**");
  await expect(ann.messages).toHaveText(["Good morning", "<img src=x onerror=alert(1)> **hi**"]);
  await expect(ann.page.getByRole("complementary", { name: "People" }).getByText("here now")).toHaveCount(2);
  await bob.page.reload();
  await expect(bob.messages).toHaveText(["Good morning", "<img src=x onerror=alert(1)> **hi**"]);
});

test("an own message appears at once without a connection, survives a reload and arrives once", async ({ server, someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  await ann.say("before");
  await expect(ann.messages).toHaveText(["before"]);
  await server.kill();
  await expect(ann.page.getByText("The connection is gone")).toBeVisible();
  await ann.say("meanwhile");
  await ann.say("and more");
  await expect(ann.pending).toHaveText(["meanwhile", "and more"]);
  await server.launch();
  await expect(ann.messages).toHaveText(["before", "meanwhile", "and more"]);
  await expect(ann.pending).toHaveCount(0);
  await ann.page.reload();
  await expect(ann.messages).toHaveText(["before", "meanwhile", "and more"]);
});

test("a removed member learns of it at once and reads nothing more", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  const bob = await someone("bob");
  await bob.joinRoom("Garden");
  await ann.page.getByLabel("What to do with bob").click();
  await ann.page.getByRole("button", { name: "Remove from the room" }).click();
  await expect(bob.page.getByRole("button", { name: "Join this room" })).toBeVisible();
  await ann.say("secret");
  await expect(ann.messages).toHaveText(["secret"]);
  await expect(bob.page.getByText("secret")).toHaveCount(0);
});

test("a banned member sees why and until when, and is admitted again when the ban ends", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  const bob = await someone("bob");
  await bob.joinRoom("Garden");
  await ann.page.getByLabel("What to do with bob").click();
  await ann.page.getByRole("button", { name: "Ban…" }).click();
  const dialog = ann.page.getByRole("dialog", { name: "Ban bob" });
  await dialog.getByLabel("How long").selectOption("For an hour");
  await dialog.getByLabel("Reason (optional)").fill("too loud");
  await dialog.getByRole("button", { name: "Ban", exact: true }).click();
  await expect(bob.page.getByText(/You are banned from this room until .* UTC: too loud\./)).toBeVisible();
  await expect(bob.field).toHaveCount(0);
  await expect(ann.page.getByText("ann banned bob")).toBeVisible();
  await ann.page.getByRole("button", { name: "End it for bob" }).click();
  await bob.page.getByRole("button", { name: "Join this room" }).click();
  await bob.expectIn("Garden");
  await ann.page.getByLabel("Slow mode").selectOption("10 minutes");
  await expect(bob.page.getByText("Slow mode: members may write every 600 s.")).toBeVisible();
  await bob.say("one");
  await expect(ann.messages).toHaveText(["one"]);
  await bob.say("two");
  await expect(bob.page.getByText(/This room is in slow mode\. Wait for/)).toBeVisible();
});

test("an owner gives a role, and the last owner stays", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  await ann.page.getByRole("button", { name: "Leave this room" }).click();
  await expect(ann.page.getByText("You are the last owner")).toBeVisible();
  const bob = await someone("bob");
  await bob.joinRoom("Garden");
  await ann.page.getByLabel("What to do with bob").click();
  await ann.page.getByRole("button", { name: "Make an owner" }).click();
  await expect(bob.page.getByText("ann made bob an owner")).toBeVisible();
  await ann.page.getByRole("button", { name: "Leave this room" }).click();
  await expect(bob.page.getByText("ann left")).toBeVisible();
});

test("a draft survives a reload, and Alt with an arrow goes to the next room", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Apples");
  await ann.makeRoom("Pears");
  await ann.field.fill("half a thought");
  await ann.page.keyboard.press("Alt+ArrowUp");
  await ann.expectIn("Apples");
  await expect(ann.field).toHaveValue("");
  await ann.page.keyboard.press("Alt+ArrowDown");
  await ann.expectIn("Pears");
  await ann.page.reload();
  await expect(ann.field).toHaveValue("half a thought");
});

test("logging out ends the session in all tabs, and logging in begins where it was", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  const second = await ann.page.context().newPage();
  await second.goto(ann.page.url());
  await expect(second.getByRole("heading", { level: 1, name: "Garden" })).toBeVisible();
  await ann.page.getByRole("link", { name: "@ann" }).click();
  await ann.page.getByRole("button", { name: "Log out" }).click();
  await expect(ann.page.getByRole("heading", { name: "Log in" })).toBeVisible();
  await expect(second.getByRole("heading", { name: "Log in" })).toBeVisible();
  await ann.page.getByLabel("User name").fill("ANN");
  await ann.page.getByLabel("Password").fill("wrong password");
  await ann.page.getByRole("button", { name: "Log in" }).click();
  await expect(ann.page.getByText("The user name or the password is wrong.")).toBeVisible();
  await ann.page.getByLabel("Password").fill(password);
  await ann.page.getByRole("button", { name: "Log in" }).click();
  await expect(ann.page.getByRole("link", { name: "Garden" })).toBeVisible();
});

test("a changed name and colour are seen by others at once, and a wrong address is refused", async ({ someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  await ann.say("hello");
  const bob = await someone("bob");
  await bob.joinRoom("Garden");
  await ann.page.getByRole("link", { name: "@ann" }).click();
  await ann.page.getByLabel("Display name").fill("Ann of the garden");
  await ann.page.getByLabel("E-mail address (optional)").fill("nonsense");
  await ann.page.getByRole("button", { name: "Save the profile" }).click();
  await expect(ann.page.getByText("This is not an e-mail address")).toBeVisible();
  await ann.page.getByLabel("E-mail address (optional)").fill("ann@example.org");
  await ann.page.getByLabel("Colour").fill("120");
  await ann.page.getByRole("button", { name: "Save the profile" }).click();
  await expect(ann.page.getByText("The profile is saved.")).toBeVisible();
  await expect(bob.page.locator(".byline").getByText("Ann of the garden")).toBeVisible();
  await expect(bob.page.getByRole("complementary", { name: "People" }).getByText("Ann of the garden")).toBeVisible();
  await expect(bob.page.locator(".message .avatar").first()).toHaveAttribute("style", /--hue: ?120/);
  await ann.page.reload();
  await expect(ann.page.getByLabel("E-mail address (optional)")).toHaveValue("ann@example.org");
});

test("the page works on a phone: one column, and back to the rooms", async ({ someone }) => {
  const ann = await someone("ann", { viewport: { width: 390, height: 780 }, colorScheme: "dark" });
  await ann.makeRoom("Garden");
  await ann.say("from a phone");
  await expect(ann.messages).toHaveText(["from a phone"]);
  await ann.page.getByRole("link", { name: "Back to the rooms" }).click();
  await ann.page.getByRole("link", { name: "Garden" }).click();
  await ann.expectIn("Garden");
  const overflow = await ann.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBe(0);
});

test("earlier messages come when the reader scrolls up", async ({ server, someone }) => {
  const ann = await someone("ann");
  await ann.makeRoom("Garden");
  const before = await server.person("carol");
  await before.call("rooms.join", { room: ann.page.url().split("/").at(-1) });
  const client = before.connect();
  const room = await client.join(`room-${ann.page.url().split("/").at(-1)}`);
  for (let i = 0; i < 110; ++i) await room.trigger("message", { text: `line ${i}` });
  client.close();
  await ann.page.reload();
  await expect(ann.messages.last()).toHaveText("line 109");
  await ann.page.locator(".scroller").evaluate((element) => element.scrollTo({ top: 0 }));
  await expect(ann.messages.first()).toHaveText("line 0");
  await expect(ann.messages).toHaveCount(110);
});

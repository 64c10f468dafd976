// What happens under the client: servers that restart, networks that break, definitions that change between deployments. Nobody
// presses reload; the page says what is going on and carries on.
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lab } from "./support/lab.js";
import { Proxy } from "./support/proxy.js";
import { definitions, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`the server is restarted after ${signal}: the page reconnects, rejoins and continues`, async ({ serve, visit }) => {
    const first = await serve();
    const [ann, bob] = [await visit(first.url), await visit(first.url)];
    await ann.write("before");
    await bob.expectMessage("before");
    const code = await first.stop(signal);
    if (signal === "SIGTERM") expect(code).toBe(0);
    await ann.expectState("reconnecting");
    expect((await ann.tab.texts("#banner")).join()).toContain("The connection is gone");
    await ann.write("written while it was down");
    await expect.poll(() => ann.pending()).toHaveLength(1);

    await serve({ port: first.port });
    await ann.expectState("connected");
    await ann.expectMessage("written while it was down"); // Bob may come back later than it, and rooms are in memory
    await expect.poll(() => ann.pending()).toEqual([]);
    await bob.expectState("connected");
    await expect.poll(() => ann.people()).toHaveLength(2);
    await bob.write("and answered");
    await ann.expectMessage("and answered");
    expect((await ann.messages()).filter((text) => text === "written while it was down")).toHaveLength(1);
    expect(await ann.tab.texts("#banner")).toEqual([]);
  });
}

test("the network is cut: messages of both sides arrive once afterwards", async ({ chat, visit }) => {
  const proxy = await Proxy.start(chat.port);
  try {
    const [ann, bob] = [await visit(proxy.url), await visit(chat.url)];
    await ann.write("before the tunnel");
    await bob.expectMessage("before the tunnel");
    proxy.cut();
    await ann.expectState("reconnecting");
    await ann.write("from the tunnel");
    await bob.write("said while Ann was away");
    await bob.expectMessage("said while Ann was away");
    proxy.mend();
    await ann.expectState("connected");
    await bob.expectMessage("from the tunnel");
    await ann.expectMessage("from the tunnel");
    expect(await bob.messages()).toEqual(["before the tunnel", "said while Ann was away", "from the tunnel"]);
    expect(await ann.messages()).toEqual(["before the tunnel", "said while Ann was away", "from the tunnel"]);
    expect((await ann.notes()).join()).not.toContain("missed");
  } finally {
    await proxy.stop();
  }
});

test("until a room that was chosen is joined nothing can be written, so no message goes to the room before", async ({
  chat,
  visit,
}) => {
  const proxy = await Proxy.start(chat.port);
  try {
    const [ann, bob] = [await visit(proxy.url), await visit(chat.url)];
    proxy.cut();
    await ann.expectState("reconnecting");
    await ann.openRoom("lounge");
    expect(await ann.tab.attribute("#composer-text", "disabled")).not.toBeNull();
    expect(await ann.tab.texts("#logs")).toEqual(["Joining lounge"]);
    proxy.mend();
    await ann.write("in the lounge");
    await ann.expectMessage("in the lounge");
    expect(await ann.roomName()).toEqual(["Lounge"]);
    await bob.write("in the chat");
    await bob.expectMessage("in the chat");
    expect(await bob.messages()).toEqual(["in the chat"]);
  } finally {
    await proxy.stop();
  }
});

test("R-09 the network becomes silent: the page detects it by itself and reconnects", { tag: "@slow" }, async ({
  chat,
  visit,
}) => {
  const proxy = await Proxy.start(chat.port);
  try {
    const [ann, bob] = [await visit(proxy.url), await visit(chat.url)];
    proxy.silence();
    await ann.expectState("reconnecting");
    proxy.mend();
    await ann.expectState("connected");
    await ann.write("here again");
    await bob.expectMessage("here again");
  } finally {
    await proxy.stop();
  }
});

test("the definitions change between deployments: the client takes the new ones and its rooms go on", async ({ serve, open }) => {
  const directory = await mkdtemp(join(tmpdir(), "dialogue-e2e-"));
  try {
    const app = join(directory, "app.json");
    await copyFile(definitions("board_v1.json"), app);
    const first = await serve({ program: stockProgram, definitions: app, page: Lab.page });
    const lab = await Lab.open(await open(), first.url);
    await lab.join("board");
    expect(await lab.trigger("board", "note", { text: "x".repeat(30) })).toMatchObject({ code: "too_long", path: "$.text" });
    expect(await lab.trigger("board", "vote", { for: 1 })).toMatchObject({ code: "event_unknown" });

    await first.stop();
    await lab.expectState("reconnecting");
    await copyFile(definitions("board_v2.json"), app);
    await serve({ program: stockProgram, definitions: app, page: Lab.page, port: first.port });
    await lab.expectState("connected");
    expect(await lab.trigger("board", "note", { text: "x".repeat(30) })).toMatchObject({ seq: 1 });
    expect(await lab.trigger("board", "vote", { for: 1 })).toMatchObject({ seq: 2 });
    expect(await lab.trigger("board", "vote", { for: "Ann" })).toMatchObject({ code: "wrong_type", path: "$.for" });
  } finally {
    await rm(directory, { recursive: true });
  }
});

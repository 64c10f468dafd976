// What `localStorage` switches on in a page that runs already: the client of the stock program prints what it does.
import { Lab } from "./support/lab.js";
import { definitions, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };

test("F-C34 localStorage makes a page print what its client receives, sends and refuses, without payloads", async ({
  serve,
  open,
}) => {
  const { url } = await serve(board);
  const tab = await open();
  await Lab.open(tab, url, "ann");
  const lines = await tab.evaluate(async (script) => {
    const printed: string[] = [];
    const { log } = console;
    console.log = (line: string) => printed.push(line);
    localStorage.setItem("dialogue:debug", "1");
    const { createDialogueClient } = await import(script);
    const client = createDialogueClient({ auth: { userId: "ann" } });
    const room = await client.join("board");
    // Where the page had connected before it looked at what it is to print, it connects again: it has its definitions then,
    // and may have its room.
    while (!printed.some((line) => line.includes("← JOINED"))) await new Promise((resolve) => room.onRecover(resolve));
    await room.trigger("note", { text: "a secret" });
    await room.trigger("note", { text: "x".repeat(21) }).catch(() => {});
    localStorage.removeItem("dialogue:debug");
    client.close();
    console.log = log;
    return printed;
  }, "/_dialogue/client.js");
  const text = lines.join("\n");
  for (const pattern of [
    /^dialogue \+\d+ ms connecting to ws:/m,
    /→ JOIN "board" from (now on|after 0)/,
    /← WELCOME ann(, with its definitions)?$/m,
    /state connected/,
    /← JOINED "board" at 0/,
    /→ PUBLISH "note" in "board", number 1/,
    /← EVENT "note" 1 in "board" from ann/,
    /trigger "note" in "board": too_long \$\.text/,
  ])
    expect(text).toMatch(pattern);
  expect(text).not.toMatch(/secret|xxx/);
});

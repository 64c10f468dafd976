// createPageServer: clients of two tabs talk through the server that one of them has. Node 20 has channels and no locks.
import { afterEach, expect, test, vi } from "vitest";
import { createDialogueClient, type DialogueClient } from "../../src/index.js";
import { createPageServer, type PageServer } from "../../src/testing.js";
import { eventually } from "../support/eventually.js";

const definitions = { events: { message: { schema: { type: "string" } } }, rooms: { chat: { events: ["message"] } } };

const tabs: PageServer[] = [];
const clients: DialogueClient<any, any>[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const tab of tabs.splice(0)) tab.close();
  vi.unstubAllGlobals();
});

/** One lock of all tabs, held in the order of asking. */
function stubLocks(): void {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) => {
    const held = last.then(() => (signal.aborted ? undefined : hold()));
    last = held;
    return held;
  };
  vi.stubGlobal("navigator", { locks: { request } });
}

async function tab(): Promise<PageServer> {
  const server = await createPageServer(definitions, { name: "test" });
  tabs.push(server);
  return server;
}

async function member(server: PageServer, user: string): Promise<{ room: any; texts: unknown[] }> {
  const client = createDialogueClient<any, any>(server.connect(user));
  clients.push(client);
  client.on("error", () => {}); // that another server has another log
  const texts: unknown[] = [];
  const room: any = client.room("chat");
  room.on("message", ({ data }: { data: unknown }) => texts.push(data));
  await room.join();
  return { room, texts };
}

test("two tabs share the server of one, and go on when that tab has gone", async () => {
  stubLocks();
  const [first, second] = [await tab(), await tab()];
  const ann = await member(first, "ann");
  const bob = await member(second, "bob");
  expect([first.isHost, second.isHost]).toEqual([true, false]);
  await ann.room.trigger("message", "hello");
  await eventually(() => expect(bob.texts).toEqual(["hello"]));

  clients.shift()!.close();
  first.close();
  await eventually(() => expect(second.isHost).toBe(true));
  await expect(bob.room.trigger("message", "alone")).resolves.toMatchObject({ seq: 1 });
});

test("without locks a tab has a server of its own, and definitions are checked in each", async () => {
  const only = await tab();
  await member(only, "ann");
  expect(only.isHost).toBe(true);
  await expect(createPageServer({ rooms: 1 })).rejects.toThrow("the definitions are not valid");
  await expect(createPageServer(definitions, { name: "" })).rejects.toThrow("name must be");
});

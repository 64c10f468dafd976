// The copy of a document in the browser: it opens without a connection, survives a reload, and is dropped when it was refused.
import "fake-indexeddb/auto";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { createDialogueClient } from "../../src/index.js";
import { openKept } from "../../src/yjs/kept.js";
import { bindYjs } from "../../src/yjs.js";
import { apiKey, served, serverUrl, user } from "../support/real_server.js";

served();

const docs: Y.Doc[] = [];
afterEach(() => {
  for (const doc of docs.splice(0)) doc.destroy();
});
const docOf = () => {
  const doc = new Y.Doc();
  docs.push(doc);
  return doc;
};
const updateOf = (text: string) => {
  const doc = docOf();
  doc.getText("body").insert(0, text);
  return Y.encodeStateAsUpdate(doc);
};
const textOf = (updates: readonly Uint8Array[]) => {
  const doc = docOf();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText("body").toString();
};
const never = (error: unknown) => {
  throw error;
};

let count = 0;
/** A page that keeps a document; offline ones find no server. */
async function page(id: string, { isOnline = true, ...options } = {}) {
  const doc = docOf();
  const address = isOnline ? {} : { url: "http://127.0.0.1:9" };
  const client = user("ann", address as never);
  client.on("connect_error", () => {});
  const room = client.room(id as never);
  room.join().catch(() => {});
  const binding = await bindYjs(room as never, "page", doc, { persist: { store: "indexeddb", name: "here" }, ...options });
  return { client, room, doc, binding, body: doc.getText("body") };
}
const shown = async (room: string) => {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${serverUrl()}/api/v1/rooms/${room}/documents/page`, { headers });
  return ((await response.json()) as any).roots.body;
};

test("a page opens offline with what it had, and what is written there survives a reload and is sent later", async () => {
  const id = `doc-${++count}`;
  const first = await page(id);
  first.body.insert(0, "online ");
  await first.binding.saved();
  first.client.close();

  const second = await page(id, { isOnline: false });
  expect(second.body.toString()).toBe("online ");
  expect(second.binding.status).toBe("offline");
  second.body.insert(7, "offline");
  second.body.delete(0, 1);
  await new Promise((resolve) => setTimeout(resolve)); // until it is written
  second.client.close();

  const third = await page(id);
  expect(third.body.toString()).toBe("nline offline");
  await third.binding.saved();
  expect(await shown(id)).toBe("nline offline");
});

test("an only deletion that was made offline is sent later", async () => {
  const id = `doc-${++count}`;
  const first = await page(id);
  first.body.insert(0, "abc");
  await first.binding.saved();
  first.client.close();
  const second = await page(id, { isOnline: false });
  second.body.delete(1, 1);
  await new Promise((resolve) => setTimeout(resolve));
  second.client.close();
  const third = await page(id);
  await third.binding.saved();
  expect(await shown(id)).toBe("ac");
});

test("a copy of a room that was deleted is refused, and not kept any longer", async () => {
  const id = `doc-${++count}`;
  const first = await page(id);
  first.body.insert(0, "old");
  await first.binding.saved();
  first.client.close();
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${serverUrl()}/api/v1/rooms/${id}`, { method: "DELETE", headers });
  expect(response.status).toBeLessThan(300);
  const refusals: string[] = [];
  const second = await page(id, { onRefused: ({ reason }: any) => refusals.push(reason) } as never);
  await expect.poll(() => second.binding.status).toBe("refused");
  expect(refusals).toEqual(["room_deleted"]);
  second.client.close();
  const third = await page(id);
  expect(third.body.toString()).toBe("");
  expect(await shown(id)).toBe("");
});

test("tabs share a copy; many updates become one, without deleted text", async () => {
  const [one, two] = [await openKept("shared", never), await openKept("shared", never)];
  one.add(updateOf("one "), 5);
  two.add(updateOf("two "), 5);
  const doc = docOf();
  doc.on("update", (update: Uint8Array) => one.add(update, 5));
  for (let at = 0; at < 600; ++at) doc.getText("body").insert(at, "x");
  doc.getText("body").delete(0, 600);
  one.compact();
  one.close();
  const three = await openKept("shared", never);
  expect(three.epoch).toBe(5);
  expect(three.updates.length).toBe(1);
  expect(textOf(three.updates)).toMatch(/^(one two |two one )$/);
  expect(Buffer.from(three.updates[0]!).includes("xxxxxxxx")).toBe(false);
  three.drop();
  three.close();
  const four = await openKept("shared", never);
  expect([four.updates, four.epoch]).toEqual([[], 0]);
  four.close();
  two.close();
});

test("without a database the document is bound without a copy, and an error reports it", async () => {
  const { indexedDB } = globalThis;
  Reflect.deleteProperty(globalThis, "indexedDB");
  try {
    const client = createDialogueClient({ url: serverUrl(), WebSocket: WebSocket as never, auth: { userId: "ann" } });
    const errors: string[] = [];
    client.on("error", ({ code }) => errors.push(code));
    const room = await client.join(`doc-${++count}`);
    const binding = await bindYjs(room as never, "page", docOf(), { persist: "indexeddb" });
    expect(errors).toEqual(["outbox_unavailable"]);
    expect(binding.status).toBe("saved");
    client.close();
  } finally {
    globalThis.indexedDB = indexedDB;
  }
});

test("an invalid persist is refused", async () => {
  const client = user("ann");
  const room = await client.join(`doc-${++count}` as never);
  for (const persist of ["disk", 7, { store: "indexeddb", name: 7 }, { name: "x" }])
    await expect(bindYjs(room as never, "page", docOf(), { persist: persist as never })).rejects.toMatchObject({
      code: "request_invalid",
      path: "$.persist",
    });
});

// Pages that bind one document of a real server: whatever they do and lose, in which order ever, they end with the same content,
// and what was said to be saved is on the server.
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { bindYjs } from "../../src/yjs.js";
import { apiKey, served, serverUrl, user } from "../support/real_server.js";

served();

const sockets = new Map<string, Set<WebSocket>>();
/** WebSockets that a test can cut. */
const cuttable = (name: string) => {
  const own = new Set<WebSocket>();
  sockets.set(name, own);
  return class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      own.add(this);
      this.on("close", () => own.delete(this));
    }
  };
};
const cut = (name: string) => {
  for (const socket of sockets.get(name)!) socket.terminate();
};

const docs: Y.Doc[] = [];
afterEach(() => {
  for (const doc of docs.splice(0)) doc.destroy();
});

async function page(room: string, name: string, doc = new Y.Doc()) {
  docs.push(doc);
  const client = user(name, { WebSocket: cuttable(name) as never });
  client.on("connect_error", () => {});
  const binding = await bindYjs(await client.join(room as never), "page", doc);
  return { name, client, doc, binding, body: doc.getText("body"), meta: doc.getMap("meta") };
}

async function shown(room: string) {
  const response = await fetch(`${serverUrl()}/api/v1/rooms/${room}/documents/page`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { roots, stateVector } = (await response.json()) as { roots: any; stateVector: string };
  return { ...roots, clocks: Y.decodeStateVector(Uint8Array.from(Buffer.from(stateVector, "base64"))) };
}
const clockOf = (doc: Y.Doc) => Y.decodeStateVector(Y.encodeStateVector(doc)).get(doc.clientID) ?? 0;

let count = 0;
const step = fc.record({
  page: fc.nat(2),
  kind: fc.constantFrom("insert", "insert", "insert", "delete", "set", "cut", "offline", "online", "saved", "look"),
  at: fc.nat(1000),
  size: fc.integer({ min: 1, max: 30 }),
});

test("pages that edit, are cut off, go offline and come again converge, and saved() is never early", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const room = `doc-${++count}`;
      const pages = await Promise.all(["ann", "bob", "eve"].map((name) => page(room, name)));
      for (const { page: which, kind, at, size } of steps) {
        const { name, client, doc, binding, body, meta } = pages[which]!;
        const place = at % (body.length + 1);
        if (kind === "insert") body.insert(place, "abcdefgé漢".repeat(4).slice(0, size));
        else if (kind === "delete") body.delete(place, Math.min(size, body.length - place));
        else if (kind === "set") meta.set(`k${at % 5}`, size);
        else if (kind === "cut") cut(name);
        else if (kind === "offline") client.disconnect();
        else if (kind === "online") client.connect();
        else if (kind === "look") await shown(room);
        else {
          client.connect();
          const clock = clockOf(doc);
          await binding.saved();
          expect((await shown(room)).clocks.get(doc.clientID) ?? 0).toBeGreaterThanOrEqual(clock);
        }
      }
      for (const { client } of pages) client.connect();
      await Promise.all(pages.map(({ binding }) => binding.saved()));
      const server = await shown(room);
      for (const { body, meta } of pages)
        await expect.poll(() => [body.toString(), meta.toJSON()], { timeout: 60_000 }).toEqual([server.body, server.meta]);
      for (const { client, binding } of pages) {
        expect(binding.status).not.toBe("refused");
        client.close();
        await expect(binding.saved()).rejects.toMatchObject({ code: "closed" });
        expect(binding.status).toBe("offline");
      }
    }),
    { numRuns: 20, seed: 1 },
  );
});

test("status is the same value between its changes, and each change is notified once", async () => {
  const { binding, body, client } = await page(`doc-${++count}`, "ann");
  expect(binding.status).toBe("saved");
  const seen: string[] = [];
  const off = binding.subscribe(() => seen.push(binding.status));
  body.insert(0, "a");
  body.insert(0, "b");
  await binding.saved();
  expect(seen).toEqual(["saving", "saved"]);
  client.disconnect();
  await expect.poll(() => binding.status).toBe("offline");
  client.connect();
  await expect.poll(() => binding.status).toBe("saved");
  off();
  off();
  body.insert(0, "c");
  expect(seen).toEqual(["saving", "saved", "offline", "saving", "saved"]);
});

test("leaving the room and joining it again continues", async () => {
  const id = `doc-${++count}`;
  const { binding, body, client } = await page(id, "ann");
  await client.room(id as never).leave();
  await expect.poll(() => binding.status).toBe("offline");
  body.insert(0, "meanwhile");
  await client.join(id as never);
  await binding.saved();
  expect((await shown(id)).body).toBe("meanwhile");
});

test("keystrokes of a moment are one publication", async () => {
  const id = `doc-${++count}`;
  const { binding, body, client } = await page(id, "ann");
  const { position } = client.room(id as never);
  for (let at = 0; at < 1_200; ++at) body.insert(at, "x");
  await binding.saved();
  expect(client.room(id as never).position.seq - position.seq).toBeLessThan(10);
  expect((await shown(id)).body).toBe("x".repeat(1_200));
});

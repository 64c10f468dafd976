// Unmodified y-websocket pages and the program: documents that merge, awareness, rights, restarts, erasure.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createDialogueClient } from "../../../../js/dist/index.js";
import { directoryOf, run, Server } from "../support/program.mjs";
import { WebSocket, Y, yjsPages } from "../support/yjs_pages.mjs";

const kKey = "k".repeat(40);
const message = { schema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] } };
const app = {
  events: { message, page: { document: { text: ["body"], map: ["meta"] } } },
  rooms: {
    "doc-{id}": { events: ["page", "message"], presence: { state: true, merge: "sessions", grace: "1s" } },
    "read-{id}": { events: ["page"], access: { publish: ["user:owner"] } },
    "closed-{id}": { events: ["page"], access: { join: ["user:owner"] } },
  },
};
const directory = directoryOf({ "app.json": app, "api.key": `office admin ${kKey}\n` });
const kOptions = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(directory, "api.key")];
const serve = (store = "memory:") => Server.start(kOptions, { env: { DIALOGUE_STORE: store } });

const { page, synced, shows, eventually, end } = yjsPages();
after(end);

async function get(server, path) {
  const response = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${kKey}` } });
  return { status: response.status, body: await response.json() };
}
const documentOf = async (server, room, query = "") => (await get(server, `/rooms/${room}/documents/page${query}`)).body;

test("pages converge, a late page has everything, and the HTTP API shows the document", async () => {
  const server = await serve();
  const [ann, bob] = [page(server, "doc-1"), page(server, "doc-1", { user: "bob" })];
  await Promise.all([synced(ann), synced(bob)]);
  ann.body.insert(0, "Hello");
  bob.meta.set("title", "Greeting");
  await shows(bob, "Hello");
  bob.body.insert(5, ", world");
  await shows(ann, "Hello, world");
  ann.body.delete(0, 1);
  ann.body.insert(0, "J");
  await shows(bob, "Jello, world");

  const late = page(server, "doc-1", { user: "eve" });
  await synced(late);
  assert.equal(late.body.toString(), "Jello, world");
  assert.equal(late.meta.get("title"), "Greeting");

  const shown = await documentOf(server, "doc-1", "?update=true");
  assert.deepEqual(shown.roots, { body: "Jello, world", meta: { title: "Greeting" } });
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Buffer.from(shown.update, "base64"));
  assert.equal(copy.getText("body").toString(), "Jello, world");
  assert.deepEqual(Buffer.from(shown.update, "base64"), Buffer.from(Y.encodeStateAsUpdate(late.doc)));
  await server.stop();
});

test("a member of the room receives updates as events, and publishes them", async () => {
  const server = await serve();
  const ann = page(server, "doc-1");
  await synced(ann);
  const client = createDialogueClient({ url: server.url, WebSocket, auth: { userId: "bob" } });
  const room = await client.join("doc-1");
  const copy = new Y.Doc();
  room.on("page", ({ data }) => Y.applyUpdate(copy, Buffer.from(data.u, "base64")));
  ann.body.insert(0, "abc");
  await eventually(() => copy.getText("body").toString() === "abc");
  const made = new Promise((resolve) => copy.once("update", resolve));
  copy.getText("body").insert(3, "def");
  await room.trigger("page", { u: Buffer.from(await made).toString("base64") });
  await shows(ann, "abcdef");
  const refusal = { code: "document_invalid" };
  await assert.rejects(room.trigger("page", { u: Buffer.from("nonsense").toString("base64") }), refusal);
  client.close();
  await server.stop();
});

test("pages edit while they are offline, and merge; text and deletions of a megabyte arrive in parts", async () => {
  const server = await serve();
  const [ann, bob] = [page(server, "doc-1"), page(server, "doc-1", { user: "bob" })];
  await Promise.all([synced(ann), synced(bob)]);
  ann.body.insert(0, "base ");
  await shows(bob, "base ");
  ann.provider.disconnect();
  bob.provider.disconnect();
  ann.body.insert(5, "ann ");
  bob.body.insert(5, "bob ");
  const large = "0123456789é😀".repeat(80_000);
  ann.body.insert(0, large);
  ann.provider.connect();
  bob.provider.connect();
  await eventually(() => ann.body.toString() === bob.body.toString() && bob.body.length > large.length);
  assert.match(ann.body.toString().slice(large.length), /^base (ann bob|bob ann) $/);
  ann.body.delete(0, large.length - 10);
  await eventually(() => bob.body.length === ann.body.length);
  assert.equal((await documentOf(server, "doc-1")).roots.body, ann.body.toString());
  await server.stop();
});

test("a restart keeps the document, and pages go on where they were", async () => {
  const database = `sqlite:${join(directoryOf({}), "dialogue.db")}`;
  const first = await serve(database);
  const ann = page(first, "doc-1");
  await synced(ann);
  for (let i = 0; i < 1_200; ++i) ann.body.insert(i, String(i % 10));
  await eventually(async () => (await documentOf(first, "doc-1")).roots.body.length === 1_200);
  const before = await documentOf(first, "doc-1", "?update=true");
  ann.provider.destroy();
  await first.stop();

  const second = await serve(database);
  const shown = await documentOf(second, "doc-1", "?update=true");
  assert.equal(shown.update, before.update);
  const bob = page(second, "doc-1", { user: "bob" });
  await synced(bob);
  assert.equal(bob.body.toString(), ann.body.toString());
  bob.body.insert(0, "!");
  await eventually(async () => (await documentOf(second, "doc-1")).roots.body.startsWith("!"));
  const history = await get(second, "/rooms/doc-1/history");
  assert.ok(history.body.events.every(({ event }) => event === "page"));
  await second.stop();
});

test("cursors are awareness: they appear, change, and go with their page", async () => {
  const server = await serve();
  const [ann, bob] = [page(server, "doc-1"), page(server, "doc-1", { user: "bob" })];
  await Promise.all([synced(ann), synced(bob)]);
  ann.awareness.setLocalState({ user: { name: "Ann" }, cursor: 1 });
  const cursor = () => bob.awareness.getStates().get(ann.doc.clientID)?.cursor;
  await eventually(() => cursor() === 1);
  ann.awareness.setLocalStateField("cursor", 2);
  await eventually(() => cursor() === 2);
  const late = page(server, "doc-1", { user: "eve" });
  await eventually(() => late.awareness.getStates().get(ann.doc.clientID)?.cursor === 2);
  ann.provider.disconnect();
  await eventually(() => cursor() === undefined);
  ann.provider.connect();
  ann.awareness.setLocalState({ user: { name: "Ann" }, cursor: 3 });
  await eventually(() => cursor() === 3);
  await server.stop();
});

test("a user who may not publish only reads; one who may not join, and a path without a document, are refused", async () => {
  const server = await serve();
  const owner = page(server, "read-1", { user: "owner" });
  await synced(owner);
  owner.body.insert(0, "rules");
  const ann = page(server, "read-1");
  await shows(ann, "rules");
  const [denials, warn] = [[], console.warn];
  console.warn = (text) => denials.push(text);
  ann.body.insert(0, "my ");
  await eventually(() => denials.length > 0);
  assert.match(denials[0], /Permission denied/);
  owner.body.insert(5, "!");
  await eventually(() => ann.body.toString().includes("rules!"));
  assert.equal((await documentOf(server, "read-1")).roots.body, "rules!");
  page(server, "closed-1");
  await eventually(() => denials.length > 1);
  console.warn = warn;

  for (const path of ["/yjs/nowhere", "/yjs/doc-1?document=message", "/yjs/"]) {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`);
    const status = await new Promise((resolve) => {
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode));
      socket.on("error", () => {});
    });
    assert.equal(status, 404, path);
  }
  await server.stop();
});

test("an erased user's words go from the document, its pages, later pages and the files", async () => {
  const place = directoryOf({});
  const server = await serve(`sqlite:${join(place, "dialogue.db")}`);
  const [ann, bob] = [page(server, "doc-1"), page(server, "doc-1", { user: "bob" })];
  await Promise.all([synced(ann), synced(bob)]);
  ann.body.insert(0, "unmistakable");
  await shows(bob, "unmistakable");
  bob.body.insert(12, " and public");
  await shows(ann, "unmistakable and public");
  ann.provider.destroy();
  await eventually(async () => (await get(server, "/users?user=ann")).body.users[0].online === false);
  const response = await fetch(`${server.url}/api/v1/users/ann/data`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${kKey}` },
  });
  const report = await response.json();
  assert.equal(report.clean, true, JSON.stringify(report));
  await shows(bob, " and public");
  assert.equal((await documentOf(server, "doc-1")).roots.body, " and public");
  bob.body.insert(0, "still");
  const late = page(server, "doc-1", { user: "eve" });
  await shows(late, "still and public");
  end();
  await server.stop();
  for (const name of readdirSync(place)) {
    const bytes = readFileSync(join(place, name)).toString("latin1");
    for (let shift = 0; shift < 3; ++shift) {
      const base64 = Buffer.from("unmistakable".slice(shift)).toString("base64").slice(0, 12);
      assert.equal(bytes.includes(base64), false, `${name} has the text`);
    }
    assert.equal(bytes.includes("unmistakable"), false, `${name} has the text`);
  }
  const offline = run(["erase", "--user", "bob", "--store", join(place, "dialogue.db")]);
  assert.equal(offline.status, 1);
  assert.match(offline.stderr, /doc-1 has a document, which only a server can edit/);
});

test("a malformed message ends its own connection only", async () => {
  const server = await serve();
  const ann = page(server, "doc-1");
  await synced(ann);
  ann.body.insert(0, "well");
  let seed = 7;
  const byte = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 256;
  };
  for (let i = 0; i < 50; ++i) {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/yjs/doc-1?userId=mallory`);
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send(Buffer.from(Array.from({ length: i * 6 }, byte)));
    socket.send("text");
    await closed;
  }
  const bob = page(server, "doc-1", { user: "bob" });
  await shows(bob, "well");
  bob.body.insert(4, "!");
  await shows(ann, "well!");
  await server.stop();
});

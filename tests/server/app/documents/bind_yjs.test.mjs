// dialogue-client/yjs and the program: late pages, every transport, cuts, restarts, refusals, cursors beside y-websocket.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { createDialogueClient } from "../../../../js/dist/index.js";
import { bindYjs } from "../../../../js/dist/yjs.js";
import { lossyProxy } from "../support/lossy_proxy.mjs";
import { directoryOf, Server } from "../support/program.mjs";
import { Awareness, WebSocket, Y, yjsPages } from "../support/yjs_pages.mjs";

const kKey = "k".repeat(40);
const message = { schema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] } };
const app = {
  events: { message, page: { document: { text: ["body"], map: ["meta"] } } },
  rooms: {
    "doc-{id}": { events: ["page", "message"], presence: { state: true, merge: "sessions", grace: "1s" } },
    "read-{id}": { events: ["page"], access: { publish: ["user:owner"], history: ["user:owner"] } },
  },
};
const directory = directoryOf({ "app.json": app, "api.key": `office admin ${kKey}\n` });
const kOptions = [join(directory, "app.json"), "--api-key-file", join(directory, "api.key")];
const serve = (store = "memory:", listen = "127.0.0.1:0") =>
  Server.start([...kOptions, "--listen", listen], { env: { DIALOGUE_STORE: store } });

const { page, synced, shows, eventually, end } = yjsPages();
after(end);
const clients = [];
const docs = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const doc of docs.splice(0)) doc.destroy();
});

const clientOf = (server, user = "ann", options = {}) => {
  const client = createDialogueClient({ url: server.url, WebSocket, auth: { userId: user }, ...options });
  client.on("error", () => {});
  client.on("connect_error", () => {});
  clients.push(client);
  return client;
};
const docOf = () => {
  const doc = new Y.Doc();
  docs.push(doc);
  return doc;
};
/** A page that has bound a document. */
async function bound(server, roomId, { user, client = clientOf(server, user), doc = docOf(), ...options } = {}) {
  const room = await client.join(roomId);
  const binding = await bindYjs(room, "page", doc, options);
  return { client, room, doc, binding, body: doc.getText("body"), meta: doc.getMap("meta") };
}
async function documentOf(server, room) {
  const response = await fetch(`${server.url}/api/v1/rooms/${room}/documents/page`, {
    headers: { authorization: `Bearer ${kKey}` },
  });
  return (await response.json()).roots;
}

for (const transport of ["websocket", "stream", "polling"])
  test(`pages converge over ${transport}, a late one has everything, and what is saved is on the server`, async () => {
    const server = await serve();
    const options = { transports: [transport] };
    const ann = await bound(server, "doc-1", { client: clientOf(server, "ann", options) });
    ann.body.insert(0, "Hello");
    ann.meta.set("title", "Greeting");
    assert.equal(ann.binding.status, "saving");
    await ann.binding.saved();
    assert.equal(ann.binding.status, "saved");
    assert.deepEqual(await documentOf(server, "doc-1"), { body: "Hello", meta: { title: "Greeting" } });
    const bob = await bound(server, "doc-1", { client: clientOf(server, "bob", options) });
    assert.equal(bob.body.toString(), "Hello");
    bob.body.insert(5, ", world");
    bob.body.delete(0, 1);
    await shows(ann, "ello, world");
    await server.stop();
  });

test("a page that may only join reads; its edit is refused, and nothing of it is lost silently", async () => {
  const server = await serve();
  const owner = await bound(server, "read-1", { user: "owner" });
  owner.body.insert(0, "rules");
  await owner.binding.saved();
  const refusals = [];
  const ann = await bound(server, "read-1", { onRefused: (edit) => refusals.push(edit) });
  assert.equal(ann.body.toString(), "rules");
  assert.equal(ann.binding.status, "saved");
  ann.body.insert(0, "my ");
  await assert.rejects(ann.binding.saved(), { code: "forbidden" });
  assert.equal(ann.binding.status, "refused");
  assert.equal(refusals.length, 1);
  assert.equal(refusals[0].reason, "forbidden");
  const lost = docOf();
  Y.applyUpdate(lost, refusals[0].update);
  assert.equal(lost.getText("body").toString(), "my rules");
  const again = await bound(server, "read-1", { client: ann.client });
  assert.equal(again.body.toString(), "rules");
  owner.body.insert(5, "!");
  await shows(again, "rules!");
  await server.stop();
});

test("an edit that the server refuses for what it is ends the binding with its reason", async () => {
  const server = await serve();
  const refusals = [];
  const ann = await bound(server, "doc-1", { onRefused: (edit) => refusals.push(edit) });
  ann.doc.getText("undeclared").insert(0, "x");
  await assert.rejects(ann.binding.saved(), { code: "document_invalid" });
  assert.equal(refusals[0].reason, "document_invalid");
  await server.stop();
});

test("a megabyte of text, many values and many deletions go in parts", async () => {
  const server = await serve();
  const [ann, bob] = [await bound(server, "doc-1"), await bound(server, "doc-1", { user: "bob" })];
  const large = "0123456789é😀".repeat(80_000);
  ann.body.insert(0, large);
  for (let i = 0; i < 20_000; ++i) ann.meta.set(`k${i}`, i);
  await ann.binding.saved();
  assert.equal((await documentOf(server, "doc-1")).body, large);
  await eventually(() => bob.body.length === large.length && bob.meta.size === 20_000);
  assert.equal(bob.body.toString(), large);
  ann.doc.transact(() => {
    for (let i = 0; i < 20_000; ++i) ann.body.delete(ann.body.length - 2 * i - 12, 1);
  });
  await ann.binding.saved();
  await eventually(() => bob.body.length === ann.body.length);
  const late = await bound(server, "doc-1", { user: "eve" });
  assert.equal(late.body.toString(), ann.body.toString());
  assert.equal(bob.body.toString(), ann.body.toString());
  await server.stop();
});

test("pages edit offline and through a restart; what is saved is on the disk", async () => {
  const database = `sqlite:${join(directoryOf({}), "dialogue.db")}`;
  const first = await serve(database);
  const address = `127.0.0.1:${first.port}`;
  const [ann, bob] = [await bound(first, "doc-1"), await bound(first, "doc-1", { user: "bob" })];
  ann.body.insert(0, "base ");
  await ann.binding.saved();
  await shows(bob, "base ");
  ann.client.disconnect();
  await eventually(() => ann.binding.status === "offline");
  ann.body.insert(5, "ann ");
  bob.body.insert(5, "bob ");
  await bob.binding.saved();
  assert.equal(ann.binding.status, "offline");
  await first.stop("SIGKILL");
  bob.body.insert(0, "> ");
  const second = await serve(database, address);
  ann.client.connect();
  await Promise.all([ann.binding.saved(), bob.binding.saved()]);
  await eventually(() => ann.body.toString() === bob.body.toString());
  assert.match(ann.body.toString(), /^> base (ann bob|bob ann) $/);
  assert.equal((await documentOf(second, "doc-1")).body, ann.body.toString());
  await second.stop();
});

test("a copy that was edited before it was bound is merged", async () => {
  const server = await serve();
  const first = await bound(server, "doc-1");
  first.body.insert(0, "server");
  await first.binding.saved();
  const doc = docOf();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(first.doc));
  doc.getText("body").delete(0, 1); // a deletion only: no state vector has it
  await first.binding.saved();
  const ann = await bound(server, "doc-1", { user: "bob", doc });
  await ann.binding.saved();
  assert.equal((await documentOf(server, "doc-1")).body, "erver");
  await server.stop();
});

test("a server that lost what was acknowledged gets it again", async () => {
  const server = await serve();
  const ann = await bound(server, "doc-1");
  ann.body.insert(0, "one");
  await ann.binding.saved();
  // Another provider brings an edit whose predecessor the server does not have.
  const other = docOf();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(ann.doc));
  const updates = [];
  other.on("update", (update) => updates.push(update));
  other.getText("body").insert(3, " two");
  other.getText("body").insert(7, " three");
  await assert.rejects(ann.room.trigger("page", { u: Buffer.from(updates[1]).toString("base64") }), { code: "document_hole" });
  for (const update of updates) Y.applyUpdate(ann.doc, update);
  await ann.binding.saved();
  assert.equal((await documentOf(server, "doc-1")).body, "one two three");
  await server.stop();
});

test("a room that was made again refuses the copy of the one before", async () => {
  const server = await serve();
  const refusals = [];
  const ann = await bound(server, "doc-1", { onRefused: (edit) => refusals.push(edit) });
  ann.body.insert(0, "old");
  await ann.binding.saved();
  ann.client.disconnect();
  const headers = { authorization: `Bearer ${kKey}` };
  const response = await fetch(`${server.url}/api/v1/rooms/doc-1`, { method: "DELETE", headers });
  assert.ok(response.ok, await response.text());
  const bob = await bound(server, "doc-1", { user: "bob" });
  bob.body.insert(0, "new");
  await bob.binding.saved();
  ann.client.connect();
  await eventually(() => ann.binding.status === "refused");
  assert.equal(refusals[0].reason, "room_deleted");
  assert.equal((await documentOf(server, "doc-1")).body, "new");
  await server.stop();
});

test("cursors of y-websocket pages and of bound pages are seen by each other, and go with their page", async () => {
  const server = await serve();
  const old = page(server, "doc-1", { user: "old" });
  await synced(old);
  const doc = docOf();
  const awareness = new Awareness(doc);
  const ann = await bound(server, "doc-1", { doc, awareness });
  const other = docOf();
  const bob = await bound(server, "doc-1", { user: "bob", doc: other, awareness: new Awareness(other) });
  const changes = [];
  awareness.on("change", (change, origin) => origin === "local" || changes.push(change));
  const cursorIn = (states, of) => states.get(of.clientID)?.cursor;
  old.awareness.setLocalState({ user: { name: "Old" }, cursor: 1 });
  awareness.setLocalState({ user: { name: "Ann" }, cursor: 2 });
  await eventually(() => cursorIn(awareness.states, old.doc) === 1 && cursorIn(old.awareness.states, doc) === 2);
  old.awareness.setLocalStateField("cursor", 3);
  awareness.setLocalStateField("cursor", 4);
  await eventually(() => cursorIn(awareness.states, old.doc) === 3 && cursorIn(old.awareness.states, doc) === 4);
  await eventually(() => [...changes].some(({ updated }) => updated.includes(old.doc.clientID)));
  old.body.insert(0, "both");
  await shows(ann, "both");
  ann.body.insert(4, "!");
  await shows(old, "both!");
  await shows(bob, "both!");
  old.provider.disconnect();
  await eventually(() => !awareness.states.has(old.doc.clientID));
  old.provider.connect();
  ann.binding.destroy();
  await eventually(() => old.provider.synced && !old.awareness.states.has(doc.clientID));
  await server.stop();
});

test("cuts at any byte lose nothing, and saved is never early", async () => {
  const server = await serve(`sqlite:${join(directoryOf({}), "dialogue.db")}`);
  let left = 12;
  const network = await lossyProxy(server.port, () => (left-- > 0 ? { up: 1_500 + 400 * left, down: 3_000 } : {}));
  const ann = await bound({ url: network.url }, "doc-1");
  let expected = "";
  for (let i = 0; i < 60; ++i) {
    const word = `${i} `;
    ann.body.insert(ann.body.length, word);
    expected += word;
    if (i % 3) continue;
    const before = expected;
    await ann.binding.saved();
    assert.ok((await documentOf(server, "doc-1")).body.startsWith(before), before);
  }
  await ann.binding.saved();
  assert.equal((await documentOf(server, "doc-1")).body, expected);
  network.close();
  await server.stop();
});

test("arguments are checked when they are passed", async () => {
  const server = await serve();
  const client = clientOf(server);
  const room = await client.join("doc-1");
  const invalid = (path) => ({ code: "request_invalid", path });
  const doc = docOf();
  await assert.rejects(bindYjs({}, "page", doc), TypeError);
  await assert.rejects(bindYjs(room, "", doc), invalid("$.event"));
  await assert.rejects(bindYjs(room, 7, doc), invalid("$.event"));
  await assert.rejects(bindYjs(room, "page", {}), invalid("$.ydoc"));
  await assert.rejects(bindYjs(room, "page", doc, null), invalid("$.options"));
  await assert.rejects(bindYjs(room, "page", doc, { onRefused: 1 }), invalid("$.onRefused"));
  await assert.rejects(bindYjs(room, "page", doc, { awareness: new Awareness(docOf()) }), invalid("$.awareness"));
  await assert.rejects(bindYjs(room, "nothing", doc), { code: "event_unknown" });
  await assert.rejects(bindYjs(room, "message", doc), { code: "request_invalid", message: /message is not a document/ });
  await assert.rejects(bindYjs(client.room("doc-2"), "page", doc), { code: "not_joined" });
  const binding = await bindYjs(room, "page", doc);
  await assert.rejects(bindYjs(room, "page", doc), invalid("$.ydoc"));
  let changes = 0;
  binding.subscribe(() => ++changes);
  binding.destroy();
  binding.destroy();
  await assert.rejects(binding.saved(), { code: "closed" });
  const again = await bindYjs(room, "page", doc);
  doc.destroy();
  await assert.rejects(again.saved(), { code: "closed" });
  await assert.rejects(bindYjs(room, "page", doc), invalid("$.ydoc"));
  const aborted = AbortSignal.abort(new Error("no more"));
  await assert.rejects(bindYjs(room, "page", docOf(), { signal: aborted }), /no more/);
  const filtered = await clientOf(server, "bob")
    .join("doc-1", { filter: { eq: ["text", "x"] } })
    .catch((error) => error);
  if (!(filtered instanceof Error)) await assert.rejects(bindYjs(filtered, "page", docOf()), invalid("$.room"));
  await server.stop();
});

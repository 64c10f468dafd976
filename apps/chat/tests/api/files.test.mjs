// Files over HTTP and in real time, against the real program: rights, bounds, types, ranges, and that they go with their message.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../support/chat_server.mjs";
import { startChat } from "../support/start_chat.mjs";

const { server, ann, bob, eve } = await startChat("ann", "bob", "eve");
const { id: room } = await ann.call("rooms.create", { name: "Files" });
await bob.call("rooms.join", { room });
const joined = await ann.connect().join(`room-${room}`);

const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(100, 7)]);
const bearer = (one) => ({ Authorization: `Bearer ${one.token}` });

async function upload(one, body, { name = "notes.txt", to = room } = {}) {
  const query = new URLSearchParams({ room: to, name });
  const response = await fetch(`${server.url}/chat/v1/files?${query}`, { method: "POST", headers: bearer(one), body });
  return { status: response.status, body: await response.json() };
}
const get = (id, headers) => fetch(`${server.url}/chat/v1/files/${id}`, { headers });
const stored = () => readdirSync(join(server.data, "data", "files"));
const sending = (files, text = "") =>
  joined.trigger("message", { text, files }).then(
    ({ seq }) => seq,
    (error) => error.reason ?? error.code,
  );

test("a file is uploaded, carried by a message, read by members and gone with the message", async () => {
  const { status, body: file } = await upload(ann, "hello", { name: "grüße \u{1f600}.txt" });
  assert.deepEqual([status, file.bytes, file.picture], [200, 5, false]);
  assert.equal((await get(file.id, bearer(bob))).status, 404); // not sent yet
  const seq = await sending([file]);
  assert.equal(typeof seq, "number");
  const read = await until(async () => {
    const response = await get(file.id, bearer(bob));
    return response.ok && response;
  });
  assert.equal(await read.text(), "hello");
  assert.match(read.headers.get("content-disposition"), /^attachment; filename\*=UTF-8''gr%C3%BC%C3%9Fe/);
  assert.equal(read.headers.get("content-type"), "application/octet-stream");
  assert.equal(read.headers.get("x-content-type-options"), "nosniff");
  assert.match(read.headers.get("content-security-policy"), /sandbox/);
  assert.equal((await get(file.id, bearer(eve))).status, 404);
  assert.equal((await get(file.id, {})).status, 401);
  assert.equal((await get(file.id, { Cookie: bob.cookie })).status, 200);
  await ann.call("messages.delete", { room, seq });
  assert.equal((await get(file.id, bearer(bob))).status, 404);
  await until(() => !stored().includes(file.id), "the bytes are deleted");
});

test("only pictures of known types are shown, by their bytes and not by their names", async () => {
  const types = [
    [png, "image/png", "inline"],
    ["<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "application/octet-stream", "attachment"],
    ["<html><script>alert(1)</script>", "application/octet-stream", "attachment"],
    ["%PDF-1.7", "application/octet-stream", "attachment"],
  ];
  for (const [bytes, type, disposition] of types) {
    const { body } = await upload(ann, bytes, { name: "picture.png" });
    const response = await get(body.id, bearer(ann));
    assert.equal(response.headers.get("content-type"), type);
    assert.ok(response.headers.get("content-disposition").startsWith(disposition));
    await response.arrayBuffer();
  }
});

test("a range is that part, and one that is not there is refused", async () => {
  const { body: file } = await upload(ann, "0123456789");
  const part = async (range) => {
    const response = await get(file.id, { ...bearer(ann), Range: range });
    return [response.status, response.headers.get("content-range"), await response.text()];
  };
  assert.deepEqual(await part("bytes=2-4"), [206, "bytes 2-4/10", "234"]);
  assert.deepEqual(await part("bytes=7-"), [206, "bytes 7-9/10", "789"]);
  assert.deepEqual(await part("bytes=-3"), [206, "bytes 7-9/10", "789"]);
  assert.deepEqual((await part("bytes=10-")).slice(0, 2), [416, "bytes */10"]);
  assert.deepEqual(await part("lines=1-2"), [200, null, "0123456789"]);
});

test("who may not write in a room uploads nothing to it, and a message carries its author's files only", async () => {
  assert.equal((await upload(eve, "x")).body.error.code, "not_member");
  assert.equal((await upload(ann, "x", { to: "nonsense" })).status, 422);
  assert.equal((await upload(ann, "x", { name: "\u202e" })).status, 422);
  assert.equal((await upload({ token: "nonsense" }, "x")).status, 401);
  const { body: file } = await upload(bob, "of bob");
  assert.match(await sending([file]), /cannot be sent here/);
  const { body: own } = await upload(ann, "of ann", { name: "../../etc/passwd" });
  assert.match(await sending([{ ...own, bytes: 1 }]), /something else/);
  assert.match(await sending([{ ...own, picture: true }]), /something else/);
  assert.equal(typeof (await sending([own])), "number");
  await until(async () => /cannot be sent here/.test(await sending([own], "again")), "it is carried");
  await joined.trigger("message", { text: "" }).then(assert.fail, (error) => assert.match(error.reason, /nothing/));
});

test("a file above 25 MiB is refused, and nothing of it stays", async () => {
  const before = stored().length;
  const { status } = await upload(ann, Buffer.alloc(25 * 2 ** 20 + 1)).catch(() => ({ status: 413 })); // the connection may end
  assert.equal(status, 413);
  await until(() => stored().length === before && !stored().some((file) => file.endsWith(".part")));
  const { status: allowed, body: file } = await upload(ann, Buffer.alloc(25 * 2 ** 20));
  assert.deepEqual([allowed, file.bytes], [200, 25 * 2 ** 20]);
});

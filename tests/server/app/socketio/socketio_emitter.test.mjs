// Events from other processes to a program's namespaces: POST /api/v1/socketio/emit, and as the guide has it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serveRooms } from "../support/engine_kit.mjs";
import { ask, connect, serveNamespaces, ways } from "../support/namespaces_kit.mjs";
import { root } from "../support/program.mjs";

const key = "a-key-of-the-tests-that-is-long-enough";
let server;
before(async () => {
  server = await serveNamespaces("127.0.0.1:0", { API_KEY: key });
});
after(() => server.stop());

async function emit(body, { url = server.url, token = key, type = "application/json" } = {}) {
  const answer = await fetch(`${url}/api/v1/socketio/emit`, {
    method: "POST",
    headers: { "content-type": type, ...(token && { authorization: `Bearer ${token}` }) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}
const nsp = "/custom";

for (const transports of ways)
  test(`over ${transports.join(", then ")}, an event reaches a namespace, its rooms and one socket, and is counted`, async () => {
    const [ann, bob] = [await connect(server, { transports }), await connect(server, { transports })];
    const room = `room-${transports.join("-")}`;
    await ask(ann, "join", room);
    const news = [once(ann, "news"), once(bob, "news")];
    const sent = await emit({ namespace: nsp, rooms: ["lobby", room], event: "news", args: ["a", { b: [1, null] }] });
    assert.equal(sent.status, 200);
    assert.ok(sent.sockets >= 2);
    for (const each of news) assert.deepEqual(await each, ["a", { b: [1, null] }]);
    bob.on("news", () => assert.fail("bob is not in the room, and was excepted"));
    let next = once(ann, "news");
    assert.deepEqual(await emit({ namespace: nsp, rooms: [room], event: "news" }), { status: 200, sockets: 1 });
    assert.deepEqual(await next, []);
    next = once(ann, "news");
    const everyone = (await ask(ann, "who", "lobby")).length;
    assert.deepEqual(await emit({ namespace: nsp, except: [bob.id], event: "news", args: [1] }), {
      status: 200,
      sockets: everyone - 1,
    });
    assert.deepEqual(await next, [1]);
    assert.deepEqual(await emit({ namespace: nsp, rooms: [ann.id], event: "x" }), { status: 200, sockets: 1 });
    assert.deepEqual(await emit({ namespace: nsp, rooms: ["nowhere"], event: "x" }), { status: 200, sockets: 0 });
    for (const socket of [ann, bob]) socket.disconnect();
  });

for (const [what, body, options, status, code, path] of [
  ["to an unknown namespace", { namespace: "/no", event: "x" }, {}, 404, "not_supported", "$.namespace"],
  ["with a reserved name", { namespace: nsp, event: "disconnect" }, {}, 422, "request_invalid", "$.event"],
  ["without an event", { namespace: nsp }, {}, 422, "required_missing", "$"],
  ["with too many rooms", { namespace: nsp, event: "x", rooms: Array(1001).fill("r") }, {}, 422, "too_many_items", "$.rooms"],
  ["with arguments that are no array", { namespace: nsp, event: "x", args: 1 }, {}, 422, "wrong_type", "$.args"],
  ["with another property", { namespace: nsp, event: "x", room: "r" }, {}, 422, "property_unknown", "$.room"],
  ["that is no JSON", "{", {}, 400, "json_syntax", "$"],
  ["without a key", { namespace: nsp, event: "x" }, { token: "" }, 401, "unauthorized", undefined],
  ["as text", { namespace: nsp, event: "x" }, { type: "text/plain" }, 415, "request_invalid", undefined],
])
  test(`an emission ${what} is refused`, async () => {
    const answer = await emit(body, options);
    assert.deepEqual({ status: answer.status, code: answer.code, path: answer.path }, { status, code, path });
  });

test("a server without namespaces of a program has none to emit to", async () => {
  const rooms = await serveRooms(["--api-key-env", "KEY"], { KEY: key });
  const answer = await emit({ namespace: "/", event: "x" }, { url: rooms.url });
  assert.deepEqual({ status: answer.status, code: answer.code }, { status: 404, code: "not_supported" });
  await rooms.stop();
});

test("the guide's emitter works unchanged", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "socketio-applications.md"), "utf8");
  const [, code] = /```js\n([\s\S]+?)```/.exec(guide);
  const ann = await connect(server);
  await ask(ann, "join", "room-7");
  const news = once(ann, "news");
  const body = code
    .replaceAll("http://127.0.0.1:8080", server.url)
    .replaceAll("/chat", nsp)
    .replace(/^export /m, "");
  const emitTo = new Function(`${body}; return emitTo;`)();
  assert.deepEqual(await emitTo(key, ["room-7"], "news", "hello"), { sockets: 1 });
  assert.deepEqual(await news, ["hello"]);
});

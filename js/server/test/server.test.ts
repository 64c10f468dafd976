// createDialogueServer with a real server.
import { createServer } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { createTokenSigner, DialogueServerError } from "../src/index.js";
import { backend, client, fileOf, kKey, kTokenSecret, serve } from "./support/program.js";

let url: string;
let tokenUrl: string;
beforeAll(async () => {
  url = await serve();
  tokenUrl = await serve("--auth-key", fileOf("token.key", kTokenSecret));
});

const refusal = (promise: Promise<unknown>): Promise<DialogueServerError> =>
  promise.then(
    () => expect.unreachable("it was accepted"),
    (error) => {
      expect(error).toBeInstanceOf(DialogueServerError);
      return error;
    },
  );

describe("publishing", () => {
  test("F-U-H1 an event reaches a member, with its author, and has a receipt", async () => {
    const chat = await client(url, { auth: { userId: "ann" } }).join("chat");
    const heard = new Promise<any>((resolve) => chat.on("message", resolve));
    const receipt = await backend(url).publish("chat", "message", { text: "Hello" }, { from: "robot" });
    expect(receipt).toMatchObject({ room: "chat", duplicate: false, seq: expect.any(Number), epoch: expect.any(Number) });
    expect(await heard).toMatchObject({ data: { text: "Hello" }, from: "robot", seq: receipt.seq });
  });

  test("an idempotency key publishes once, however often it is called", async () => {
    const publish = () => backend(url).publish("staff", "message", { text: "once" }, { idempotencyKey: "order-1" });
    const first = await publish();
    expect(await publish()).toEqual({ ...first, duplicate: true });
  });

  test("single events are erased, and what is wrong with a request is said before it is sent", async () => {
    const dialogue = backend(url);
    const { seq } = await dialogue.publish("chat", "message", { text: "regretted" });
    expect(await dialogue.eraseEvents("chat", [seq, [seq + 100, seq + 110]], { reason: "asked for" })).toMatchObject({
      events: 1,
      sequences: [[seq, seq]],
      clean: true,
    });
    expect((await dialogue.history("chat", { since: seq - 1 })).events).toEqual([]);
    for (const wrong of [[0], [[1]], ["1"], [[1, 2, 3]], [1.5]] as any[])
      expect(await refusal(dialogue.eraseEvents("chat", wrong))).toMatchObject({
        code: "request_invalid",
        path: "$.sequences[0]",
      });
    expect(await refusal(dialogue.eraseEvents("chat", 5 as any))).toMatchObject({ path: "$.sequences" });
    expect(await refusal(dialogue.eraseEvents("chat", [[1, 1000]]))).toMatchObject({ code: "request_invalid", status: 422 });
  });

  test("a refusal is an error with the server's code, path and status", async () => {
    const error = await refusal(backend(url).publish("chat", "message", { text: "" }));
    expect(error).toMatchObject({ code: "too_short", path: "$.data.text", status: 422, name: "DialogueServerError" });
    expect(await refusal(backend(url).publish("nowhere" as "chat", "message", { text: "x" }))).toMatchObject({ status: 404 });
    expect(await refusal(backend(url, { key: "x".repeat(32) }).history("chat"))).toMatchObject({ status: 401 });
  });

  test("publishMany gives each event its own result, in their order", async () => {
    const results = await backend(url).publishMany([
      { room: "chat", event: "message", data: { text: "one" } },
      { room: "chat", event: "message", data: { text: "" } },
      { user: "nobody-here", event: "message", data: { text: "two" } },
      { room: "game-7", event: "cursor", data: { id: "a", x: 1 } },
    ]);
    expect(results).toMatchObject([
      { receipt: { room: "chat" } },
      { error: { code: "too_short" } },
      { sent: { connections: 0 } },
      { receipt: { room: "game-7" } },
    ]);
    expect(results[1]!.error).toBeInstanceOf(DialogueServerError);
  });

  test("send reaches all connections of a user, and none where there are none", async () => {
    const ann = client(url, { auth: { userId: "ann/1" } });
    const heard = new Promise<any>((resolve) => ann.onDirect("message", resolve));
    await ann.join("chat");
    expect(await backend(url).send({ user: "ann/1" }, "message", { text: "for you" })).toEqual({ connections: 1 });
    expect((await heard).data).toEqual({ text: "for you" });
    expect(await backend(url).send({ session: "none" }, "message", { text: "x" })).toEqual({ connections: 0 });
  });

  test("a deletion is one of a key", async () => {
    const server = backend(url);
    await server.publish("game-1", "cursor", { id: "a", x: 1 });
    await server.publish("game-1", "cursor", { id: "a", x: 1 }, { delete: true });
    const { events } = await server.history("game-1");
    expect(events.at(-1)).toMatchObject({ event: "cursor", deleted: true });
  });
});

describe("reading and managing", () => {
  test("history is read from both ends, oldest first", async () => {
    const server = backend(url);
    for (const text of ["a", "b", "c", "d"]) await server.publish("staff", "message", { text });
    const page = await server.history("staff", { limit: 2 });
    expect(page.events.map(({ data }) => data.text)).toEqual(["c", "d"]);
    expect(page.hasMore).toBe(true);
    const before = await server.history("staff", { limit: 1, before: page.events[0]!.seq });
    expect(before.events.map(({ data }) => data.text)).toEqual(["b"]);
    const since = await server.history("staff", { since: before.events[0]!.seq });
    expect(since.events.map(({ data }) => data.text)).toEqual(["c", "d"]);
    expect(since).toMatchObject({ room: "staff", hasMore: false, head: page.head });
  });

  test("members come by pages, sorted", async () => {
    for (const userId of ["ann", "bob", "cid"]) await client(url, { auth: { userId } }).join("staff");
    const server = backend(url);
    const first = await server.members("staff", { limit: 2 });
    expect(first).toMatchObject({ members: [{ userId: "ann" }, { userId: "bob" }], hasMore: true });
    expect(await server.members("staff", { after: "bob" })).toMatchObject({ members: [{ userId: "cid" }], hasMore: false });
  });

  test("disconnect ends a user's connections, with the reason", async () => {
    const eve = client(url, { auth: { userId: "eve" } });
    await eve.join("chat");
    const ended = new Promise((resolve) => eve.on("error", resolve));
    expect(await backend(url).disconnect("eve", { reason: "too loud" })).toBe(1);
    expect(await ended).toMatchObject({ reason: "too loud" });
    expect(await backend(url).disconnect("nobody")).toBe(0);
  });

  test("revoke ends the connections of a user's tokens", async () => {
    const token = createTokenSigner({ key: kTokenSecret });
    const ann = client(tokenUrl, { auth: { token: await token({ sub: "ann", tokenId: "t-1" }) } });
    await ann.join("chat");
    expect(await backend(tokenUrl).revoke({ tokenId: "t-1" })).toBe(1);
    expect(await backend(tokenUrl).revoke({ user: "ann" })).toBe(0);
    expect(await refusal(backend(url).revoke({ user: "ann", tokenId: "t" } as any))).toMatchObject({ path: "$.tokens" });
  });
});

describe("arguments are checked where they enter", () => {
  const good = { url: "http://127.0.0.1:1", key: kKey };
  const make = (options: object) => () => backend(good.url, options);

  test.each([
    [{ url: "chat.example.com" }, "$.url"],
    [{ url: "ws://127.0.0.1" }, "$.url"],
    [{ url: "http://me:word@127.0.0.1" }, "$.url"],
    [{ url: "http://127.0.0.1/?a" }, "$.url"],
    [{ key: "short" }, "$.key"],
    [{ key: `${kKey}\n` }, "$.key"],
    [{ key: `billing publish ${kKey}` }, "$.key"],
    [{ timeoutMs: 1 }, "$.timeoutMs"],
    [{ attempts: 0 }, "$.attempts"],
    [{ retries: 3 }, "$.retries"],
    [{ fetch: "fetch" }, "$.fetch"],
    [{ app: "app" }, "$.app"],
  ])("createDialogueServer(%j)", (options, path) => {
    expect(make(options)).toThrow(expect.objectContaining({ code: "request_invalid", path }));
  });

  const circle: any = {};
  circle.self = circle;
  const server = () => backend(good.url, { attempts: 1 }) as any;
  test.each<[string, () => Promise<unknown>, string]>([
    ["a room of another form", () => server().publish("a b", "message", {}), "$.room"],
    ["a room that a URL drops", () => server().publish("..", "message", {}), "$.room"],
    ["a user that a URL drops", () => server().disconnect(".."), "$.user"],
    ["no event", () => server().publish("chat", undefined, {}), "$.event"],
    ["no data", () => server().publish("chat", "message"), "$.data"],
    ["data that is not JSON", () => server().publish("chat", "message", circle), "$.data"],
    ["an author that is none", () => server().publish("chat", "message", {}, { from: "" }), "$.from"],
    ["a user without an id", () => server().publish("chat", "message", {}, { as: { name: "Ann" } }), "$.as.userId"],
    ["a user beside an author", () => server().publish("chat", "message", {}, { as: { userId: "a" }, from: "b" }), "$.as"],
    ["a meta that is no object", () => server().publish("chat", "message", {}, { as: { userId: "a", meta: 1 } }), "$.as.meta"],
    [
      "an item for a user as another",
      () => server().publishMany([{ user: "b", event: "message", data: 1, as: { userId: "a" } }]),
      "$.items[0].as",
    ],
    ["an option that is unknown", () => server().publish("chat", "message", {}, { id: "1" }), "$.id"],
    ["a key of another form", () => server().publish("chat", "message", {}, { idempotencyKey: "a b" }), "$.idempotencyKey"],
    ["a sequence for a batch", () => server().publishMany([{}], { idempotencyKey: "p/1" }), "$.idempotencyKey"],
    ["no items", () => server().publishMany([]), "$.items"],
    ["101 items", () => server().publishMany(Array(101).fill({})), "$.items"],
    ["an item for nobody", () => server().publishMany([{ event: "message", data: 1 }]), "$.items[0]"],
    ["an item for two", () => server().publishMany([{ room: "a", user: "b", event: "c", data: 1 }]), "$.items[0]"],
    ["a recipient that is none", () => server().send({}, "message", {}), "$.to"],
    ["a limit beyond a page", () => server().history("chat", { limit: 101 }), "$.limit"],
    ["both ends at once", () => server().history("chat", { before: 5, since: 1 }), "$.since"],
    ["a signal that is none", () => server().members("chat", { signal: 1 }), "$.signal"],
    ["everybody, but false", () => server().revoke({ everybody: false }), "$.tokens.everybody"],
  ])("%s", async (_, call, path) => {
    expect(await refusal(call())).toMatchObject({ code: "request_invalid", path });
  });

  test("the address may have a path, where a proxy serves the API", async () => {
    const paths: string[] = [];
    const proxy = createServer((request, answer) => {
      paths.push(request.url!);
      answer.setHeader("Content-Type", "application/json").end('{"connections":0}');
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as { port: number };
    await backend(`http://127.0.0.1:${port}/realtime/`).disconnect("ann", { reason: "a b" });
    proxy.close();
    expect(paths).toEqual(["/realtime/api/v1/users/ann/connections?reason=a+b"]);
  });
});

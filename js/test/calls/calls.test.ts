// Calls and streams of a client, against a server that says what the test wants.
import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.js";
import { connectedTo, connectTo, scripted, server } from "../support/member.js";
import { nextDriver, welcomed } from "../support/moving.js";
import type { Peer } from "../support/scripted_server.js";
import { app, module } from "./call_app.js";

const [CALL, CANCEL, WRITE, GRANT, FINISH, RESULT, ITEM, ALLOW] = [13, 14, 15, 16, 17, 48, 49, 50] as const;
const order = { sku: "a-1", quantity: 2 };

scripted();
afterEach(() => {
  vi.restoreAllMocks();
});

const connect = () => connectTo(app);
const connected = () => connectedTo(app);
/** The next CALL: its number, and what stands behind the entry's. */
async function called(peer: Peer) {
  const [, number, , timeoutMs, window, ext, data] = await peer.frame(CALL);
  return { number, timeoutMs, window, ext, data };
}

test("the generated module types calls by name, kind, request, answer and errors", () => {
  expect(module).toContain("export interface Calls {");
  expect(module).toMatch(/"orders\.create": \{\s+kind: "call";/);
  expect(module).toContain("out_of_stock:");
  expect(module).toContain("DialogueApp<Events, Rooms, Calls>");
});

test("a call resolves with its answer, and waits for a connection", async () => {
  const client = connect();
  const answer = client.call("orders.create", order, { timeoutMs: 4000 });
  const peer = await server.connection();
  await peer.welcome();
  const { number, timeoutMs, window, ext, data } = await called(peer);
  expect([window, ext, data]).toEqual([0, 0, order]);
  expect(timeoutMs).toBeGreaterThan(0);
  expect(timeoutMs).toBeLessThanOrEqual(4000);
  peer.say([RESULT, number, 0, { id: "o-1" }]);
  expect(await answer).toEqual({ id: "o-1" });
});

test("a declared error has its code and its value, by exception and by attempt", async () => {
  const { client, peer } = await connected();
  const failed = client.call("orders.create", order);
  const refusal = { message: "The handler answered with the error out_of_stock.", argument: "out_of_stock", data: { left: 1 } };
  peer.say([RESULT, (await called(peer)).number, 86, refusal]);
  await expect(failed).rejects.toMatchObject({ code: "call_failed", error: "out_of_stock", data: { left: 1 } });
  const attempted = client.attempt("orders.create", order);
  peer.say([RESULT, (await called(peer)).number, 86, refusal]);
  const outcome = await attempted;
  expect(outcome).toEqual({ ok: false, message: refusal.message, error: "out_of_stock", data: { left: 1 } });
  if (!outcome.ok && outcome.error === "out_of_stock") expect(outcome.data.left).toBe(1);
  const limited = client.attempt("orders.create", order);
  peer.say([RESULT, (await called(peer)).number, 75, { message: "The rate limit is exceeded.", retryAfterMs: 500 }]);
  expect(await limited).toMatchObject({ ok: false, error: "rate_limited", data: undefined });
});

test("what does not fit is refused before anything is sent", async () => {
  const { client, peer } = await connected();
  const refused = (call: Promise<unknown>, more: object) => expect(call).rejects.toMatchObject(more);
  await refused(client.call("orders.create", { sku: "", quantity: 1 }), { code: "too_short", path: "$.sku" });
  await refused(client.call("nothing" as never, order as never), { code: "call_unknown" });
  await refused(client.call("orders.create~answer" as never, order as never), { code: "call_unknown" });
  await refused(client.call("logs.follow" as never, { service: "web" } as never), { code: "request_invalid", path: "$.name" });
  await refused(client.call("orders.create", order, { idempotencyKey: "k" }), {
    code: "request_invalid",
    path: "$.idempotencyKey",
  });
  await refused(client.call("orders.create", order, { timeoutMs: -1 }), { code: "request_invalid", path: "$.timeoutMs" });
  const cycle: any = { sku: "a" };
  cycle.quantity = cycle;
  await refused(client.call("orders.create", cycle), { code: "request_invalid", path: "$.data" });
  const steps = client.stream("logs.follow", { service: "web" }, { window: 0 });
  await refused(steps.next(), { code: "request_invalid", path: "$.window" });
  const last = client.call("orders.create", order);
  peer.say([RESULT, (await called(peer)).number, 0, { id: "first" }]); // nothing came before it
  expect(await last).toEqual({ id: "first" });
});

test("a call that was cut off may have been handled; an idempotent one is repeated with its key", async () => {
  const { client, peer } = await connected();
  const cut = client.call("orders.create", order);
  const paid = client.call("orders.pay", { id: "o-1" });
  await called(peer);
  const first = await called(peer);
  expect(first.ext.key).toMatch(/^[\w-]{1,64}$/);
  peer.socket.terminate();
  await expect(cut).rejects.toMatchObject({ code: "outcome_unknown" });
  const again = await server.connection();
  await again.welcome();
  const second = await called(again);
  expect(second).toMatchObject({ ext: first.ext, data: { id: "o-1" } });
  again.say([RESULT, second.number, 0, { paid: true }]);
  expect(await paid).toEqual({ paid: true });
});

test("a signal cancels a call at the server", async () => {
  const { client, peer } = await connected();
  const abort = new AbortController();
  const call = client.call("orders.create", order, { signal: abort.signal });
  const { number } = await called(peer);
  abort.abort(new Error("changed my mind"));
  await expect(call).rejects.toThrow("changed my mind");
  expect(await peer.frame(CANCEL)).toEqual([CANCEL, number]);
  peer.say([RESULT, number, 0, { id: "late" }]);
  await expect(client.call("orders.create", order, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
});

test("a stream grants as it is read, and ends", async () => {
  const { client, peer } = await connected();
  const rows = client.stream("logs.follow", { service: "web" }, { window: 4 });
  const first = rows.next();
  const { number, window } = await called(peer);
  expect(window).toBe(4);
  for (let i = 1; i <= 4; ++i) peer.say([ITEM, number, i, { line: `${i}` }]);
  expect(await first).toEqual({ done: false, value: { line: "1" } });
  expect((await rows.next()).value).toEqual({ line: "2" });
  expect(await peer.frame(GRANT)).toEqual([GRANT, number, 6]);
  peer.say([ITEM, number, 5, { line: "5" }], [RESULT, number, 0, {}]);
  const rest = [];
  for await (const { line } of rows) rest.push(line);
  expect(rest).toEqual(["3", "4", "5"]);
});

test("a break cancels the stream; an item out of order, and a lost connection, end it", async () => {
  const { client, peer } = await connected();
  const open = async () => {
    const rows = client.stream("logs.follow", { service: "web" });
    const first = rows.next();
    const { number } = await called(peer);
    peer.say([ITEM, number, 1, { line: "1" }]);
    await first;
    return { rows, number };
  };
  const left = await open();
  await left.rows.return!();
  expect(await peer.frame(CANCEL)).toEqual([CANCEL, left.number]);
  const odd = await open();
  peer.say([ITEM, odd.number, 3, { line: "3" }]);
  await expect(odd.rows.next()).rejects.toMatchObject({ code: "frame_malformed" });
  expect(await peer.frame(CANCEL)).toEqual([CANCEL, odd.number]);
  const lost = await open();
  peer.socket.terminate();
  await expect(lost.rows.next()).rejects.toMatchObject({ code: "connection_lost" });
});

test("a duplex stream writes what is allowed, in order, until it finishes", async () => {
  const { client, peer } = await connected();
  const opening = client.duplex("agent.chat");
  const { number } = await called(peer);
  const chat = await opening;
  const writes = Array.from({ length: 17 }, (_, index) => chat.write(`${index + 1}`));
  for (let i = 1; i <= 16; ++i) expect(await peer.frame(WRITE)).toEqual([WRITE, number, i, `${i}`]);
  await Promise.all(writes.slice(0, 16));
  await expect(chat.write("")).rejects.toMatchObject({ code: "too_short" });
  chat.finish();
  peer.say([ALLOW, number, 20]);
  expect(await peer.frame(WRITE)).toEqual([WRITE, number, 17, "17"]);
  await writes[16];
  expect(await peer.frame(FINISH)).toEqual([FINISH, number]);
  await expect(chat.write("more")).rejects.toMatchObject({ code: "aborted" });
  peer.say([ITEM, number, 1, "hello"], [RESULT, number, 0, {}]);
  const heard = [];
  for await (const item of chat) heard.push(item);
  expect(heard).toEqual(["hello"]);
});

test("calls end with the client, and at most a thousand are in progress", async () => {
  const { client, peer } = await connected();
  const calls = Array.from({ length: 1000 }, () => client.call("orders.create", order));
  const settled = Promise.allSettled(calls);
  for (let i = 0; i < 1000; ++i) await called(peer);
  await expect(client.call("orders.create", order)).rejects.toMatchObject({ code: "too_many_calls" });
  client.close();
  for (const outcome of await settled) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
});

test("another user's client repeats nothing", async () => {
  const { client, peer } = await connected();
  const paid = client.call("orders.pay", { id: "o-1" });
  const settled = expect(paid).rejects.toMatchObject({ code: "outcome_unknown" });
  await called(peer);
  const changed = client.setAuth({ userId: "bob" });
  const next = await server.connection();
  await next.welcome({ userId: "bob" });
  await changed;
  await settled;
});

test("a call that was not sent is not sent as another user", async () => {
  const { client, peer } = await connected();
  await eventually(() => expect(client.state).toBe("connected"));
  client.disconnect();
  await peer.closed;
  const paid = client.call("orders.pay", { id: "o-1" });
  client.disconnect();
  await client.preload(); // and so is the call
  const settled = expect(paid).rejects.toMatchObject({ code: "aborted" });
  const changed = client.setAuth({ userId: "bob" });
  await (await server.connection()).welcome({ userId: "bob" });
  await changed;
  await settled;
});

test("the first call, which waits for its file, is not sent as another user", async () => {
  const { client } = await connected();
  const settled = expect(client.call("orders.pay", { id: "o-1" })).rejects.toMatchObject({ code: "aborted" });
  void client.setAuth({ userId: "bob" });
  await (await server.connection()).welcome({ userId: "bob" });
  await settled;
});

test("F-J11 a move to another connection ends what was sent over the one before", async () => {
  const driver = nextDriver();
  const { client, peer } = await connected();
  const call = client.call("orders.create", order);
  await called(peer);
  expect(driver().moveNow((await welcomed(driver())).pipe)).toBe(true);
  await expect(call).rejects.toMatchObject({ code: "outcome_unknown" });
});

test("F-J10 disconnect() right after a call or a question holds", async () => {
  const { client, peer } = await connected();
  await eventually(() => expect(client.state).toBe("connected"));
  const waits = [client.call("orders.create", order), client.listRooms()];
  client.disconnect();
  await peer.closed;
  for (let turn = 0; turn < 10; ++turn) await new Promise((resolve) => setTimeout(resolve));
  expect([client.state, server.sockets.clients.size]).toEqual(["reconnecting", 0]);
  client.connect();
  const next = await server.connection();
  await next.welcome();
  next.say([RESULT, (await called(next)).number, 0, { id: "o-1" }]);
  next.say([42, (await next.frame(8))[1], 0, { rooms: [] }]);
  expect(await Promise.all(waits)).toEqual([{ id: "o-1" }, { rooms: [], next: undefined }]);
});

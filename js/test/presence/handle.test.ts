// Several users of one room's states in a client: what each has for itself, and what ends with which of them.
import { expect, test } from "vitest";
import { presence } from "../../src/presence.js";
import { connectedTo, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";
import { app } from "./presence_app.js";

const [WATCH, UNWATCH, STATE, WATCHED, STATES] = [18, 19, 20, 51, 52] as const;
const rateLimited = 62;
const ann = { userId: "ann", state: { x: 1 } };
const bob = { userId: "bob", state: { x: 2 } };

scripted();

const connected = () => connectedTo(app);
async function joined() {
  const { client, peer } = await connected();
  const joining = client.join("doc-1");
  await peer.join();
  return { client, peer, room: await joining };
}
function answer(peer: Peer, [, request]: any[], members: object[], more = {}) {
  peer.say([WATCHED, request, 0, 7, 1, { rate: 50, members, ...more }]);
}
type View = ReturnType<typeof presence<any, any, any, "doc-1">>;
const next = (view: View, change: "members" | "error") => new Promise<any>((resolve) => view.on(change as "members", resolve));
const xOf = async (peer: Peer) => ((await peer.frame(STATE))[3] as { x: number } | null)?.x ?? null;
/** The types of the frames about states that have come. */
const sent = (peer: Peer) =>
  peer.messages
    .flatMap((message) => message.split("\n").map((line) => JSON.parse(line)[0]))
    .filter((type) => type >= WATCH && type <= STATE);

test("each call returns a handle of its own over one watch, and close() again ends nothing of another", async () => {
  const { client, peer } = await joined();
  const [one, two] = [presence(client, "doc-1"), presence(client, "doc-1")];
  expect(one).not.toBe(two);
  const changed = [next(one, "members"), next(two, "members")];
  answer(peer, await peer.frame(WATCH), [ann]);
  await Promise.all(changed);
  expect(one.members).toBe(two.members);
  one.close();
  one.close();
  expect([one.members, one.get("ann"), two.members, two.get("ann")]).toEqual([[], undefined, [ann], ann]);
  const again = next(two, "members");
  one.on("members", () => expect.unreachable());
  peer.say([STATES, 7, 2, { states: [bob] }]);
  expect(await again).toEqual([ann, bob]);
  two.close();
  expect(await peer.frame(UNWATCH)).toEqual([UNWATCH, 7]);
  expect(sent(peer)).toEqual([WATCH, UNWATCH]);
});

test("the watch ends with the last handle that watches, and begins again with the next one", async () => {
  const { client, peer } = await joined();
  const only = presence(client, "doc-1", { watch: false });
  const view = presence(client, "doc-1");
  only.on("members", () => expect.unreachable());
  const changed = next(view, "members");
  answer(peer, await peer.frame(WATCH), [ann]);
  await changed;
  expect(only.members).toEqual([]);
  view.close();
  expect(await peer.frame(UNWATCH)).toEqual([UNWATCH, 7]);
  await only.set({ x: 4 });
  expect(await xOf(peer)).toBe(4);
  const later = presence(client, "doc-1");
  expect(later.members).toEqual([]);
  const entered = next(later, "members");
  answer(peer, await peer.frame(WATCH), [bob]);
  expect(await entered).toEqual([bob]);
  only.close();
  expect(await xOf(peer)).toBeNull();
  expect(sent(peer)).toEqual([WATCH, UNWATCH, STATE, WATCH, STATE]);
});

test("a state is cleared when the handle that set it is closed, unless another one has set one later", async () => {
  const { client, peer } = await joined();
  const open = () => presence(client, "doc-1", { watch: false });
  const [one, two, three] = [open(), open(), open()];
  await one.set({ x: 1 });
  expect(await xOf(peer)).toBe(1);
  await two.set({ x: 2 });
  expect(await xOf(peer)).toBe(2);
  one.close();
  three.close();
  await two.set({ x: 3 });
  expect(await xOf(peer)).toBe(3);
  two.close();
  expect(await xOf(peer)).toBeNull();
});

test("what a closed handle was about to set is not sent, and set() of a closed one is refused", async () => {
  const { client, peer } = await joined();
  const [one, two] = [presence(client, "doc-1", { watch: false }), presence(client, "doc-1", { watch: false })];
  const setting = one.set({ x: 1 });
  one.close();
  await setting;
  await two.set({ x: 2 });
  expect(await xOf(peer)).toBe(2);
  await expect(one.set({ x: 3 })).rejects.toMatchObject({
    code: "closed",
    message: expect.stringContaining("call presence() again"),
  });
});

test("a watch that is closed before its answer ends with it, unless another one has begun", async () => {
  const { client, peer } = await joined();
  presence(client, "doc-1").close();
  const first = await peer.frame(WATCH);
  const view = presence(client, "doc-1");
  const second = await peer.frame(WATCH);
  const changed = next(view, "members");
  answer(peer, first, [bob]);
  answer(peer, second, [ann]);
  expect(await changed).toEqual([ann]);
  view.close();
  await peer.frame(UNWATCH);
  presence(client, "doc-1").close();
  answer(peer, await peer.frame(WATCH), [ann]);
  expect(await peer.frame(UNWATCH)).toEqual([UNWATCH, 7]);
  expect(sent(peer)).toEqual([WATCH, WATCH, UNWATCH, WATCH, UNWATCH]);
});

test("a handler may close its handle between two pages, and open another", async () => {
  const { client, peer } = await connected();
  const view = presence(client, "doc-1");
  let other: View | undefined;
  view.on("enter", () => {
    view.close();
    other = presence(client, "doc-1");
  });
  answer(peer, await peer.frame(WATCH), [ann], { next: "ann" });
  const again = await peer.frame(WATCH);
  expect(again[3]).toEqual({});
  const changed = next(other!, "members");
  answer(peer, again, [bob]);
  expect(await changed).toEqual([bob]);
});

test("a state that was cleared without a connection is cleared after it, and a null that was limited is sent again", async () => {
  const { client, peer } = await joined();
  const [one, two] = [presence(client, "doc-1", { watch: false }), presence(client, "doc-1", { watch: false })];
  await one.set({ x: 1 });
  expect(await xOf(peer)).toBe(1);
  const lost = new Promise((resolve) => client.on("state", resolve));
  peer.socket.terminate();
  await lost;
  one.close();
  const after = await server.connection();
  await after.welcome();
  await after.join();
  const frame = await after.frame(STATE);
  expect(frame[3]).toBeNull();
  after.say([WATCHED, frame[1], rateLimited, 0, 0, { message: "Too many.", retryAfterMs: 5 }]);
  expect(await xOf(after)).toBeNull();
  two.close();
});

test("a refused state is an error of the handle that set it, a refused watch one of those who watch", async () => {
  const { client, peer } = await joined();
  const only = presence(client, "doc-1", { watch: false });
  const view = presence(client, "doc-1");
  const failed = next(view, "error");
  only.on("error", ({ code }) => expect(code).toBe("too_many_states"));
  const [, request] = await peer.frame(WATCH);
  peer.say([WATCHED, request, 68, 0, 0, { message: "No." }]);
  expect(await failed).toMatchObject({ message: "No.", roomId: "doc-1" });
  const refused = next(only, "error");
  view.on("error", () => expect.unreachable());
  await only.set({ x: 1 });
  peer.say([WATCHED, (await peer.frame(STATE))[1], 95, 0, 0, { message: "The limit is 16." }]);
  expect(await refused).toMatchObject({ code: "too_many_states" });
});

test("what does not fit is refused by the name of the argument", async () => {
  const { client, peer } = await connected();
  const open = presence as any;
  expect(() => open(undefined, "doc-1")).toThrow("presence: client is not one of createDialogueClient");
  expect(() => open({ room: () => ({}) }, "doc-1")).toThrow("presence: client is not");
  const refused = (code: string, path: string, call: () => unknown) =>
    expect(call).toThrow(expect.objectContaining({ code, path, message: expect.stringContaining(path) }));
  refused("request_invalid", "$.roomId", () => open(client));
  refused("request_invalid", "$.roomId", () => open(client, 7));
  refused("request_invalid", "$.roomId", () => open(client, "a\0b"));
  refused("payload_too_large", "$.roomId", () => open(client, "x".repeat(70_000)));
  refused("request_invalid", "$.options", () => open(client, "doc-1", null));
  refused("request_invalid", "$.options", () => open(client, "doc-1", "watch"));
  refused("request_invalid", "$.watch", () => open(client, "doc-1", { watch: 0 }));
  expect(client.peek("doc-1")?.state).toBe("idle");
  const view = open(client, "doc-1");
  await peer.frame(WATCH);
  refused("request_invalid", "$.change", () => view.on("move", () => {}));
  refused("request_invalid", "$.handler", () => view.on("enter"));
  await expect(view.set()).rejects.toMatchObject({ code: "request_invalid", path: "$.state" });
  const own: any = {};
  own.own = own;
  await expect(view.set(own)).rejects.toMatchObject({ code: "request_invalid", path: "$.state" });
  await expect(view.set(1n)).rejects.toMatchObject({ code: "request_invalid", path: "$.state" });
});

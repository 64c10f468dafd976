// States of presence in a client, against a server that says what the test wants.
import { expect, test } from "vitest";
import { presence } from "../../src/presence.js";
import { connectedTo, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";
import { app, module } from "./presence_app.js";

const [WATCH, STATE, WATCHED, STATES] = [18, 20, 51, 52] as const;
const tooManyStates = 95;

scripted();

const connected = () => connectedTo(app);
/** Answers the next WATCH by a page. */
async function watched(peer: Peer, page: object, clock = 1) {
  const frame = await peer.frame(WATCH);
  peer.say([WATCHED, frame[1], 0, 7, clock, { rate: 50, members: [], ...page }]);
  return frame;
}
const ann = { userId: "ann", name: "Ann", state: { x: 1 } };
const bob = { userId: "bob", state: { x: 2 } };
/** What the handlers received, as texts; `until` waits for so many. */
function recorded(view: ReturnType<typeof presence<any, any, any, "doc-1">>) {
  const seen: string[] = [];
  let notify = () => {};
  for (const change of ["enter", "update", "leave"] as const)
    view.on(change, ({ userId, state }) => {
      seen.push(`${change} ${userId} ${state.x}`);
      notify();
    });
  const until = async (count: number) => {
    while (seen.length < count) await new Promise<void>((resolve) => (notify = resolve));
    return seen.splice(0);
  };
  return until;
}

test("the generated module carries the type of states", () => {
  expect(module).toMatch(/extends PresenceStates<\{ "doc-\{id\}": \w+; "tabs-\{id\}": BySession<\w+> \}> \{/);
});

test("a snapshot in pages, then what changes, and `members` is replaced with each change", async () => {
  const { client, peer } = await connected();
  const view = presence(client, "doc-1");
  const until = recorded(view);
  expect((await watched(peer, { members: [ann], next: "ann" })).slice(2)).toEqual(["doc-1", {}]);
  expect((await watched(peer, { members: [bob] })).slice(2)).toEqual(["doc-1", { after: "ann" }]);
  expect(await until(2)).toEqual(["enter ann 1", "enter bob 2"]);
  const before = view.members;
  expect(view.members).toBe(before);
  peer.say([STATES, 7, 2, { states: [{ userId: "ann", state: { x: 5 } }], left: ["bob"] }]);
  expect(await until(2)).toEqual(["update ann 5", "leave bob 2"]);
  expect(view.members).not.toBe(before);
  expect(view.members).toEqual([{ ...ann, state: { x: 5 } }]);
  expect(view.get("ann")?.name).toBe("Ann");
  expect(view.get("bob")).toBeUndefined();
});

test("if the definition keeps the states of all sessions, a user has those, and no state of its own", async () => {
  const { client, peer } = await connected();
  const view = presence(client, "tabs-1");
  const entered = new Promise<any>((resolve) => view.on("enter", resolve));
  const sessions = [
    { id: 1, state: { y: 1 } },
    { id: 4, state: { y: 2 } },
  ];
  await watched(peer, { members: [{ userId: "ann", sessions }] });
  expect(await entered).toEqual({ userId: "ann", sessions });
  expect(view.get("ann")?.state).toBeUndefined();
});

test("after a gap, and after the clock 0, the states are asked for again, and handlers get the differences", async () => {
  const { client, peer } = await connected();
  const until = recorded(presence(client, "doc-1"));
  await watched(peer, { members: [ann, bob] });
  await until(2);
  peer.say([STATES, 7, 4, { states: [{ userId: "ann", state: { x: 3 } }] }]);
  expect(await until(1)).toEqual(["update ann 3"]);
  await watched(peer, { members: [{ ...ann, state: { x: 4 } }] }, 5);
  expect(await until(2)).toEqual(["update ann 4", "leave bob 2"]);
  peer.say([STATES, 7, 0, {}]);
  await watched(peer, { members: [bob] }, 9);
  expect(await until(2)).toEqual(["enter bob 2", "leave ann 4"]);
});

test("a reconnection asks for a new snapshot", async () => {
  const { client, peer } = await connected();
  const until = recorded(presence(client, "doc-1"));
  await watched(peer, { members: [ann, bob] });
  await until(2);
  peer.socket.terminate();
  const next = await server.connection();
  await next.welcome();
  await watched(next, { members: [ann] }, 1);
  expect(await until(1)).toEqual(["leave bob 2"]);
});

test("F-U-M7 a state waits for the membership; of several the last is sent, and again after a reconnection", async () => {
  const { client, peer } = await connected();
  const view = presence(client, "doc-1", { watch: false });
  await Promise.all([view.set({ x: 1 }), view.set({ x: 2 })]);
  const joining = client.join("doc-1");
  await peer.join();
  await joining;
  expect((await peer.frame(STATE)).slice(2)).toEqual(["doc-1", { x: 2 }]);
  await view.set({ x: 3 });
  await view.set({ x: 4 });
  await view.set({ x: 5 });
  expect((await peer.frame(STATE)).slice(2)).toEqual(["doc-1", { x: 5 }]);
  peer.socket.terminate();
  const next = await server.connection();
  await next.welcome();
  await next.join();
  expect((await next.frame(STATE)).slice(2)).toEqual(["doc-1", { x: 5 }]);
  await view.set(null);
  expect((await next.frame(STATE)).slice(2)).toEqual(["doc-1", null]);
});

test("a state that does not fit is refused before it is sent, with its path", async () => {
  const { client } = await connected();
  const view = presence(client, "doc-1");
  await expect(view.set({ x: -1 })).rejects.toMatchObject({ code: "too_small", path: "$.x" });
  await expect(view.set({ x: "a".repeat(3000) } as any)).rejects.toMatchObject({ code: "payload_too_large" });
  await expect(view.set((() => 1) as any)).rejects.toMatchObject({ code: "request_invalid" });
  await expect((presence(client, "lobby" as "doc-1") as typeof view).set({ x: 1 })).rejects.toMatchObject({
    code: "request_invalid",
  });
});

test("a state is taken as it is at the call, whatever becomes of the object", async () => {
  const { client, peer } = await connected();
  const view = presence(client, "doc-1", { watch: false });
  const joining = client.join("doc-1");
  await peer.join();
  await joining;
  const state = { x: 1 };
  const setting = view.set(state);
  state.x = 2;
  await setting;
  expect((await peer.frame(STATE))[3]).toEqual({ x: 1 });
});

test("a refusal of the server is an error of the view, and a limit is waited for", async () => {
  const { client, peer } = await connected();
  const view = presence(client, "doc-1");
  const failed = new Promise<any>((resolve) => view.on("error", resolve));
  await watched(peer, {});
  const joining = client.join("doc-1");
  await peer.join();
  await joining;
  await view.set({ x: 1 });
  let [, request] = await peer.frame(STATE);
  peer.say([WATCHED, request, 62, 0, 0, { message: "Too many.", retryAfterMs: 5 }]);
  [, request] = await peer.frame(STATE);
  peer.say([WATCHED, request, tooManyStates, 0, 0, { message: "The limit is 16." }]);
  expect(await failed).toMatchObject({ code: "too_many_states", message: "The limit is 16." });
});

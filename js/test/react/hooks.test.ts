// @vitest-environment happy-dom
// The hooks besides useMessages, which store/room_store_bindings.test.ts has, against a real server and under StrictMode.
import { createElement, type FunctionComponent, StrictMode, Suspense, useDeferredValue } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import type { DialogueClient } from "../../src/index.js";
import { createHooks } from "../../src/react.js";
import { eventually } from "../support/eventually.js";
import { type App, type Events, newRoom, other, type Rooms, served, user } from "../support/real_server.js";

served();

const hooks = createHooks<App>();
const roots: Root[] = [];

/** Draws a component; `seen` has what each draw has returned. */
function draw<T>(client: DialogueClient<Events, Rooms>, use: () => T) {
  const seen: T[] = [];
  const Component: FunctionComponent = () => {
    seen.push(use());
    return null;
  };
  const root = createRoot(document.createElement("div"));
  roots.push(root);
  const render = () =>
    root.render(createElement(StrictMode, null, createElement(hooks.DialogueProvider, { client }, createElement(Component))));
  render();
  return { seen, last: () => seen.at(-1)!, render, unmount: () => root.unmount() };
}

afterEach(() => {
  for (const root of roots.splice(0)) root.unmount();
});

test("F-U-H2 useConnection shows the connection, and useRoom the room", async () => {
  const client = user();
  const id = newRoom();
  const { last } = draw(client, () => [hooks.useConnection(), hooks.useRoom(id)] as const);
  await eventually(() => expect(last()[0]).toMatchObject({ state: "connected", userId: "ann", transport: "websocket" }));
  await eventually(() => expect(last()[1]).toMatchObject({ status: "live", occupancy: 1, messages: [] }));
});

test("8: useEvent calls the newest handler, without another subscription", async () => {
  const id = newRoom();
  const bob = await other(id);
  const heard: string[] = [];
  let count = 0;
  const { render, last } = draw(user(), () => {
    const at = ++count;
    hooks.useEvent(id, "message", ({ data }) => void heard.push(`${data.text} by ${at === count}`));
    return hooks.useRoom(id).status;
  });
  await eventually(() => expect(last()).toBe("live"));
  const joined = bob.room.position;
  render();
  await bob.say("Hi");
  await eventually(() => expect(heard).toEqual(["Hi by true"]));
  expect(bob.room.position.seq).toBe(joined.seq + 1);
});

test("useTrigger never rejects, and has the error of the last call", async () => {
  const id = newRoom();
  const { last } = draw(user(), () => [hooks.useTrigger(id, "message"), hooks.useMessages(id)] as const);
  await eventually(() => expect(last()[1].status).toBe("live"));
  expect(await last()[0][0]({ text: "" })).toBeUndefined();
  await eventually(() => expect(last()[0][1]).toMatchObject({ pending: false, error: { code: "too_short", path: "$.text" } }));
  expect(await last()[0][0]({ text: "Hi" })).toMatchObject({ seq: 1 });
  await eventually(() => expect(last()[0][1]).toEqual({ pending: false, error: undefined }));
  await eventually(() => expect(last()[1].messages.map(({ data }) => data)).toEqual([{ text: "Hi" }]));
});

test("useMembers draws only if the selected part changes", async () => {
  const id = newRoom();
  const client = user();
  const { last, seen } = draw(client, () => hooks.useMembers(id, (members) => members.some(({ userId }) => userId === "eve")));
  const everybody = draw(client, () => [hooks.useMembers(id), hooks.useOccupancy(id)] as const);
  await eventually(() => expect(everybody.last()[1]).toBe(1));
  const drawn = seen.length;
  await other(id);
  await eventually(() => expect(everybody.last()[1]).toBe(2));
  expect(everybody.last()[0]).toHaveLength(2);
  expect(seen.length).toBe(drawn);
  await other(id, "eve");
  await eventually(() => expect(last()).toBe(true));
});

test("useLatest has the newest of each key, useReduce what was folded", async () => {
  const id = newRoom();
  const { room } = await other(id);
  await room.trigger("cursor", { id: "a", x: 1 });
  await room.trigger("cursor", { id: "b", x: 2 });
  const { last } = draw(user(), () => ({
    latest: hooks.useLatest(id, "cursor"),
    byKey: hooks.useLatest(id, "cursor", ({ data }) => data.id),
    sum: hooks.useReduce(id, (sum: number, { data }) => sum + data.x, 0, { event: "cursor", last: 100 }),
  }));
  const xs = () => [...last().byKey].map(([key, { data }]) => [key, data.x]);
  await eventually(() =>
    expect(xs()).toEqual([
      ["a", 1],
      ["b", 2],
    ]),
  );
  expect(last()).toMatchObject({ latest: { data: { x: 2 } }, sum: 3 });
  await room.trigger("cursor", { id: "a", x: 5 });
  await eventually(() => expect(Object.fromEntries(xs())).toEqual({ a: 5, b: 2 }));
  await eventually(() => expect(last()).toMatchObject({ latest: { data: { x: 5 } }, sum: 8 }));
  await room.trigger("cursor", { id: "a", x: 5 }, { delete: true });
  await eventually(() => expect(xs()).toEqual([["b", 2]]));
});

test("useTyping has the others, until they send something", async () => {
  const id = newRoom();
  const bob = await other(id);
  const typists: string[] = [];
  bob.room.on("typing", ({ from }) => typists.push(from));
  const { last } = draw(user(), () => hooks.useTyping(id, "typing"));
  await eventually(() => expect(bob.room.occupancy).toBe(2));
  last()[1]({});
  last()[1]({});
  await eventually(() => expect(typists).toEqual(["ann"]));
  expect(last()[0]).toEqual([]);
  await bob.room.trigger("typing", {});
  await eventually(() => expect(last()[0]).toEqual(["bob"]));
  await bob.say("Hi");
  await eventually(() => expect(last()[0]).toEqual([]));
});

const newRoomOf = "room-can" as const;

test("useCan asks the server", async () => {
  const { last } = draw(user(), () => [hooks.useCan("publish", newRoomOf, "message"), hooks.useCan("manage", newRoomOf)]);
  await eventually(() => expect(last()).toEqual([true, false]));
});
test("15: the hooks name their rooms: nested components have their own", async () => {
  const [outer, inner] = [newRoom(), newRoom()];
  const [bob, eve] = [await other(outer), await other(inner, "eve")];
  const { last } = draw(user(), () => [hooks.useMessages(outer), hooks.useMessages(inner)] as const);
  await eventually(() => expect(last().map(({ status }) => status)).toEqual(["live", "live"]));
  await bob.say("outer");
  await eve.say("inner");
  await eventually(() => expect(last().map(({ messages }) => messages.map(({ roomId }) => roomId))).toEqual([[outer], [inner]]));
});

test("14, 18: on a server each hook gives its first value, and nothing is connected", async () => {
  const opened = vi.fn();
  class Recorder {
    constructor() {
      opened();
    }
  }
  const client = user("ann", { autoConnect: false, WebSocket: Recorder as any });
  const id = newRoom();
  const Page = () => {
    const { messages, status } = hooks.useMessages(id, { last: 50 });
    const { state } = hooks.useConnection();
    const can = hooks.useCan("publish", id, "message");
    return createElement("p", null, JSON.stringify([messages, status, state, hooks.useMembers(id), can ?? null]));
  };
  const html = renderToString(createElement(hooks.DialogueProvider, { client }, createElement(Page)));
  expect(html.replaceAll("&quot;", '"')).toBe('<p>[[],"idle","connecting",[],null]</p>');
  expect(client.peek(id)).toBeUndefined();
  expect(opened).not.toHaveBeenCalled();
});

test("9, 11: a page that is hydrated while its room receives shows what the server has rendered, then the list", async () => {
  const id = newRoom();
  const bob = await other(id);
  const client = user("ann", { auth: { userId: "ann" } });
  const List = () =>
    createElement(
      "p",
      null,
      hooks
        .useMessages(id, { event: "message", last: 50 })
        .messages.map(({ data }) => data.text)
        .join(),
    );
  const page = createElement(hooks.DialogueProvider, { client }, createElement(Suspense, null, createElement(List)));
  const container = document.createElement("div");
  container.innerHTML = renderToString(page);
  // The room is joined, and has events, before React begins.
  const elsewhere = draw(client, () => hooks.useMessages(id, { event: "message", last: 50 }));
  await bob.say("1");
  await eventually(() => expect(elsewhere.last()?.messages).toHaveLength(1));
  const problems: unknown[] = [];
  vi.spyOn(console, "error").mockImplementation((...line) => void problems.push(line));
  const root = hydrateRoot(container, page, { onRecoverableError: (error) => problems.push(error) });
  roots.push(root);
  await bob.say("2");
  await eventually(() => expect(container.textContent).toBe("1,2"));
  expect(problems).toEqual([]);
  vi.restoreAllMocks();
});

test("16: a list of 2,000 in a transition shows neither a fallback nor another version of the room", async () => {
  const id = newRoom();
  const bob = await other(id);
  const { last, seen } = draw(user(), () => {
    const { messages } = hooks.useMessages(id, { event: "message", keep: 2000 });
    return [messages.length, useDeferredValue(messages).length] as const;
  });
  await eventually(() => expect(bob.room.occupancy).toBe(2));
  for (let i = 0; i < 4; i += 1) await Promise.all(Array.from({ length: 500 }, () => bob.say("x")));
  await eventually(() => expect(last()).toEqual([2000, 2000]));
  for (const [now, deferred] of seen) expect(deferred).toBeLessThanOrEqual(now);
});

test("without a provider a hook says so", () => {
  expect(() => renderToString(createElement(() => (hooks.useConnection(), null)))).toThrow(
    "There is no DialogueProvider above this component.",
  );
});

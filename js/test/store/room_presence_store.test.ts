// @vitest-environment happy-dom
// The states of a room in components: this user and the others, in each binding, against a server that says what the test
// wants.
import { effect as signalEffect } from "@preact/signals-core";
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { createEffect, createSignal, createRoot as createSolidRoot } from "solid-js";
import { describe, expect, test } from "vitest";
import { createApp, shallowRef } from "vue";
import { createHooks } from "../../src/react.js";
import { toSignal } from "../../src/signals.js";
import { createPrimitives } from "../../src/solid.js";
import { type RoomPresenceStore, type RoomPresenceValue, roomPresenceStore } from "../../src/store.js";
import { createReaders } from "../../src/svelte.js";
import { createComposables } from "../../src/vue.js";
import { app } from "../presence/presence_app.js";
import { eventually } from "../support/eventually.js";
import { connectedTo, scripted } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";
import { effect, value as svelteValue } from "../support/svelte_effect.svelte.js";

const [JOIN, LEAVE, WATCH, UNWATCH, STATE, WATCHED, STATES] = [2, 3, 18, 19, 20, 51, 52] as const;
const forbidden = 68;

scripted();

const connected = () => connectedTo(app);
async function watched(peer: Peer, members: object[], number = 7) {
  const frame = await peer.frame(WATCH);
  peer.say([WATCHED, frame[1], 0, number, 1, { rate: 50, members }]);
  return frame[2];
}
const ann = { userId: "ann", state: { x: 1 } };
const bob = { userId: "bob", state: { x: 2 } };
const eve = { userId: "eve", state: { x: 3 } };
const sent = (peer: Peer, type: number) =>
  peer.messages.flatMap((message) => message.split("\n").map((line) => JSON.parse(line))).filter((frame) => frame[0] === type);

test("the first subscriber joins, watches and sets the initial state; the last one's end clears it", async () => {
  const { client, peer } = await connected();
  const store = roomPresenceStore(client, "doc-1", { initial: { x: 1 } });
  expect(store.snapshot()).toEqual({ self: undefined, others: [], status: "idle", error: undefined });
  expect(store.serverSnapshot()).toBe(store.snapshot());
  await expect(store.set({ x: 5 })).rejects.toThrow("has no subscriber");
  const offs = [store.subscribe(() => {}), store.subscribe(() => {})];
  await peer.join();
  expect((await peer.frame(STATE))[3]).toEqual({ x: 1 });
  expect(sent(peer, WATCH)).toHaveLength(1);
  peer.say([WATCHED, sent(peer, WATCH)[0][1], 0, 7, 1, { rate: 50, members: [ann, bob] }]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ self: ann, others: [bob], status: "live", error: undefined }));
  const { others } = store.snapshot();
  peer.say([STATES, 7, 2, { states: [{ userId: "ann", state: { x: 9 } }] }]);
  await eventually(() => expect(store.snapshot().self?.state).toEqual({ x: 9 }));
  expect(store.snapshot().others).toBe(others);
  expect(store.snapshot()).toBe(store.snapshot());
  await expect(store.set({ x: -1 })).rejects.toMatchObject({ code: "too_small", path: "$.x" });
  for (const off of offs) off();
  expect((await peer.frame(STATE))[3]).toBeNull();
  await peer.frame(UNWATCH);
  await peer.frame(LEAVE);
  expect(store.snapshot()).toBe(store.serverSnapshot());
});

test("each store clears what it has set: that of another component stays", async () => {
  const { client, peer } = await connected();
  const [one, two] = [roomPresenceStore(client, "doc-1"), roomPresenceStore(client, "doc-1")];
  const offs = [one.subscribe(() => {}), two.subscribe(() => {})];
  await peer.join();
  await one.set({ x: 1 });
  expect((await peer.frame(STATE))[3]).toEqual({ x: 1 });
  await two.set({ x: 2 });
  expect((await peer.frame(STATE))[3]).toEqual({ x: 2 });
  offs[0]!();
  await eventually(() => expect(one.snapshot()).toBe(one.serverSnapshot()));
  await two.set({ x: 3 });
  expect((await peer.frame(STATE))[3]).toEqual({ x: 3 });
  offs[1]!();
  expect((await peer.frame(STATE))[3]).toBeNull();
});

test("a client that only watches does not join; a refusal is the value's error", async () => {
  const { client, peer } = await connected();
  const store = roomPresenceStore(client, "doc-1", { join: false });
  const off = store.subscribe(() => {});
  await watched(peer, [bob]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ others: [bob], status: "idle" }));
  peer.say([WATCHED, 0, forbidden, 7, 0, { message: "No." }]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ others: [], error: { message: "No." } }));
  off();
  expect(sent(peer, JOIN)).toEqual([]);
});

test("an initial state that does not fit is the value's error, until the members change", async () => {
  const { client, peer } = await connected();
  const store = roomPresenceStore(client, "doc-1", { initial: { x: -1 }, join: false });
  store.subscribe(() => {});
  await eventually(() => expect(store.snapshot().error).toMatchObject({ code: "too_small", path: "$.x" }));
  await watched(peer, [bob]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ error: undefined, others: [bob] }));
});

test("a subscriber that goes before the presence is loaded leaves nothing behind", async () => {
  const { client, peer } = await connected();
  const store = roomPresenceStore(client, "doc-1", { initial: { x: 1 }, join: false });
  store.subscribe(() => {})();
  const setting = store.set({ x: 2 });
  await setting;
  const off = roomPresenceStore(client, "doc-2", { join: false }).subscribe(() => {});
  expect(await watched(peer, [])).toBe("doc-2");
  expect(sent(peer, STATE)).toEqual([]);
  off();
});

test("arguments are refused by name", async () => {
  const { client } = await connected();
  const open = roomPresenceStore as any;
  expect(() => open({}, "doc-1")).toThrow("client is not well-formed");
  expect(() => open(client, 7)).toThrow("id is not well-formed");
  expect(() => open(client, "doc-1", { join: 1 })).toThrow("roomPresenceStore: join is not well-formed");
});

type Value = RoomPresenceValue<{ x: number }> & { set: RoomPresenceStore<{ x: number }>["set"] };
interface Shown {
  value: Value;
  values: unknown[];
  /** What useOthers has, and how often it was drawn. */
  others: unknown;
  draws: number;
}
interface Mounted {
  show(id: string | undefined): void;
  unmount(): void;
}
const initial = { x: 1 };
const select = (others: readonly { userId: string }[]) => others.map(({ userId }) => userId).join();
const hooks = createHooks();
const composables = createComposables();
const bindings: Record<string, (client: any, shown: Shown) => Mounted> = {
  react(client, shown) {
    const Both = ({ id }: { id: string | undefined }) => {
      shown.value = hooks.usePresence(id, { initial });
      shown.values.push(shown.value);
      return createElement(Others, { id });
    };
    const Others = ({ id }: { id: string | undefined }) => {
      shown.draws += 1;
      shown.others = hooks.useOthers(id, (others) => select(others));
      return null;
    };
    const root = createRoot(document.createElement("div"));
    const page = (id: string | undefined) =>
      createElement(StrictMode, null, createElement(hooks.DialogueProvider, { client }, createElement(Both, { id })));
    root.render(page("doc-1"));
    return { show: (id) => root.render(page(id)), unmount: () => root.unmount() };
  },
  vue(client, shown) {
    const id = shallowRef<string | undefined>("doc-1");
    const page = createApp({
      setup() {
        const refs = composables.usePresence(id, { initial });
        const others = composables.useOthers(id, select);
        const { set } = refs;
        return () => {
          const [self, all, status, error] = [refs.self, refs.others, refs.status, refs.error].map((each) => each.value);
          shown.value = { self, others: all, status, error, set } as Value;
          shown.others = others.value;
        };
      },
    });
    page.use(composables.plugin(client)).mount(document.createElement("div"));
    return {
      show: (next) => {
        id.value = next;
      },
      unmount: () => page.unmount(),
    };
  },
  svelte(client, shown) {
    const id = svelteValue<string | undefined>("doc-1");
    const readers = createReaders<any, any>(client);
    const reader = readers.presence(() => id.get(), { initial });
    const others = readers.others(() => id.get(), select);
    const stop = effect(() => {
      shown.value = { ...reader.current, set: reader.set };
      shown.others = others.current;
    });
    return { show: (next) => id.set(next), unmount: stop };
  },
  solid: (client, shown) =>
    createSolidRoot((unmount) => {
      const [id, setId] = createSignal<string | undefined>("doc-1");
      const primitives = createPrimitives<any, any>(client);
      const { self, others, status, error, set } = primitives.createPresence(id, { initial });
      const all = primitives.createOthers(id, select);
      createEffect(() => {
        shown.value = { self: self(), others: others(), status: status(), error: error(), set } as Value;
        shown.others = all();
      });
      return { show: (next) => void setId(() => next), unmount };
    }),
};

describe.each(Object.entries(bindings))("%s", (_name, mount) => {
  test("a component has itself, the others and what sets a state; another room is followed, the unmount ends all", async () => {
    const { client, peer } = await connected();
    const shown: Shown = { value: undefined as any, values: [], others: undefined, draws: 0 };
    const page = mount(client, shown);
    await peer.join();
    expect((await peer.frame(STATE))[3]).toEqual({ x: 1 });
    const watches = () => sent(peer, WATCH);
    expect(watches()).toHaveLength(1); // of both, also under StrictMode
    peer.say([WATCHED, watches()[0][1], 0, 7, 1, { rate: 50, members: [ann, bob] }]);
    await eventually(() => expect(shown.value).toMatchObject({ self: ann, others: [bob], status: "live", error: undefined }));
    await eventually(() => expect(shown.others).toBe("bob"));
    const { others, set } = shown.value;
    peer.say([STATES, 7, 2, { states: [{ userId: "ann", state: { x: 4 } }] }]);
    await eventually(() => expect(shown.value.self?.state).toEqual({ x: 4 }));
    expect(shown.value.others).toBe(others);
    expect(shown.value.set).toBe(set);
    await set({ x: 4 });
    expect((await peer.frame(STATE))[3]).toEqual({ x: 4 });
    await expect(set({ x: -1 })).rejects.toMatchObject({ code: "too_small" });
    peer.say([STATES, 7, 3, { states: [eve] }]);
    await eventually(() => expect(shown.others).toBe("bob,eve"));
    page.show(undefined);
    expect((await peer.frame(STATE))[3]).toBeNull();
    await peer.frame(UNWATCH);
    await eventually(() => expect(shown.value).toMatchObject({ self: undefined, others: [], status: "idle" }));
    await eventually(() => expect(shown.others).toBe(""));
    page.show("doc-2");
    expect(await watched(peer, [eve], 8)).toBe("doc-2");
    await eventually(() => expect(shown.value.others).toEqual([eve]));
    page.unmount();
    expect(await peer.frame(UNWATCH)).toEqual([UNWATCH, 8]);
  });
});

test("signals follow the store", async () => {
  const { client, peer } = await connected();
  const value = toSignal(roomPresenceStore(client, "doc-1", { join: false }));
  let others: unknown;
  const stop = signalEffect(() => {
    others = value.value.others;
  });
  await watched(peer, [bob]);
  await eventually(() => expect(others).toEqual([bob]));
  stop();
  await peer.frame(UNWATCH);
});

test("on a server the hooks give their first values, without a connection", async () => {
  const { client, peer } = await connected();
  const Page = () => {
    const { self, others, status } = hooks.usePresence("doc-1", { initial });
    return createElement("p", null, JSON.stringify([self ?? null, others, status, hooks.useOthers("doc-1")]));
  };
  const html = renderToString(createElement(hooks.DialogueProvider, { client: client as any }, createElement(Page)));
  expect(html.replaceAll("&quot;", '"')).toBe('<p>[null,[],"idle",[]]</p>');
  expect(client.peek("doc-1")).toBeUndefined();
  expect(sent(peer, WATCH)).toEqual([]);
});

test("in React a component that selects is drawn again only if its part changes", async () => {
  const { client, peer } = await connected();
  let [all, drawn, count] = [0, 0, 0];
  const Size = () => {
    count = hooks.useOthers("doc-1", (others) => others.length);
    drawn += 1;
    return null;
  };
  const All = () => {
    all = hooks.useOthers("doc-1")[0]?.state.x;
    return null;
  };
  const root = createRoot(document.createElement("div"));
  const page = createElement(hooks.DialogueProvider, { client: client as any }, createElement(Size), createElement(All));
  root.render(page);
  await watched(peer, [ann, bob]);
  await eventually(() => expect([count, all]).toEqual([1, 2]));
  const before = drawn;
  peer.say([STATES, 7, 2, { states: [{ userId: "bob", state: { x: 5 } }] }]);
  await eventually(() => expect(all).toBe(5));
  expect(drawn).toBe(before);
  root.unmount();
});

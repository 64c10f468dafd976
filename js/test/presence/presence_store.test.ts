// @vitest-environment happy-dom
// States of presence as a store, and what each binding makes of it, against a server that says what the test wants.
import { effect as signalEffect } from "@preact/signals-core";
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createEffect, createRoot as createSolidRoot } from "solid-js";
import { describe, expect, test } from "vitest";
import { createApp } from "vue";
import { presence } from "../../src/presence.js";
import { createHooks } from "../../src/react.js";
import { toSignal } from "../../src/signals.js";
import { createPrimitives } from "../../src/solid.js";
import { type PresenceStore, presenceStore } from "../../src/store.js";
import { createReaders } from "../../src/svelte.js";
import { createComposables } from "../../src/vue.js";
import { eventually } from "../support/eventually.js";
import { connectedTo, scripted } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";
import { effect } from "../support/svelte_effect.svelte.js";
import { app } from "./presence_app.js";

const [WATCH, UNWATCH, STATE, WATCHED, STATES] = [18, 19, 20, 51, 52] as const;

scripted();

const connected = () => connectedTo(app);
async function watched(peer: Peer, members: object[]) {
  const frame = await peer.frame(WATCH);
  peer.say([WATCHED, frame[1], 0, 7, 1, { rate: 50, members }]);
}
const ann = { userId: "ann", state: { x: 1 } };
const bob = { userId: "bob", state: { x: 2 } };
const cursorsOf = (client: any): PresenceStore<any> => presenceStore(() => presence(client, "doc-1"));
const ids = ({ members }: { members: readonly { userId: string }[] }) => members.map(({ userId }) => userId);

test("subscribers of all stores share one watch; the value stays the same object until it changes", async () => {
  const { client, peer } = await connected();
  const [one, two] = [cursorsOf(client), cursorsOf(client)];
  expect(one.snapshot()).toBe(one.serverSnapshot());
  expect(one.snapshot()).toEqual({ members: [], error: undefined });
  const offs = [one.subscribe(() => {}), one.subscribe(() => {}), two.subscribe(() => {})];
  await watched(peer, [ann, bob]);
  await eventually(() => expect(ids(one.snapshot())).toEqual(["ann", "bob"]));
  await eventually(() => expect(two.snapshot().members).toBe(one.snapshot().members));
  const before = one.snapshot();
  expect(one.snapshot()).toBe(before);
  const late = cursorsOf(client);
  offs.push(late.subscribe(() => {}));
  await eventually(() => expect(ids(late.snapshot())).toEqual(["ann", "bob"]));
  peer.say([STATES, 7, 2, { left: ["bob"] }]);
  await eventually(() => expect(ids(one.snapshot())).toEqual(["ann"]));
  for (const off of offs) off();
  expect(await peer.frame(UNWATCH)).toEqual([UNWATCH, 7]); // and no second WATCH came before
  expect(one.snapshot()).toBe(one.serverSnapshot());
});

test("what opens the presence is a function", () => {
  expect(() => presenceStore({} as any)).toThrow("presenceStore: open is not a function");
});

test("set needs a subscriber; a refusal is the value's error until the members change", async () => {
  const { client, peer } = await connected();
  const store = cursorsOf(client);
  await expect(store.set({ x: 1 })).rejects.toThrow("has no subscriber");
  const off = store.subscribe(() => {});
  await watched(peer, [bob]);
  const joining = client.join("doc-1");
  await peer.join();
  await joining;
  await expect(store.set({ x: -1 })).rejects.toMatchObject({ code: "too_small", path: "$.x" });
  await store.set({ x: 3 });
  const [, request] = await peer.frame(STATE);
  peer.say([WATCHED, request, 95, 0, 0, { message: "The limit is 16." }]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ error: { code: "too_many_states" }, members: [bob] }));
  peer.say([STATES, 7, 2, { states: [ann] }]);
  await eventually(() => expect(store.snapshot()).toMatchObject({ error: undefined, members: [bob, ann] }));
  off();
  expect((await peer.frame(STATE))[3]).toBe(null);
  await expect(store.set({ x: 1 })).rejects.toThrow("has no subscriber");
});

type Follow = (client: any, store: PresenceStore<any>, show: (value: any) => void) => () => void;
const hooks = createHooks();
const composables = createComposables();
const follows: Record<string, Follow> = {
  react(client, store, show) {
    const Component = () => {
      show(hooks.useStore(store));
      return null;
    };
    const root = createRoot(document.createElement("div"));
    root.render(createElement(StrictMode, null, createElement(hooks.DialogueProvider, { client }, createElement(Component))));
    return () => root.unmount();
  },
  vue(client, store, show) {
    const page = createApp({
      setup() {
        const value = composables.useStore(store);
        return () => show(value.value);
      },
    });
    page.use(composables.plugin(client)).mount(document.createElement("div"));
    return () => page.unmount();
  },
  svelte(client, store, show) {
    const reader = createReaders(client).fromStore(store);
    return effect(() => show(reader.current));
  },
  solid: (client, store, show) =>
    createSolidRoot((stop) => {
      const value = createPrimitives(client).fromStore(store);
      createEffect(() => show(value()));
      return stop;
    }),
  signals(_client, store, show) {
    const value = toSignal(store);
    return signalEffect(() => show(value.value));
  },
};

describe.each(Object.entries(follows))("%s", (_name, follow) => {
  test("a component shows the members, and its unmount ends the watch", async () => {
    const { client, peer } = await connected();
    let shown: any;
    const stop = follow(client, cursorsOf(client), (value) => {
      shown = value;
    });
    await watched(peer, [ann]);
    await eventually(() => expect(ids(shown)).toEqual(["ann"]));
    peer.say([STATES, 7, 2, { states: [bob] }]);
    await eventually(() => expect(ids(shown)).toEqual(["ann", "bob"]));
    stop();
    expect(await peer.frame(UNWATCH)).toEqual([UNWATCH, 7]);
  });
});

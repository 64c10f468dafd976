// What does not compile: rooms without states, and states that the definitions do not have.
import { expectTypeOf, test } from "vitest";
import type { DialogueApp, DialogueClient } from "../../src/index.js";
import { type PresenceMember, presence } from "../../src/presence.js";
import { createHooks } from "../../src/react.js";
import { createPrimitives } from "../../src/solid.js";
import { roomPresenceStore } from "../../src/store.js";
import { createReaders } from "../../src/svelte.js";
import { createComposables } from "../../src/vue.js";
import type { Events, Rooms } from "../presence/presence_app.js";

declare const client: DialogueClient<Events, Rooms>;
declare const plain: DialogueClient;

test("states have the type of their room's definition", () => {
  const cursors = presence(client, "doc-7");
  expectTypeOf(cursors.set).parameter(0).toEqualTypeOf<{ x: number } | null>();
  expectTypeOf(cursors.members[0]!.state).toEqualTypeOf<{ x: number }>();
  cursors.on("update", ({ state }) => expectTypeOf(state.x).toEqualTypeOf<number>());
  // @ts-expect-error: x is a number
  cursors.set({ x: "1" });
  // @ts-expect-error: not a change
  cursors.on("move", () => {});
  // @ts-expect-error: the room has no states
  presence(client, "lobby");
});

test("if the definition keeps the states of all sessions, a user has no state of its own", () => {
  const tabs = presence(client, "tabs-7");
  const [member] = tabs.members;
  expectTypeOf(member!.state).toEqualTypeOf<undefined>();
  expectTypeOf(member!.sessions[0]!.state).toEqualTypeOf<{ y: number }>();
  expectTypeOf(tabs.set).parameter(0).toEqualTypeOf<{ y: number } | null>();
  tabs.on("update", ({ sessions }) => sessions.map(({ state }) => state.y));
  // @ts-expect-error: each session has one
  tabs.on("update", ({ state }) => state.y);
  expectTypeOf(presence(client, "doc-7").members[0]!.sessions).toEqualTypeOf<undefined>();
  const store = roomPresenceStore(client, "tabs-7", { initial: { y: 1 } });
  expectTypeOf(store.snapshot().self?.sessions[0]?.state).toEqualTypeOf<{ y: number } | undefined>();
  // @ts-expect-error: y is a number
  void store.set({ y: "1" });
  // @ts-expect-error: y is a number
  roomPresenceStore(client, "tabs-7", { initial: { y: "1" } });
});

test("a state whose members are all optional is one of each user", () => {
  expectTypeOf<PresenceMember<{ typing?: boolean }>["state"]>().toEqualTypeOf<{ typing?: boolean }>();
  expectTypeOf<PresenceMember<string>["state"]>().toEqualTypeOf<string>();
  expectTypeOf<PresenceMember<{ a: 1 } | { b: 2 }>["state"]>().toEqualTypeOf<{ a: 1 } | { b: 2 }>();
});

test("without a generated module any room has any state", () => {
  void presence(plain, "anything").set({ free: true });
  const [member] = presence(plain, "anything").members;
  expectTypeOf(member!.state).toBeAny();
  expectTypeOf(member!.sessions).toBeAny();
});

type X = { x: number };
type App = DialogueApp<Events, Rooms>;

test("each binding knows the states of its rooms", () => {
  const store = roomPresenceStore(client, "doc-7", { initial: { x: 1 } });
  expectTypeOf(store.snapshot().others).toEqualTypeOf<readonly PresenceMember<X>[]>();
  // @ts-expect-error: x is a number
  roomPresenceStore(client, "doc-7", { initial: { x: "1" } });
  // @ts-expect-error: the room has no states
  roomPresenceStore(client, "lobby");

  const hooks = createHooks<App>();
  const { self, others, set } = hooks.usePresence("doc-7", { initial: { x: 1 } });
  expectTypeOf(self).toEqualTypeOf<PresenceMember<X> | undefined>();
  expectTypeOf(others[0]!.state).toEqualTypeOf<X>();
  expectTypeOf(set).parameter(0).toEqualTypeOf<X | null>();
  expectTypeOf(hooks.useOthers("doc-7", (all) => all.map(({ state }) => state.x))).toEqualTypeOf<number[]>();
  hooks.useOthers(undefined);
  // @ts-expect-error: the room has no states
  hooks.usePresence("lobby");
  // @ts-expect-error: x is a number
  hooks.usePresence("doc-7", { initial: { x: "1" } });
  // @ts-expect-error: no such option
  hooks.usePresence("doc-7", { join: false });

  const composables = createComposables<App>();
  expectTypeOf(composables.usePresence("doc-7").others.value[0]!.state).toEqualTypeOf<X>();
  expectTypeOf(composables.useOthers("doc-7", (all) => all.length).value).toEqualTypeOf<number>();
  // @ts-expect-error: the room has no states
  composables.useOthers("lobby");

  const readers = createReaders(client);
  expectTypeOf(readers.presence(() => "doc-7").current.self).toEqualTypeOf<PresenceMember<X> | undefined>();
  expectTypeOf(readers.others("doc-7").current[0]!.state).toEqualTypeOf<X>();
  // @ts-expect-error: the room has no states
  readers.presence("lobby");

  const primitives = createPrimitives(client);
  expectTypeOf(primitives.createPresence("doc-7").others()[0]!.state).toEqualTypeOf<X>();
  expectTypeOf(primitives.createOthers("doc-7", (all) => all.length)()).toEqualTypeOf<number>();
  // @ts-expect-error: the room has no states
  primitives.createOthers("lobby");
});

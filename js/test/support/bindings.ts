// One component for each binding: shows a room's list, counts how often it was drawn, and can be given another room.
import { type ReadonlySignal, effect as signalEffect } from "@preact/signals-core";
import { createElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { createEffect, createSignal, createRoot as createSolidRoot } from "solid-js";
import { createApp, h, shallowRef } from "vue";
import type { DialogueClient } from "../../src/index.js";
import { createHooks } from "../../src/react.js";
import { toSignal } from "../../src/signals.js";
import { createPrimitives } from "../../src/solid.js";
import { type ListedMessage, type RoomSnapshot, roomStore, type StoreOptions } from "../../src/store.js";
import { createReaders } from "../../src/svelte.js";
import { createComposables } from "../../src/vue.js";
import type { App, Events, Rooms } from "./real_server.js";
import { effect, value } from "./svelte_effect.svelte.js";

type Client = DialogueClient<Events, Rooms>;
type Id = `room-${string}`;
type Options = Omit<StoreOptions<"message">, "reduce" | "start">;

/** What a mounted component shows. */
export interface Mounted {
  shown(): RoomSnapshot;
  messages(): readonly ListedMessage<any>[];
  draws(): number;
  trigger(text: string): Promise<unknown>;
  loadEarlier(limit?: number): Promise<void>;
  show(id: Id | undefined): void;
  unmount(): void;
}

export interface Binding {
  name: string;
  /** Whether a component can be without a room. */
  skips: boolean;
  mount(client: Client, id: Id | undefined, options?: Options): Mounted;
}

/** Makes a mounted component of what reads it. */
function mounted(read: () => any, draws: () => number, show: Mounted["show"], unmount: () => void): Mounted {
  return {
    shown: () => read(),
    messages: () => read().messages,
    draws,
    trigger: (text) => read().trigger("message", { text }),
    loadEarlier: (limit) => read().loadEarlier(limit),
    show,
    unmount,
  };
}

const hooks = createHooks<App>();
const react: Binding = {
  name: "react",
  skips: true,
  mount(client, id, options) {
    let seen: any;
    let draws = 0;
    let setRoom: (id: Id | undefined) => void = () => {};
    function List() {
      const [room, set] = useState(id);
      setRoom = set;
      seen = hooks.useMessages(room, options && { ...options });
      draws += 1;
      return createElement("ul", null, ...seen.messages.map((m: any) => createElement("li", { key: m.key }, m.data.text)));
    }
    const root = createRoot(document.createElement("div"));
    root.render(createElement(StrictMode, null, createElement(hooks.DialogueProvider, { client }, createElement(List))));
    return mounted(
      () => seen ?? { status: "idle", messages: [] },
      () => draws,
      (next) => setRoom(next),
      () => root.unmount(),
    );
  },
};

const composables = createComposables<App>();
const plain = (refs: any) =>
  new Proxy(refs, { get: (target, name) => (typeof target[name] === "function" ? target[name] : target[name]?.value) });
const vue: Binding = {
  name: "vue",
  skips: true,
  mount(client, id, options) {
    let refs: any;
    let draws = 0;
    const room = shallowRef(id);
    const app = createApp({
      setup() {
        refs = composables.useMessages(room as any, options);
        return () => {
          draws += 1;
          return h(
            "ul",
            refs.messages.value.map((m: any) => h("li", { key: m.key }, m.data.text)),
          );
        };
      },
    });
    app.use(composables.plugin(client)).mount(document.createElement("div"));
    return mounted(
      () => plain(refs),
      () => draws,
      (next) => {
        room.value = next;
      },
      () => app.unmount(),
    );
  },
};

const svelte: Binding = {
  name: "svelte",
  skips: true,
  mount(client, id, options) {
    const room = value(id);
    const reader = createReaders(client).messages(() => room.get() as Id, options);
    let draws = 0;
    const stop = effect(() => {
      draws += 1;
      return reader.current;
    });
    return mounted(
      () => ({ ...reader.current, trigger: reader.trigger, loadEarlier: reader.loadEarlier }),
      () => draws,
      (next) => room.set(next),
      stop,
    );
  },
};

const solid: Binding = {
  name: "solid",
  skips: true,
  mount(client, id, options) {
    let draws = 0;
    const [room, setRoom] = createSignal(id);
    const { stop, list } = createSolidRoot((stop) => {
      const list: any = createPrimitives(client).createMessages(room as any, options);
      createEffect(() => {
        draws += 1;
        return list.messages().length;
      });
      return { stop, list };
    });
    const read = () =>
      new Proxy(list, {
        get: (target, name: string) => (/^(trigger|loadEarlier|retry)$/.test(name) ? target[name] : target[name]?.()),
      });
    return mounted(
      read,
      () => draws,
      (next) => void setRoom(() => next),
      stop,
    );
  },
};

const signals: Binding = {
  name: "signals",
  skips: false,
  mount(client, id, options) {
    let draws = 0;
    let stop = () => {};
    let store: any;
    let signal: ReadonlySignal<any>;
    const show = (next: Id | undefined) => {
      stop();
      store = roomStore(client, next!, options);
      signal = toSignal(store);
      stop = signalEffect(() => {
        draws += 1;
        return void signal.value;
      });
    };
    show(id);
    return mounted(
      () => ({ ...signal.peek(), trigger: store.trigger, loadEarlier: store.loadEarlier }),
      () => draws,
      show,
      () => stop(),
    );
  },
};

const store: Binding = {
  name: "store",
  skips: false,
  mount(client, id, options) {
    let draws = 0;
    let its: any;
    let off = () => {};
    const show = (next: Id | undefined) => {
      const before = off;
      its = roomStore(client, next!, options);
      off = its.subscribe(() => {
        draws += 1;
      });
      before();
    };
    show(id);
    return mounted(
      () => ({ ...its.snapshot(), trigger: its.trigger, loadEarlier: its.loadEarlier }),
      () => draws,
      show,
      () => off(),
    );
  },
};

export const bindings = [store, react, vue, svelte, solid, signals];

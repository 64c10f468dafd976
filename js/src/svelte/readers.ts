// Values of stores that Svelte follows: a reader subscribes while an effect or a component reads it.
import { createSubscriber } from "svelte/reactivity";
import type { DialogueClient } from "../api/client.js";
import { canStore } from "../store/can_store.js";
import { connectionStore } from "../store/connection_store.js";
import { latestOptions } from "../store/latest.js";
import { roomPresenceStore } from "../store/room_presence_store.js";
import { roomStore } from "../store/room_store.js";
import type { Store, StoreOptions } from "../store/types.js";
import { typingStore } from "../store/typing_store.js";
import type { Readers } from "./types.js";

type Id = string | undefined | (() => string | undefined);

const quiet = { keep: 0 } as const;

/** A store's value as `current`, and as a store of Svelte. */
function readerOf<T>(store: Store<T>) {
  const follow = createSubscriber((update) => store.subscribe(update));
  return {
    get current(): T {
      follow();
      return store.snapshot();
    },
    subscribe(run: (value: T) => void) {
      run(store.snapshot());
      return store.subscribe(() => run(store.snapshot()));
    },
  };
}

/** The store that `make` gives for an id, and its value; the id may be a function, which is followed. */
function followed<S extends Store<any>>(id: Id, make: (id: string) => S) {
  let last: ReturnType<typeof open> | undefined;
  const open = (name: string | undefined) => {
    const store = make(name ?? "");
    const follow = createSubscriber((update) => (name === undefined ? () => {} : store.subscribe(update)));
    return { name, store, follow };
  };
  const at = () => {
    const name = typeof id === "function" ? id() : id;
    if (!last || last.name !== name) last = open(name);
    return last;
  };
  return {
    store: () => at().store,
    read() {
      const { store, follow } = at();
      follow();
      return store.snapshot();
    },
    subscribe(run: (value: unknown) => void) {
      const { store } = at();
      run(store.snapshot());
      return store.subscribe(() => run(store.snapshot()));
    },
  };
}

/** A room's value. */
const roomReader = (client: DialogueClient<any, any>, id: Id, options: StoreOptions<string, any> = {}) =>
  followed(id, (name) => roomStore(client, name, options));

/** A reader whose `current` is a part of a room's value. */
const partOf = (client: DialogueClient<any, any>, id: Id, options: StoreOptions<string, any>, part: string) => {
  const { read } = roomReader(client, id, options);
  return {
    get current() {
      return read()[part];
    },
  };
};

/** What is read as `current`, and the functions. */
const readerWith = (read: () => unknown, functions: object) =>
  Object.defineProperty(functions, "current", { get: read, enumerable: true });

/** A room's value, and what can be done with the room. */
function messages(client: DialogueClient<any, any>, id: Id, options?: StoreOptions<string, any>) {
  const { read, subscribe, store } = roomReader(client, id, options);
  return readerWith(read, {
    subscribe,
    trigger: (...args: any[]) => (store().trigger as any)(...args),
    loadEarlier: (limit?: number) => store().loadEarlier(limit),
    retry: () => store().retry(),
  });
}

/** The states of a room, and what sets one. */
function presence(client: DialogueClient<any, any>, id: Id, options?: object) {
  const { read, subscribe, store } = followed(id, (name) => roomPresenceStore(client, name, options));
  return readerWith(read, { subscribe, set: (state: unknown) => store().set(state) });
}

function others(client: DialogueClient<any, any>, id: Id, select: (others: any) => unknown = (all) => all) {
  const { read } = followed(id, (name) => roomPresenceStore(client, name, { join: false }));
  return readerWith(() => select(read().others), {});
}

/**
 * Readers of a client's rooms. They work in components, in effects, and as stores (`$chat`).
 *
 * @example
 * const chat = createReaders(client).messages("chat", { event: "message", last: 50 });
 * // {#each chat.current.messages as message (message.key)}
 */
export function createReaders<Events extends object, Rooms extends object>(
  client: DialogueClient<Events, Rooms>,
): Readers<Events, Rooms> {
  return {
    fromStore: readerOf,
    connection: () => readerOf(connectionStore(client)),
    room: (id: Id, options?: object) => messages(client, id, { ...options, ...quiet }),
    messages: (id: Id, options?: object) => messages(client, id, options),
    latest: (id: Id, event: string, keyOf?: any) => partOf(client, id, latestOptions(event, keyOf), "state"),
    reduce: (id: Id, reduce: any, start: unknown, options?: object) => partOf(client, id, { ...options, reduce, start }, "state"),
    members: (id: Id) => partOf(client, id, quiet, "members"),
    occupancy: (id: Id) => partOf(client, id, quiet, "occupancy"),
    typing(id: string, event: string, ms?: number) {
      const store = typingStore(client, id, event, ms);
      return Object.defineProperties({ typing: store.typing }, Object.getOwnPropertyDescriptors(readerOf(store)));
    },
    presence: (id: Id, options?: object) => presence(client, id, options),
    others: (id: Id, select?: any) => others(client, id, select),
    can: (right: any, id: string, event?: string) => readerOf(canStore(client, right, id, event)),
  } as unknown as Readers<Events, Rooms>;
}

// Primitives of Solid: values of stores as accessors. Lists are reconciled by key, so that only rows that changed are drawn.
import { type Accessor, createEffect, createMemo, createSignal, onCleanup, untrack } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { DialogueClient } from "../api/client.js";
import { canStore } from "../store/can_store.js";
import { connectionStore } from "../store/connection_store.js";
import { latestOptions } from "../store/latest.js";
import { roomEvents } from "../store/room_events.js";
import { roomPresenceStore } from "../store/room_presence_store.js";
import { roomStore } from "../store/room_store.js";
import type { Store, StoreOptions } from "../store/types.js";
import { typingStore } from "../store/typing_store.js";
import type { Primitives } from "./types.js";

type Id = string | Accessor<string | undefined> | undefined;

const quiet = { keep: 0 } as const;
const read = <T>(id: T | Accessor<T>): T => (typeof id === "function" ? (id as Accessor<T>)() : id);

/** Follows the store of `source` while the owner lives. On a server effects do not run. */
function follow<T>(source: () => Store<T> | undefined, set: (value: T) => void, empty?: T): void {
  createEffect(() => {
    const store = source();
    if (!store) return set(empty as T);
    onCleanup(store.subscribe(() => set(store.snapshot())));
    set(store.snapshot());
  });
}

function fromStore<T>(store: Store<T>): Accessor<T> {
  const [value, set] = createSignal(store.serverSnapshot());
  follow(
    () => store,
    (next) => set(() => next),
  );
  return value;
}

/** The value of the store that `make` gives for an id as one signal, and the store's functions of these names. */
function storeSignal(id: Id, make: (id: string) => Store<any>, ...functions: string[]) {
  const store = createMemo(() => {
    const name = read(id);
    return name === undefined ? undefined : make(name);
  });
  const empty = make("").serverSnapshot();
  const [value, set] = createSignal<any>(untrack(store)?.serverSnapshot() ?? empty);
  follow<any>(store, (next) => set(() => next), empty);
  const calls: any = {};
  for (const name of functions)
    calls[name] = (...args: any[]) => {
      const its: any = store();
      if (!its) throw new Error("This primitive has no room.");
      return its[name](...args);
    };
  return { value, calls };
}

const roomSignal = (client: DialogueClient<any, any>, id: Id, options: StoreOptions<string, any> = {}) =>
  storeSignal(id, (name) => roomStore(client, name, options), "trigger", "loadEarlier", "retry");

const presenceSignal = (client: DialogueClient<any, any>, id: Id, options?: object) =>
  storeSignal(id, (name) => roomPresenceStore(client, name, options), "set");

/** An accessor of each member of a value. */
const partsOf = (value: Accessor<any>) =>
  Object.fromEntries(Object.keys(untrack(value)).map((name) => [name, createMemo(() => value()[name])]));

function createMessages(client: DialogueClient<any, any>, id: Id, options?: StoreOptions<string, any>) {
  const { value, calls } = roomSignal(client, id, options);
  const [list, setList] = createStore<{ messages: any[] }>({ messages: [...untrack(value).messages] });
  createEffect(() => setList("messages", reconcile(value().messages, { key: "key", merge: false })));
  return { ...partsOf(value), messages: () => list.messages, ...calls };
}

function createTrigger(client: DialogueClient<any, any>, id: string | Accessor<string>, event: string) {
  const [running, setRunning] = createSignal(0);
  const [error, setError] = createSignal<unknown>();
  const trigger = async (data?: unknown, options?: object) => {
    setRunning((count) => count + 1);
    setError(undefined);
    const room = client.room(read(id));
    try {
      return await room.trigger(event, data, options);
    } catch (thrown) {
      setError(() => thrown);
    } finally {
      room.release();
      setRunning((count) => count - 1);
    }
  };
  return { trigger, pending: () => running() > 0, error };
}

/**
 * Primitives for a client's rooms.
 *
 * @example
 * const { createMessages } = createPrimitives(client);
 * const { messages, trigger } = createMessages("chat", { event: "message", last: 50 });
 */
export function createPrimitives<Events extends object, Rooms extends object>(
  client: DialogueClient<Events, Rooms>,
): Primitives<Events, Rooms> {
  const part = (id: Id, options: StoreOptions<string, any>, name: string) => {
    const { value } = roomSignal(client, id, options);
    return createMemo(() => value()[name]);
  };
  return {
    fromStore,
    createConnection: () => fromStore(connectionStore(client)),
    createRoom: (id: Id, options?: object) => createMessages(client, id, { ...options, ...quiet }),
    createMessages: (id: Id, options?: object) => createMessages(client, id, options),
    createEvent(id: Id, event: string, handler: (message: any) => void) {
      createEffect(() => {
        const name = read(id);
        if (name !== undefined) onCleanup(roomEvents(client, name, event, handler));
      });
    },
    createLatest: (id: Id, event: string, keyOf?: any) => part(id, latestOptions(event, keyOf), "state"),
    createReduce: (id: Id, reduce: any, start: unknown, options?: object) => part(id, { ...options, reduce, start }, "state"),
    createTrigger: (id: string, event: string) => createTrigger(client, id, event),
    createMembers: (id: Id) => part(id, quiet, "members"),
    createOccupancy: (id: Id) => part(id, quiet, "occupancy"),
    createTyping(id: string, event: string, ms?: number) {
      const store = typingStore(client, id, event, ms);
      return { others: fromStore(store), typing: store.typing };
    },
    createPresence(id: Id, options?: object) {
      const { value, calls } = presenceSignal(client, id, options);
      return { ...partsOf(value), ...calls };
    },
    createOthers(id: Id, select: (others: any) => unknown = (others) => others) {
      const { value } = presenceSignal(client, id, { join: false });
      const others = createMemo(() => value().others);
      return createMemo(() => select(others()));
    },
    createCan: (right: any, id: string, event?: string) => fromStore(canStore(client, right, id, event)),
  } as unknown as Primitives<Events, Rooms>;
}

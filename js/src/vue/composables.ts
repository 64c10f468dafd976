// The composables: each gives a store's value as a shallow ref, which follows its id and the scope that it is used in.
import {
  computed,
  inject,
  type MaybeRefOrGetter,
  onScopeDispose,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
  toValue,
  watch,
} from "vue";
import type { DialogueClient } from "../api/client.js";
import type { DialogueApp } from "../api/definitions.js";
import { canStore } from "../store/can_store.js";
import { connectionStore } from "../store/connection_store.js";
import { latestOptions } from "../store/latest.js";
import { roomEvents } from "../store/room_events.js";
import { roomPresenceStore } from "../store/room_presence_store.js";
import { roomStore } from "../store/room_store.js";
import type { Store, StoreOptions } from "../store/types.js";
import { typingStore } from "../store/typing_store.js";
import type { ComposablesOf } from "./types.js";

type Id = MaybeRefOrGetter<string | undefined>;

const key = Symbol("dialogue");
const isBrowser = typeof window !== "undefined";
const quiet = { keep: 0 } as const;

function useClient(): DialogueClient<any, any> {
  const client = inject<DialogueClient<any, any>>(key);
  if (!client) throw new Error("The application does not use the plugin of dialogue-client/vue.");
  return client;
}

/** Follows `source` while the scope lives; a server that renders subscribes to nothing. */
function follow<T, S extends Store<T>>(source: () => S | undefined, value: ShallowRef<T>, empty: T): void {
  let off: (() => void) | undefined;
  watch(
    source,
    (store) => {
      const before = off;
      const read = () => {
        value.value = store ? store.snapshot() : empty;
      };
      off = isBrowser ? store?.subscribe(read) : undefined;
      before?.();
      read();
    },
    { immediate: true },
  );
  onScopeDispose(() => off?.());
}

export function useStore<T>(store: Store<T>): ShallowRef<T> {
  const value = shallowRef(store.serverSnapshot()) as ShallowRef<T>;
  follow(() => store, value, store.serverSnapshot());
  return shallowReadonly(value) as ShallowRef<T>;
}

/** The value of the store that `make` gives for an id, each member a ref, and the store's functions of these names. */
function refsOf(id: Id, make: (id: string) => Store<any>, ...functions: string[]) {
  const store = computed(() => {
    const name = toValue(id);
    return name === undefined ? undefined : make(name);
  });
  const empty = make("").serverSnapshot();
  const value = shallowRef<any>(empty);
  follow<any, any>(() => store.value, value, empty);
  const refs: any = Object.fromEntries(Object.keys(empty).map((name) => [name, computed(() => value.value[name])]));
  for (const name of functions)
    refs[name] = (...args: any[]) => {
      if (!store.value) throw new Error("This composable has no room.");
      return (store.value as any)[name](...args);
    };
  return refs;
}

/** A room's value, and what its store can do. */
function useRoomRefs(id: Id, options: StoreOptions<string, any> = {}) {
  const client = useClient();
  return refsOf(id, (name) => roomStore(client, name, options), "trigger", "loadEarlier", "retry");
}

/** The states of a room, and what sets one. */
function usePresence(id: Id, options?: object) {
  const client = useClient();
  return refsOf(id, (name) => roomPresenceStore(client, name, options), "set");
}

function useOthers(id: Id, select: (others: any) => unknown = (others) => others) {
  const { others } = usePresence(id, { join: false });
  return computed(() => select(others.value));
}

function useEvent(id: Id, event: string, handler: (message: any) => void): void {
  const client = useClient();
  let off: (() => void) | undefined;
  watch(
    () => toValue(id),
    (name) => {
      const before = off;
      off = name === undefined || !isBrowser ? undefined : roomEvents(client, name, event, handler);
      before?.();
    },
    { immediate: true },
  );
  onScopeDispose(() => off?.());
}

function useTrigger(id: MaybeRefOrGetter<string>, event: string) {
  const client = useClient();
  const running = shallowRef(0);
  const error = shallowRef<unknown>();
  const trigger = async (data?: unknown, options?: object) => {
    running.value += 1;
    error.value = undefined;
    const room = client.room(toValue(id));
    try {
      return await room.trigger(event, data, options);
    } catch (thrown) {
      error.value = thrown;
    } finally {
      room.release();
      running.value -= 1;
    }
  };
  return { trigger, pending: computed(() => running.value > 0), error };
}

function useTyping(id: string, event: string, ms?: number) {
  const store = typingStore(useClient(), id, event, ms);
  return { others: useStore(store), typing: store.typing };
}

const composables = {
  plugin: (client: DialogueClient) => ({ install: (app: any) => app.provide(key, client) }),
  useClient,
  useStore,
  useConnection: () => useStore(connectionStore(useClient())),
  useRoom: (id: Id, options?: object) => useRoomRefs(id, { ...options, ...quiet }),
  useMessages: useRoomRefs,
  useEvent,
  useLatest: (id: Id, event: string, keyOf?: any) => useRoomRefs(id, latestOptions(event, keyOf)).state,
  useReduce: (id: Id, reduce: any, start: unknown, options?: object) => useRoomRefs(id, { ...options, reduce, start }).state,
  useTrigger,
  useMembers: (id: Id) => useRoomRefs(id, quiet).members,
  useOccupancy: (id: Id) => useRoomRefs(id, quiet).occupancy,
  useTyping,
  usePresence,
  useOthers,
  useCan: (right: any, id: string, event?: string) => useStore(canStore(useClient(), right, id, event)),
};

/**
 * The composables, typed by the generated module's `app`. Call it once, in a module of the application.
 *
 * @example
 * export const { plugin, useMessages } = createComposables<typeof app>();
 * createApp(Page).use(plugin(client)).mount("#app");
 */
export function createComposables<App extends DialogueApp<any, any> = DialogueApp>(): ComposablesOf<App> {
  return composables as unknown as ComposablesOf<App>;
}

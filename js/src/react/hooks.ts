// The hooks: each reads a store by useSyncExternalStore.
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { DialogueClient } from "../api/client.js";
import type { DialogueApp } from "../api/definitions.js";
import type { Message } from "../api/messages.js";
import { canStore } from "../store/can_store.js";
import { connectionStore } from "../store/connection_store.js";
import { latestOptions } from "../store/latest.js";
import { roomEvents } from "../store/room_events.js";
import { type RoomPresenceOptions, roomPresenceStore } from "../store/room_presence_store.js";
import { roomStore } from "../store/room_store.js";
import type { RoomSnapshot, Store, StoreOptions } from "../store/types.js";
import { typingStore } from "../store/typing_store.js";
import type { HooksOf } from "./types.js";

const Context = createContext<DialogueClient<any, any> | undefined>(undefined);
const noStore: Store<undefined> = {
  subscribe: () => () => {},
  snapshot: () => undefined,
  serverSnapshot: () => undefined,
};

/** A function that stays the same, and calls the newest `fn`. */
function useNewest<F extends (...args: any[]) => any>(fn: F | undefined): F {
  const ref = useRef(fn);
  useEffect(() => {
    ref.current = fn;
  });
  return useMemo(() => ((...args) => ref.current?.(...args)) as F, []);
}

/** What `select` makes of a store's value; made once for each value. */
function useStore<T, S = T>(store: Store<T>, select?: (value: T) => S): S {
  const [read, readFirst] = useMemo(() => {
    const reader = (value: () => T) => {
      let seen: [T, S] | undefined;
      return () => {
        const now = value();
        if (!seen || !Object.is(seen[0], now)) seen = [now, select ? select(now) : (now as any)];
        return seen[1];
      };
    };
    return [reader(store.snapshot), reader(store.serverSnapshot)];
  }, [store, select]);
  return useSyncExternalStore(store.subscribe, read, readFirst);
}

function useClient(): DialogueClient<any, any> {
  const client = useContext(Context);
  if (!client) throw new Error("There is no DialogueProvider above this component.");
  return client;
}

/** The store of a room, the same while the options say the same. `from`, `start` and `initial` are those of the first time. */
function useRoomStore(id: string | undefined, options: StoreOptions<string, any> = {}) {
  const client = useClient();
  const token = useNewest(options.token);
  const reduce = useNewest(options.reduce);
  const { token: hasToken, reduce: hasReduce, from, start, initial, ...plain } = options;
  return useMemo(() => {
    const functions = { ...(hasToken && { token }), ...(hasReduce && { reduce }) };
    return id === undefined ? undefined : roomStore(client, id, { ...options, ...functions } as StoreOptions<string, any>);
  }, [client, id, JSON.stringify(plain), !hasToken, !hasReduce]);
}

const skipped = { status: "idle", messages: [], members: [], occupancy: 0, hasEarlier: false } as unknown as RoomSnapshot;
const quiet = { keep: 0 } as const;
const nothing = async (): Promise<any> => {
  throw new Error("This hook has no room.");
};

/** What a room's hook gives: its value, and what its store can do. */
function useRoomValue(id: string | undefined, options?: StoreOptions<string, any>) {
  const store = useRoomStore(id, options);
  const snapshot = (useStore<any>(store ?? noStore) ?? skipped) as RoomSnapshot<Message, any>;
  return useMemo(
    () => ({
      ...snapshot,
      trigger: store?.trigger ?? nothing,
      loadEarlier: store?.loadEarlier ?? nothing,
      retry: store?.retry ?? (() => {}),
    }),
    [snapshot, store],
  );
}

/** Another identity only if a member changes. */
const useMembers = (id: string | undefined, select?: (members: any) => unknown) =>
  useStore<any, any>(useRoomStore(id, quiet) ?? noStore, (snapshot) => {
    const members = (snapshot ?? skipped).members;
    return select ? select(members) : members;
  });

function useTrigger(id: string, event: string) {
  const client = useClient();
  const [{ pending, error }, set] = useState<{ pending: number; error: unknown }>({ pending: 0, error: undefined });
  const trigger = useMemo(
    () => async (data?: unknown, options?: object) => {
      set((last) => ({ pending: last.pending + 1, error: undefined }));
      const room = client.room(id);
      let error: unknown;
      try {
        return await room.trigger(event, data, options);
      } catch (thrown) {
        error = thrown;
      } finally {
        room.release();
        set((last) => ({ pending: last.pending - 1, error }));
      }
    },
    [client, id, event],
  );
  return [trigger, { pending: pending > 0, error }];
}

function useEvent(id: string | undefined, event: string, handler: (message: any) => void): void {
  const client = useClient();
  const newest = useNewest(handler);
  useEffect(() => (id === undefined ? undefined : roomEvents(client, id, event, newest)), [client, id, event, newest]);
}

function useTyping(id: string, event: string, ms?: number) {
  const client = useClient();
  const store = useMemo(() => typingStore(client, id, event, ms), [client, id, event, ms]);
  return [useStore(store), store.typing];
}

/** The store of a room's states. `initial` is that of the first time. */
function useRoomPresence(id: string | undefined, options?: RoomPresenceOptions<any>) {
  const client = useClient();
  return useMemo(() => (id === undefined ? undefined : roomPresenceStore(client, id, options)), [client, id]);
}

const noStates = { self: undefined, others: [], status: "idle", error: undefined } as const;

function usePresence(id: string | undefined, options?: RoomPresenceOptions<any>) {
  const store = useRoomPresence(id, options);
  const value = useStore<any>(store ?? noStore) ?? noStates;
  return useMemo(() => ({ ...value, set: store?.set ?? nothing }), [value, store]);
}

const watching = { join: false };

/** Another identity only if another user's state changes. */
const useOthers = (id: string | undefined, select?: (others: any) => unknown) =>
  useStore<any, any>(useRoomPresence(id, watching) ?? noStore, (value) => {
    const { others } = value ?? noStates;
    return select ? select(others) : others;
  });

function useCan(right: any, id: string, event?: string): boolean | undefined {
  const client = useClient();
  return useStore(useMemo(() => canStore(client, right, id, event), [client, right, id, event]));
}

function useReduce(id: string | undefined, reduce: any, start: unknown, options?: object): unknown {
  return useRoomValue(id, { ...options, reduce, start }).state ?? start;
}

function useLatest(id: string | undefined, event: string, keyOf?: (message: any) => unknown): unknown {
  const newest = useNewest(keyOf);
  const options = useMemo(() => latestOptions(event, keyOf && newest), [event, !keyOf]);
  return useRoomValue(id, options).state ?? options.start;
}

function DialogueProvider({ client, children }: { client: DialogueClient<any, any>; children?: ReactNode }) {
  return createElement(Context.Provider, { value: client }, children);
}

const hooks = {
  DialogueProvider,
  useClient,
  useStore: (store: Store<any>) => useStore(store),
  useConnection() {
    const client = useClient();
    return useStore(useMemo(() => connectionStore(client), [client]));
  },
  useRoom: (id?: string, options?: object) => useRoomValue(id, { ...options, ...quiet }),
  useMessages: useRoomValue,
  useEvent,
  useLatest,
  useReduce,
  useTrigger,
  useMembers,
  useOccupancy: (id?: string) => useStore<any, number>(useRoomStore(id, quiet) ?? noStore, (value) => value?.occupancy ?? 0),
  useTyping,
  usePresence,
  useOthers,
  useCan,
};

/**
 * The hooks, typed by the generated module's `app`. Call it once, in a module of the application.
 *
 * @example
 * export const { DialogueProvider, useMessages } = createHooks<typeof app>();
 */
export function createHooks<App extends DialogueApp<any, any> = DialogueApp>(): HooksOf<App> {
  return hooks as unknown as HooksOf<App>;
}

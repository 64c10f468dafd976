// The hooks that suspend until a room is joined. What is waited for is kept beside the client, never in a component: React
// discards one that has suspended before it was mounted.
import { useMemo } from "react";
import type { DialogueClient } from "../api/client.js";
import type { DialogueApp } from "../api/definitions.js";
import { latestOptions } from "../store/latest.js";
import { roomStore } from "../store/room_store.js";
import type { ListedMessage, StoreOptions } from "../store/types.js";
import { createHooks as createPlainHooks } from "./hooks.js";
import type { HooksOf } from "./types.js";

/** How long a joined room is held for components that have not subscribed yet, in milliseconds. */
const kHoldMs = 5000;

interface Wait {
  readonly joined: Promise<void>;
  /** Why the room is refused. */
  error?: unknown;
}

const waits = new WeakMap<object, Map<string, Wait>>();
const quiet = { keep: 0 };

type Options = StoreOptions<string, any>;

/** Throws what React waits for until the room is joined, and the error if it is refused. */
function ready(client: DialogueClient<any, any>, id: string | undefined, options: Options = {}): void {
  if (id === undefined) return;
  const store = roomStore(client, id, options);
  const { status, error } = store.snapshot();
  if (status === "refused" && error) throw error;
  if (options.initial?.room === id && options.initial.position) return; // there is something to show
  if (typeof document === "undefined")
    throw new Error("A room is joined in a page only: a server renders the fallback of the <Suspense> around this component.");
  if (status !== "idle" && status !== "joining") return;
  if (options.keep === 0 && client.peek(id)?.joined) return; // another component has joined it
  const { token, initial, ...plain } = options;
  const key = JSON.stringify([id, plain]);
  let mine = waits.get(client);
  if (!mine) waits.set(client, (mine = new Map()));
  const known = mine.get(key) ?? waitFor(store, mine, key);
  if (!known.error) throw known.joined;
  // Thrown until this turn is over, since React renders twice; later the room is joined again.
  setTimeout(() => mine.get(key) === known && mine.delete(key));
  throw known.error;
}

/** Subscribes until the room is joined or refused, and somewhat longer if it is joined. */
function waitFor(store: any, mine: Map<string, Wait>, key: string): Wait {
  let settle = () => {};
  const wait: Wait = { joined: new Promise((resolve) => (settle = resolve)) };
  mine.set(key, wait);
  const off = store.subscribe(() => {
    const { status, error } = store.snapshot();
    if (status === "idle" || status === "joining") return;
    wait.error = error;
    if (error) off();
    settle();
    setTimeout(() => {
      off();
      if (mine.get(key) === wait) mine.delete(key);
    }, kHoldMs);
  });
  return wait;
}

const isAccepted = (message: ListedMessage<any>) => !message.state;

/**
 * The hooks of `dialogue-client/react` under the same names. `useMessages`, `useRoom`, `useMembers`, `useOccupancy`,
 * `useLatest` and `useReduce` suspend until their room is joined, and never on an update; a refusal is thrown to the
 * error boundary, and a component that is mounted again joins again. `useReduce` folds the messages that the list keeps.
 * The provider may be that of either entry.
 *
 * @example
 * export const { DialogueProvider, useMessages } = createHooks<typeof app>();
 */
export function createHooks<App extends DialogueApp<any, any> = DialogueApp>(): HooksOf<App> {
  const plain = createPlainHooks() as any;
  const { useClient, useMessages: useList, useRoom, useMembers, useOccupancy } = plain;

  function useMessages(id: string | undefined, options?: Options) {
    ready(useClient(), id, options);
    return useList(id, options);
  }

  function useFold(id: string | undefined, fold: (accepted: readonly any[]) => unknown, options: Options, deps: unknown[]) {
    const { messages } = useMessages(id, options);
    return useMemo(() => fold(messages.filter(isAccepted)), [messages, ...deps]);
  }

  const suspending = {
    ...plain,
    useMessages,
    useRoom(id?: string, options?: Options) {
      ready(useClient(), id, { ...options, ...quiet });
      return useRoom(id, options);
    },
    useMembers(id?: string, select?: unknown) {
      ready(useClient(), id, quiet);
      return useMembers(id, select);
    },
    useOccupancy(id?: string) {
      ready(useClient(), id, quiet);
      return useOccupancy(id);
    },
    useLatest(id: string | undefined, event: string, keyOf?: (message: any) => unknown) {
      const { reduce, start, ...list } = latestOptions(event, keyOf);
      return useFold(id, (accepted) => accepted.reduce(reduce!, start), list, [event, !keyOf]);
    },
    useReduce(id: string | undefined, reduce: any, start: unknown, options: Options = {}) {
      return useFold(id, (accepted) => accepted.reduce(reduce, start), options, []);
    },
  };
  return suspending as HooksOf<App>;
}

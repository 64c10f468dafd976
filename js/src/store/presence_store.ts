// The states of a room as a store: open while it has subscribers, however many they are.
import type { DialogueError } from "../api/errors.js";
import type { Presence, PresenceMember, SetState } from "../api/presence.js";
import { sharedStore } from "./shared_store.js";
import type { Store } from "./types.js";

/** The value of a `presenceStore`. */
export interface PresenceValue<State> {
  /** The users who have a state, in the order of their coming. */
  readonly members: readonly PresenceMember<State>[];
  /** Why the server has refused the watch or a state, until the next change of `members`. */
  readonly error: DialogueError | undefined;
}

/** The states of a room, and the function that sets this client's. */
export interface PresenceStore<State> extends Store<PresenceValue<State>> {
  /**
   * Sets the state of this client in the room, as `Presence.set` does; `null` clears it. The last subscriber's end clears
   * it, too.
   * @throws Error if the store has no subscriber; DialogueError of the validator, with the `path` in the state.
   */
  set(state: SetState<State> | null): Promise<void>;
}

const empty: PresenceValue<any> = Object.freeze({ members: Object.freeze([]), error: undefined });

/**
 * The states of a room for frameworks. `open` is called for the first subscriber, and its result closed for the last one.
 *
 * @example
 * const cursors = presenceStore(() => presence(client, "doc-7"));
 */
export function presenceStore<State>(open: () => Presence<State>): PresenceStore<State> {
  if (typeof open !== "function")
    throw new TypeError("presenceStore: open is not a function, such as () => presence(client, id)");
  let view: Presence<State> | undefined;
  const store = sharedStore<PresenceValue<State>>(empty, (set) => {
    const its = open();
    view = its;
    const offs = [
      its.on("members", (members) => set({ members, error: undefined })),
      its.on("error", (error) => set({ members: its.members, error })),
    ];
    if (its.members.length) set({ members: its.members, error: undefined });
    return () => {
      view = undefined;
      for (const off of offs) off();
      its.close();
    };
  });
  return {
    ...store,
    async set(state) {
      if (!view) throw new Error("This presence has no subscriber: subscribe to the store before set().");
      return view.set(state);
    },
  };
}

// The states of a room for components: this user's and those of the others, with the membership that setting one needs.
import type { DialogueClient } from "../api/client.js";
import type { DialogueError } from "../api/errors.js";
import type { Presence, PresenceMember, SetState, StateOf, StateRoomId } from "../api/presence.js";
import { roomStore } from "./room_store.js";
import { isSame, sharedStore } from "./shared_store.js";
import type { RoomStatus, Store } from "./types.js";

/** The value of a `roomPresenceStore`. */
export interface RoomPresenceValue<State> {
  /** This user as the server reports it, its other tabs included; undefined while it has no state. */
  readonly self: PresenceMember<State> | undefined;
  /** The other users who have a state, in the order of their coming: the same array until one of them changes. */
  readonly others: readonly PresenceMember<State>[];
  /** Whether the room is joined, which setting a state needs; `"idle"` if `join` is false. */
  readonly status: RoomStatus;
  /** Why the room, the watch or a state is refused. */
  readonly error: DialogueError | undefined;
}

/** What can be done with the states of a room. */
export interface RoomPresenceControls<State> {
  /**
   * Sets the state of this client in the room, as `Presence.set` does; `null` clears it.
   * @throws Error if the store has no subscriber; DialogueError of the validator, with the `path` in the state.
   */
  set(state: SetState<State> | null): Promise<void>;
}

/** What `roomPresenceStore` takes. */
export interface RoomPresenceOptions<State> {
  /** What this client sets first, for each first subscriber. Default: nothing. */
  readonly initial?: SetState<State> | undefined;
  /** False: only watch the room, without joining it. Default: true. */
  readonly join?: boolean;
}

/** The states of a room as a value: what `roomPresenceStore` returns. */
export interface RoomPresenceStore<State> extends Store<RoomPresenceValue<State>>, RoomPresenceControls<State> {}

// Not frozen: bundlers keep a call, also in pages that use no presence.
const nobody: readonly any[] = [];
const empty: RoomPresenceValue<any> = { self: undefined, others: nobody, status: "idle", error: undefined };

/**
 * The states of a room. The first subscriber joins and watches the room; the end of the last one clears what was set here.
 * Loads `dialogue-client/presence` for its first subscriber.
 * @throws TypeError if an argument is not well-formed.
 *
 * @example
 * const cursors = roomPresenceStore(client, "doc-7", { initial: { x: 0, y: 0 } });
 * const off = cursors.subscribe(() => draw(cursors.snapshot().others));
 * await cursors.set({ x: 10, y: 20 });
 */
export function roomPresenceStore<Events extends object, Rooms extends object, Id extends StateRoomId<Events>>(
  client: DialogueClient<Events, Rooms>,
  id: Id,
  { initial, join = true }: RoomPresenceOptions<StateOf<Events, Id>> = {},
): RoomPresenceStore<StateOf<Events, Id>> {
  if (typeof join !== "boolean") throw new TypeError("roomPresenceStore: join is not well-formed");
  const room = roomStore(client as DialogueClient, id, { keep: 0 });
  /** While there is a subscriber: the presence, or undefined if the last one went before it was loaded. */
  let opening: Promise<Presence<any> | undefined> | undefined;
  const store = sharedStore<RoomPresenceValue<any>>(empty, (set) => {
    let { others } = empty;
    let isOver = false;
    let view: Presence<any> | undefined;
    let error: DialogueError | undefined;
    const show = () => {
      const members = view?.members ?? nobody;
      const { userId } = client;
      const next = members.filter((member) => member.userId !== userId);
      if (!isSame(others, next)) others = Object.freeze(next);
      const self = members.find((member) => member.userId === userId);
      const { status, error: refusal } = join ? room.snapshot() : empty;
      set(Object.freeze({ self, others, status, error: refusal ?? error }));
    };
    const fail = (reason: DialogueError) => {
      error = reason;
      show();
    };
    const open = () => {
      opening = import("../presence/presence.js").then(({ presence }) => {
        if (isOver) return undefined;
        const its = presence(client as DialogueClient, id) as Presence<any>;
        view = its;
        error = undefined;
        its.on("members", () => {
          error = undefined;
          show();
        });
        its.on("error", fail);
        if (initial !== undefined) its.set(initial).catch(fail);
        show();
        return its;
      });
      opening.catch(fail);
    };
    const offs = [
      client.onUser(show),
      client.on("state", (state) => state === "connected" && !view && error && open()), // it was not loaded
      ...(join ? [room.subscribe(show)] : []),
    ];
    open();
    return () => {
      isOver = true;
      opening = undefined;
      for (const off of offs) off();
      view?.close();
    };
  });
  return {
    ...store,
    async set(state) {
      if (!opening) throw new Error("This presence has no subscriber: subscribe to the store before set().");
      await (await opening)?.set(state);
    },
  };
}

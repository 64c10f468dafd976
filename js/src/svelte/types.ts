// The public types of the readers.
import type { RoomId } from "../api/definitions.js";
import type { Member, Message, MessageOf } from "../api/messages.js";
import type { PresenceMember, StateOf, StateRoomId } from "../api/presence.js";
import type { Connection } from "../store/connection_store.js";
import type { RoomPresenceControls, RoomPresenceOptions, RoomPresenceValue } from "../store/room_presence_store.js";
import type {
  FoldOptions,
  ListOptions,
  NamesOf,
  RoomControls,
  RoomOptions,
  RoomRight,
  RoomSnapshot,
  Store,
} from "../store/types.js";

/** A room's id, or a function that gives it, which is followed; undefined joins nothing. */
export type Followed<Id> = Id | undefined | (() => Id | undefined);

/** A value that Svelte follows where it is read. */
export interface Reader<Value> {
  /** The value. */
  readonly current: Value;
}

/** A value that is a store of Svelte as well. */
export interface StoreReader<Value> extends Reader<Value> {
  /** Calls `run` with the value, now and after each change. */
  subscribe(run: (value: Value) => void): () => void;
}

/** A room, and what can be done with it. */
export interface RoomReader<Events extends object, Names extends keyof Events & string, Name extends Names = Names>
  extends StoreReader<RoomSnapshot<MessageOf<Events, Name> & Message>>,
    RoomControls<Events, Names> {}

/** What `createReaders` returns. */
export interface Readers<Events extends object, Rooms extends object> {
  /** The value of a store, such as `presenceStore` returns. */
  fromStore<Value>(store: Store<Value>): StoreReader<Value>;
  /** The connection: its state, when the next attempt is, what waits. */
  connection(): StoreReader<Connection>;
  /** Joins a room while it is read, without its messages. */
  room<Id extends RoomId<Rooms>>(
    id: Followed<Id>,
    options?: RoomOptions<NamesOf<Events, Rooms, Id>>,
  ): RoomReader<Events, NamesOf<Events, Rooms, Id>>;
  /** The messages of a room, those of this client that have no answer included. */
  messages<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    options?: ListOptions<Name>,
  ): RoomReader<Events, NamesOf<Events, Rooms, Id>, Name>;
  /** The newest `event` of the room. */
  latest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    event: Name,
  ): Reader<Message<Name, Events[Name]> | undefined>;
  /** The newest `event` of each key, without keys that were deleted. */
  latest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>, Key>(
    id: Followed<Id>,
    event: Name,
    keyOf: (message: Message<Name, Events[Name]>) => Key,
  ): Reader<ReadonlyMap<Key, Message<Name, Events[Name]>>>;
  /** What `reduce` makes of the accepted messages, from `start` on. It returns the next state, and changes nothing. */
  reduce<Id extends RoomId<Rooms>, State, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    reduce: (state: State, message: MessageOf<Events, Name>) => State,
    start: State,
    options?: FoldOptions<Name>,
  ): Reader<State>;
  /** The members of a room. */
  members(id: Followed<RoomId<Rooms>>): Reader<readonly Member[]>;
  /** How many users are in a room. */
  occupancy(id: Followed<RoomId<Rooms>>): Reader<number>;
  /** The ids of the others who are typing, by a volatile `event`, and the function that announces this one. */
  typing<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id,
    event: Name,
    ms?: number,
  ): StoreReader<readonly string[]> & {
    /** Announces that this user types: call it at each key press. */
    readonly typing: (data?: Events[Name]) => void;
  };
  /**
   * The states of a room, which is joined and watched while they are read; the end of that clears what `set` has set.
   * @example
   * const cursors = createReaders(client).presence("doc-7", { initial: { x: 0, y: 0 } });
   */
  presence<Id extends StateRoomId<Events>>(
    id: Followed<Id>,
    options?: Pick<RoomPresenceOptions<StateOf<Events, Id>>, "initial">,
  ): StoreReader<RoomPresenceValue<StateOf<Events, Id>>> & RoomPresenceControls<StateOf<Events, Id>>;
  /** The other users who have a state in a room. The room is watched, not joined. */
  others<Id extends StateRoomId<Events>>(id: Followed<Id>): Reader<readonly PresenceMember<StateOf<Events, Id>>[]>;
  /** What `select` makes of the other users. */
  others<Id extends StateRoomId<Events>, Part>(
    id: Followed<Id>,
    select: (others: readonly PresenceMember<StateOf<Events, Id>>[]) => Part,
  ): Reader<Part>;
  /** Whether the client may publish `event`; undefined until the server has answered. */
  can<Id extends RoomId<Rooms>>(right: "publish", id: Id, event: NamesOf<Events, Rooms, Id>): StoreReader<boolean | undefined>;
  /** Whether the client has a right in a room that is not about an event; undefined until the server has answered. */
  can(right: RoomRight, id: RoomId<Rooms>): StoreReader<boolean | undefined>;
}

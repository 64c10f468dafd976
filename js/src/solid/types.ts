// The public types of the primitives.
import type { Accessor } from "solid-js";
import type { RoomId } from "../api/definitions.js";
import type { DialogueError } from "../api/errors.js";
import type { Member, Message, MessageOf, Receipt } from "../api/messages.js";
import type { PresenceMember, StateOf, StateRoomId } from "../api/presence.js";
import type { Payload } from "../api/room.js";
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

/** A room's id, or an accessor of it, which is followed; undefined joins nothing. */
export type Followed<Id> = Id | undefined | Accessor<Id | undefined>;

/** The members of a room's snapshot as accessors, and what can be done with the room. */
export type RoomAccessors<Events extends object, Names extends keyof Events & string, Name extends Names = Names> = {
  readonly [Key in keyof RoomSnapshot<MessageOf<Events, Name> & Message>]: Accessor<
    RoomSnapshot<MessageOf<Events, Name> & Message>[Key]
  >;
} & RoomControls<Events, Names>;

/** The states of a room as accessors, and what sets one. */
export type PresenceAccessors<State> = {
  readonly [Key in keyof RoomPresenceValue<State>]: Accessor<RoomPresenceValue<State>[Key]>;
} & RoomPresenceControls<State>;

/** What `createPrimitives` returns. */
export interface Primitives<Events extends object, Rooms extends object> {
  /** The value of a store, such as `presenceStore` returns. */
  fromStore<Value>(store: Store<Value>): Accessor<Value>;
  /** The connection: its state, when the next attempt is, what waits. */
  createConnection(): Accessor<Connection>;
  /** Joins a room while the owner lives, without its messages. */
  createRoom<Id extends RoomId<Rooms>>(
    id: Followed<Id>,
    options?: RoomOptions<NamesOf<Events, Rooms, Id>>,
  ): RoomAccessors<Events, NamesOf<Events, Rooms, Id>>;
  /** The messages of a room, those of this client that have no answer included. */
  createMessages<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    options?: ListOptions<Name>,
  ): RoomAccessors<Events, NamesOf<Events, Rooms, Id>, Name>;
  /** Calls `handler` for each `event`. */
  createEvent<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    event: Name,
    handler: (message: Message<Name, Events[Name]>) => void,
  ): void;
  /** The newest `event` of the room. */
  createLatest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    event: Name,
  ): Accessor<Message<Name, Events[Name]> | undefined>;
  /** The newest `event` of each key, without keys that were deleted. */
  createLatest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>, Key>(
    id: Followed<Id>,
    event: Name,
    keyOf: (message: Message<Name, Events[Name]>) => Key,
  ): Accessor<ReadonlyMap<Key, Message<Name, Events[Name]>>>;
  /** What `reduce` makes of the accepted messages, from `start` on. It returns the next state, and changes nothing. */
  createReduce<Id extends RoomId<Rooms>, State, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: Followed<Id>,
    reduce: (state: State, message: MessageOf<Events, Name>) => State,
    start: State,
    options?: FoldOptions<Name>,
  ): Accessor<State>;
  /** A function that triggers `event`. It never rejects, and resolves with undefined if the event was refused. */
  createTrigger<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id | Accessor<Id>,
    event: Name,
  ): {
    /** Triggers the event. */
    readonly trigger: (...payload: Payload<Events[Name]>) => Promise<Receipt | undefined>;
    /** Whether one has no answer. */
    readonly pending: Accessor<boolean>;
    /** Why the last one was refused; `path` names the field. */
    readonly error: Accessor<DialogueError | undefined>;
  };
  /** The members of a room. */
  createMembers(id: Followed<RoomId<Rooms>>): Accessor<readonly Member[]>;
  /** How many users are in a room. */
  createOccupancy(id: Followed<RoomId<Rooms>>): Accessor<number>;
  /** The ids of the others who are typing, by a volatile `event`, and the function that announces this one. */
  createTyping<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id,
    event: Name,
    ms?: number,
  ): {
    /** The others. */
    readonly others: Accessor<readonly string[]>;
    /** Announces that this user types: call it at each key press. */
    readonly typing: (data?: Events[Name]) => void;
  };
  /**
   * The states of a room, which is joined and watched while the owner lives; its end clears what `set` has set.
   * @example
   * const { others, set } = createPresence("doc-7", { initial: { x: 0, y: 0 } });
   */
  createPresence<Id extends StateRoomId<Events>>(
    id: Followed<Id>,
    options?: Pick<RoomPresenceOptions<StateOf<Events, Id>>, "initial">,
  ): PresenceAccessors<StateOf<Events, Id>>;
  /** The other users who have a state in a room. The room is watched, not joined. */
  createOthers<Id extends StateRoomId<Events>>(id: Followed<Id>): Accessor<readonly PresenceMember<StateOf<Events, Id>>[]>;
  /** What `select` makes of the other users. */
  createOthers<Id extends StateRoomId<Events>, Part>(
    id: Followed<Id>,
    select: (others: readonly PresenceMember<StateOf<Events, Id>>[]) => Part,
  ): Accessor<Part>;
  /** Whether the client may publish `event`; undefined until the server has answered. */
  createCan<Id extends RoomId<Rooms>>(right: "publish", id: Id, event: NamesOf<Events, Rooms, Id>): Accessor<boolean | undefined>;
  /** Whether the client has a right in a room that is not about an event; undefined until the server has answered. */
  createCan(right: RoomRight, id: RoomId<Rooms>): Accessor<boolean | undefined>;
}

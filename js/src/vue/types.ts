// The public types of the composables.
import type { MaybeRefOrGetter, Plugin, Ref, ShallowRef } from "vue";
import type { DialogueClient } from "../api/client.js";
import type { DialogueApp, RoomId } from "../api/definitions.js";
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

/** The composables of the definitions `App`, which is `typeof app`. */
export type ComposablesOf<App> = App extends DialogueApp<infer Events, infer Rooms> ? Composables<Events, Rooms> : never;

/** The members of a room's snapshot as refs, and what can be done with the room. */
export type RoomRefs<Events extends object, Names extends keyof Events & string, Name extends Names = Names> = {
  readonly [Key in keyof RoomSnapshot<MessageOf<Events, Name> & Message>]: Readonly<
    Ref<RoomSnapshot<MessageOf<Events, Name> & Message>[Key]>
  >;
} & RoomControls<Events, Names>;

/** The states of a room as refs, and what sets one. */
export type PresenceRefs<State> = {
  readonly [Key in keyof RoomPresenceValue<State>]: Readonly<Ref<RoomPresenceValue<State>[Key]>>;
} & RoomPresenceControls<State>;

/** What `createComposables` returns. Of an id that is undefined, a composable joins nothing; a ref or getter is followed. */
export interface Composables<Events extends object, Rooms extends object> {
  /** Gives an application's components the client: `app.use(plugin(client))`. */
  plugin(client: DialogueClient<Events, Rooms>): Plugin;
  /** The client of the plugin. */
  useClient(): DialogueClient<Events, Rooms>;
  /** The value of a store, such as `presenceStore` returns. */
  useStore<Value>(store: Store<Value>): Readonly<ShallowRef<Value>>;
  /** The connection: its state, when the next attempt is, what waits. */
  useConnection(): Readonly<ShallowRef<Connection>>;
  /** Joins a room while the scope lives, without its messages. */
  useRoom<Id extends RoomId<Rooms>>(
    id: MaybeRefOrGetter<Id | undefined>,
    options?: RoomOptions<NamesOf<Events, Rooms, Id>>,
  ): RoomRefs<Events, NamesOf<Events, Rooms, Id>>;
  /**
   * The messages of a room, those of this client that have no answer included.
   * @example
   * const { messages, trigger } = useMessages("chat", { event: "message", last: 50 });
   */
  useMessages<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: MaybeRefOrGetter<Id | undefined>,
    options?: ListOptions<Name>,
  ): RoomRefs<Events, NamesOf<Events, Rooms, Id>, Name>;
  /** Calls `handler` for each `event`. */
  useEvent<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: MaybeRefOrGetter<Id | undefined>,
    event: Name,
    handler: (message: Message<Name, Events[Name]>) => void,
  ): void;
  /** The newest `event` of the room. */
  useLatest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: MaybeRefOrGetter<Id | undefined>,
    event: Name,
  ): Readonly<Ref<Message<Name, Events[Name]> | undefined>>;
  /** The newest `event` of each key, without keys that were deleted. */
  useLatest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>, Key>(
    id: MaybeRefOrGetter<Id | undefined>,
    event: Name,
    keyOf: (message: Message<Name, Events[Name]>) => Key,
  ): Readonly<Ref<ReadonlyMap<Key, Message<Name, Events[Name]>>>>;
  /** What `reduce` makes of the accepted messages, from `start` on. It returns the next state, and changes nothing. */
  useReduce<Id extends RoomId<Rooms>, State, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: MaybeRefOrGetter<Id | undefined>,
    reduce: (state: State, message: MessageOf<Events, Name>) => State,
    start: State,
    options?: FoldOptions<Name>,
  ): Readonly<Ref<State>>;
  /** A function that triggers `event`. It never rejects, and resolves with undefined if the event was refused. */
  useTrigger<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: MaybeRefOrGetter<Id>,
    event: Name,
  ): {
    /** Triggers the event. */
    readonly trigger: (...payload: Payload<Events[Name]>) => Promise<Receipt | undefined>;
    /** Whether one has no answer. */
    readonly pending: Readonly<Ref<boolean>>;
    /** Why the last one was refused; `path` names the field. */
    readonly error: Readonly<Ref<DialogueError | undefined>>;
  };
  /** The members of a room. */
  useMembers(id: MaybeRefOrGetter<RoomId<Rooms> | undefined>): Readonly<Ref<readonly Member[]>>;
  /** How many users are in a room. */
  useOccupancy(id: MaybeRefOrGetter<RoomId<Rooms> | undefined>): Readonly<Ref<number>>;
  /** The ids of the others who are typing, by a volatile `event`, and the function that announces this one. */
  useTyping<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id,
    event: Name,
    ms?: number,
  ): {
    /** The others. */
    readonly others: Readonly<ShallowRef<readonly string[]>>;
    /** Announces that this user types: call it at each key press. */
    readonly typing: (data?: Events[Name]) => void;
  };
  /**
   * The states of a room, which is joined and watched while the scope lives. The scope's end clears what `set` has set.
   * @example
   * const { others, set } = usePresence("doc-7", { initial: { x: 0, y: 0 } });
   */
  usePresence<Id extends StateRoomId<Events>>(
    id: MaybeRefOrGetter<Id | undefined>,
    options?: Pick<RoomPresenceOptions<StateOf<Events, Id>>, "initial">,
  ): PresenceRefs<StateOf<Events, Id>>;
  /** The other users who have a state in a room. The room is watched, not joined. */
  useOthers<Id extends StateRoomId<Events>>(
    id: MaybeRefOrGetter<Id | undefined>,
  ): Readonly<Ref<readonly PresenceMember<StateOf<Events, Id>>[]>>;
  /** What `select` makes of them. */
  useOthers<Id extends StateRoomId<Events>, Part>(
    id: MaybeRefOrGetter<Id | undefined>,
    select: (others: readonly PresenceMember<StateOf<Events, Id>>[]) => Part,
  ): Readonly<Ref<Part>>;
  /** Whether the client may publish `event`; undefined until the server has answered. */
  useCan<Id extends RoomId<Rooms>>(
    right: "publish",
    id: Id,
    event: NamesOf<Events, Rooms, Id>,
  ): Readonly<ShallowRef<boolean | undefined>>;
  /** Whether the client has a right in a room that is not about an event; undefined until the server has answered. */
  useCan(right: RoomRight, id: RoomId<Rooms>): Readonly<ShallowRef<boolean | undefined>>;
}

// The public types of the hooks.
import type { ReactElement, ReactNode } from "react";
import type { DialogueClient } from "../api/client.js";
import type { DialogueApp, RoomId } from "../api/definitions.js";
import type { Member, Message, MessageOf, Receipt } from "../api/messages.js";
import type { PresenceMember, StateOf, StateRoomId } from "../api/presence.js";
import type { Payload } from "../api/room.js";
import type { Connection } from "../store/connection_store.js";
import type { RoomPresenceControls, RoomPresenceOptions, RoomPresenceValue } from "../store/room_presence_store.js";
import type {
  FoldOptions,
  ListOptions,
  NamesOf,
  RoomOptions,
  RoomRight,
  RoomValue,
  Store,
  TriggerState,
} from "../store/types.js";

/** The hooks of the definitions `App`, which is `typeof app`. */
export type HooksOf<App> = App extends DialogueApp<infer Events, infer Rooms> ? Hooks<Events, Rooms> : never;

/** What `createHooks` returns. Of an id that is undefined, a hook joins nothing. */
export interface Hooks<Events extends object, Rooms extends object> {
  /** Gives its children the client. */
  DialogueProvider(props: { readonly client: DialogueClient<Events, Rooms>; readonly children?: ReactNode }): ReactElement;
  /** The client of the provider. */
  useClient(): DialogueClient<Events, Rooms>;
  /** The value of a store, such as `presenceStore` returns. Make the store once: by `useMemo`, or outside of the component. */
  useStore<Value>(store: Store<Value>): Value;
  /** The connection: its state, when the next attempt is, what waits. */
  useConnection(): Connection;
  /** Joins a room while the component is mounted, without its messages. */
  useRoom<Id extends RoomId<Rooms>>(
    id: Id | undefined,
    options?: RoomOptions<NamesOf<Events, Rooms, Id>>,
  ): RoomValue<Events, NamesOf<Events, Rooms, Id>>;
  /**
   * The messages of a room, those of this client that have no answer included.
   * @example
   * const { messages, trigger } = useMessages("chat", { event: "message", last: 50 });
   */
  useMessages<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: Id | undefined,
    options?: ListOptions<Name>,
  ): RoomValue<Events, NamesOf<Events, Rooms, Id>, Name>;
  /** Calls the newest `handler` for each `event`. */
  useEvent<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id | undefined,
    event: Name,
    handler: (message: Message<Name, Events[Name]>) => void,
  ): void;
  /** The newest `event` of the room. */
  useLatest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id | undefined,
    event: Name,
  ): Message<Name, Events[Name]> | undefined;
  /** The newest `event` of each key, without keys that were deleted. */
  useLatest<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>, Key>(
    id: Id | undefined,
    event: Name,
    keyOf: (message: Message<Name, Events[Name]>) => Key,
  ): ReadonlyMap<Key, Message<Name, Events[Name]>>;
  /** What `reduce` makes of the accepted messages, from `start` on. It returns the next state, and changes nothing. */
  useReduce<Id extends RoomId<Rooms>, State, Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>>(
    id: Id | undefined,
    reduce: (state: State, message: MessageOf<Events, Name>) => State,
    start: State,
    options?: FoldOptions<Name>,
  ): State;
  /**
   * A function that triggers `event`, such as for the `action` of a form: it never rejects, and resolves with undefined
   * if the event was refused.
   */
  useTrigger<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id,
    event: Name,
  ): readonly [trigger: (...payload: Payload<Events[Name]>) => Promise<Receipt | undefined>, state: TriggerState];
  /** The members of a room. */
  useMembers(id: RoomId<Rooms> | undefined): readonly Member[];
  /** A part of the members: the component is drawn again only if that part is another value. */
  useMembers<Part>(id: RoomId<Rooms> | undefined, select: (members: readonly Member[]) => Part): Part;
  /** How many users are in a room. */
  useOccupancy(id: RoomId<Rooms> | undefined): number;
  /** The ids of the others who are typing, by a volatile `event`, and the function that announces this one. */
  useTyping<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    id: Id,
    event: Name,
    ms?: number,
  ): readonly [others: readonly string[], typing: (data?: Events[Name]) => void];
  /**
   * The states of a room, which is joined and watched while the component is mounted. `set` stays the same function; the
   * unmount clears what it has set.
   * @example
   * const { others, set } = usePresence("doc-7", { initial: { x: 0, y: 0 } });
   */
  usePresence<Id extends StateRoomId<Events>>(
    id: Id | undefined,
    options?: Pick<RoomPresenceOptions<StateOf<Events, Id>>, "initial">,
  ): RoomPresenceValue<StateOf<Events, Id>> & RoomPresenceControls<StateOf<Events, Id>>;
  /** The other users who have a state in a room. The room is watched, not joined. */
  useOthers<Id extends StateRoomId<Events>>(id: Id | undefined): readonly PresenceMember<StateOf<Events, Id>>[];
  /** What `select` makes of the other users: the component is drawn again only if that value changes. */
  useOthers<Id extends StateRoomId<Events>, Part>(
    id: Id | undefined,
    select: (others: readonly PresenceMember<StateOf<Events, Id>>[]) => Part,
  ): Part;
  /** Whether the client may publish `event`; undefined until the server has answered. */
  useCan<Id extends RoomId<Rooms>>(right: "publish", id: Id, event: NamesOf<Events, Rooms, Id>): boolean | undefined;
  /** Whether the client has a right in a room that is not about an event; undefined until the server has answered. */
  useCan(right: RoomRight, id: RoomId<Rooms>): boolean | undefined;
}

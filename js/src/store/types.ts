// The public types of stores.
import type { AnyEvents, EventsOf } from "../api/definitions.js";
import type { DialogueError } from "../api/errors.js";
import type { Member, Message, MessageOf, Position, Receipt, Recovery } from "../api/messages.js";
import type { JoinOptions, Off, Payload } from "../api/room.js";

/** The names of the events of room `Id`, as strings. */
export type NamesOf<Events, Rooms, Id extends string> = EventsOf<Rooms, Id> & keyof Events & string;

/** A value that is read at once and notifies of changes, as React's `useSyncExternalStore` expects. */
export interface Store<Snapshot> {
  /** Calls `changed` after each change. The store works while it has a subscriber. */
  subscribe(changed: () => void): Off;
  /** The value: the same object while nothing has changed. */
  snapshot(): Snapshot;
  /** The value of a store without subscribers, such as a server renders it. */
  serverSnapshot(): Snapshot;
}

/**
 * `"idle"` without a subscriber, `"joining"`, `"live"`, `"behind"` while the client reconnects, `"refused"` if the server
 * has refused the join or ended the membership, and `"left"`.
 */
export type RoomStatus = "idle" | "joining" | "live" | "behind" | "refused" | "left";

/** What the store adds to a message. `state` is undefined once the server has accepted it. */
export type Listed =
  | {
      /** Identifies the message in a list: does not change when the server accepts the message. */
      readonly key: string;
      /** Accepted by the server. */
      readonly state?: undefined;
    }
  | {
      /** As above. */
      readonly key: string;
      /** Triggered by this client, and not answered yet. `seq` is 0. */
      readonly state: "pending";
    }
  | {
      /** As above. */
      readonly key: string;
      /** Triggered by this client, and refused. */
      readonly state: "failed";
      /** Why. */
      readonly error: DialogueError;
      /** Triggers the event again, as the newest message. */
      retry(): void;
      /** Removes the message from the list. */
      discard(): void;
    };

/** A message of a list. */
export type ListedMessage<M> = M & Listed;

/** The state of a room at one moment. Frozen. */
export interface RoomSnapshot<M extends Message = Message, State = undefined> {
  /** Whether the room is joined, and up to date. */
  readonly status: RoomStatus;
  /**
   * The newest messages, oldest first; those of this client that have no answer are last. A message that has not changed is
   * the same object.
   */
  readonly messages: readonly ListedMessage<M>[];
  /** What `reduce` has made of the accepted messages. */
  readonly state: State;
  /** The newest range that could not be recovered after a reconnection. */
  readonly missed: Recovery | undefined;
  /** The members; empty when there are more than 256. */
  readonly members: readonly Member[];
  /** How many users are in the room. */
  readonly occupancy: number;
  /** Whether the log seems to have messages before the list's first message. */
  readonly hasEarlier: boolean;
  /** Why the room is refused. */
  readonly error: DialogueError | undefined;
}

/** A room as `preloadRoom` has read it: plain JSON. Pass it on as a whole. */
export interface PreloadedRoom {
  /** The version of this form. */
  readonly v: 1;
  /** The room's id. */
  readonly room: string;
  /** The position in the log after the last of `messages`; undefined if the room could not be read. */
  readonly position?: Position;
  /** The newest messages, oldest first. */
  readonly messages: readonly Message[];
  /** The members, if they were asked for. */
  readonly members: readonly Member[];
  /** How many users are in the room, if the members were asked for. */
  readonly occupancy: number;
  /** Whether the log has messages before these. */
  readonly hasEarlier: boolean;
  /** The code of the error for which the room could not be read. */
  readonly error?: string;
}

/** What `roomStore` takes. */
export interface StoreOptions<Name extends string = string, State = undefined, M = Message>
  extends Pick<JoinOptions<string, any>, "events" | "match" | "filter" | "token"> {
  /** Which events are messages of the list. Default: all of the room. */
  readonly event?: Name | readonly Name[];
  /** How many of the newest events of the log come first. Default: 0, only new events. */
  readonly last?: number;
  /**
   * What `preloadRoom` of `dialogue-client/server` has read: the list begins with it, and the room is joined after it,
   * instead of `last` and `from`. Taken when the list begins; that of another room has no effect.
   */
  readonly initial?: PreloadedRoom | undefined;
  /** Instead of `last`: where the room is joined from. */
  readonly from?: JoinOptions["from"];
  /** How many messages the list keeps: 1,000 by default, besides those that `loadEarlier` has loaded. */
  readonly keep?: number;
  /**
   * When subscribers are notified: at the end of a turn of the event loop (default), or once per animation frame, which
   * a hidden page does not have.
   */
  readonly every?: "turn" | "frame";
  /** Folds the accepted messages of the list into `state`. Returns the next state, and changes nothing. */
  readonly reduce?: (state: State, message: M) => State;
  /** The first state. */
  readonly start?: State;
}

/** What a store can do with its room. */
export interface RoomControls<Events extends object, Names extends keyof Events & string> {
  /** Publishes an event, which is in the list at once as `"pending"`. As `room.trigger`. */
  trigger<E extends Names>(event: E, ...payload: Payload<Events[E]>): Promise<Receipt>;
  /**
   * Puts earlier messages before the list: those of about `limit` events of the log (50). Concurrent calls are one.
   * @throws DialogueError such as `not_joined` or `forbidden`.
   */
  loadEarlier(limit?: number): Promise<void>;
  /** Joins again after a refusal. */
  retry(): void;
}

/** A room as a value: what `roomStore` returns. */
export interface RoomStore<
  Events extends object = AnyEvents,
  Names extends keyof Events & string = keyof Events & string,
  Name extends Names = Names,
  State = undefined,
> extends Store<RoomSnapshot<MessageOf<Events, Name> & Message, State>>,
    RoomControls<Events, Names> {
  /** Ends all subscriptions that were made by this object. */
  dispose(): void;
}

/** A room's snapshot, and what can be done with the room: what the bindings of frameworks give. */
export type RoomValue<
  Events extends object,
  Names extends keyof Events & string,
  Name extends Names = Names,
  State = undefined,
> = RoomSnapshot<MessageOf<Events, Name> & Message, State> & RoomControls<Events, Names>;

/** The options of a room whose list is not shown. */
export type RoomOptions<Names extends string> = Omit<
  StoreOptions<Names, undefined, any>,
  "event" | "initial" | "keep" | "last" | "reduce" | "start"
>;

/** The options of a list. */
export type ListOptions<Name extends string> = Omit<StoreOptions<Name, undefined, any>, "reduce" | "start">;

/** The options of a fold. */
export type FoldOptions<Name extends string> = ListOptions<Name>;

/** A right that `client.can` asks for, besides publishing. */
export type RoomRight = "join" | "history" | "presence" | "manage";

/** What the last calls of a trigger have come to. */
export interface TriggerState {
  /** Whether one has no answer. */
  readonly pending: boolean;
  /** Why the last one was refused; `path` names the field. */
  readonly error: DialogueError | undefined;
}

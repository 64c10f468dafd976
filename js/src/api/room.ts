// The public type of a room, and the options of its methods.
import type { AllNames, DialogueApp, EventsOf } from "./definitions.js";
import type { DialogueError } from "./errors.js";
import type { EventPattern, Filter, FilterFields, FilterValue } from "./filter.js";
import type { Member, Message, MessageOf, Position, Receipt, RecoveredReason, Recovery } from "./messages.js";

/** Removes a handler. Calling it again does nothing. */
export type Off = () => void;

/** Options of everything that waits. */
export interface Waitable {
  /** Ends the wait: the promise rejects with the signal's `reason`, by default an `AbortError`, as that of `fetch` does. */
  signal?: AbortSignal | undefined;
}

/**
 * The state of a room: `"idle"` before it is joined and after the client left it, `"joining"`, `"joined"` (also while
 * the client reconnects), `"leaving"`, and `"refused"` after the server refused or ended the membership.
 */
export type RoomState = "idle" | "joining" | "joined" | "leaving" | "refused";

/** How `trigger` publishes. */
export interface TriggerOptions extends Waitable {
  /** Ends the wait. An event that was not sent yet is withdrawn. */
  signal?: AbortSignal | undefined;
  /** Which of the waiting events are sent first: `"normal"` by default. Has no effect on events that were sent. */
  priority?: "high" | "normal" | "low";
  /**
   * Deletes the key that `data` has, of an event with the delivery `latest`: members receive the message with
   * `deleted: true`, and a client that joins later receives nothing under the key.
   */
  delete?: boolean;
  /**
   * The W3C `traceparent` of what triggers the event. The server's spans and the messages of other clients continue that
   * trace. A malformed `traceparent` is ignored.
   */
  traceparent?: string | undefined;
}

/** What `trigger` takes after the event: data, which is optional if the definition allows `null`, and options. */
export type Payload<Data> = null extends Data ? [data?: Data, options?: TriggerOptions] : [data: Data, options?: TriggerOptions];

/** What `history` reads. */
export interface HistoryOptions extends Waitable {
  /**
   * How many of the newest events: 100 by default, `Infinity` for all. A number of events is read as a whole before the
   * first one is delivered; all events come page by page.
   */
  limit?: number;
  /** Only events before this place: a sequence, or a position such as `room.position`. */
  before?: number | Position;
  /** Only events after this place, the oldest of them first: `limit` counts from it. */
  after?: number | Position;
  /** The events on both sides of this place, half of `limit` of each. Excludes `before` and `after`. */
  around?: number | Position;
}

/** What `history` returns: the events of a log, for one `for await`. */
export interface HistoryLoop<Message> extends AsyncIterableIterator<Message> {
  /**
   * Whether the log has events before these; `undefined` until the first event is delivered or the loop ends, and if
   * `limit` is 0, which requests nothing.
   */
  readonly hasMore: boolean | undefined;
  /** With `after` and `around`: whether the log had newer events than these when they were read. */
  readonly hasNewer?: boolean;
}

/** How `join` begins. */
export interface JoinOptions<Names extends string = string, Fields extends object = Record<string, FilterValue>>
  extends Waitable {
  /**
   * Where to begin: `"tail"` (default) delivers new events only, `last` also the newest events of the log, `since` all
   * events after a position, or after the last message that was processed.
   */
  from?: "tail" | { readonly last: number } | { readonly since: Position };
  /** Subscribe to these events only. Default: the room's default subscriptions, or else all events. */
  events?: readonly Names[];
  /** Instead of `events`: names, or beginnings of names followed by `*`, at most 64. */
  match?: readonly EventPattern<Names>[];
  /** Receive only events whose content meets this condition. */
  filter?: Filter<Fields>;
  /**
   * Returns a token for this room, which limits the client's rights in it to those of its claim `rooms`. Called
   * at each join and rejoin, and again when the token has expired. If it throws, an `"error"` is emitted and the join
   * is refused.
   */
  token?: () => string | Promise<string>;
}

/**
 * A room: what `client.room` returns and `client.join` resolves with. There is one object for each id while anything
 * refers to it. Handlers may be added before it is joined, and stay; events that are triggered before wait for the
 * membership.
 */
export interface Room<Events extends object = any, Names extends keyof Events & string = AllNames<Events>> {
  /** The id that was passed to `client.room` or `client.join`. */
  readonly id: string;
  /** The room's display name. */
  readonly name: string;
  /** The maximum number of members; `null` if it is not bounded. */
  readonly maxSize: number | null;
  /**
   * The position of the newest event that was received. It advances before handlers are called, and is the same object until
   * then. Store it as JSON and pass it to `join` as `since` after a reload; read nothing else from it.
   */
  readonly position: Position;
  /** Whether nothing was missed since the last join or rejoin. */
  readonly recovered: boolean;
  /** Why events were missed, if the server gives a reason. */
  readonly recoveredReason: RecoveredReason | undefined;
  /** The members, including this client's user; empty if the room has more than 256. Without a membership: the last known. */
  readonly members: readonly Member[];
  /** How many users are in the room. */
  readonly occupancy: number;
  /** Whether this client is a member now: `state` is `"joined"`, or `"leaving"` and not left yet. */
  readonly joined: boolean;
  /** The state of the membership. */
  readonly state: RoomState;

  /**
   * Becomes a member, or waits for the join that is in progress. Waits through reconnections, and while the server cannot
   * decide (`rate_limited`, `hook_unavailable`, `store_unavailable`: see `client.waiting`). Rejects immediately if the
   * join is refused, and with `already_joined` if the room is joined with another `from`, `match` or `filter`, or other
   * `events`. If the server's application has joined the client, the first such join continues that membership.
   */
  join(options?: JoinOptions<Names, FilterFields<Events, Names>>): Promise<this>;
  /** Returns a reference of `client.room`. The last one ends the membership, unless `client.join` was used as well. */
  release(): void;

  /** Calls `handler` for each `event`. */
  on<Name extends Names>(event: Name, handler: (message: Message<Name, Events[Name]>) => void): Off;
  /** Calls `handler` for the next `event` only. */
  once<Name extends Names>(event: Name, handler: (message: Message<Name, Events[Name]>) => void): Off;
  /** Calls `handler` for every event of the room. */
  onAny(handler: (event: Names, message: MessageOf<Events, Names>) => void): Off;
  /** Calls `handler` when members come or go. */
  onMembers(handler: (members: readonly Member[]) => void): Off;
  /** Calls `handler` after `state` has changed, with the new one. */
  onState(handler: (state: RoomState) => void): Off;
  /** Calls `handler` once, when the membership ends; with the reason unless `leave` ended it. */
  onLeave(handler: (reason: DialogueError | undefined) => void): Off;
  /** Calls `handler` after each reconnection, before new events, with the recovered or the missing range and its reason. */
  onRecover(handler: (recovery: Recovery) => void): Off;
  /**
   * The `event`s from now on, for `for await`. Ends with the membership: after `leave` and `close` the loop ends, after
   * any other end it throws the reason. While about 512 messages of a room are unread, the server waits: logged events
   * come later, others are lost.
   */
  events<Name extends Names>(event: Name): AsyncIterableIterator<Message<Name, Events[Name]>>;
  /**
   * The newest events of the room's log, oldest first. Works through reconnections. Events that the server can no
   * longer read are left out, and the client emits an `error` `events_missed` with their sequences.
   * @throws DialogueError such as `forbidden`, or `events_missed` when the log is replaced meanwhile.
   * @example
   * const page = room.history({ limit: 1000 });
   * for await (const message of page) show(message);
   * more.hidden = !page.hasMore;
   */
  history(options?: HistoryOptions): HistoryLoop<MessageOf<Events, Names>>;
  /**
   * Publishes an event. The data is validated before it is sent; the promise waits through reconnections and settles
   * once.
   * @throws DialogueError with `code`, `message`, and for invalid data the `path` in it.
   */
  trigger<Name extends Names>(event: Name, ...payload: Payload<Events[Name]>): Promise<Receipt>;
  /** Subscribes to an event that this membership did not receive. */
  subscribe(event: Names, options?: Waitable): Promise<void>;
  /** Unsubscribes from an event. */
  unsubscribe(event: Names, options?: Waitable): Promise<void>;
  /** Subscribes to all events of the room. */
  subscribeAll(options?: Waitable): Promise<void>;
  /**
   * Ends the membership, also one that `join` of this object began. After several calls of `client.join`, only the last
   * `leave` ends it. Always resolves; events that still wait to be published reject with `not_joined`.
   */
  leave(): Promise<void>;
}

/** The room `Id` of a generated module's `app`, for the types of functions and props. */
export type RoomOf<App, Id extends string> =
  App extends DialogueApp<infer Events, infer Rooms> ? Room<Events, EventsOf<Rooms, Id> & keyof Events & string> : never;

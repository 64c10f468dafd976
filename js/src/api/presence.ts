// The types of presence with states: what the definitions give them, and what a page does with them.
import type { DialogueClient } from "./client.js";
import type { EventsOf, RoomId } from "./definitions.js";
import type { DialogueError } from "./errors.js";
import type { Off } from "./room.js";

declare const presenceStates: unique symbol;
declare const bySession: unique symbol;

/** In the generated module: a state of which watchers receive those of all sessions of a user, by `"merge": "sessions"`. */
export interface BySession<State> {
  /** Never set: carries the state. */
  readonly [bySession]: State;
}

/** Part of the generated module's `Events` if rooms have states of presence: the state's type by the room's id or pattern. */
export interface PresenceStates<States extends object> {
  /** Never set: carries the states. */
  readonly [presenceStates]?: States;
}

type StatesOf<Events> = Events extends PresenceStates<infer States> ? States : never;

/** The rooms whose sessions have states; any room if they are not known. */
export type StateRoomId<Events> = 0 extends 1 & Events
  ? string
  : [keyof StatesOf<Events>] extends [never]
    ? string
    : RoomId<StatesOf<Events>>;

/** The state of a session in room `Id`, in `BySession` if watchers receive those of all sessions. */
export type StateOf<Events, Id extends string> = 0 extends 1 & Events
  ? any
  : [keyof StatesOf<Events>] extends [never]
    ? any
    : EventsOf<StatesOf<Events>, Id>;

/** The state of one session, if the definition says `"merge": "sessions"`. */
export interface PresenceSession<State> {
  /** The session's number in the room. */
  readonly id: number;
  /** What it has set. */
  readonly state: State;
}

/** A user, as a room's states name it. */
export interface PresenceUser {
  /** The user's id. */
  readonly userId: string;
  /** The user's display name, if it has one. */
  readonly name?: string;
  /** What its identity carries for others. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A user who has a state in a room. */
export interface LatestMember<State> extends PresenceUser {
  /** What the user's newest session has set. */
  readonly state: State;
  /** Only if the definition says `"merge": "sessions"`. */
  readonly sessions?: undefined;
}

/** A user who has states in a room whose definition says `"merge": "sessions"`. */
export interface SessionsMember<State> extends PresenceUser {
  /** Never set: each session has a state of its own. */
  readonly state?: undefined;
  /** The states of all sessions. */
  readonly sessions: readonly PresenceSession<State>[];
}

/** A user of a room whose definition is not known. */
export interface AnyMember extends PresenceUser {
  /** The state that the user's newest session has set; undefined if `sessions` is set. */
  readonly state: any;
  /** The states of all sessions, if the room's definition has one for each session. */
  readonly sessions?: any;
}

/** A user who has a state in a room, in the form that the definition gives it. */
export type PresenceMember<State> = 0 extends 1 & State
  ? AnyMember
  : [State] extends [BySession<infer Own>]
    ? SessionsMember<Own>
    : LatestMember<State>;

/** What a session sets. */
export type SetState<State> = 0 extends 1 & State ? any : [State] extends [BySession<infer Own>] ? Own : State;

/** Options of `presence`. */
export interface PresenceOptions {
  /** False: only set this client's state. `members` stays empty, and no handler but that of "error" is called. Default: true. */
  readonly watch?: boolean;
}

/**
 * The states of a room's users: what `presence` returns. Each call returns one of its own. All of them in a client share one
 * watch of the room, and what the client has set is what the last of them has set.
 */
export interface Presence<State> {
  /** The users who have a state, in the order of their coming; a new array after each change. */
  readonly members: readonly PresenceMember<State>[];
  /** One of them. */
  get(userId: string): PresenceMember<State> | undefined;
  /**
   * Sets the state of this client in the room; `null` clears it. Sent once the room is joined, and again after each
   * reconnection. Of several calls in a short time only the last is sent. Resolves once the state is valid and waits to
   * be sent.
   * @throws DialogueError of the validator, with the `path` in the state; `request_invalid` if it cannot be JSON, or the
   * room has no states; `closed` after `close()`.
   */
  set(state: SetState<State> | null): Promise<void>;
  /**
   * Calls `handler` when a user gets its first state, another state, or has none any more (with its last one). Users who
   * have a state already are in `members`.
   * @throws DialogueError `request_invalid` for another change, or if `handler` is not a function.
   */
  on(change: "enter" | "update" | "leave", handler: (member: PresenceMember<State>) => void): Off;
  /** Calls `handler` after `members` has changed, once for each frame of the server. */
  on(change: "members", handler: (members: readonly PresenceMember<State>[]) => void): Off;
  /** Calls `handler` when the server refuses the watch, or a state that was set here. */
  on(change: "error", handler: (error: DialogueError) => void): Off;
  /**
   * Ends this one only, once: its handlers, its part in the watch, which ends with the last of those that watch, and the
   * state that it has set, unless another one has set one since.
   */
  close(): void;
}

/**
 * Opens the states of a room.
 * @throws DialogueError `request_invalid` with the `path` of the argument, such as `$.roomId` or `$.watch`; TypeError if
 * `client` is not one of `createDialogueClient`.
 */
export type OpenPresence = <Events extends object, Rooms extends object, Calls extends object, Id extends StateRoomId<Events>>(
  client: DialogueClient<Events, Rooms, Calls>,
  roomId: Id,
  options?: PresenceOptions,
) => Presence<StateOf<Events, Id>>;

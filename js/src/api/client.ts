// The public type of a client, and what its methods take and return.
import type { CallMethods } from "./calls.js";
import type { EventsOf, RoomId } from "./definitions.js";
import type { DialogueError, Unsent } from "./errors.js";
import type { ClientEvents, ClientState, StateChange, TransportName, Waiting } from "./events.js";
import type { FilterFields } from "./filter.js";
import type { OwnMessage } from "./messages.js";
import type { Auth } from "./options.js";
import type { JoinOptions, Off, Room, Waitable } from "./room.js";
import type { Validity } from "./validity.js";

/** Which rooms `listRooms` returns. */
export interface ListOptions extends Waitable {
  /** Only rooms after this id: `next` of the previous page, or any room's id. */
  readonly after?: string | undefined;
  /** Maximum number of rooms: 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
}

/** A page of rooms. */
export interface RoomPage<Id extends string = string> {
  /** The rooms, sorted by id. */
  readonly rooms: readonly RoomInfo<Id>[];
  /** The `after` of the next page; `undefined` on the last page. */
  readonly next: string | undefined;
}

/** One room that `listRooms` returns. */
export interface RoomInfo<Id extends string = string> {
  /** The id to join it by. */
  readonly id: Id;
  /** The display name. */
  readonly name: string;
  /** How many members are in it now. */
  readonly size: number;
  /** How many may be; `null` when it is not bounded. */
  readonly maxSize: number | null;
}

/** A connection to a Dialogue server that repairs itself: what `createDialogueClient` returns. */
export interface DialogueClient<Events extends object = any, Rooms extends object = any, Calls extends object = any>
  extends CallMethods<Calls> {
  /** The state of the connection. */
  readonly state: ClientState;
  /** The user id that the server authenticated; undefined until the first connection, also after `setAuth`. */
  readonly userId: string | undefined;
  /** The transport in use; null without a connection. The event `transport` reports the reason for the choice. */
  readonly transport: TransportName | null;
  /** How many triggered events have no answer yet: at most 1,000 events and 8 MiB. More are refused with `outbox_full`. */
  readonly pending: number;
  /** The wait that the server has asked for; `undefined` while there is none. */
  readonly waiting: Waiting | undefined;
  /**
   * Loads the validator, which checks publications, now. Otherwise it is loaded a second after the connection is
   * established, or at the first `trigger`, which then waits for it. Rejects with `closed` once the client is closed.
   */
  preload(): Promise<void>;
  /**
   * The triggered events without an answer, of this page or of an earlier page with the same outbox; the oldest first.
   * Frozen, and the same array until the event `"pending"`, as React's `useSyncExternalStore` wants it. Those of an
   * earlier page are in it from the event `"loaded"` on, and have the form of that page's definitions.
   */
  unsent(): readonly Unsent<Events>[];
  /** The last error, until the next connection is established. */
  readonly lastError: DialogueError | undefined;

  /**
   * Connects, if the client does not connect by itself or was disconnected; begins again after a refusal. A second call
   * has no effect.
   */
  connect(): void;
  /**
   * Changes the user, such as after signing in: the client leaves as the previous user and connects as the new user, also if
   * a token function has thrown `SignedOut`, or the server has ended the client. Rooms that were joined are joined again from
   * their last position, and handlers stay; a room that the server has ended, alone or with the client, stays
   * `"refused"` until it is joined. Rejects with `closed` after `close()`. Events that wait for an answer are rejected
   * with `aborted`, or with `outcome_unknown` if the server may have them: none is sent as the new user. Events
   * that are triggered once the promise is resolved are the new user's. To renew a token of the current user, nothing has
   * to be called.
   * @example
   * await client.setAuth({ token: () => tokenOf(user) });
   */
  setAuth(auth?: Auth): Promise<void>;
  /** Closes the connection until `connect()`, a join or a query. Rooms stay, and triggered events wait. */
  disconnect(): void;
  /**
   * Returns the room of this id synchronously, whether it exists or not: to add handlers, to publish before it is joined,
   * and to call its `join`. Always the same object; each call adds a reference that `room.release()` removes.
   * @example
   * const room = client.room("chat");
   * const off = room.on("message", (m) => show(m.data.text));
   * await room.join({ from: { last: 50 } });
   */
  room<Id extends RoomId<Rooms>>(id: Id): Room<Events, EventsOf<Rooms, Id> & keyof Events & string>;
  /**
   * The room of this id, if the client has it. Adds no reference and creates no room. For event handlers, which only need
   * a room that another part of the page has joined.
   */
  peek<Id extends RoomId<Rooms>>(id: Id): Room<Events, EventsOf<Rooms, Id> & keyof Events & string> | undefined;
  /**
   * Becomes a member of a room. Waits while the client reconnects or the server cannot decide. Rejects immediately
   * if the join is refused. Joining a room twice returns the same `Room`, which is left once both callers have left.
   */
  join<Id extends RoomId<Rooms>>(
    id: Id,
    options?: JoinOptions<
      EventsOf<Rooms, Id> & keyof Events & string,
      FilterFields<Events, EventsOf<Rooms, Id> & keyof Events & string>
    >,
  ): Promise<Room<Events, EventsOf<Rooms, Id> & keyof Events & string>>;
  /**
   * Returns a page of the rooms that exist now and may be joined, sorted by id. A page may hold fewer rooms than `limit`;
   * more rooms follow if it has `next`.
   * @throws DialogueError `rate_limited` with `retryAfterMs` if pages are requested too fast.
   * @example
   * for (let after: string | undefined; ; ) {
   *   const { rooms, next } = await client.listRooms({ after });
   *   for (const { id, name } of rooms) show(id, name);
   *   if (!(after = next)) break;
   * }
   */
  listRooms(options?: ListOptions): Promise<RoomPage<RoomId<Rooms>>>;
  /**
   * Whether this client may do something in a room: publish an event in it, join it, read its history, see its members,
   * manage it. The server decides by its rules and the token, as if it were done now; the application's hooks are not
   * called.
   * @throws DialogueError such as `closed`. For a room that does not exist the answer is `false`, not an error.
   * @example
   * button.disabled = !(await client.can("publish", "chat", "message"));
   */
  can<Id extends RoomId<Rooms>>(right: "publish", room: Id, event: EventsOf<Rooms, Id>, options?: Waitable): Promise<boolean>;
  /**
   * Whether this client may join a room, read its history, see its members or manage it. The server decides as for "publish".
   * @example
   * link.hidden = !(await client.can("join", "staff"));
   */
  can(right: "join" | "history" | "presence" | "manage", room: RoomId<Rooms>, options?: Waitable): Promise<boolean>;
  /**
   * Checks what `trigger` would publish, without publishing it, by the code that the server runs. Returns all faults at
   * once, as forms need them. Waits for the definitions if the client has none yet.
   * @throws DialogueError `event_unknown`, `closed`.
   * @example
   * const { ok, issues } = await client.validate("order", form);
   * for (const { path, message } of issues) mark(path.join("."), message);
   */
  validate<Name extends keyof Events & string>(event: Name, data: unknown): Promise<Validity>;
  /**
   * Calls `handler` for each `event` that the server sends to this user or session, not to a room. These events are in no
   * log: an event that is sent while the client has no connection, or no handler, is lost.
   * @example
   * client.onDirect("invite", ({ data }) => show(data.roomId));
   */
  onDirect<Name extends keyof Events & string>(event: Name, handler: (message: OwnMessage<Name, Events[Name]>) => void): Off;
  /** Calls `handler` when the server has authenticated another user than before. */
  onUser(handler: (userId: string) => void): Off;
  /** Calls `handler` when `client.state` has changed, with the reason. */
  on(event: "state", handler: (state: ClientState, change: StateChange) => void): Off;
  /** Calls `handler` when the server has joined this client to a room on its own initiative. */
  on(event: "room", handler: (room: Room<Events, keyof Events & string>) => void): Off;
  /** Calls `handler` with errors that no promise reports. An event that will not be sent is `error.unsent`. */
  on(event: "error", handler: (error: DialogueError & { readonly unsent: Unsent<Events> | undefined }) => void): Off;
  /** Calls `handler` for each event of the client. */
  on<Name extends keyof ClientEvents>(event: Name, handler: (value: ClientEvents[Name]) => void): Off;
  /** Calls `handler` for the next `event` only. */
  once<Name extends keyof ClientEvents>(event: Name, handler: (value: ClientEvents[Name]) => void): Off;
  /** Closes the client permanently: rooms, promises (they reject with `closed`) and the connection. */
  close(): void;
}

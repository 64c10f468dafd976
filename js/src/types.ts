// The public types: what an application sees of a client and its rooms, typed by the module that `dialogue codegen` writes.
import type { DialogueError, Unsent } from "./errors.js";
import type { DialogueErrorCode } from "./generated/tables.js";
import type { Auth, OutboxOptions, Recorder, WebSocketClass } from "./option_types.js";

export type * from "./option_types.js";

/** What `dialogue codegen` writes as `app`: the definitions' catalogue, and by its type their events and rooms. */
export interface DialogueApp<Events extends object = AnyEvents, Rooms extends object = AnyRooms> {
  /** The catalogue, base64. */
  readonly catalogue: string;
  /** The catalogue's fingerprint, 13 hexadecimal digits. */
  readonly fingerprint: string;
  /** Never set: carries the types of events and rooms. */
  readonly types?: { readonly events: Events; readonly rooms: Rooms };
}

/** Events where no generated module is used: any name, unknown data. */
export type AnyEvents = Record<string, unknown>;
/** Rooms where no generated module is used: any id, any event. */
export type AnyRooms = Record<string, string>;

/** A pattern that is nothing but a parameter allows any id, and leaves the others to be suggested. */
type Pattern<P> = P extends `{${string}}`
  ? string & {}
  : P extends `${infer Head}{${string}}${infer Tail}`
    ? `${Head}${string}${Tail}`
    : P;
type Prefix<P> = P extends `${infer Head}{${string}` ? Head : never;
type Matching<Rooms, Id extends string> = {
  [P in keyof Rooms & string]: Id extends Pattern<P> ? P : never;
}[keyof Rooms & string];
/** Of the patterns that match, the one with the longest literal prefix: no other prefix begins with its own. */
type Longest<M extends string, All extends string = M> = M extends unknown
  ? [Exclude<Prefix<All>, Prefix<M>> & `${Prefix<M>}${string}`] extends [never]
    ? M
    : never
  : never;

/** Every room id that the definitions allow, such as `"chat" | \`game-${string}\``. */
export type RoomId<Rooms> = { [P in keyof Rooms & string]: Pattern<P> }[keyof Rooms & string];
/** The names of the events of room `Id`. */
export type EventsOf<Rooms, Id extends string> = Id extends keyof Rooms
  ? Rooms[Id]
  : Rooms[Longest<Matching<Rooms, Id>> & keyof Rooms];

/** One event of a room, as it was published. */
export interface Message<Name extends string = string, Data = unknown> {
  /** Which event. */
  readonly event: Name;
  /** The room that it was published in. */
  readonly roomId: string;
  /** The payload, as the definition of the event describes it. */
  readonly data: Data;
  /** The user that the server authenticated, or `"system"`. */
  readonly from: string;
  /** When the server took it, in milliseconds since 1970. */
  readonly timestamp: number;
  /** Its place in the room's log, counted from 1 without gaps; 0 for an event that is not in the log. */
  readonly seq: number;
  /** Which log that is: a room whose log was lost has another one. */
  readonly epoch: number;
}

/** One event that was sent to this user, or to this session, and to no room. */
export type OwnMessage<Name extends string = string, Data = unknown> = Pick<
  Message<Name, Data>,
  "event" | "data" | "from" | "timestamp"
>;

/** The message of each event in `Names`, as a union that `message.event` tells apart. */
export type MessageOf<Events, Names> = Names extends keyof Events & string ? Message<Names, Events[Names]> : never;

/** Somebody in a room. */
export interface Member {
  /** Who the server says it is. */
  readonly userId: string;
  /** A name to show, where the user has one. */
  readonly name?: string;
  /** What else the token, the identity or a hook says of the user: at most 1 KiB of JSON. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A place in a room's log. Opaque: store it as JSON, hand it to `join` as `since`. */
export interface Position {
  /** Which log. */
  readonly epoch: number;
  /** The newest event that was seen in it; 0 before the first. */
  readonly seq: number;
}

/** What `trigger` resolves with: where in the log the event stands. */
export interface Receipt {
  /** Its place in the room's log, counted from 1 without gaps; 0 for a volatile event, which is in no log. */
  readonly seq: number;
  /** Which log that is. */
  readonly epoch: number;
  /** When the server took it, in milliseconds since 1970. */
  readonly timestamp: number;
  /** The server had it already: it was sent again after a reconnection. */
  readonly duplicate: boolean;
}

/** Which rooms `listRooms` shows. */
export interface ListOptions extends Waitable {
  /** Those behind this one: `next` of the page before, or a room's id. */
  readonly after?: string | undefined;
  /** How many at most: 1 to 1,000; 100 where nothing is said. */
  readonly limit?: number | undefined;
}

/** A page of rooms. */
export interface RoomPage<Id extends string = string> extends Array<RoomInfo<Id>> {
  /** What the next page is `after`; `undefined` on the last page. */
  readonly next: string | undefined;
}

/** One room that `listRooms` shows. */
export interface RoomInfo<Id extends string = string> {
  /** What to join it by. */
  readonly id: Id;
  /** A name to show. */
  readonly name: string;
  /** How many members are in it now. */
  readonly size: number;
  /** How many may be; `null` when it is not bounded. */
  readonly maxSize: number | null;
}

/** What the client waits for by itself, because the server has asked for patience. */
export interface Waiting {
  /** Why: `rate_limited` while events wait for a limit, `server_full` or `draining` while a connection does, and their like. */
  readonly code: DialogueErrorCode;
  /** Until when, in milliseconds since 1970 by this machine's clock. */
  readonly until: number;
}

/**
 * `"connecting"` until the first connection stands, then `"connected"` or `"reconnecting"`. `"failed"`: the client cannot start,
 * since its WebAssembly is blocked or broken; the next use tries again. `"closed"`: by `close()`, or by a refusal that
 * trying again cannot mend; `connect()` begins again after such a refusal.
 */
export type ClientState = "connecting" | "connected" | "reconnecting" | "failed" | "closed";

/** What a handler of "state" is given besides the state. */
export interface StateChange {
  /** Why, where there is something to say: the kind of failure, or the code of the error. */
  readonly reason?: string | undefined;
  /** How many attempts have failed since the last connection. */
  readonly attempt?: number;
}

/**
 * What kept a connection from standing: no network; a server that is down, refuses the WebSocket (such as for the page's
 * origin) or has no good certificate, which a browser does not tell apart; no answer in time; a close by the other side;
 * silence; a token function that failed; a browser that does not allow it (content security policy).
 */
export type ConnectFailure = "offline" | "unreachable" | "timeout" | "closed" | "silent" | "token" | "refused";

/** What handlers of "connect_error" are given. */
export interface ConnectError {
  /** What kept the connection from standing. */
  readonly kind: ConnectFailure;
  /** How many attempts have failed since the last connection, this one included. */
  readonly attempt: number;
  /** When the next one is made, in milliseconds since 1970. */
  readonly retryAt: number;
  /** The WebSocket's close code, where there was one. */
  readonly closeCode: number | undefined;
  /** A sentence to show to whoever runs the page. */
  readonly error: DialogueError;
}

/** Takes a subscription back. Calling it again does nothing. */
export type Off = () => void;

/** Why a room could not go on from its position: its log is another one, begins later, ends before it, or must not be read. */
export type RecoveredReason = "epoch_changed" | "trimmed" | "ahead" | "forbidden";

/** Options of everything that waits. */
export interface Waitable {
  /** Ends the wait: the promise rejects with `aborted`. */
  signal?: AbortSignal;
}

/**
 * Where a room stands: `"idle"` before it is joined and after one's own leave, `"joining"`, `"joined"` (also while the client
 * reconnects), `"leaving"`, and `"refused"` after the server has refused or ended the membership.
 */
export type RoomState = "idle" | "joining" | "joined" | "leaving" | "refused";

/** What a room that was joined before could make up for, and what not. */
export interface Recovery {
  /** Whether nothing is missing. */
  readonly recovered: boolean;
  /** The `seq` of the first missing event; `undefined` where the log was replaced and nobody can know. */
  readonly from?: number | undefined;
  /** The `seq` of the last one. */
  readonly to?: number | undefined;
  /** Why, where the server has said it: such as `trimmed`, `epoch_changed` or `history_trimmed`. */
  readonly reason?: string | undefined;
}

/** How `trigger` publishes. */
export interface TriggerOptions extends Waitable {
  /** Ends the wait. An event that is not under way yet is taken back. */
  signal?: AbortSignal;
  /** Which of the events that wait go first: `"normal"` by default. Has no effect on what is under way. */
  priority?: "high" | "normal" | "low";
}

/** What `trigger` takes after the event: data, which may be left out where the definition allows `null`, and options. */
export type Payload<Data> = null extends Data ? [data?: Data, options?: TriggerOptions] : [data: Data, options?: TriggerOptions];

/** What `history` reads. */
export interface HistoryOptions extends Waitable {
  /**
   * How many events, the newest ones: 100 by default, `Infinity` for all. A number of them is read as a whole before the first is
   * handed over; all of them come page by page.
   */
  limit?: number;
  /** Only events before this place: a sequence, or a position such as `room.position`. */
  before?: number | Position;
}

/** How `join` begins. */
export interface JoinOptions<Names extends string = string> extends Waitable {
  /**
   * From where: `"tail"` (default) is from now on, `last` the newest events as well, `since` all after a position, or after a
   * message: the last one that was dealt with.
   */
  from?: "tail" | { readonly last: number } | { readonly since: Position };
  /** Subscribe to these events only. Default: all, unless the definition says otherwise. */
  events?: readonly Names[];
  /**
   * Gives a token for this room, which narrows what may be done in it to what its claim `rooms` grants. Asked at each join and
   * rejoin, and again when the token has run out. What it throws is told as an `"error"`; the join is refused then.
   */
  token?: () => string | Promise<string>;
}

/** What `createDialogueClient` takes; all of it is optional. */
export interface ClientOptions<Events extends object = AnyEvents, Rooms extends object = AnyRooms> {
  /** The server: http(s) or ws(s), or relative to the page; without a path it is `/dialogue`. Default: the page's origin. */
  url?: string | URL;
  /** The generated module's `app`. Without it names are strings, data is unknown, and the catalogue comes from the server. */
  app?: DialogueApp<Events, Rooms>;
  /** Who this is. Default: nobody in particular, if the server allows that. */
  auth?: Auth;
  /** Whether to connect without being asked. Default: in a page or a worker, and where `WebSocket` is given. */
  autoConnect?: boolean;
  /** The WebSocket class where the platform has none (Node 20), such as that of the `ws` package. */
  WebSocket?: WebSocketClass;
  /** Which transports may be used, in this order. This version knows `"websocket"`. */
  transports?: readonly "websocket"[];
  /**
   * Prints what the client hears, sends and decides, on the console or line by line into a function. Default: whether
   * `localStorage` has an item `dialogue:debug`. Payloads and tokens are not printed.
   */
  debug?: boolean | ((line: string) => void);
  /** Where events wait for their answer: in `"memory"` (default), or where they survive a reload and a day offline. */
  outbox?: "memory" | "indexeddb" | OutboxOptions;
  /** Keeps what the client's core is told and decides, for a bug report: `createRecorder()` of `dialogue-client/recorder`. */
  recorder?: Recorder;
}

/** Whose definitions are which, by fingerprint: 13 hexadecimal digits. */
export interface DefinitionsChange {
  /** Of the page's, `app.fingerprint`. */
  readonly page: string;
  /** Of the server's, which the client goes on with. */
  readonly server: string;
}

/** The events of a client, and what their handlers are given. */
export interface ClientEvents {
  /** `client.state` has changed. The handler's second argument says why. */
  state: ClientState;
  /**
   * A connection could not be made, or was lost; the client tries again at `retryAt`. Without a handler the first one in a
   * row is a warning on the console.
   */
  connect_error: ConnectError;
  /**
   * Something went wrong that no promise tells, such as missed events. An exception in a handler of yours goes to `reportError`
   * or the console, and stops nobody else's.
   */
  error: DialogueError;
  /** `client.pending` has changed; told at most once a turn. */
  pending: number;
  /** `client.waiting` has changed; `undefined` when the wait is over. */
  waiting: Waiting | undefined;
  /**
   * The server's definitions are not those of `app`: most likely the server was deployed since the page was built. The client
   * goes on with the server's; what the page's types and code say of events may be out of date.
   */
  definitions: DefinitionsChange;
  /** The transport in use has changed. */
  transport: "websocket" | undefined;
  /** The server has put this client into a room without being asked. */
  room: Room;
}

/** The names of all events; any name where the events are not typed. */
export type AllNames<Events> = 0 extends 1 & Events ? any : keyof Events & string;

/**
 * A room: what `client.room` gives and `client.join` resolves with. For one id it is one object, as long as somebody refers
 * to it. Handlers may be added before it is joined, and stay; what is triggered before waits for the membership.
 */
export interface Room<Events extends object = any, Names extends keyof Events & string = AllNames<Events>> {
  /** What `client.room` and `client.join` were given. */
  readonly id: string;
  /** The room's display name. */
  readonly name: string;
  /** How many members the room may have; `null` when it is not bounded. */
  readonly maxSize: number | null;
  /**
   * The newest event that was seen. Moves before handlers are called. Keep it as JSON and hand it to `join` as `since` after a
   * reload; nothing else should be read from it.
   */
  readonly position: Position;
  /** Whether nothing was missed since the last join or rejoin, which could go on from its position. */
  readonly recovered: boolean;
  /** Why not, where the server says so. */
  readonly recoveredReason: RecoveredReason | undefined;
  /** Who is here, this client's user included; empty when there are more than 256. */
  readonly members: readonly Member[];
  /** How many users are here. */
  readonly occupancy: number;
  /** Whether this client is a member now: `state` is `"joined"`, or `"leaving"` and not left yet. */
  readonly joined: boolean;
  /** Where it stands. */
  readonly state: RoomState;

  /**
   * Becomes a member, or waits with those who have asked already. Waits through reconnections; rejects at once for what a retry
   * cannot mend, and with `already_joined` where the room is joined with another `from` or other `events`.
   */
  join(options?: JoinOptions<Names>): Promise<this>;
  /** Gives a reference of `client.room` back. With the last one the membership ends, unless somebody has used `client.join`. */
  release(): void;

  /** Calls `handler` for each `event`. */
  on<Name extends Names>(event: Name, handler: (message: Message<Name, Events[Name]>) => void): Off;
  /** Calls `handler` for the next `event`, and for no other. */
  once<Name extends Names>(event: Name, handler: (message: Message<Name, Events[Name]>) => void): Off;
  /** Calls `handler` for every event of the room. */
  onAny(handler: (event: Names, message: MessageOf<Events, Names>) => void): Off;
  /** Calls `handler` when members come or go. */
  onMembers(handler: (members: readonly Member[]) => void): Off;
  /** Calls `handler` once, when the membership ends; with the reason unless `leave` ended it. */
  onLeave(handler: (reason: DialogueError | undefined) => void): Off;
  /** Calls `handler` after each reconnection, before new events: with what was made up for, or is missing and why. */
  onRecover(handler: (recovery: Recovery) => void): Off;
  /**
   * The `event`s from now on, for `for await`. Ends with the membership: after `leave` and `close` the loop is over, after other
   * ends it throws why.
   * While about 512 messages of a room are not read, the server waits: what is in the log comes later, what is not is lost.
   */
  events<Name extends Names>(event: Name): AsyncIterableIterator<Message<Name, Events[Name]>>;
  /**
   * The newest events of the room's log, oldest first. Works through reconnections. Events that the server can read no more
   * are left out, and the client's `error` event tells `events_missed` with their sequences.
   * @throws DialogueError such as `forbidden`, or `events_missed` when the log is replaced meanwhile.
   * @example
   * for await (const message of room.history({ limit: 1000 })) show(message);
   */
  history(options?: HistoryOptions): AsyncIterableIterator<MessageOf<Events, Names>>;
  /**
   * Publishes an event. The data is checked before it leaves; the promise waits through reconnections and settles once.
   * @throws DialogueError with `code`, `message`, and for invalid data the `path` in it.
   */
  trigger<Name extends Names>(event: Name, ...payload: Payload<Events[Name]>): Promise<Receipt>;
  /** Asks for an event that this membership did not get. */
  subscribe(event: Names, options?: Waitable): Promise<void>;
  /** Asks not to get an event any more. */
  unsubscribe(event: Names, options?: Waitable): Promise<void>;
  /** Asks for all events of the room. */
  subscribeAll(options?: Waitable): Promise<void>;
  /**
   * Ends the membership, or takes back one `client.join` where several have joined: the last one ends it. Always resolves; what
   * still waits to be published rejects with `not_joined`.
   */
  leave(): Promise<void>;
}

/** The room `Id` of a generated module's `app`, for the types of functions and props. */
export type RoomOf<App, Id extends string> =
  App extends DialogueApp<infer Events, infer Rooms> ? Room<Events, EventsOf<Rooms, Id> & keyof Events & string> : never;

/** A connection to a Dialogue server that repairs itself: what `createDialogueClient` returns. */
export interface DialogueClient<Events extends object = any, Rooms extends object = any> {
  /** Whether there is a connection, and if not, what becomes of it. */
  readonly state: ClientState;
  /** Who the server says this is; undefined until the first connection. */
  readonly userId: string | undefined;
  /** The transport in use; undefined while there is no connection. */
  readonly transport: "websocket" | undefined;
  /** How many triggered events have no answer yet. At most 1000, and 8 MiB; more are refused with `outbox_full`. */
  readonly pending: number;
  /** What the client waits for at present, because the server has asked for patience; `undefined` while it does not. */
  readonly waiting: Waiting | undefined;
  /**
   * Loads what checks publications, the validator, now. Without it that is loaded a second after the connection stands, or at the
   * first `trigger`, which then waits for it. Rejects with `closed` once the client is closed.
   */
  preload(): Promise<void>;
  /**
   * What was triggered and has no answer yet, here or by an earlier page with the same outbox; the oldest first. What an earlier
   * page wrote is as its definitions were.
   */
  unsent(): Unsent<Events>[];
  /** What went wrong last, until the next connection stands. */
  readonly lastError: DialogueError | undefined;

  /**
   * Connects, where the client does not do so by itself or was disconnected; begins again after a refusal. Calling it twice
   * does nothing.
   */
  connect(): void;
  /** Closes the connection until `connect()`, or a join or question. Rooms stay, and what is triggered waits. */
  disconnect(): void;
  /**
   * The room of this id, at once and whether it exists or not: for adding handlers, for publishing while it is not joined
   * yet, and to be joined by its `join`. The same object for everybody; each call is a reference that `room.release()`
   * gives back.
   * @example
   * const room = client.room("chat");
   * const off = room.on("message", (m) => show(m.data.text));
   * await room.join({ from: { last: 50 } });
   */
  room<Id extends RoomId<Rooms>>(id: Id): Room<Events, EventsOf<Rooms, Id> & keyof Events & string>;
  /**
   * Becomes a member of a room. Waits through reconnections; rejects at once for what a retry cannot mend. Joining a room twice
   * gives the same `Room`, which is left when both have left.
   */
  join<Id extends RoomId<Rooms>>(
    id: Id,
    options?: JoinOptions<EventsOf<Rooms, Id> & keyof Events & string>,
  ): Promise<Room<Events, EventsOf<Rooms, Id> & keyof Events & string>>;
  /**
   * A page of the rooms that exist now and may be joined, sorted by id. A page may hold fewer than `limit`; there are more as
   * long as it has `next`.
   * @throws DialogueError `rate_limited` with `retryAfterMs` where pages are asked for too fast.
   * @example
   * for (let page = await client.listRooms(); ; page = await client.listRooms({ after: page.next })) {
   *   for (const { id, name } of page) show(id, name);
   *   if (!page.next) break;
   * }
   */
  listRooms(options?: ListOptions): Promise<RoomPage<RoomId<Rooms>>>;
  /**
   * Whether this client may do something in a room: publish an event there, join it, read its history, see its members, manage
   * it. The server judges by its rules and the token, as if it were done now; hooks of the application are not asked.
   * @throws DialogueError only such as `closed`: a room that does not exist is an answer, `false`.
   * @example
   * button.disabled = !(await client.can("publish", "chat", "message"));
   */
  can<Id extends RoomId<Rooms>>(right: "publish", room: Id, event: EventsOf<Rooms, Id>, options?: Waitable): Promise<boolean>;
  /**
   * The same for what needs no event: to join a room, read its history, see its members, manage it.
   * @example
   * link.hidden = !(await client.can("join", "staff"));
   */
  can(right: "join" | "history" | "presence" | "manage", room: RoomId<Rooms>, options?: Waitable): Promise<boolean>;
  /**
   * Calls `handler` for each `event` that the server sends to this user or session, and to no room. They are in no log: what is
   * sent while there is no connection, or no handler, is gone.
   * @example
   * client.onDirect("invite", ({ data }) => show(data.roomId));
   */
  onDirect<Name extends keyof Events & string>(event: Name, handler: (message: OwnMessage<Name, Events[Name]>) => void): Off;
  /** Calls `handler` when `client.state` has changed, with the reason. */
  on(event: "state", handler: (state: ClientState, change: StateChange) => void): Off;
  /** Calls `handler` when the server has put this client into a room without being asked. */
  on(event: "room", handler: (room: Room<Events, keyof Events & string>) => void): Off;
  /** Calls `handler` with what no promise tells. An event that will not be sent is `error.unsent`. */
  on(event: "error", handler: (error: DialogueError & { readonly unsent: Unsent<Events> | undefined }) => void): Off;
  /** Calls `handler` for each event of the client. */
  on<Name extends keyof ClientEvents>(event: Name, handler: (value: ClientEvents[Name]) => void): Off;
  /** Calls `handler` for the next `event`, and for no other. */
  once<Name extends keyof ClientEvents>(event: Name, handler: (value: ClientEvents[Name]) => void): Off;
  /** Ends all: rooms, promises (they reject with `closed`) and the connection. Final. */
  close(): void;
}

// The types of push streams, `dialogue-client/push`.
import type { AllNames, AnyEvents, AnyRooms, DialogueApp, EventsOf, RoomId } from "./definitions.js";
import type { DialogueError } from "./errors.js";
import type { EventPattern, Filter, FilterFields } from "./filter.js";
import type { Message, OwnMessage } from "./messages.js";
import type { Off } from "./room.js";

/** What `createPushStream` takes. A stream needs `rooms`, `user` or both. */
export interface PushOptions<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  Id extends string = string,
  Pattern extends string = string,
  User extends "me" | undefined = "me" | undefined,
> {
  /** The server: http(s), or relative to the page; without a path it is `/events`. Default: the page's origin. */
  url?: string | URL;
  /** The generated module's `app`, for its types. `createPushStream<Events, Rooms>()` has them without the catalogue. */
  app?: DialogueApp<Events, Rooms>;
  /** Which rooms: at most 16. */
  rooms?: readonly (Id & RoomId<Rooms>)[];
  /** Which events: names, or beginnings of names followed by `*`. Default: all events of the rooms. */
  events?: readonly (Pattern & EventPattern<StreamNames<Events, Rooms, Id, User>>)[];
  /** Which events, by their content. */
  filter?: Filter<FilterFields<Events, StreamNames<Events, Rooms, Id, User>>>;
  /** How many of the newest events of each room are delivered first, 0 to 1,000. Default: 0. */
  last?: number;
  /** `"me"`: also what is sent to this user or session, and the room `user:ID` if the definitions serve it. */
  user?: User;
  /** The user: a token, or a development identity. Default: a guest, if the server allows guests. */
  auth?: PushAuth;
  /**
   * Where to continue: `stream.lastEventId`, as saved by the previous web page. Default: a new stream. A malformed id is
   * ignored: `dialogue.error` is emitted, and the stream is a new one.
   */
  lastEventId?: string;
  /**
   * Whether tabs use one connection, if the browser has Web Locks. Default: true without a token. With one, give the
   * user's id: tabs share a connection only if they have the same text here.
   */
  shared?: boolean | string;
  /**
   * After how many milliseconds without a byte the stream counts as lost: at least twice the server's
   * `--stream-heartbeat-ms`. Default: 45,000.
   */
  silenceMs?: number;
}

/** A token, or a development identity, which servers accept only under the conditions that `dialogue serve` documents. */
export type PushAuth =
  | {
      /**
       * The token, or a function that returns it, called at each connection. If the function throws, returns no token or an
       * expired one, it is called again later.
       */
      token: string | (() => string | Promise<string>);
    }
  | {
      /** The user id. Default: a guest. */
      userId?: string;
    };

/**
 * `"connecting"` until the stream is open for the first time, then `"connected"` or `"reconnecting"`. `"closed"`: by
 * `close()`, by a refusal that a retry cannot fix, or because the server ended the stream permanently.
 */
export type PushState = "connecting" | "connected" | "reconnecting" | "closed";

/** What a stream can receive: the events of its rooms, and with `user: "me"` all others. */
export type StreamNames<Events, Rooms, Id extends string, User> = User extends "me"
  ? AllNames<Events>
  : EventsOf<Rooms, Id> & keyof Events & string;

/** The names that a list of names and patterns selects. */
export type Selected<Names extends string, Pattern extends string> = Names extends string
  ? Pattern extends `${infer Head}*`
    ? Names extends `${Head}${string}`
      ? Names
      : never
    : Names extends Pattern
      ? Names
      : never
  : never;

/** A payload in a push stream: values of bytes are their base64. */
export type Encoded<Data> = 0 extends 1 & Data
  ? Data
  : Data extends Uint8Array
    ? string
    : Data extends object
      ? { [Key in keyof Data]: Encoded<Data[Key]> }
      : Data;

/** An event of a stream. What was sent to the user has no `roomId`, `seq` and `epoch`. */
export type PushMessage<Name extends string, Data, User> = User extends "me"
  ? OwnMessage<Name, Encoded<Data>> & Partial<Message<Name, Encoded<Data>>>
  : Message<Name, Encoded<Data>>;

/** The stream is open; also after a reconnection. */
export interface PushOpening {
  /** The user id that the server authenticated. */
  readonly userId: string;
  /** The session's id, which a backend can send to. */
  readonly session: string;
  /** The ids of the rooms. */
  readonly rooms: readonly string[];
}

/** Events of a room that the stream cannot deliver. The events that the room still has follow. */
export interface PushMissed {
  /** The room. */
  readonly roomId: string;
  /** Why, such as `trimmed`, `epoch_changed` or `id_unknown`. */
  readonly reason: string;
  /** The `seq` of the first missed event, if it is known. */
  readonly from?: number;
  /** The `seq` of the last missed event. */
  readonly to?: number;
}

/** A room of the stream has ended; the others continue. */
export interface PushLeft {
  /** The room. */
  readonly roomId: string;
  /** Why, such as `room_deleted`. */
  readonly code: string;
  /** The reason as a sentence. */
  readonly message: string;
}

/** The stream's own events, and what their handlers receive. */
export interface PushEvents {
  /** The stream is open; also after a reconnection. */
  "dialogue.open": PushOpening;
  /** Events were missed. */
  "dialogue.missed": PushMissed;
  /** A room of the stream has ended. */
  "dialogue.left": PushLeft;
  /**
   * A failure. With `retryAfterMs` the stream continues by itself after that time. It may be undefined if the
   * server ended the connection; then see `state`.
   */
  "dialogue.error": DialogueError;
  /** `state` has changed. */
  "dialogue.state": PushState;
}

/** A push stream that repairs itself: what `createPushStream` returns. */
export interface PushStream<Events extends object = any, Names extends string = AllNames<Events>, User = undefined> {
  /** Whether the stream is open. */
  readonly state: PushState;
  /** The stream's position, for the option `lastEventId` of the next page. Empty until the server has sent one. */
  readonly lastEventId: string;
  /** Calls `handler` for the stream's own events. */
  on<Name extends keyof PushEvents>(event: Name, handler: (value: PushEvents[Name]) => void): Off;
  /**
   * Calls `handler` for each `event`. Handlers that are added in the turn of `createPushStream` receive all events.
   * @example
   * const off = stream.on("message", (m) => console.log(m.from, m.data.text));
   */
  on<Name extends Names & keyof Events>(event: Name, handler: (message: PushMessage<Name, Events[Name], User>) => void): Off;
  /** Calls `handler` for the next of the stream's own events only. */
  once<Name extends keyof PushEvents>(event: Name, handler: (value: PushEvents[Name]) => void): Off;
  /** Calls `handler` for the next `event` only. */
  once<Name extends Names & keyof Events>(event: Name, handler: (message: PushMessage<Name, Events[Name], User>) => void): Off;
  /** Removes a handler. */
  off(event: Names | keyof PushEvents, handler: (value: any) => void): void;
  /** Closes the stream permanently. */
  close(): void;
}

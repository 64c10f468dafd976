// The options of a client: the address, the identity, a WebSocket class, an outbox, a recorder.
import type { AnyCalls, AnyEvents, AnyRooms, DialogueApp } from "./definitions.js";
import type { TransportName } from "./events.js";
import type { Tracer } from "./traces.js";

/** What `createDialogueClient` takes; everything is optional. */
export interface ClientOptions<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  Calls extends object = AnyCalls,
> {
  /**
   * The server: http(s) or ws(s), or relative to the page; without a path it is `/dialogue`. Default: the page's
   * origin. Of several servers, the client connects to one of them at random, and to another one if that fails.
   */
  url?: string | URL | readonly [string, ...string[]];
  /**
   * The generated module's `app`. Without it names are strings, data is unknown, and the catalogue comes from the
   * server.
   */
  app?: DialogueApp<Events, Rooms, Calls>;
  /** The user. Default: a guest, if the server allows guests. */
  auth?: Auth;
  /** Whether to connect immediately. Default: true in a page or a worker, and if `WebSocket` is set. */
  autoConnect?: boolean;
  /** The WebSocket class, if the platform has none (Node 20), such as that of the `ws` package. */
  WebSocket?: WebSocketClass;
  /**
   * Which transports may be used, the preferred one first, each once. Default: `["websocket", "stream", "polling"]`.
   * The next transport begins when the previous one has failed, or is silent for about two seconds; the first that
   * connects is used. `"stream"` and `"polling"` are HTTP requests, for networks that break WebSocket. Throws `not_in_enum`
   * for any other name.
   */
  transports?: readonly TransportName[];
  /**
   * Prints the client's received and sent frames and its decisions, on the console or line by line into a function. Default:
   * whether `localStorage` has an item `dialogue:debug`. Payloads and tokens are not printed.
   */
  debug?: boolean | ((line: string) => void);
  /** Where unacknowledged events are kept: in `"memory"` (default), or in `"indexeddb"` to survive a reload and a day offline. */
  outbox?: "memory" | "indexeddb" | OutboxOptions;
  /**
   * Records the inputs and decisions of the client's core, for a bug report: `createRecorder()` of
   * `dialogue-client/recorder`.
   */
  recorder?: Recorder;
  /** Makes spans of triggered and received events: `createTracer()` of `dialogue-client/traces`. */
  tracer?: Tracer;
}

/** A token, or a development identity, which servers accept only under the conditions that `dialogue serve` documents. */
export type Auth =
  | {
      /**
       * The token, or a function that returns it, called at each connection and before a token expires. If it throws, it is
       * called again later; `new SignedOut()` closes the client instead.
       */
      token: string | (() => string | Promise<string>);
    }
  | {
      /** The user id. Default: a guest with a random name. */
      userId?: string;
      /** The display name. */
      name?: string;
      /** What else others see of the user: at most 1 KiB of JSON. */
      meta?: Record<string, unknown>;
    };

/** A WebSocket class: that of browsers, of Node 22 or of the `ws` package. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;
/** The part of a WebSocket that the client uses. */
export interface WebSocketLike {
  /** The offered protocol that the server has chosen. */
  readonly protocol: string;
  /** Called once the connection is open. */
  onopen: ((event: any) => void) | null;
  /** Called for each message, with `data`. */
  onmessage: ((event: any) => void) | null;
  /** Called when the connection is closed, with `code`. */
  onclose: ((event: any) => void) | null;
  /** Called before `onclose`, if an error closed the connection. */
  onerror: ((event: any) => void) | null;
  /** Sends one message. */
  send(text: string): void;
  /** Closes the connection, with a code of RFC 6455. */
  close(code?: number): void;
}

/** What `createRecorder` of `dialogue-client/recorder` takes. */
export interface RecorderOptions {
  /** The maximum size of the recording; the oldest entries are removed. Default: 4 MiB, which is some 50,000 calls. */
  bytes?: number;
  /** Whether to keep payloads. Default: false, which keeps only their form and their lengths. */
  payloads?: boolean;
}

/** A flight recorder for one client: what `createRecorder` returns. */
export interface Recorder {
  /**
   * The recording so far, for a file that `dialogue replay` reads. If it would exceed the maximum size, its beginning is
   * omitted.
   */
  text(): string;
  /** Called by the client only: wraps a module's exports. */
  attach(exports: object): object;
}

/** An outbox that outlives the page; each bound has a default. */
export interface OutboxOptions {
  /** Where events are kept: in the browser's database, which survives a reload, a crash and a day offline. */
  store: "indexeddb";
  /**
   * Which outbox, if one origin has several, such as one for each user who signs in. Default: the server's address.
   */
  name?: string;
  /** Maximum number of events, 1 to 1,000. Default: 1,000. More are refused with `outbox_full`. */
  maxEvents?: number;
  /** Maximum size, in bytes of JSON. Default: 8 MiB. */
  maxBytes?: number;
  /**
   * For how many milliseconds an event is worth sending. Default: 7 days. Later it is refused with `connection_lost`.
   */
  maxAge?: number;
}

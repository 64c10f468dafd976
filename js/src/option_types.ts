// The types of what an application hands in with the options of a client: who it is, a WebSocket class, a recorder.

/** A token, or a development identity, which servers take only where `dialogue serve` documents it. */
export type Auth =
  | {
      /** A function is asked at each connection, and again before a token runs out. */
      token: string | (() => string | Promise<string>);
    }
  | {
      /** Who to be. Default: a guest with a name of chance. */
      userId?: string;
      /** A name to show to others. */
      name?: string;
      /** What else others see of the user: at most 1 KiB of JSON. */
      meta?: Record<string, unknown>;
    };

/** What is used of a WebSocket class: that of browsers, of Node 22, and of the `ws` package have it. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;
/** What is used of a WebSocket. */
export interface WebSocketLike {
  /** The one of the offered protocols that the server has chosen. */
  readonly protocol: string;
  /** Called once the connection stands. */
  onopen: ((event: any) => void) | null;
  /** Called for each message, with `data`. */
  onmessage: ((event: any) => void) | null;
  /** Called when it is over, with `code`. */
  onclose: ((event: any) => void) | null;
  /** Called before `onclose`, where something went wrong. */
  onerror: ((event: any) => void) | null;
  /** Sends one message. */
  send(text: string): void;
  /** Ends it, with a code of RFC 6455. */
  close(code?: number): void;
}

/** What `createRecorder` of `dialogue-client/recorder` takes. */
export interface RecorderOptions {
  /** How large the recording may become; then the oldest goes. Default: 4 MiB, which is some 50,000 calls. */
  bytes?: number;
  /** Keep what events say. Default: false, which keeps their form and their lengths. */
  payloads?: boolean;
}

/** A flight recorder: what `createRecorder` returns. For one client. */
export interface Recorder {
  /** The recording so far, for a file that `dialogue replay` reads. Where it would be too large, its beginning is left out. */
  text(): string;
  /** For the client alone: puts itself between a module's exports and those who call them. */
  attach(exports: object): object;
}

/** An outbox that outlives the page; each bound has a default. */
export interface OutboxOptions {
  /** Where: in the browser's database, which a reload, a crash and a day offline leave as it is. */
  store: "indexeddb";
  /** Which outbox, where one origin has several, such as one for each user who signs in. Default: the server's address. */
  name?: string;
  /** How many events, 1 to 1000. Default: 1000. More are refused with `outbox_full`. */
  maxEvents?: number;
  /** How many bytes of JSON. Default: 8 MiB. */
  maxBytes?: number;
  /** For how many milliseconds an event is worth sending. Default: 7 days. Later it is refused with `connection_lost`. */
  maxAge?: number;
}

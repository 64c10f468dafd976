// What rooms ask of the client that they belong to; client/driver.ts is it.
import type { DialogueError } from "../api/errors.js";
import type { ClientState } from "../api/events.js";
import type { ClientOptions } from "../api/options.js";
import type { Core } from "../core/core.js";
import type { PendingLoad } from "../publications/pending_bounds.js";
import type { Publication } from "../publications/publication.js";
import type { Emitter } from "../util/emitter.js";
import type { Validator } from "../validator/validator.js";

export interface RoomHost extends PendingLoad {
  readonly options: ClientOptions;
  readonly state: ClientState;
  /** Undefined until the client has started. */
  readonly core: Core | undefined;
  /** Starts the core, once. */
  start(): Promise<Core>;
  /** Calls `use` where there is a core, and carries out what the core decides. */
  withCore(use: (core: Core) => void): void;
  /** A promise for a ticket of the core. */
  request(ticket: number, publication?: Publication, question?: object, subscribed?: string): Promise<any>;
  /** Settles as `promise`, unless the client is closed or `signal` aborts first. */
  until<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Repeats a request after the time that the server asks for. */
  readonly retryWhenLimited: (request: () => Promise<any>) => Promise<any>;
  /** Loads a file of the package, once. */
  readonly loader: { capability<File, T>(name: string, load: () => Promise<File>, open: (file: File) => T): Promise<T> };
  /** Emits an error that no promise reports. */
  readonly report: (error: DialogueError) => void;
  /** Reads nothing more of the server for a turn. */
  deferReads(): void;

  /** Resolved once there is a catalogue. */
  readonly catalogued: Promise<void>;
  validator(): Promise<Validator>;
  /** The validator, once the first publication that waited for it goes on: until then others queue behind that. */
  openedValidator: Validator | undefined;
  readonly messageBytesMax: number;
  /** Publications that wait for what they need before the core takes them. */
  readonly staged: Set<Publication>;
  /** Throws where a publication of this size would exceed a bound. */
  admit(bytes: number): void;
  /** Counts publications, and their bytes. */
  countPending(by: -1 | 0 | 1, bytes: number): void;
  /** Ends the wait for a publication. */
  abort(ticket: number): void;
  /** Whether a publication in this room has no answer. */
  hasPublication(roomId: string): boolean;
  /** Rejects this page's publications in a room that was not joined. */
  rejectPublications(roomId: string): void;

  readonly emitter: Emitter;
  /** Events for the user, by event. */
  readonly directEvents: Emitter;
}

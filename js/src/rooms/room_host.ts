// The rooms' interface to their client; client/driver.ts implements it.
import type { DialogueError } from "../api/errors.js";
import type { ClientState } from "../api/events.js";
import type { ClientOptions } from "../api/options.js";
import type { Core } from "../core/core.js";
import type { makeError } from "../core/make_error.js";
import type { ErrorCode } from "../generated/tables.js";
import type { PendingLoad } from "../publications/pending_bounds.js";
import type { Publication } from "../publications/publication.js";
import type { Capabilities } from "../util/capabilities.js";
import type { Emitter } from "../util/emitter.js";
import type { Validator } from "../validator/validator.js";

export interface RoomHost extends PendingLoad {
  readonly options: ClientOptions;
  readonly state: ClientState;
  connect(): void;
  /** A join or a question wants one. */
  wantsConnection: boolean | undefined;
  /** The error of a code of the core. */
  errorOf(code: ErrorCode, roomId?: string): DialogueError;
  /** Undefined until the client has started. */
  readonly core: Core | undefined;
  /** Starts the core, once. */
  start(): Promise<Core>;
  /** Calls `use` if the core is loaded, and carries out the core's decisions. */
  withCore(use: (core: Core) => void): void;
  /** Why the client closed itself. */
  readonly final: DialogueError | undefined;
  /**
   * Calls `ask`, which makes a request to `core` and returns its ticket, and resolves with the answer. Rejects if that core is
   * over.
   */
  request(core: Core, ask: () => number, publication?: Publication, question?: object | string): Promise<any>;
  /** Settles as `promise`, unless `signal` aborts or the client is closed before. `isOver`: the client was closed already. */
  until<T>(promise: Promise<T>, signal?: AbortSignal, isOver?: boolean): Promise<T>;
  /** A copy of a request's arguments for a frame; throws with the path of the one that cannot be sent. */
  readonly readable: <T>(value: T, path?: string, bytesMax?: number) => T;
  /** makeError, for files that are loaded later. */
  readonly makeError: typeof makeError;
  readonly loader: Capabilities & {
    /** Loads what few pages need: the exports of extra.ts, which imports this file. */
    extra(): Promise<any>;
  };
  /** Emits an error that no promise reports. */
  readonly report: (error: DialogueError) => void;
  /** Reads nothing more of the server for a turn. */
  deferReads(): void;

  validator(): Promise<Validator>;
  /** The validator, once the first publication that waited for it continues. Until then other publications queue after it. */
  openedValidator: Validator | undefined;
  readonly frameBytesMax: number;
  readonly userId: string | undefined;
  readonly named: string | undefined;
  /** Publications that are not ready for the core yet. */
  readonly staged: Map<Publication, Promise<unknown> | undefined>;
  /** Throws if a publication of this size would exceed a bound. */
  admit(bytes: number): void;
  /** Counts publications, and their bytes. */
  countPending(by: -1 | 0 | 1, bytes: number): void;
  /** Emits "settled" of a publication: with its receipt, or with an `error`. */
  settled(publication: Publication, outcome: object): void;
  /** Whether a publication in this room has no answer. */
  hasPublication(roomId: string): boolean;
  /** Rejects this page's publications in a room that was not joined. */
  rejectPublications(roomId: string): void;

  readonly emitter: Emitter;
  /** Events for the user, by event. */
  readonly directEvents: Emitter;
}

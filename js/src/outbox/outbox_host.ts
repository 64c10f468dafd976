// The outbox's interface to its client; client/driver.ts implements it.
import type { DialogueError } from "../api/errors.js";
import type { Core } from "../core/core.js";
import type { PendingLoad } from "../publications/pending_bounds.js";
import type { Publication } from "../publications/publication.js";

export interface OutboxHost extends PendingLoad {
  readonly userId: string | undefined;
  readonly options: { readonly auth?: object };
  /** Publications that the core does not have yet. */
  readonly staged: ReadonlyMap<Publication, unknown>;
  /** The resume secret of WELCOME. */
  resume: string | undefined;
  readonly rooms: { register(roomId: string): { readonly handle: number } };
  withCore(use: (core: Core) => void): void;
  /** Adds `by` to the number of pending publications, and `bytes` to their size. */
  countPending(by: -1 | 0 | 1, bytes: number): void;
  /** Calls `ask`, which makes a request to `core` and returns its ticket, and resolves with the answer. */
  request(core: Core, ask: () => number, publication: Publication): Promise<unknown>;
  /** Emits "settled" for a publication, with its receipt or an `error`. */
  settled(publication: Publication, outcome: object): void;
  /** Ends the wait for a publication. */
  abort(ticket: number, error: DialogueError): void;
  /** Emits an error that no promise reports. */
  readonly report: (error: DialogueError) => void;
}

// The changes of one transaction of the outbox.
import type { SavedPublication } from "./saved_publication.js";

export interface Batch {
  readonly written: Map<number, SavedPublication>;
  /** Their keys by their ids. */
  readonly deleted: Map<number, string>;
  /** Rooms whose newest number has changed. */
  readonly rooms: Set<string>;
  /** Called once, when it is written or given up. */
  readonly after: ((isWritten: boolean) => void)[];
  /** The slot is rewritten, from what the page knows. */
  isWhole: boolean;
  /** Further keys of "slots" with their values; undefined deletes. */
  readonly marks: Map<string, unknown>;
}

export const emptyBatch = (): Batch => ({
  written: new Map(),
  deleted: new Map(),
  rooms: new Set(),
  after: [],
  isWhole: false,
  marks: new Map(),
});

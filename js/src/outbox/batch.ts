// The changes of one transaction of the outbox.
import type { SavedPublication } from "./saved_publication.js";

export interface Batch {
  readonly written: Map<number, SavedPublication>;
  readonly deleted: Set<number>;
  /** Rooms whose newest number has changed. */
  readonly rooms: Set<string>;
  /** Called when it is written. */
  readonly after: (() => void)[];
  /** The producer has changed: the slot is rewritten. */
  isRenewed: boolean;
  /** Further keys of "slots" with their values; undefined deletes. */
  readonly marks: Map<string, unknown>;
}

export const emptyBatch = (): Batch => ({
  written: new Map(),
  deleted: new Set(),
  rooms: new Set(),
  after: [],
  isRenewed: false,
  marks: new Map(),
});

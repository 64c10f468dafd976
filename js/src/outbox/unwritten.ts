// Decides which publications a page hands over when it ends: those that the database may not have.
import type { Batch } from "./batch.js";
import type { SavedPublication } from "./saved_publication.js";

/** What is known of the database when the page ends. */
export interface WriteState {
  /** What the slot should contain. */
  readonly contents: Iterable<SavedPublication>;
  /** Batches that are being written, and the one that is being filled. */
  readonly batches: readonly Batch[];
  /** The database is being opened again. */
  readonly isOpening: boolean;
  /** Storage has failed: frames leave at once. Otherwise a frame leaves when it is written. */
  readonly hasFailed: boolean;
}

/**
 * Returns the publications to hand over. If the storage has failed, a publication with a number may have been sent, so it is
 * not handed over.
 */
export function unwritten({ contents, batches, isOpening, hasFailed }: WriteState): SavedPublication[] {
  const byId = new Map<number, SavedPublication>();
  const isMissing = isOpening || hasFailed || batches.some(({ isWhole }) => isWhole); // the database may be a new one
  if (isMissing) for (const saved of contents) if (!saved.number) byId.set(saved.id, saved);
  for (const { written, deleted } of batches) {
    for (const [id, saved] of written) if (!hasFailed || !saved.number) byId.set(id, saved);
    for (const id of deleted.keys()) byId.delete(id);
  }
  return [...byId.values()];
}

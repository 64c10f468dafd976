// Hands over the publications of a page that ends before its outbox is open; handover.ts reads them. Part of the first
// load.
import type { Publication } from "../publications/publication.js";

/** Stores them for the next page. `id` makes the key unique. Throws without storage. */
export function handOverStaged(outboxName: string, id: string, staged: Iterable<Publication>): void {
  localStorage[`${outboxName} early ${Date.now()} ${id}`] = JSON.stringify([...staged]);
}

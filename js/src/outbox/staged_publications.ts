// Hands over the publications of a page that ends before its outbox is open; handover.ts reads them. Part of the first
// load.
import type { Publication } from "../publications/publication.js";

/** Puts them where the next page finds them. `id` makes the key unique. Throws where there is no storage. */
export function handOverStaged(outboxName: string, id: string, staged: Iterable<Publication>): void {
  localStorage[`${outboxName} early ${Date.now()} ${id}`] = JSON.stringify([...staged]);
}

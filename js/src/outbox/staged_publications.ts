// Hands over the publications of a page that ends before its outbox is open; handover.ts reads them. Part of the first
// load.
import type { Publication } from "../publications/publication.js";

/** Stores them for the next page. `page` makes the entry unique. Throws without storage. */
export function handOverStaged(outboxName: string, page: string, staged: ReadonlySet<Publication>): () => void {
  const entry = `${outboxName} left ${page} ${Date.now()}`;
  const handed = [...staged];
  localStorage[entry] = JSON.stringify(handed);
  return () => {
    if (!localStorage[entry]) for (const publication of handed) publication.isTaken = true;
    delete localStorage[entry];
  };
}

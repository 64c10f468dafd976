// Hands over the publications of a page that ends before its outbox is open; handover.ts reads them. Part of the first
// load.
import type { Publication } from "../publications/publication.js";

/** The entry of what a page hands over: each has its own. `page` names the page, without a space. */
export const handoverKey = (outboxName: string, page: string) => `${outboxName} left ${page} ${Date.now()}`;

/** Stores them for the next page. Throws without storage. */
export function handOverStaged(outboxName: string, page: string, staged: Iterable<Publication>): () => void {
  const entry = handoverKey(outboxName, page);
  const handed = [...staged];
  localStorage[entry] = JSON.stringify(handed);
  return () => {
    if (!localStorage[entry]) for (const publication of handed) publication.isTaken = true;
    delete localStorage[entry];
  };
}

// Decides the extension of PUBLISH: an earlier attempt to send it, its trace, and whether it deletes its key.
import type { Publication } from "./publication.js";

const longAgoSeconds = 2 ** 31; // longer than the server remembers any producer

/**
 * PUBLISH's `ext` for the core's mark, and for the publication, which keeps the user whom it is sent for first. What was
 * sent for another one is not known under this id, so the server must not accept it again: it is marked as older than
 * anything that the server remembers.
 */
export function resendMark(mark: number, publication: Publication, userId?: string): string | 0 {
  const { deletes, traceparent: trace } = publication;
  if (mark < 2) publication.userId = userId;
  const resent = publication.userId === userId ? Math.floor(mark / 2) : longAgoSeconds;
  return mark || trace || deletes ? JSON.stringify({ first: mark % 2, resent, delete: deletes ? 1 : undefined, trace }) : 0;
}

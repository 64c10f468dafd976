// Decides what becomes of a publication that an earlier page left, once the server has named this page's user.
import { ErrorCode } from "../generated/tables.js";
import { isOthers } from "../publications/publication.js";
import type { SavedPublication } from "./saved_publication.js";

/** The facts that the verdict depends on. */
export interface InheritedFacts {
  /** The user of this page. */
  readonly userId: string;
  /** Whom this page has named, as `Publication.named`. */
  readonly named: string | undefined;
  /** The user whom the server had named last, to any page. */
  readonly lastUser: string | undefined;
  /** Publications older than this time, in ms since 1970, are not sent. */
  readonly oldest: number;
  /** The log in which its room's numbers count. */
  readonly epoch: number | undefined;
}

/** `ok` to send it, or the code that it fails with. */
export function inheritedVerdict(saved: SavedPublication, { userId, named, lastUser, oldest, epoch }: InheritedFacts): ErrorCode {
  // A page that ended before it received its user's id: whom it has named counts, or else who was the last user.
  const last = saved.named === undefined ? lastUser : userId;
  if (isOthers(saved.userId ?? last, userId) || (!saved.userId && saved.named !== named)) return ErrorCode.forbidden;
  if (saved.time < oldest) return ErrorCode.connection_lost;
  return saved.number && saved.epoch !== epoch ? ErrorCode.outcome_unknown : ErrorCode.ok;
}

/** In the order in which they were sent, and then in which they were triggered. */
export const byAge = (a: SavedPublication, b: SavedPublication): number =>
  (a.number || Infinity) - (b.number || Infinity) || a.id - b.id;

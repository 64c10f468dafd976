// A publication as the client keeps it until it is answered, and as an application sees it.
import type { Unsent } from "../api/errors.js";

/** The payload of a PUBLISH, kept while it may have to be sent again. */
export interface Publication {
  /** Names it for the application, also on a later page. */
  readonly key: string;
  /** When it was triggered, in ms since 1970. */
  readonly time: number;
  readonly roomId: string;
  readonly event: string;
  readonly json: string;
  bytes: number;
  isVolatile?: boolean;
  /** Whether it deletes the key in its payload. */
  readonly deletes?: boolean | undefined;
  /** The user who triggered it; undefined until the server has named the user. */
  userId?: string | undefined;
  /** The user whom its page named; undefined with a token. */
  readonly named?: string | undefined;
  /** Whether another page has taken it, and publishes it. */
  isTaken?: boolean;
  /** The W3C `traceparent` of the trace that it belongs to. */
  traceparent?: string | undefined;
}

/** The user whom a page names by its `auth`. */
export const namedBy = (auth: object | undefined): string | undefined => (auth as { userId?: string } | undefined)?.userId;

/** The server gives those without an identity a new name at each connection. */
const isGuest = (userId: string) => userId.startsWith("guest-");

/** Whether what `owner` triggered is not this user's to publish; undefined stands for a user whom `auth` does not name. */
export const isOthers = (owner: string | undefined, userId: string | undefined) =>
  owner && userId && owner !== userId && !(isGuest(owner) && isGuest(userId));

const shown = new WeakMap<Publication, Unsent>();

/** A publication as `client.unsent()` gives it: always the same object. */
export function unsentOf(publication: Publication): Unsent {
  let unsent = shown.get(publication);
  if (!unsent) {
    const { key, roomId, event, json, time } = publication;
    unsent = Object.freeze({ id: key, roomId, event, data: JSON.parse(json), queuedAt: time });
    shown.set(publication, unsent);
  }
  return unsent;
}

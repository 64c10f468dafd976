// What a driver keeps of what was asked and has no answer.
import type { Unsent } from "./errors.js";

/** What a PUBLISH ends with, kept while it may have to be sent again. */
export interface Publication {
  readonly roomId: string;
  readonly event: string;
  readonly json: string;
  readonly bytes: number;
  readonly isVolatile?: boolean;
}

/** A promise that the core settles. */
export interface Pending {
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
  readonly publication: Publication | undefined;
  /** What follows the integers of the frame that asks, where the core knows nothing of it. */
  readonly question: object | undefined;
  /** The event that a subscription is about, whose number may change. */
  readonly subscribed: string | undefined;
}

/** As an application sees it: without what is worth nothing later. */
export const unsentOf = (publications: readonly (Publication | undefined)[]): Unsent[] =>
  publications.flatMap((publication) => {
    if (!publication || publication.isVolatile) return [];
    const { roomId, event, json } = publication;
    return [{ roomId, event, data: JSON.parse(json) }];
  });

const longAgoSeconds = 2 ** 31; // further back than any producer is remembered

/**
 * PUBLISH's `ext` for the core's mark. What was sent under another user id is not known under this one, so that the server must
 * not take it again: it is said to be older than anything that is remembered.
 */
export const publishExt = (mark: number, isRenamed: boolean): string => {
  const resent = mark > 1 && isRenamed ? longAgoSeconds : Math.floor(mark / 2);
  return `{"first":${mark % 2},"resent":${resent}}`;
};

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

// A publication as the client keeps it until it is answered, and as an application sees it.
import type { Unsent } from "../api/errors.js";

/** The payload of a PUBLISH, kept while it may have to be sent again. */
export interface Publication {
  readonly roomId: string;
  readonly event: string;
  readonly json: string;
  readonly bytes: number;
  readonly isVolatile?: boolean;
  /** Of the trace that it belongs to. */
  readonly traceparent?: string | undefined;
}

/** Publications as `client.unsent()` gives them: without volatile events, which are worthless later. */
export const unsentOf = (publications: readonly (Publication | undefined)[]): Unsent[] =>
  publications.flatMap((publication) => {
    if (!publication || publication.isVolatile) return [];
    const { roomId, event, json } = publication;
    return [{ roomId, event, data: JSON.parse(json) }];
  });

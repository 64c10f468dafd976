// What a driver keeps of what was asked and has no answer.

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

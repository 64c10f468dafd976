// Decides which pages of a room's log are read. history.ts makes the requests.

/** A page, as REPLY gives it. `damaged` are ranges of sequences that the server cannot read. */
export interface Page {
  readonly epoch: number;
  readonly head: number;
  readonly base: number;
  readonly first: number;
  readonly last: number;
  readonly events: readonly (readonly [number: number, seq: number, timestamp: number, from: string, data: unknown])[];
  readonly damaged?: readonly (readonly [first: number, last: number])[];
}

/** The sequence that the page after `page` begins or, backwards, ends with; 0 at the end. `at` is that of `page`. */
export function nextPage(isForward: boolean, at: number, end: number, { first, last, base }: Page): number {
  const next = isForward ? last + 1 : first - 1;
  return (isForward ? next > at && next < end : next < at && next >= base) ? next : 0;
}

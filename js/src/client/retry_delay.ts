// Decides when a file that could not be loaded is fetched again.

const minMs = 500;
const maxMs = 20_000;

/** Milliseconds before the attempt after `attempt`, counted from 0: doubles, up to 20 seconds. */
export const retryDelayMs = (attempt: number): number => Math.min(minMs * 2 ** attempt, maxMs);

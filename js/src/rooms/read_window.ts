// Decides which number of unread messages is reported to the core, which grants the server its credit.

/**
 * The number reported to the core for the unread messages of each iterator of a room: 0 without iterators, which is
 * no bound.
 */
export const unreadToReport = (sizes: readonly number[]): number => Math.max(0, ...sizes.map((size) => size + 1));

// Decides what the core, which grants the server its credit, hears of unread messages.

/**
 * What the core gets where the iterators of a room have so many unread messages each: 0 without iterators, which is
 * no bound.
 */
export const unreadToReport = (sizes: readonly number[]): number => Math.max(0, ...sizes.map((size) => size + 1));

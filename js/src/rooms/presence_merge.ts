// Maintains the members of a room: merges JOINED and PRESENCE into the list that applications see.
import type { Member } from "../api/messages.js";

const listedMax = 256; // above it members are counted, not listed

/**
 * The members after a change: who left is removed, who joined is added last, also where an older entry of the user
 * exists.
 */
export function mergePresence(members: readonly Member[], joined: readonly Member[], left: readonly string[]): Member[] {
  const replaced = new Set([...left, ...joined.map(({ userId }) => userId)]);
  return [...members.filter(({ userId }) => !replaced.has(userId)), ...joined];
}

const none: readonly Member[] = [];

/** The members to list; empty if the server only counts (`occupancy`), or if there are too many. */
export const listedMembers = (members: readonly Member[], occupancy: number | undefined): readonly Member[] =>
  occupancy === undefined && members.length <= listedMax ? members : none;

// Decides who is in a room: merges what JOINED and PRESENCE report into the list that applications see.
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

/** The members to list: none where the server only counts (`occupancy`), or where there are too many. */
export const listedMembers = (members: readonly Member[], occupancy: number | undefined): readonly Member[] =>
  occupancy === undefined && members.length <= listedMax ? members : [];

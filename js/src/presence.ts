// The entry for states of presence. Pages that use none do not load it.
import type { OpenPresence } from "./api/presence.js";
import { presence as open } from "./presence/presence.js";

export type * from "./api/presence.js";

/**
 * The states that users set in a room, such as cursors. The room need not be joined, except to set a state. Each caller
 * gets one of its own, and calls its `close`.
 *
 * @example
 * const cursors = presence(client, "doc-7");
 * cursors.on("update", ({ userId, state }) => draw(userId, state));
 * void cursors.set({ x: 10, y: 20 });
 */
export const presence: OpenPresence = open as OpenPresence;

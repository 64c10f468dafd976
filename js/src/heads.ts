// The entry for heads of rooms. Pages that use none do not load it.
import type { OpenHeads } from "./api/heads.js";
import { heads as open } from "./heads/heads.js";

export type * from "./api/heads.js";

/**
 * Watches how far rooms have got without joining them, and what the user has not read in each: up to 2,000 rooms over one
 * stream. Access is as for history.
 *
 * @example
 * const inbox = heads(client, ["general", "orders-7"], { events: ["message"] });
 * inbox.on("change", () => showBadge(inbox.unread));
 * await inbox.mark("general");
 */
export const heads: OpenHeads = open;

// Options of stores whose state is the newest message of an event, or the newest one of each key.
import type { Message } from "../api/messages.js";
import type { StoreOptions } from "./types.js";

const noKeys: ReadonlyMap<unknown, Message> = new Map();

/** The newest `event`; with `keyOf`, a map of the newest by key, without keys that were deleted. */
export function latestOptions(event: string, keyOf?: (message: any) => unknown): StoreOptions<string, any> {
  if (!keyOf) return { event, keep: 1, last: 1, reduce: (_, message) => message };
  const reduce = (map: ReadonlyMap<unknown, Message>, message: Message) => {
    const next = new Map(map);
    const key = keyOf(message);
    if (message.deleted) next.delete(key);
    else next.set(key, message);
    return next;
  };
  return { event, last: 1000, reduce, start: noKeys };
}

// The users who are typing in a room, as a store. Each client repeats a volatile event while its user types.
import type { DialogueClient } from "../api/client.js";
import { roomEvents } from "./room_events.js";
import { sharedStore } from "./shared_store.js";
import type { Store } from "./types.js";

/** The users who are typing, and the function that announces this one. */
export interface TypingStore<Data = unknown> extends Store<readonly string[]> {
  /** Announces that this user types: call it at each key press. Sent at most twice in the time that it counts for. */
  typing(data?: Data): void;
}

const nobody: readonly string[] = Object.freeze([]);

/**
 * The ids of the other users who have sent `event` in the last `ms` milliseconds, and nothing else since. Default: 5,000.
 */
export function typingStore(client: DialogueClient<any, any>, id: string, event: string, ms = 5000): TypingStore<any> {
  if (!(ms > 0)) throw new TypeError("typingStore: ms is not well-formed");
  let sentAt = -Infinity;
  const store = sharedStore(nobody, (set) => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const forget = (from: string) => {
      clearTimeout(timers.get(from));
      if (timers.delete(from)) set(Object.freeze([...timers.keys()]));
    };
    const off = roomEvents(client, id, undefined, ({ event: name, from }) => {
      if (from === client.userId) return;
      if (name !== event) return forget(from);
      clearTimeout(timers.get(from));
      timers.set(
        from,
        setTimeout(() => forget(from), ms),
      );
      set(Object.freeze([...timers.keys()]));
    });
    return () => {
      off();
      for (const timer of timers.values()) clearTimeout(timer);
    };
  });
  return {
    ...store,
    typing(data) {
      const now = Date.now();
      if (now - sentAt < ms / 2) return;
      sentAt = now;
      client
        .peek(id)
        ?.trigger(event, data)
        .catch(() => {}); // of no value later
    },
  };
}

// A permission as a store.
import type { DialogueClient } from "../api/client.js";
import { sharedStore } from "./shared_store.js";
import type { Store } from "./types.js";

/**
 * Whether the client may do something in a room, as `client.can` says; undefined until the server has answered. Asks
 * again after each connection, and for each user.
 */
export function canStore(
  client: DialogueClient<any, any>,
  right: "publish" | "join" | "history" | "presence" | "manage",
  room: string,
  event?: string,
): Store<boolean | undefined> {
  return sharedStore<boolean | undefined>(undefined, (set) => {
    const end = new AbortController();
    const { signal } = end;
    const ask = () => {
      const asked = event === undefined ? [right, room, { signal }] : [right, room, event, { signal }];
      (client.can as (...asked: unknown[]) => Promise<boolean>)(...asked).then(
        (allowed) => signal.aborted || set(allowed),
        () => {}, // closed
      );
    };
    const offs = [client.on("state", (state) => state === "connected" && ask()), client.onUser(ask)];
    ask();
    return () => {
      end.abort();
      for (const off of offs) off();
    };
  });
}

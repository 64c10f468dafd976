// Handlers of a room's events that join the room while they stand.
import type { DialogueClient } from "../api/client.js";
import type { Message } from "../api/messages.js";
import type { Off } from "../api/room.js";
import { roomStore } from "./room_store.js";

/** Joins room `id`, and calls `handler` for each `event`, or for all events. The result leaves it. */
export function roomEvents(
  client: DialogueClient<any, any>,
  id: string,
  event: string | undefined,
  handler: (message: Message) => void,
): Off {
  const room = client.room(id);
  const offs = [
    event === undefined ? room.onAny((_, message) => handler(message)) : room.on(event, handler),
    roomStore(client, id, { keep: 0 }).subscribe(() => {}),
  ];
  return () => {
    for (const off of offs) off();
    room.release();
  };
}

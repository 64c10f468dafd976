// The rooms that this tab has joined: those of the user, up to what a connection may have.
import { signal } from "@preact/signals";
import { ChatRoom } from "./chat_room.js";
import type { Client } from "./realtime.js";
import type { RoomInfo } from "./types.js";

const roomsMax = 120; // of the 128 of a connection

export const live = signal<ReadonlyMap<string, ChatRoom>>(new Map());

/** Joins what is new in the list, leaves what is gone, and takes the counters. `shown` is joined in any case. */
export function keepLive(client: Client, mine: readonly RoomInfo[], shown: string | undefined): void {
  const wanted = [...mine].sort((a, b) => Number(b.id === shown) - Number(a.id === shown)).slice(0, roomsMax);
  const next = new Map<string, ChatRoom>();
  for (const info of wanted) {
    const known = live.value.get(info.id);
    const isOver = known?.over.value !== undefined;
    if (known && !isOver && info.counts) known.setCounts(info.counts);
    if (isOver) known.close();
    next.set(info.id, known && !isOver ? known : new ChatRoom(info.id, client, info.counts));
  }
  for (const [id, room] of live.value) if (!next.has(id)) room.close();
  const isSame = next.size === live.value.size && [...next].every(([id, room]) => live.value.get(id) === room);
  if (!isSame) live.value = next;
}

export function closeAll(): void {
  for (const room of live.value.values()) room.close();
  live.value = new Map();
}

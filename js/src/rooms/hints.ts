// Hints for developers, on the console. Part of extra.js.
import type { RoomHandle } from "./room.js";
import type { RoomHost } from "./room_host.js";

const patienceMs = 5000;
const watched = new WeakSet<RoomHandle>();

/**
 * An event was triggered in a room that this client has not joined: a warning, once for each room, if it still waits after
 * 5 seconds. `later` and `warn` are the platform's.
 */
export function watchUnjoined(
  host: RoomHost,
  room: RoomHandle,
  later: (work: () => void, ms: number) => unknown = setTimeout,
  warn: (line: string) => void = console.warn,
): void {
  if (watched.has(room)) return;
  watched.add(room);
  const timer = later(() => {
    if (room.joining || !host.hasPublication(room.id)) watched.delete(room);
    else warn(`dialogue: events wait in "${room.id}", since this client has not joined it: call join() of the room.`);
  }, patienceMs) as { unref?(): void };
  timer?.unref?.(); // a process may end
}

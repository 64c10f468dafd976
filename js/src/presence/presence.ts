// States of presence: a handle for each caller, over what the handles of a room share. A file of its own; the core's only
// part is the connection.
import type { Room } from "../api/room.js";
import type { CallHost } from "../calls/calls.js";
import { FrameType } from "../generated/tables.js";
import type { RoomHandle } from "../rooms/room.js";
import { Handle } from "./handle.js";
import { type Hub, invalid, RoomStates } from "./room_states.js";

const hubs = new WeakMap<CallHost, Hub>();

/** What the rooms of a client share; takes their frames from the first time on. */
function hubOf(host: CallHost): Hub {
  const known = hubs.get(host);
  if (known) return known;
  const rooms = new Map<string, RoomStates>();
  const ended = new Map<number, string>();
  const others = host.calls;
  host.emitter.on("state", () => ended.clear());
  host.calls = {
    receive(frame) {
      const [type, first, second, third, fourth, body] = frame;
      if (type <= FrameType.ALLOW) others?.receive(frame);
      else if (type === FrameType.WATCHED) {
        if ([...rooms.values()].some((room) => room.answered(first, second, third, fourth, body))) return;
        const id = ended.get(first);
        ended.delete(first);
        if (id !== undefined && !second && !rooms.get(id)?.isWatching) host.socket.send(`[${[FrameType.UNWATCH, third]}]`);
      } else if (type === FrameType.STATES)
        for (const room of rooms.values()) if (room.number === first) room.report(second, third ?? {});
    },
  };
  const hub = { rooms, ended, last: 0 };
  hubs.set(host, hub);
  return hub;
}

/** Under the name that its file exports: the stores import that. */
export function presence(client: { room(id: string): Room }, roomId: string, options: { watch?: boolean } = {}): Handle {
  const room = client?.room?.(roomId);
  const host = (room as RoomHandle | undefined)?.owner as unknown as CallHost;
  if (!host) throw new TypeError("presence: client is not one of createDialogueClient");
  try {
    if (typeof host.readable(roomId, "$.roomId", host.frameBytesMax) !== "string") throw invalid(host, "$.roomId");
    if (Object(options) !== options) throw invalid(host, "$.options");
    if (typeof (options.watch ?? true) !== "boolean") throw invalid(host, "$.watch");
  } catch (error) {
    room.release();
    throw error;
  }
  const hub = hubOf(host);
  let states = hub.rooms.get(roomId);
  if (states) room.release();
  else hub.rooms.set(roomId, (states = new RoomStates(hub, host, room)));
  return new Handle(states, options.watch ?? true);
}

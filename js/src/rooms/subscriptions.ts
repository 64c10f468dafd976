// Subscribes to events of a room that is joined, and remembers it for the next JOIN. Part of extra.js.
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { ErrorCode, FrameType } from "../generated/tables.js";
import { retryWhenLimited } from "../util/retry_after.js";
import type { Validator } from "../validator/validator.js";
import type { RoomHandle } from "./room.js";
import type { RoomHost } from "./room_host.js";

/** The names of the events of a room: all that it allows, or those that a member receives by default. */
export function roomEvents({ events }: Core, { write, wasm }: Validator, id: string, all: boolean): string[] {
  const size = write(id);
  return events.filter((_, index) => wasm.room_hears(size, index, +all));
}

/** Of `type` 0: subscribes to all events of the room. */
export async function subscribe(
  host: RoomHost,
  room: RoomHandle,
  type: 0 | FrameType.SUBSCRIBE | FrameType.UNSUBSCRIBE,
  event: string,
  signal?: AbortSignal,
): Promise<void> {
  const core = await host.start();
  // First, so that nothing comes between the answer and the record of it.
  const validator = await host.until(host.validator(), signal);
  // What JOIN has to subscribe to after a reconnection.
  const { id } = room;
  let { asked } = room;
  const ask = () => {
    asked = room.asked; // of this membership, if it was joined again before a retry
    if (room.handle < 0) throw host.errorOf(ErrorCode.not_joined, room.id); // it was left and forgotten meanwhile
    return core.wasm[Call.subscribe](room.handle, type || FrameType.SUBSCRIBE, type && core.eventNumber(event), Date.now());
  };
  await retryWhenLimited(host, () => host.request(core, ask, undefined, event), signal);
  const named = (all: boolean) => roomEvents(core, validator, id, all);
  const { match } = asked;
  const isMatched = (name: string) =>
    match!.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const inherited = () => (match ? named(true).filter(isMatched) : named(false));
  const events = new Set(!type ? named(true) : (asked.events ?? inherited()));
  asked.match = undefined;
  if (type === FrameType.UNSUBSCRIBE) events.delete(event);
  else if (type) events.add(event);
  asked.events = [...events];
}

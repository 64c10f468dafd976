// Asks what needs no membership: the server, which rooms there are and what this client may do; the validator, whether a
// payload is valid. Part of extra.js.
import type { ListOptions, RoomPage } from "../api/client.js";
import type { Waitable } from "../api/room.js";
import type { Validity } from "../api/validity.js";
import { Call } from "../core/calls.js";
import { FrameType, Limit } from "../generated/tables.js";
import { retryWhenLimited } from "../util/retry_after.js";
import { validityOf } from "../validator/issues.js";
import type { RoomHost } from "./room_host.js";

/** Resolves with the answer's result; waits through reconnections, and where the server has had too many questions. */
async function ask(host: RoomHost, type: FrameType.LIST | FrameType.CAN, waitable?: Waitable, question?: object): Promise<any> {
  const signal = waitable?.signal;
  const core = await host.until(host.start(), signal);
  const asked = host.readable(question, "$", host.frameBytesMax);
  const ask = () => core.wasm[Call.ask](type, Date.now());
  return retryWhenLimited(host, () => host.request(core, ask, undefined, asked), signal);
}

export async function listRooms(host: RoomHost, options?: ListOptions): Promise<RoomPage> {
  const { after, limit } = options ?? {};
  const { rooms, next } = await ask(host, FrameType.LIST, options, { after, limit });
  return { rooms, next };
}

/** `event` where the right is about one; otherwise the options may stand in its place. */
export async function can(
  host: RoomHost,
  right?: string,
  room?: string,
  event?: string | Waitable,
  options?: Waitable,
): Promise<boolean> {
  const [name, waitable] = typeof event === "string" ? [event, options] : [undefined, event];
  return (await ask(host, FrameType.CAN, waitable, { right, room, event: name })).allowed;
}

/** All faults of what `trigger` would publish. Throws if there is no such event. */
export async function validate(host: RoomHost, event: string, data: unknown): Promise<Validity> {
  const core = host.core ?? (await host.until(host.start())); // also of a client that is closed
  if (core.over && !core.catalogue) throw core.over;
  await host.until(core.catalogued);
  const validator = await host.until(host.validator());
  const bytesMax = host.frameBytesMax - Limit.eventEnvelopeBytesMax;
  return validityOf(validator, host.makeError, core.eventNumber(event), data, bytesMax, host.options.app?.bytes?.encode);
}

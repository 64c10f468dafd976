// Joins the rooms of a client that begins again as another user. Part of extra.js.
import type { JoinOptions } from "../api/room.js";
import { ErrorCode } from "../generated/tables.js";
import type { RoomHandle } from "./room.js";
import type { RoomHost } from "./room_host.js";

/** What it asks of the client; client/driver.ts is it. */
interface IdentityHost extends RoomHost {
  readonly rooms: { readonly byId: ReadonlyMap<string, RoomHandle> };
  disconnect(): void;
}

/** Joins the rooms that were joined when the client ended, once it has begun again. */
export async function rejoin(host: IdentityHost): Promise<void> {
  await host.until(host.start());
  if (host.state === "closed") throw host.errorOf(ErrorCode.closed);
  const { wantsConnection } = host;
  for (const room of host.rooms.byId.values()) rejoinRoom(host, room);
  if (!wantsConnection) host.disconnect(); // the page has, meanwhile
}

/** Joins a room from where it was read to; one that was left, or that the server has ended, stays as it is. */
function rejoinRoom(host: IdentityHost, room: RoomHandle): void {
  const { asked, claims, position, state, joinOptions } = room;
  if (state !== "idle" || !("id" in asked)) return;
  const [claim, ...others] = claims;
  room
    .join({ ...asked, from: { since: position } } as JoinOptions, claim)
    .catch((error) => error.code === "not_joined" || host.report(error));
  for (const other of others) room.claims.add(other);
  room.joinOptions = joinOptions; // what later calls of join() are compared with
}

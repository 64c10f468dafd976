// Changes the user of a client, once it is disconnected. Part of extra.js.
import type { JoinOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import { ErrorCode } from "../generated/tables.js";
import type { Publication } from "../publications/publication.js";
import type { RoomHandle } from "./room.js";
import type { RoomHost } from "./room_host.js";

/** What it asks of the client; client/driver.ts is it. */
interface IdentityHost extends RoomHost {
  readonly rooms: { readonly byId: ReadonlyMap<string, RoomHandle> };
  /** The secret to resume the session with. */
  resume: string | undefined;
  readonly socket: { identifying: Promise<void> | undefined; identityFacts: object };
  /** Those without an answer, with their tickets. */
  readonly publications: readonly [number, Publication][];
  /** Takes a publication back that was not sent. */
  abort(ticket: number): void;
  connect(): void;
}

/**
 * Connects as the user of the options. Rooms stay; no event of the user before is sent. A client that was over has begun
 * again: it joins the rooms that were joined when a token function threw SignedOut.
 */
export async function changeUser(host: IdentityHost, wasOver: boolean): Promise<void> {
  if (wasOver) {
    await host.until(host.start());
    if (host.state === "closed") throw host.errorOf(ErrorCode.closed);
    for (const room of host.rooms.byId.values()) rejoin(host, room);
    return;
  }
  host.resume = undefined;
  host.socket.identifying = undefined;
  host.socket.identityFacts = {};
  host.withCore(({ wasm }) => wasm[Call.change_user]());
  for (const [ticket] of host.publications) host.abort(ticket);
  host.connect();
}

/** Joins a room from where it was read to; one that was left, or that the server has ended, stays as it is. */
function rejoin(host: IdentityHost, room: RoomHandle): void {
  const { asked, claims, position, state, wishes } = room;
  if (state !== "idle" || !("id" in asked)) return;
  const [claim, ...others] = claims;
  room
    .join({ ...asked, from: { since: position } } as JoinOptions, claim)
    .catch((error) => error.code === "not_joined" || host.report(error));
  for (const other of others) room.claims.add(other);
  room.wishes = wishes; // what later calls of join() are compared with
}

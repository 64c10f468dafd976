// What bindYjs takes, checked where it enters.
import { Doc } from "yjs";
import type { BindYjsOptions } from "../api/yjs.js";
import type { CallHost } from "../calls/calls.js";
import { ErrorCode } from "../generated/tables.js";
import type { RoomHandle } from "../rooms/room.js";
import type { RoomHost } from "../rooms/room_host.js";

/** What is asked of the client; client/driver.ts is it. */
export type YjsHost = CallHost &
  Pick<RoomHost, "loader" | "report" | "errorOf"> & {
    readonly socket: CallHost["socket"] & { readonly address: string };
    readonly rooms: { acquire(id: string): RoomHandle; readonly byId: ReadonlyMap<string, RoomHandle> };
  };

/** The documents that have a binding. */
export const bound = new WeakSet<Doc>();

/** Throws `request_invalid` if an argument is invalid. */
export function check(host: YjsHost, room: RoomHandle, event: unknown, doc: unknown, options: BindYjsOptions): void {
  const invalid = (path: string, why = "is not well-formed") => host.makeError(ErrorCode.request_invalid, "", path, "", why);
  if (typeof host.readable(event, "$.event") !== "string" || !event) throw invalid("$.event");
  if (!(doc instanceof Doc)) throw invalid("$.ydoc", "is not a Y.Doc, or one of another copy of yjs");
  if (doc.isDestroyed) throw invalid("$.ydoc", "is destroyed");
  if (bound.has(doc)) throw invalid("$.ydoc", "is bound already: destroy that binding first");
  if (Object(options) !== options) throw invalid("$.options");
  const { awareness, onRefused, persist } = options;
  if (awareness && !(awareness.states instanceof Map && awareness.doc === doc))
    throw invalid("$.awareness", "is not the Awareness of this Y.Doc");
  if (onRefused !== undefined && typeof onRefused !== "function") throw invalid("$.onRefused");
  const { store = persist, name = "" } = Object(persist);
  if ((persist !== undefined && store !== "indexeddb") || typeof name !== "string") throw invalid("$.persist");
  if (!room.joining) throw host.makeError(ErrorCode.not_joined, "", "", room.id);
  if (host.rooms.byId.get(room.id) !== room) throw invalid("$.room", "is not used any more: join it again");
  if (room.joinOptions.filter) throw invalid("$.room", "is joined with a filter, which updates cannot meet");
}

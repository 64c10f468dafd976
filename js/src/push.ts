// The entry for pages that only listen: push streams without WebAssembly, in less than 3,000 bytes.
import type { AnyEvents, AnyRooms, RoomId } from "./api/definitions.js";
import type { EventPattern } from "./api/filter.js";
import type { PushOptions, PushStream, Selected, StreamNames } from "./api/push.js";
import { createStream } from "./push/stream.js";

export type { AnyEvents, AnyRooms, DialogueApp, RoomId } from "./api/definitions.js";
export type { DialogueError, DialogueErrorOf, Unsent } from "./api/errors.js";
export type * from "./api/filter.js";
export type { Message, OwnMessage } from "./api/messages.js";
export type * from "./api/push.js";
export type { Off } from "./api/room.js";
export type { DialogueErrorCode, DialogueErrorFields } from "./generated/tables.js";

/**
 * Listens to the events of rooms, over a push stream of a Dialogue server. It reconnects by itself and continues after
 * the last event: none is lost, repeated or out of order, and what the server no longer has is a `dialogue.missed`.
 *
 * @example
 * const stream = createPushStream({ app, rooms: ["news"] });
 * stream.on("message", (m) => console.log(m.from, m.data.text));
 */
export function createPushStream<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  const Id extends RoomId<Rooms> = RoomId<Rooms>,
  const Pattern extends EventPattern<StreamNames<Events, Rooms, Id, User>> = "*",
  User extends "me" | undefined = undefined,
>(
  options: PushOptions<Events, Rooms, Id, Pattern, User>,
): PushStream<Events, Selected<StreamNames<Events, Rooms, Id, User>, Pattern>, User> {
  return createStream(options as PushOptions<any, any, any, any, any>);
}

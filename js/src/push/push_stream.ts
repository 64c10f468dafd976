// createPushStream, typed by the definitions.
import type { AnyEvents, AnyRooms, RoomId } from "../api/definitions.js";
import type { EventPattern } from "../api/filter.js";
import type { PushOptions, PushStream, Selected, StreamNames } from "../api/push.js";
import { createStream } from "./stream.js";

/**
 * Listens to the events of rooms, over a push stream of a Dialogue server. It reconnects by itself and continues after
 * the last event: none is lost, repeated or out of order. Events that the server no longer has are reported as `dialogue.missed`.
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

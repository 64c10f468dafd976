// The composable of push streams, for pages that only listen.
import type { ShallowRef } from "vue";
import type { AnyEvents, AnyRooms, RoomId } from "../api/definitions.js";
import type { EventPattern } from "../api/filter.js";
import type { PushMessage, PushOptions, Selected, StreamNames } from "../api/push.js";
import { createPushStream } from "../push/push_stream.js";
import { type PushValue, pushStore } from "../store/push_store.js";
import { useStore } from "./composables.js";

export type { PushValue };

/**
 * A push stream that is open while the scope lives.
 *
 * @example
 * const stream = usePushStream({ app, rooms: ["news"] }, { message: (m) => add(m) });
 */
export function usePushStream<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  const Id extends RoomId<Rooms> = RoomId<Rooms>,
  const Pattern extends EventPattern<StreamNames<Events, Rooms, Id, User>> = "*",
  User extends "me" | undefined = undefined,
>(
  options: PushOptions<Events, Rooms, Id, Pattern, User>,
  handlers: {
    readonly [Name in Selected<StreamNames<Events, Rooms, Id, User>, Pattern> & keyof Events & string]?: (
      message: PushMessage<Name, Events[Name], User>,
    ) => void;
  },
): Readonly<ShallowRef<PushValue>> {
  return useStore(pushStore(createPushStream as any, options as any, handlers as any));
}

// The hook of push streams, for pages that only listen.
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { AnyEvents, AnyRooms, RoomId } from "../api/definitions.js";
import type { EventPattern } from "../api/filter.js";
import type { PushMessage, PushOptions, Selected, StreamNames } from "../api/push.js";
import { createPushStream } from "../push/push_stream.js";
import { type PushValue, pushStore } from "../store/push_store.js";

export type { PushValue };

/**
 * A push stream that is open while the component is mounted. It is opened again if options or the names of handlers
 * change; the newest handlers are called.
 *
 * @example
 * const { state } = usePushStream({ app, rooms: ["news"] }, { message: (m) => add(m) });
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
): PushValue {
  const newest = useRef([options, handlers] as const);
  useEffect(() => {
    newest.current = [options, handlers];
  });
  const names = Object.keys(handlers);
  const store = useMemo(() => {
    const handler = (name: string) => (message: unknown) => (newest.current[1] as any)[name]?.(message);
    return pushStore(
      () => createPushStream(newest.current[0] as any),
      options as any,
      Object.fromEntries(names.map((name) => [name, handler(name)])),
    );
  }, [JSON.stringify([options, names])]);
  return useSyncExternalStore(store.subscribe, store.snapshot, store.serverSnapshot);
}

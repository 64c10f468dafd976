// A room for as long as a component is mounted. Components that use one room share its membership, which ends when the last
// one goes.
import type { DialogueError, RoomOf, RoomState } from "dialogue-client";
import { useEffect, useState } from "react";
import type { app } from "./app.js";
import { client } from "./client.js";

export type RoomId = "chat" | "lounge" | "booth";
export type ChatRoom = RoomOf<typeof app, RoomId>;

/** How a component sees its membership; `refusal` says why the server has refused or ended it. */
export interface Membership {
  state: RoomState;
  refusal?: string | undefined;
}

/** Joins or leaves, and shows where the room stands now and afterwards. */
function wish(room: ChatRoom, what: "join" | "leave", show: (membership: Membership) => void) {
  const look = (refusal?: string) => show({ state: room.state, refusal });
  const done = what === "join" ? room.join({ from: { last: 50 } }) : room.leave();
  done.then(
    () => look(),
    (error: DialogueError) => look(room.state === "refused" ? error.message : undefined),
  );
  look();
}

/** Takes the room and joins it. `listen` adds handlers and gives back what takes them out; keep it the same over renders. */
export function useRoom(id: RoomId, listen: (room: ChatRoom) => () => void) {
  const [room, setRoom] = useState<ChatRoom>();
  const [membership, setMembership] = useState<Membership>({ state: "idle" });

  useEffect(() => {
    const room = client.room(id);
    const stop = listen(room);
    const off = room.onLeave((reason) => setMembership({ state: room.state, refusal: reason?.message }));
    setRoom(room);
    wish(room, "join", setMembership);
    return () => {
      stop();
      off();
      room.release();
    };
  }, [id, listen]);

  return {
    ...membership,
    /** The room, once the component is mounted. */
    room,
    /** Joins again after leave() or a refusal. */
    join: () => room && wish(room, "join", setMembership),
    leave: () => room && wish(room, "leave", setMembership),
  };
}

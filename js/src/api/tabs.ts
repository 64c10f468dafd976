// The public types of a client whose connection all tabs of a user share.
import type { DialogueClient } from "./client.js";
import type { EventsOf, RoomId } from "./definitions.js";
import type { DialogueError } from "./errors.js";
import type { ClientState } from "./events.js";
import type { JoinOptions, Off, Room, Waitable } from "./room.js";

/** Which tabs share a connection: those with equal options. */
export interface SharedOptions {
  /** The user id that the server authenticates: 1 to 128 characters. Tabs of other users never share. */
  readonly user: string;
  /** The server's address, if an origin uses several: at most 1,024 characters. Default: the page's origin. */
  readonly server?: string;
}

/**
 * What a tab is: `"holder"` of the connection, `"follower"`, `"alone"` if the browser has no Web Locks or no
 * BroadcastChannel, or `"waiting"` while no holder is known.
 */
export type SharedRole = "holder" | "follower" | "alone" | "waiting";

/** How a shared room is joined. Subscriptions, filters and room tokens belong to a connection, so a tab cannot set them. */
export type SharedJoinOptions = Waitable & Pick<JoinOptions, "from">;

/** A tab's own view of a room: its handlers, its position and its membership. */
export type SharedRoom<Events extends object = any, Names extends keyof Events & string = any> = Pick<
  Room<Events, Names>,
  "id" | "name" | "position" | "joined" | "on" | "onAny" | "onRecover" | "onLeave" | "trigger" | "leave"
>;

/** A client that shares its connection: what `createSharedClient` returns. */
export interface SharedClient<Events extends object = any, Rooms extends object = any> {
  /** The state of the shared connection. */
  readonly state: ClientState;
  /** The user id that the server authenticated; undefined until the connection is established. */
  readonly userId: string | undefined;
  /** The last error of the shared connection that no promise reports. */
  readonly lastError: DialogueError | undefined;
  /** What this tab is now. */
  readonly role: SharedRole;
  /**
   * Becomes a member of a room, in this tab. The connection is a member while any tab is. Joining twice returns the same
   * room, which is left when both have left. At most 1,000 rooms, and 64 tabs a room.
   * @throws DialogueError as `client.join`; `too_many_rooms`, and `closed` after `close()`.
   * @example
   * const room = await client.join("chat", { from: { last: 50 } });
   * room.on("message", (m) => show(m.data.text));
   * await room.trigger("message", { text: "Hi" });
   */
  join<Id extends RoomId<Rooms>>(
    id: Id,
    options?: SharedJoinOptions,
  ): Promise<SharedRoom<Events, EventsOf<Rooms, Id> & keyof Events & string>>;
  /** Calls `handler` when `client.state` has changed. */
  on(event: "state", handler: (state: ClientState) => void): Off;
  /** Calls `handler` when this tab's role has changed. */
  on(event: "role", handler: (role: SharedRole) => void): Off;
  /** Calls `handler` with errors of the connection that no promise reports. */
  on(event: "error", handler: (error: DialogueError) => void): Off;
  /** Ends this tab's part. The connection is closed, or held by another tab from now on. */
  close(): void;
}

/** Makes the ordinary client, in the tab that holds the connection: again at each takeover. */
export type MakeClient<Events extends object, Rooms extends object> = () => DialogueClient<Events, Rooms, any>;

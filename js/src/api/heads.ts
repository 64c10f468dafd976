// The types of heads: the newest positions of rooms, without joining them, and what the user has not read.
import type { DialogueClient } from "./client.js";
import type { DialogueError } from "./errors.js";
import type { Off } from "./room.js";

/** The newest position of a room's log, and what the user has not read. Each change makes a new, frozen object. */
export interface RoomHead {
  /** The room's id. */
  readonly room: string;
  /** The epoch of the room's log. It changes if the room is deleted and used again. */
  readonly epoch: number;
  /** The newest sequence; 0: the room has no event yet. */
  readonly seq: number;
  /** The time of the newest event in Unix milliseconds; absent if that event has been removed. */
  readonly at?: number;
  /** The name of the newest event. */
  readonly event?: string;
  /** The user id of the newest event's author. */
  readonly from?: string;
  /** The sequence up to which the user has read; absent: the user has never marked the room. */
  readonly mark?: number;
  /** How many events of other users follow the mark, at most 1,000. Only with a mark. */
  readonly unread?: number;
  /** Whether more events than `unread` may be unread. */
  readonly more?: boolean;
}

/** A room whose head cannot be seen. */
export interface RefusedHead {
  /** The room's id. */
  readonly room: string;
  /** Why: `forbidden` if the user may not read the room, `room_unknown`, and others. */
  readonly code: DialogueError["code"];
}

/** What `heads` takes. */
export interface HeadsOptions {
  /** The events that count as unread. Default: all. At most 64. */
  readonly events?: readonly string[];
}

/** What `mark` takes. */
export interface MarkOptions {
  /** Whether the mark may move back: "mark as unread". */
  readonly back?: boolean;
}

/** The heads of rooms that are watched. */
export interface Heads {
  /** The heads by room, in the order of their arrival. The map is the same object at each read. */
  readonly rooms: ReadonlyMap<string, RoomHead>;
  /** Rooms that are not watched, and why. */
  readonly refused: ReadonlyMap<string, RefusedHead>;
  /** The sum of `unread` of all rooms. */
  readonly unread: number;
  /** Calls the handler with the heads that have changed. */
  on(name: "change", handler: (changed: readonly RoomHead[]) => void): Off;
  /** Calls the handler for each room that is refused. */
  on(name: "refused", handler: (refused: RefusedHead) => void): Off;
  /** Calls the handler if no room can be watched any more, for example because the request is not well-formed. */
  on(name: "error", handler: (error: DialogueError) => void): Off;
  /** Watches more rooms; at most 2,000 in all. */
  add(rooms: readonly string[]): void;
  /** Stops watching rooms. */
  remove(rooms: readonly string[]): void;
  /**
   * Moves the user's mark in a watched room, in all of the user's sessions: events up to the mark count as read. Default: the
   * newest sequence that this client knows. Resolves once the server has stored the mark; waits for a connection.
   */
  mark(room: string, seq?: number, options?: MarkOptions): Promise<void>;
  /** Stops watching. Marks that wait reject with `closed`. */
  close(): void;
}

/** The type of `heads`. */
export type OpenHeads = (client: DialogueClient<any, any>, rooms: readonly string[], options?: HeadsOptions) => Heads;

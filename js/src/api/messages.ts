// The values that a room delivers and returns: messages, members, positions, receipts and the result of a recovery.

/** One event of a room, as it was published. */
export interface Message<Name extends string = string, Data = unknown> {
  /** The event's name. */
  readonly event: Name;
  /** The room that it was published in. */
  readonly roomId: string;
  /** The payload, as the definition of the event describes it. */
  readonly data: Data;
  /** The user that the server authenticated, or `"system"`. */
  readonly from: string;
  /** When the server accepted it, in milliseconds since 1970. */
  readonly timestamp: number;
  /** Its sequence in the room's log, counted from 1 without gaps; 0 for an event that is not in the log. */
  readonly seq: number;
  /** The epoch of the room's log. A room whose log was lost gets another epoch. */
  readonly epoch: number;
  /** Set if the event, whose delivery is `latest`, deleted the key that `data` has. */
  readonly deleted?: true | undefined;
  /**
   * The W3C `traceparent` of what published it, if that belongs to a trace. A message that was read from the log, as
   * after a reconnection, has none.
   */
  readonly trace?: string | undefined;
}

/** One event that was sent to this user or session, not to a room. */
export type OwnMessage<Name extends string = string, Data = unknown> = Pick<
  Message<Name, Data>,
  "event" | "data" | "from" | "timestamp"
>;

/** The messages of the events in `Names`, as a union that `message.event` narrows. */
export type MessageOf<Events, Names> = Names extends keyof Events & string ? Message<Names, Events[Names]> : never;

/** A user in a room. */
export interface Member {
  /** The user id that the server authenticated. */
  readonly userId: string;
  /** The display name, if the user has one. */
  readonly name?: string;
  /** Further facts from the token, the identity or a hook: at most 1 KiB of JSON. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A place in a room's log. Opaque: store it as JSON and pass it to `join` as `since`. */
export interface Position {
  /** Which log. */
  readonly epoch: number;
  /** The newest event that was seen in it; 0 before the first. */
  readonly seq: number;
}

/** What `trigger` resolves with: where in the log the event is. */
export interface Receipt {
  /** Its sequence in the room's log, counted from 1 without gaps; 0 for a volatile event, which is in no log. */
  readonly seq: number;
  /** Which log. */
  readonly epoch: number;
  /** When the server accepted it, in milliseconds since 1970. */
  readonly timestamp: number;
  /** Whether the server had it already: it was sent again after a reconnection. */
  readonly duplicate: boolean;
}

/**
 * Why a room could not continue from its position: its log was replaced, begins later, ends earlier, or may not be
 * read.
 */
export type RecoveredReason = "epoch_changed" | "trimmed" | "ahead" | "forbidden";

/** The events that a room recovered after a reconnection, or the missing range. */
export interface Recovery {
  /** Whether nothing is missing. */
  readonly recovered: boolean;
  /** The `seq` of the first missing event; `undefined` if the log was replaced and the range is unknown. */
  readonly from?: number | undefined;
  /** The `seq` of the last missing event. */
  readonly to?: number | undefined;
  /** Why, if the server gives a reason, such as `trimmed`, `epoch_changed` or `history_trimmed`. */
  readonly reason?: string | undefined;
}

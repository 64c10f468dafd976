// The public types of a server's API.
import type { AnswerOf, AnyCalls, CallNames, EventsOf, RequestOf, RoomId } from "../../src/api/definitions.js";
import type { CallOptions } from "./caller.js";
import type { DialogueServerError } from "./errors.js";

/** The events of room `Id` that the definitions have. */
export type NamesOf<Events, Rooms, Id extends string> = EventsOf<Rooms, Id> & keyof Events & string;

/** Options of `createDialogueServer`. */
export interface DialogueServerOptions<App> {
  /** The address of the Dialogue server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The key of the HTTP API: at least 32 bytes, without its name and scopes. */
  readonly key: string;
  /** The generated module's `app`: only needed if payloads have values of bytes. */
  readonly app?: App;
  /** Time limit of one request, in milliseconds: 100 to 600,000. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Maximum number of attempts of a call, 1 to 10. Default: 5. */
  readonly attempts?: number;
  /** Another `fetch`, such as a framework's. Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Options of a publication. */
export interface PublishOptions extends CallOptions {
  /**
   * Makes retries safe: 1 to 64 of `A-Z a-z 0-9 _ - . : @ ~`, such as an order's id, or `PRODUCER/NUMBER` for a sequence.
   * Without it a publication that has no answer is not repeated.
   */
  readonly idempotencyKey?: string;
  /** The author's user id. Default: `system`. */
  readonly from?: string;
  /** Publishes for this user: with the user's rights, limits and middleware. Excludes `from`. */
  readonly as?: ActingUser;
  /** Deletes the key that `data` has, of an event with the delivery `latest`. */
  readonly delete?: boolean;
}

/** The user that something is published for, with the claims that a token of the user would have. */
export interface ActingUser {
  /** The user's id. */
  readonly userId: string;
  /** The display name. */
  readonly name?: string;
  /** A JSON object; its `role` counts for access rules. */
  readonly meta?: object;
}

/** An event's position in its room's log. */
export interface Receipt {
  /** The room. */
  readonly room: string;
  /** From 1; 0 for a volatile event, which is not stored. */
  readonly seq: number;
  /** The epoch of the log that `seq` belongs to. */
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** Whether the `idempotencyKey` was used before; this is then the original receipt. */
  readonly duplicate: boolean;
}

/** The result of sending an event to a user or a session. */
export interface Sent {
  /** The number of connections that receive it; 0 if there are none. */
  readonly connections: number;
}

/** Whose connections receive an event: all of a user's, or one session. */
export type Recipient =
  | {
      /** A user's id. */
      readonly user: string;
      /** Not beside `user`. */
      readonly session?: never;
    }
  | {
      /** A session's id. */
      readonly session: string;
      /** Not beside `session`. */
      readonly user?: never;
    };

/** An event of `publishMany`. */
export type PublicationItem<Events extends object, Rooms extends object> = {
  readonly from?: string;
  /** The user for whom an event is published in a room. Events for a user or a session have none. */
  readonly as?: ActingUser;
} & (
  | {
      [P in keyof Rooms & string]: {
        [Name in NamesOf<Events, Rooms, P>]: {
          readonly room: RoomId<Pick<Rooms, P>>;
          readonly event: Name;
          readonly data: Events[Name];
          readonly delete?: boolean;
        };
      }[NamesOf<Events, Rooms, P>];
    }[keyof Rooms & string]
  | ({ [Name in keyof Events & string]: { readonly event: Name; readonly data: Events[Name] } }[keyof Events & string] &
      Recipient)
);

/** The result of one event of `publishMany`: one of the three. */
export interface PublicationResult {
  /** The receipt of an event for a room. */
  readonly receipt?: Receipt;
  /** The result of an event for a user or a session. */
  readonly sent?: Sent;
  /** Why it was refused. */
  readonly error?: DialogueServerError;
}

/** Options of `history`. */
export interface HistoryOptions extends CallOptions {
  /** Maximum number of events, 1 to 100. Default: 100. */
  readonly limit?: number;
  /** Only events with a smaller `seq`. */
  readonly before?: number;
  /** Only events with a greater `seq`; the oldest of them. */
  readonly since?: number;
}

/** A logged event. */
export type LoggedEvent<Events, Name extends keyof Events & string> = {
  [N in Name]: {
    /** The event's name. */
    readonly event: N;
    /** Its payload. */
    readonly data: Events[N];
    /** The author's user id. */
    readonly from: string;
    /** Milliseconds since 1970. */
    readonly timestamp: number;
    /** Its position. */
    readonly seq: number;
    /** It deleted the key that `data` has. */
    readonly deleted?: boolean;
  };
}[Name];

/** A page of a room's log. */
export interface HistoryPage<Event> {
  /** The room. */
  readonly room: string;
  /** The epoch of the log. */
  readonly epoch: number;
  /** The first sequence that can still be read. */
  readonly base: number;
  /** The newest sequence; 0 for an empty log. */
  readonly head: number;
  /** Oldest first. */
  readonly events: readonly Event[];
  /** Stored sequences that can no longer be read. */
  readonly damaged?: readonly { readonly first: number; readonly last: number }[];
  /** Whether the log has more events: older events, or with `since` newer events. */
  readonly hasMore: boolean;
}

/** A member of a room. */
export interface RoomMember {
  /** The user's id. */
  readonly userId: string;
  /** The user's name. */
  readonly name: string;
  /** Connections in the room, including the places of lost connections. */
  readonly connections: number;
  /** The `meta` of the user, from the token or a hook. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Options of `members`. */
export interface MembersOptions extends CallOptions {
  /** Maximum number of members, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** Only members whose user id is greater: pass the user id of the previous page's last member. */
  readonly after?: string;
}

/** A page of a room's members. */
export interface MembersPage {
  /** Sorted by user id. */
  readonly members: readonly RoomMember[];
  /** Whether the room has more members. */
  readonly hasMore: boolean;
}

/** Which tokens to revoke: all tokens of a user, one token by its `jti`, or all tokens. */
export type Revocation = (
  | { readonly user: string; readonly tokenId?: never; readonly everybody?: never }
  | { readonly tokenId: string; readonly user?: never; readonly everybody?: never }
  | { readonly everybody: true; readonly user?: never; readonly tokenId?: never }
) & {
  /**
   * Revokes only tokens that were issued before this time, in seconds since 1970 by your clock; not beside `tokenId`.
   * Default: now by the server's clock, and 30 s beyond, since clocks differ.
   */
  readonly issuedBefore?: number;
};

/** Options of `call`. */
export interface MakeCallOptions extends CallOptions {
  /** The calling user's id. Default: `system`. */
  readonly from?: string;
  /** Milliseconds to the answer, 1 to 12,000. Default: the call's own. */
  readonly timeoutMs?: number;
  /** The key of an idempotent call, 1 to 64 of `A-Z a-z 0-9 _ - . : @ ~`. A repeated call with this key gets the first answer. */
  readonly idempotencyKey?: string;
}

/** The events that `eraseEvents` has erased. */
export interface ErasedEvents {
  /** How many events were erased. */
  readonly events: number;
  /** The epoch of the room's log; 0 without events. */
  readonly epoch: number;
  /** Their sequences, as ranges, each with its first and last sequence. */
  readonly sequences: readonly (readonly [first: number, last: number])[];
  /** Whether the store's files contain nothing of these events any more. */
  readonly clean: boolean;
  /** Whether a flight recorder is on. Its recording may still contain the events. */
  readonly recording: boolean;
}

/** A Dialogue server as its backend uses it. Every method rejects with a `DialogueServerError`. */
export interface DialogueServer<Events extends object, Rooms extends object, Calls extends object = AnyCalls> {
  /**
   * Publishes an event to a room. Resolves when it is durable, by its room's policy.
   * @example
   * await dialogue.publish("chat", "message", { text: "Shipped" }, { idempotencyKey: `order-${id}` });
   */
  publish<Id extends RoomId<Rooms>, Name extends NamesOf<Events, Rooms, Id>>(
    room: Id,
    event: Name,
    data: Events[Name],
    options?: PublishOptions,
  ): Promise<Receipt>;
  /**
   * Publishes 1 to 100 events. Resolves with one result per event, in their order: a refused event does not affect the others.
   */
  publishMany(
    items: readonly PublicationItem<Events, Rooms>[],
    options?: Pick<PublishOptions, "idempotencyKey" | "signal">,
  ): Promise<PublicationResult[]>;
  /** Sends an event to the current connections of a user, or to a session. It is not stored, and never repeated. */
  send<Name extends keyof Events & string>(
    to: Recipient,
    event: Name,
    data: Events[Name],
    options?: Pick<PublishOptions, "from" | "signal">,
  ): Promise<Sent>;
  /** Reads a page of a room's log: by default the newest events. With a key, also what a user may not read. */
  history<Id extends RoomId<Rooms>>(
    room: Id,
    options?: HistoryOptions,
  ): Promise<HistoryPage<LoggedEvent<Events, NamesOf<Events, Rooms, Id>>>>;
  /** A page of a room's members, each user once, sorted by id. */
  members(room: RoomId<Rooms>, options?: MembersOptions): Promise<MembersPage>;
  /**
   * Makes a call and resolves with its answer. A declared error is the code `call_failed`, with `error` and `data`. It is
   * repeated with an `idempotencyKey` only.
   * @example
   * const order = await dialogue.call("orders.create", { sku: "a-1" }, { from: "ann" });
   */
  call<Name extends CallNames<Calls, "call">>(
    name: Name,
    data: RequestOf<Calls, Name>,
    options?: MakeCallOptions,
  ): Promise<AnswerOf<Calls, Name>>;
  /**
   * Erases single events: at most 256 sequences, each alone or as a range. Their payloads are removed from the log and files.
   * `reason` is for the server's log.
   * @example
   * await dialogue.eraseEvents("chat", [17, [20, 25]]);
   */
  eraseEvents(
    room: RoomId<Rooms>,
    sequences: readonly (number | readonly [first: number, last: number])[],
    options?: CallOptions & { readonly reason?: string },
  ): Promise<ErasedEvents>;
  /** Ends all connections of a user; `reason` is for the user's clients. Resolves with their number. */
  disconnect(user: string, options?: CallOptions & { readonly reason?: string }): Promise<number>;
  /** Revokes tokens and ends the connections that use them. Resolves with their number. */
  revoke(tokens: Revocation, options?: CallOptions): Promise<number>;
}

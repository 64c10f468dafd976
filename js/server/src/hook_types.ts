// The public types of hooks: questions, notices and answers.
import type { AnyCalls, RoomId } from "../../src/api/definitions.js";
import type { NamesOf } from "./types.js";

/** The user whom a question, a notice or a call is about. */
export interface HookUser {
  /** The user's id, which the server has authenticated. */
  readonly id: string;
  /** The user's name; the id if there is none. */
  readonly name: string;
  /** The token's claim `role`, or an empty text. */
  readonly role: string;
  /** What other members see of the user. */
  readonly meta: Readonly<Record<string, unknown>>;
}

/** The members that all questions and notices have. */
interface Hook<Verb extends string> {
  /** The kind of question or notice. */
  readonly verb: Verb;
  /** The user whom it is about. */
  readonly user: HookUser;
  /** The connection's session. A user may have several. */
  readonly session: string;
}

/** May this user connect? */
export interface ConnectQuestion extends Hook<"connect"> {}

/** May this user join the room? */
export interface JoinQuestion<Room extends string = string> extends Hook<"join"> {
  /** The room's id. */
  readonly room: Room;
}

/** May this user publish the event? `data` has been validated. */
export type PublishQuestion<Events extends object, Rooms extends object> = {
  [P in keyof Rooms & string]: {
    [Name in NamesOf<Events, Rooms, P>]: Hook<"publish"> & {
      /** The room's id. */
      readonly room: RoomId<Pick<Rooms, P>>;
      /** The event's name. */
      readonly event: Name;
      /** Its payload. */
      readonly data: Events[Name];
      /** It deletes the key that `data` has. */
      readonly delete?: true;
    };
  }[NamesOf<Events, Rooms, P>];
}[keyof Rooms & string];

/** Notice: the user has left the room, or the user's session in the room has ended. */
export interface LeaveNotice<Room extends string = string> extends Hook<"leave"> {
  /** The room's id. */
  readonly room: Room;
}

/** Notice: a connection has ended. */
export interface DisconnectNotice extends Hook<"disconnect"> {
  /** `closed` by the client, `connection_lost`, or the code of an error. */
  readonly reason: string;
}

/** A refusal. */
export interface Denied {
  /** No. */
  readonly allow: false;
  /** For the client, at most 256 bytes: nothing confidential. */
  readonly reason?: string;
}

/** `true`, `false`, a refusal with its reason, or a permission that changes the user's meta. */
export type AdmissionVerdict =
  | boolean
  | Denied
  | {
      /** Yes. */
      readonly allow: true;
      /** Replaces the user's meta, which other members see: at most 1,024 bytes of JSON. */
      readonly meta?: Readonly<Record<string, unknown>>;
      /** Only for publications. */
      readonly data?: never;
    };

/** An admission that may also bound what the member reads of the room's log. */
export type JoinVerdict =
  | AdmissionVerdict
  | {
      /** Yes. */
      readonly allow: true;
      /** Replaces the user's meta, as in `AdmissionVerdict`. */
      readonly meta?: Readonly<Record<string, unknown>>;
      /** The first sequence that the member may read, of the log with this epoch; without `epoch` of any. */
      readonly historyFrom: { readonly seq: number; readonly epoch?: number };
    };

/** `true`, `false`, a refusal with its reason, or a permission that changes the payload. */
export type PublishVerdict<Data = unknown> =
  | boolean
  | Denied
  | {
      /** Yes. */
      readonly allow: true;
      /** Replaces the payload; it is validated again. */
      readonly data?: Data;
      /** Only for `connect` and `join`. */
      readonly meta?: never;
    };

/**
 * The application's rules. An answer must be returned: a function that throws, or returns nothing, leaves its question
 * without an answer, and the server's `--hooks-fail` decides.
 */
export interface HookRules<Events extends object, Rooms extends object> {
  /** May this user connect? */
  connect?(question: ConnectQuestion): AdmissionVerdict | Promise<AdmissionVerdict>;
  /** May this user join the room? */
  join?(question: JoinQuestion<RoomId<Rooms>>): JoinVerdict | Promise<JoinVerdict>;
  /** May this user publish the event? */
  publish?(
    question: PublishQuestion<Events, Rooms>,
  ): PublishVerdict<Events[keyof Events]> | Promise<PublishVerdict<Events[keyof Events]>>;
  /** A user has left a room. If the function throws, the server sends the notice again, with the others of its request. */
  leave?(notice: LeaveNotice<RoomId<Rooms>>): unknown;
  /** A connection has ended. */
  disconnect?(notice: DisconnectNotice): unknown;
}

/** A call of a client. Its `data` has been validated. */
export interface CallQuestion<Name extends string = string, Request = unknown> {
  /** The call's name. */
  readonly name: Name;
  /** The user who makes the call. */
  readonly user: HookUser;
  /** The connection's session. */
  readonly session: string;
  /** The value that the client sent with the call. */
  readonly data: Request;
  /** The key of an idempotent call, equal in all attempts. Store it with your data if the effect must not repeat. */
  readonly key?: string;
  /** How long the caller waits, in milliseconds. */
  readonly timeoutMs: number;
}

/** What `fail` makes: a call's declared error. */
export interface CallFailure<Code extends string = string, Data = unknown> {
  /** The error's code. */
  readonly error: Code;
  /** The error's value. */
  readonly data: Data;
}

type Failures<Errors> = { [Code in keyof Errors & string]: CallFailure<Code, Errors[Code]> }[keyof Errors & string];

/**
 * Functions that handle calls, by the calls' names. They are used if the server's `--hooks-verbs` has `call`. Each returns
 * the answer, or `fail(code, value)`. If a function throws, the caller receives `handler_unavailable`.
 */
export type CallRules<Calls extends object> = {
  readonly [Name in keyof Calls & string]?: Calls[Name] extends {
    readonly kind: "call";
    readonly request: infer Request;
    readonly answer: infer Answer;
    readonly errors: infer Errors;
  }
    ? (call: CallQuestion<Name, Request>) => Answer | Failures<Errors> | Promise<Answer | Failures<Errors>>
    : never;
};

/** Options of `createHooks`. */
export interface HooksOptions<App, Events extends object, Rooms extends object, Calls extends object = AnyCalls>
  extends HookRules<Events, Rooms> {
  /** Handlers of calls. */
  readonly calls?: CallRules<Calls>;
  /** The secret of `--hooks-secret-file`, at least 32 bytes. While it is replaced: the new secret and the old secret. */
  readonly secret: string | readonly string[];
  /** The generated module's `app`: only needed at run time if payloads have values of bytes. */
  readonly app?: App;
  /** Called for each question that gets no answer, and each request that is refused. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/** Answers a request of the Dialogue server. It never rejects. */
export type Hooks = (request: Request) => Promise<Response>;

// DialogueError: the class of all errors of a client, and the types of its codes.
import type { DialogueErrorCode, DialogueErrorFields } from "../generated/tables.js";
import type { Recovery } from "./messages.js";

/**
 * An event that was triggered and has no answer yet, or, in an error, will not be sent. Typed by the definitions'
 * `Events`.
 */
export type Unsent<Events extends object = Record<string, unknown>> = {
  [Name in keyof Events & string]: {
    /** Names it, on this page and, with an outbox in IndexedDB, on later ones: no two events have the same. */
    readonly id: string;
    /** The room that it is for. */
    readonly roomId: string;
    /** The event's name. */
    readonly event: Name;
    /** Its payload: a copy. What is done to it changes nothing of what is sent. */
    readonly data: Events[Name];
    /** When it was triggered, in milliseconds since 1970. */
    readonly queuedAt: number;
  };
}[keyof Events & string];

/** An error of one code, with the fields that come with it. */
export interface DialogueErrorOf<Code extends DialogueErrorCode> extends Error {
  /** The name of the class. */
  readonly name: "DialogueError";
  /** What went wrong, in lower snake case; docs/reference/errors.md lists all codes. */
  readonly code: Code;
  /**
   * The place in the data, such as `$.items[3].price`: with every code about invalid data. With codes about arguments, if
   * it is known: the place in the arguments, such as `$.filter.eq[1]`.
   */
  readonly path:
    | ("path" extends DialogueErrorFields[Code] ? string : undefined)
    | ("path?" extends DialogueErrorFields[Code] ? string | undefined : never);
  /** Milliseconds after which a retry can succeed, if the server sent them: with retryable codes. */
  readonly retryAfterMs: "retryAfterMs" extends DialogueErrorFields[Code] ? number | undefined : undefined;
  /** Of `denied_by_hook`: what the application said, if anything, for users to read. */
  readonly reason: Code extends "denied_by_hook" ? string | undefined : undefined;
  /** The room that the error is about. */
  readonly roomId: string | undefined;
  /** Of `events_missed`: which events, and why. */
  readonly missed: Code extends "events_missed" ? Recovery : undefined;
  /** The event that the error is about, if no promise of `trigger` waits for that event any more. */
  readonly unsent: Unsent | undefined;
}

/**
 * Every error of the client. Compare `code`, which narrows the type to the other fields; show `message`.
 *
 * @example
 * if (error instanceof DialogueError && error.code === "too_long") mark(error.path);
 */
export type DialogueError = { [Code in DialogueErrorCode]: DialogueErrorOf<Code> }[DialogueErrorCode];

/** An error that a call declares: `error` is its code, and `data` the value that the definitions give it. */
export type CallError = DialogueErrorOf<"call_failed"> & { readonly error: string; readonly data: unknown };

/** The class of all DialogueErrors; `code` distinguishes them. */
export interface DialogueErrorClass {
  /** For tests and wrappers; the client makes its errors itself. */
  new (
    code: DialogueErrorCode,
    message: string,
    path?: string,
    retryAfterMs?: number,
    roomId?: string,
    unsent?: Unsent,
    reason?: string,
  ): DialogueError;
  /** For `instanceof`. */
  readonly prototype: DialogueError;
}

/**
 * The class of all errors of the client: `error instanceof DialogueError`. Each entry of the package, such as
 * `dialogue-client/url`, has its own class. In code for several, compare `error.code`.
 */
export const DialogueError = class extends Error {
  override readonly name = "DialogueError";

  constructor(
    code: string,
    message: string,
    path?: string,
    retryAfterMs?: number,
    roomId?: string,
    unsent?: Unsent,
    reason?: string,
  ) {
    super(message);
    Object.assign(this, { code, path, retryAfterMs, roomId, unsent, reason });
  }
} as unknown as DialogueErrorClass;

// DialogueError, and the texts of its codes.
import type { DialogueErrorCode, DialogueErrorFields } from "./generated/tables.js";
import { type ErrorCode, errorTable } from "./generated/tables.js";
import type { Recovery } from "./types.js";

/** An event that was triggered and has no answer yet, or, in an error, will not be sent. Typed by the definitions' `Events`. */
export type Unsent<Events extends object = Record<string, unknown>> = {
  [Name in keyof Events & string]: {
    /** The room that it is for. */
    readonly roomId: string;
    /** Which event. */
    readonly event: Name;
    /** Its payload. */
    readonly data: Events[Name];
  };
}[keyof Events & string];

/** An error of one code, with the fields that come with it. */
export interface DialogueErrorOf<Code extends DialogueErrorCode> extends Error {
  /** Of the class, as with all errors. */
  readonly name: "DialogueError";
  /** What went wrong, in lower snake case; docs/reference/errors.md lists all. */
  readonly code: Code;
  /** Where in the data, such as `$.items[3].price`: with every code that judges data. */
  readonly path: "path" extends DialogueErrorFields[Code] ? string : undefined;
  /** When trying again can be of use, in milliseconds, where the server has said it: with codes that time can mend. */
  readonly retryAfterMs: "retryAfterMs" extends DialogueErrorFields[Code] ? number | undefined : undefined;
  /** Which room it is about. */
  readonly roomId: string | undefined;
  /** Of `events_missed`: which events, and why. */
  readonly missed: Code extends "events_missed" ? Recovery : undefined;
  /** The event that it is about, where no promise of `trigger` waits for it any more. */
  readonly unsent: Unsent | undefined;
}

/**
 * Everything that goes wrong. Compare `code`, which tells the type what else there is; show `message`.
 *
 * @example
 * if (error instanceof DialogueError && error.code === "too_long") mark(error.path);
 */
export type DialogueError = { [Code in DialogueErrorCode]: DialogueErrorOf<Code> }[DialogueErrorCode];

/** The class of all DialogueErrors, whose instances are told apart by `code`. */
export interface DialogueErrorClass {
  /** For tests and wrappers; the client makes its errors itself. */
  new (
    code: DialogueErrorCode,
    message: string,
    path?: string,
    retryAfterMs?: number,
    roomId?: string,
    unsent?: Unsent,
  ): DialogueError;
  /** For `instanceof`. */
  readonly prototype: DialogueError;
}

/** The class of everything that goes wrong: `error instanceof DialogueError`. */
export const DialogueError = class extends Error {
  override readonly name = "DialogueError";

  constructor(code: string, message: string, path?: string, retryAfterMs?: number, roomId?: string, unsent?: Unsent) {
    super(message);
    Object.assign(this, { code, path, retryAfterMs, roomId, unsent });
  }
} as unknown as DialogueErrorClass;

/** Name and sentence of a code of the wire; one that this client does not know is `internal`. */
const row = (code: number) => (errorTable.split("\n")[code] || "internal").split(/ (.*)/);

/** The name of a code of the wire. */
export const codeName = (code: number): DialogueErrorCode => row(code)[0] as DialogueErrorCode;

/** An error that the client itself makes; `argument` stands for "{}" in the sentence, the table's if no other is given. */
export function makeError(
  code: ErrorCode,
  argument: string | number = "",
  path?: string,
  roomId?: string,
  said?: string,
): DialogueError {
  const [name, sentence = said ?? name!] = row(code);
  const message = sentence.replace("{}", () => `${argument}`);
  return new DialogueError(name as DialogueErrorCode, (path ? `${path} ` : "") + message, path || undefined, undefined, roomId);
}

// DialogueError, and the texts of its codes.
import type { DialogueErrorCode } from "./generated/tables.js";
import { type ErrorCode, errorTable } from "./generated/tables.js";

/** What was triggered before a reload, and will not be sent. */
export interface Unsent {
  readonly roomId: string;
  readonly event: string;
  readonly data: unknown;
}

/** Everything that goes wrong. Compare `code`; show `message`. */
export class DialogueError extends Error {
  override readonly name = "DialogueError";

  constructor(
    /** What went wrong, in lower snake case; docs/reference/errors.md lists all. */
    readonly code: DialogueErrorCode,
    message: string,
    /** Where in the data, such as `$.items[3].price`. */
    readonly path?: string,
    /** When trying again can be of use, in milliseconds. */
    readonly retryAfterMs?: number,
    /** Which room it is about. */
    readonly roomId?: string,
    /** The event that it is about, where no promise of `trigger` waits for it any more. */
    readonly unsent?: Unsent,
  ) {
    super(message);
  }
}

/** Name and sentence of a code of the wire; one that this client does not know is `internal`. */
const row = (code: number) => /^(\w+) ?(.*)/.exec(errorTable.split("\n")[code] ?? "") ?? ["", "internal", ""];

/** The name of a code of the wire. */
export const codeName = (code: number): DialogueErrorCode => row(code)[1] as DialogueErrorCode;

/** An error that the client itself makes; `argument` stands for "{}" in the table's sentence. */
export function makeError(code: ErrorCode, argument: string | number = "", path?: string, roomId?: string): DialogueError {
  const [, name, sentence] = row(code);
  const message = (sentence || name!).replace("{}", () => `${argument}`);
  return new DialogueError(name as DialogueErrorCode, (path ? `${path} ` : "") + message, path, undefined, roomId);
}

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

const rows = () => errorTable.split("\n").map((line) => /^(\d+) (\w+) ?(.*)/.exec(line) ?? []);

/** The name of a code of the wire; one that this client does not know is `internal`. */
export const codeName = (code: number): DialogueErrorCode =>
  (rows().find((row) => +row[1]! === code)?.[2] ?? "internal") as DialogueErrorCode;

/** An error that the client itself makes; `argument` stands for "{}" in the table's sentence. */
export function makeError(code: ErrorCode, argument: string | number = "", path?: string, roomId?: string): DialogueError {
  const sentence = (rows().find((row) => +row[1]! === code)?.[3] ?? "").replace("{}", () => `${argument}`);
  const name = codeName(code);
  return new DialogueError(name, (path ? `${path} ` : "") + (sentence || name), path, undefined, roomId);
}

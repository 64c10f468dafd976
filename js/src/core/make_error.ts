// The errors that the client itself makes, by the codes of the wire. The sentences are in generated/tables.ts, those of
// payloads in generated/verdicts.ts, which comes with the validator: nothing is published before that is loaded.
import { DialogueError } from "../api/errors.js";
import { type DialogueErrorCode, type ErrorCode, errorTable } from "../generated/tables.js";

/** Name and sentence of a code of the wire; a code that this client does not know is `internal`. */
const row = (code: number) =>
  (makeError.verdicts?.split("\n")[code] || errorTable.split("\n")[code] || "internal").split(/ (.*)/);

/** The name of a code of the wire. */
export const codeName = (code: number): DialogueErrorCode => row(code)[0] as DialogueErrorCode;

/** An error of this code. `argument` replaces "{}" in `template`, which is the table's sentence by default. */
export function makeError(
  code: ErrorCode,
  argument: string | number = "",
  path?: string,
  roomId?: string,
  template?: string,
): DialogueError {
  const [name, sentence = name!] = row(code);
  const message = (template ?? sentence).replace("{}", () => `${argument}`);
  return new DialogueError(name as DialogueErrorCode, (path ? `${path} ` : "") + message, path || undefined, undefined, roomId);
}

/** What was thrown, as an error of the client. */
export const asError = (thrown: unknown): DialogueError =>
  thrown instanceof DialogueError ? thrown : new DialogueError("not_supported", `${thrown}`);

export declare namespace makeError {
  /** The table of generated/verdicts.ts, once it is loaded. */
  let verdicts: string | undefined;
}

// Checks what a caller gives before it is put into a frame, so that the error names the argument: a server refuses a
// frame that it cannot read without saying where the fault is.
import { ErrorCode, Limit } from "../generated/tables.js";
import { fault, tooLarge } from "./fault.js";
import { toJson } from "./to_json.js";

/** NUL, and half of a surrogate pair: JSON can write them, and no server reads them in a request. */
const unreadable = /[\0\p{Cs}]/u;

function check(value: any, path: string): void {
  if (typeof value === "object")
    for (const key in value) {
      check(key, path);
      check(value[key], path + (Array.isArray(value) ? `[${key}]` : `.${key}`));
    }
  else if (unreadable.test(value)) throw fault(path);
}

/**
 * A copy of `value` as JSON has it, for a frame of at most `bytesMax`. Throws `request_invalid` if it cannot be
 * JSON, or with the place of a text that cannot be read, and `payload_too_large`.
 */
export function readable<T>(value: T, path = "$", bytesMax: number = Limit.messageBytesMax): T {
  const json = toJson(value ?? null, undefined, path, ErrorCode.request_invalid);
  // A frame has other parts.
  if (new Blob([json]).size > bytesMax - Limit.eventEnvelopeBytesMax) throw tooLarge(path);
  const copy = JSON.parse(json);
  check(copy, path);
  return copy;
}

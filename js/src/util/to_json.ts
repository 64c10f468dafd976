// Serializes an application's value as JSON, or returns the error that explains why it cannot be serialized.
import { ErrorCode } from "../generated/tables.js";
import { fault } from "./fault.js";

/** The JSON of `value`. Throws `code` for `path` where there is none: of a cycle, a BigInt, a function. */
export function toJson(
  value: unknown,
  encode?: (key: string, value: unknown) => unknown,
  path = "$",
  code = ErrorCode.json_syntax,
): string {
  let reason = "it has no form there";
  try {
    const json = JSON.stringify(value, encode);
    if (json) return json;
  } catch (error) {
    reason = (error as Error).message;
  }
  throw fault(path, `cannot be sent as JSON: ${reason}`, code);
}

// The error of an argument, with its place.
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";

/** What is wrong with the argument at `path`. */
export const fault = (path: string, reason = "is not well-formed", code = ErrorCode.request_invalid) =>
  makeError(code, "", path, "", reason);

export const tooLarge = (path: string) => fault(path, "is too large", ErrorCode.payload_too_large);

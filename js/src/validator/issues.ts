// All faults of a payload, for forms: the validator passes over those that it has found. Part of extra.js and schemas.js.
import type { DialogueError } from "../api/errors.js";
import type { Issue, Validity } from "../api/validity.js";
import type { makeError as MakeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { pathOf } from "./payload_path.js";
import type { Validator } from "./validator.js";

const issuesMax = 64;
const argumentAt = 16; // bytes into the area, after the path

type Replacer = (key: string, value: unknown) => unknown;

/** Checks what `trigger` would publish as event `number`; `bytesMax` bounds its JSON. */
export function validityOf(
  validator: Validator,
  makeError: typeof MakeError,
  number: number,
  data: unknown,
  bytesMax: number,
  encode?: Replacer,
): Validity {
  let json: string | undefined;
  let reason = "it has no form there";
  try {
    json = JSON.stringify(data === undefined ? null : data, encode);
  } catch (error) {
    reason = (error as Error).message;
  }
  if (!json) return { ok: false, issues: [{ code: "json_syntax", message: `cannot be sent as JSON: ${reason}`, path: [] }] };
  try {
    validator.validate(number, json, bytesMax);
    return { ok: true, issues: [] };
  } catch (error) {
    const { code, message, path } = error as DialogueError;
    if (code === "payload_too_large") return { ok: false, issues: [{ code, message, path: [] }] };
    if (path === undefined) throw error; // not about the payload
  }
  // The payload lies where the validator has read it.
  const { wasm } = validator;
  const area = wasm.open();
  const size = new TextEncoder().encode(json).length;
  const read = (index: number) => {
    const [at, length] = new Float64Array(wasm.memory.buffer, area + index, 2);
    return new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, at, length));
  };
  const issues: Issue[] = [];
  while (issues.length < issuesMax) {
    const code: ErrorCode = wasm.validate_past(number - 1, size, issues.length);
    if (!code) break;
    const argument = read(argumentAt);
    const { code: name, message } = makeError(code, argument);
    const path = pathOf(read(0));
    issues.push({ code: name, message, path: code === ErrorCode.required_missing ? [...path, argument] : path });
    if (code <= ErrorCode.json_depth) break; // nothing after it can be read
  }
  return { ok: false, issues };
}

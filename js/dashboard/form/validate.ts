// Checks a payload before it is sent, with the validator that the web client has: the server's own code.
import { DialogueError } from "../../src/api/errors.js";
import type { Core } from "../../src/core/core.js";
import { unpack } from "../../src/core/inlined.js";
import { makeError } from "../../src/core/make_error.js";
import { open, type Validator } from "../../src/validator/validator.js";

/** Why a payload does not fit. `path` is "$.text". */
export interface Misfit {
  code: string;
  path: string;
  message: string;
}

const bytesMax = 65_536; // the server enforces its own bound; this one only avoids the work

/** Opens the validator of a base64 catalogue. Resolves with undefined if the browser or the page's policy forbids WebAssembly. */
export async function validatorOf(catalogue: string): Promise<Validator | undefined> {
  try {
    return await open({ catalogue: atob(catalogue), events: [] } as unknown as Core, makeError, unpack);
  } catch {
    return undefined;
  }
}

/** What is wrong with `json` as a payload of event `number`, from 1. */
export function misfitOf(validator: Validator, number: number, json: string): Misfit | undefined {
  try {
    validator.validate(number, json, bytesMax);
    return undefined;
  } catch (error) {
    if (!(error instanceof DialogueError)) throw error;
    return { code: error.code, path: error.path ?? "$", message: error.message };
  }
}

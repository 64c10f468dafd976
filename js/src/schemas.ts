// Checks payloads without a client: what the schemas of a generated module call. Standard Schema is their interface.
import type { DialogueApp } from "./api/definitions.js";
import type { Issue } from "./api/validity.js";
import { unpack } from "./core/inlined.js";
import { makeError } from "./core/make_error.js";
import { Limit } from "./generated/tables.js";
import { validityOf } from "./validator/issues.js";
import type { Validator } from "./validator/validator.js";

const validators = new WeakMap<object, Promise<Validator>>();

function validatorOf(app: DialogueApp<any, any>): Promise<Validator> {
  let opening = validators.get(app);
  if (!opening) {
    const core = { catalogue: atob(app.catalogue) };
    opening = import("./validator/validator.js").then(({ open }) => open(core, makeError, unpack));
    opening.catch(() => validators.delete(app)); // the next check tries again
    validators.set(app, opening);
  }
  return opening;
}

/**
 * Checks a payload of event `number`, counted from 1 in the order of the catalogue: the value, or all faults, at most 64.
 * Rejects where the validator cannot be loaded. Called by generated modules.
 */
export async function check(
  app: DialogueApp<any, any>,
  number: number,
  value: unknown,
): Promise<{ readonly value: any } | { readonly issues: readonly Issue[] }> {
  const bytesMax = Limit.messageBytesMax - Limit.eventEnvelopeBytesMax;
  const { ok, issues } = validityOf(await validatorOf(app), makeError, number, value, bytesMax, app.bytes?.encode);
  return ok ? { value } : { issues };
}

// Errors where they happened: a sentence under the field, the code and the path behind it, and the field marked as invalid.
import { DialogueError } from "dialogue-client";
import { make } from "./dom.js";

/** Fills `place` with what was wrong with `field`; undefined clears both. */
export function showProblem(place: HTMLElement, field: HTMLElement, error: unknown): void {
  place.replaceChildren(...(error === undefined ? [] : describe(error)));
  place.hidden = error === undefined;
  if (error === undefined) field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
}

function describe(error: unknown): (Node | string)[] {
  if (!(error instanceof DialogueError)) return [String(error)];
  const place = error.path === undefined ? [] : [" at ", make("code", "", error.path)];
  return [sentence(error.message), " ", make("code", "", error.code), ...place];
}

/** A verdict's message has no subject ("is longer than 500 characters"): the reader is told what it is about. */
function sentence(message: string): string {
  return /^[a-z]/u.test(message) ? `This ${message}.` : message;
}

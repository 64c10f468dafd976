// Errors where they happened: a sentence, the code and the path behind it, and the field marked as invalid.
import { DialogueError } from "dialogue-client";
import { make } from "./dom.js";

/** Fills `place` with what was wrong with `field`; undefined clears both. */
export function showProblem(place: HTMLElement, field: HTMLElement, error: unknown): void {
  place.replaceChildren(...(error === undefined ? [] : describe(error)));
  place.hidden = error === undefined;
  if (error === undefined) field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
}

/** Whether a room could not be joined because it has no place left. */
export const isFull = (error: unknown): boolean => error instanceof DialogueError && error.code === "room_full";

/** Stands in the place of a room's messages: why the room could not be joined, and a button that tries again. */
export function makeRefusal(roomId: string, error: unknown, tryAgain: () => void): HTMLElement {
  const again = make("button", "quiet again", "Try again");
  again.type = "button";
  again.addEventListener("click", tryAgain);
  const refusal = make(
    "div",
    "empty",
    make("strong", "", `Could not join ${roomId}`),
    make("p", "problem", ...describe(error)),
    ...(isFull(error) ? [make("p", "", "You will come in as soon as a place is free.")] : []),
    again,
  );
  refusal.setAttribute("role", "alert");
  return refusal;
}

/** Stands in the place of a room's messages while it is being joined. */
export function makeWait(roomId: string): HTMLElement {
  return make("div", "empty", make("p", "", `Joining ${roomId}`));
}

/** "`$.text` is longer than 2000 character(s) `too_long`": the message begins with the path where there is one. */
export function describe(error: unknown): (Node | string)[] {
  if (!(error instanceof DialogueError)) return [String(error)];
  const { path = "", message, code } = error;
  const place = path && message.startsWith(path) ? [make("code", "", path)] : [];
  return [...place, `${message.slice(place.length ? path.length : 0)} `, make("code", "", code)];
}

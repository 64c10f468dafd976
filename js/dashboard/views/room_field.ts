// A field for a room's id that offers those of the definitions.
import { field } from "../kit/controls.js";
import { el, newId } from "../kit/dom.js";

export function roomField(
  label: string,
  ids: readonly string[],
  value: string,
): { element: HTMLElement; input: HTMLInputElement } {
  const list = newId("rooms");
  const made = field(label, { value, list, required: true, maxlength: 128 });
  made.element.append(el("datalist", { id: list }, ...ids.map((id) => el("option", { value: id }))));
  return made;
}

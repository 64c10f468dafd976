// A field for a room's id that offers those of the definitions.
import { field } from "../kit/controls.js";
import { el, newId } from "../kit/dom.js";

export function roomField(label: string, ids: readonly string[], value: string) {
  const id = newId("rooms");
  const list = el("datalist", { id });
  const offer = (offered: readonly string[]): void =>
    list.replaceChildren(...offered.map((each) => el("option", { value: each })));
  const { element, input } = field(label, { value, list: id, required: true, maxlength: 128 });
  offer(ids);
  element.append(list);
  return { element, input, offer };
}

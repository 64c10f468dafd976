// A list of names and values, updated in place.
import { el, write } from "./dom.js";

export class Facts {
  readonly element = el("dl", { class: "facts" });
  readonly #values = new Map<string, HTMLElement>();

  /** Shows these values by their names; a value that is undefined is left out. */
  show(values: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(values)) {
      let shown = this.#values.get(name);
      if (value === undefined) {
        shown?.parentElement?.remove();
        this.#values.delete(name);
        continue;
      }
      if (!shown) {
        shown = el("dd");
        this.#values.set(name, shown);
        this.element.append(el("div", {}, el("dt", {}, name), shown));
      }
      write(shown, value);
    }
  }
}

// Asks for an API key, which stays in this tab.
import { field } from "./kit/controls.js";
import { el, set, write } from "./kit/dom.js";
import { faultOfKey } from "./server/key.js";
import { adviceFor, type Problem } from "./server/problem.js";

export class KeyForm {
  readonly element: HTMLElement;
  readonly #key = field("API key", { type: "password", required: true, autocomplete: "off" });

  /** `problem`: why the server asks, or why the key that was given before did not do. */
  constructor(problem: Problem, hadKey: boolean, use: (key: string) => void) {
    const submit = (event: Event): void => {
      event.preventDefault();
      const key = this.#key.input.value.trim();
      const fault = faultOfKey(key);
      if (!fault) return use(key);
      write(why, fault);
      set(why, { class: "bad", role: "alert" });
      set(this.#key.input, { "aria-invalid": "true" });
      this.focus();
    };
    const why = hadKey
      ? el("p", { class: "bad", role: "alert" }, `${problem.message} ${adviceFor(problem)}`)
      : el("p", { class: "soft" }, problem.message);
    this.element = el(
      "form",
      { class: "card form key", onsubmit: submit },
      el("p", {}, "This server requires a key of its HTTP API. The key stays in this tab and is sent only to this server."),
      why,
      this.#key.element,
      el("div", { class: "buttons start" }, el("button", { class: "button primary" }, "Continue")),
      el("p", { class: "soft" }, 'The scope "observe" shows server activity; "read" also shows rooms, members and payloads.'),
    );
  }

  focus(): void {
    this.#key.input.focus();
  }
}

// The field that messages are written in: grows with the text, counts code points, sends on Enter, and shows what was wrong
// under itself.
import { find } from "./dom.js";
import { showProblem } from "./problems.js";

export interface ComposerEvents {
  send(text: string): void;
  typing(): void;
}

const kCounterFromShare = 0.8;

export class Composer {
  private readonly form = find("composer", HTMLFormElement);
  private readonly field = find("composer-text", HTMLTextAreaElement);
  private readonly button = find("composer-send", HTMLButtonElement);
  private readonly problem = find("composer-error", HTMLElement);
  private readonly hint = find("composer-hint", HTMLElement);
  private readonly counter = find("composer-counter", HTMLOutputElement);

  /** `lengthMax` is what the definition allows, in code points; the counter shows it, the validator decides. */
  constructor(
    private readonly lengthMax: number,
    private readonly events: ComposerEvents,
  ) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.button.disabled) this.events.send(this.field.value);
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.field.addEventListener("input", () => {
      this.refuse(undefined);
      this.fit();
      if (this.field.value) this.events.typing();
    });
    this.fit();
  }

  /** Opens the field for a room, or closes it while there is none. */
  enable(placeholder: string | undefined): void {
    this.field.disabled = this.button.disabled = placeholder === undefined;
    this.field.placeholder = placeholder ?? "Join a room to write";
  }

  clear(): void {
    this.field.value = "";
    this.refuse(undefined);
    this.fit();
  }

  /** Puts a text back that could not be sent, unless something else has been begun since. */
  restore(text: string): void {
    if (this.field.value === "") this.field.value = text;
    this.fit();
  }

  /** Shows why the text was not sent, or nothing. */
  refuse(error: unknown): void {
    showProblem(this.problem, this.field, error);
    this.hint.hidden = error !== undefined;
  }

  focus(): void {
    this.field.focus();
  }

  private fit(): void {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
    const length = [...this.field.value].length;
    this.counter.textContent = length >= this.lengthMax * kCounterFromShare ? `${length} / ${this.lengthMax}` : "";
    this.counter.classList.toggle("over", length > this.lengthMax);
  }
}

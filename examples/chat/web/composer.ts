// The field that messages are written in: grows with the text, counts code points, sends on Enter, and shows what was wrong
// under itself.
import { find } from "./dom.js";
import { draftOf, keepDraft } from "./drafts.js";
import { showProblem } from "./problems.js";

export interface ComposerEvents {
  send(text: string): void;
  typing(): void;
}

const counterFromShare = 0.8;

export class Composer {
  private readonly form = find("composer", HTMLFormElement);
  private readonly field = find("composer-text", HTMLTextAreaElement);
  private readonly button = find("composer-send", HTMLButtonElement);
  private readonly problem = find("composer-error", HTMLElement);
  private readonly hint = find("composer-hint", HTMLElement);
  private readonly counter = find("composer-counter", HTMLOutputElement);
  private roomId = "";

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
      keepDraft(this.roomId, this.field.value);
      this.refuse(undefined);
      this.fit();
      if (this.field.value) this.events.typing();
    });
    this.fit();
  }

  /** Turns to a room: in the field stands what was begun there. */
  turnTo(roomId: string): void {
    if (this.roomId === roomId) return;
    this.roomId = roomId;
    this.put(draftOf(roomId));
  }

  /** Opens the field for its room, or closes it while that is not joined. */
  enable(placeholder: string | undefined): void {
    this.field.disabled = this.button.disabled = placeholder === undefined;
    this.field.placeholder = placeholder ?? "Join a room to write";
  }

  clear(): void {
    this.put("");
  }

  /** Puts a text back that was refused in `roomId`, unless something else has been begun there since, and says why. */
  restore(roomId: string, text: string, error: unknown): void {
    if (draftOf(roomId) === "") keepDraft(roomId, text);
    if (roomId !== this.roomId) return;
    this.put(draftOf(roomId));
    this.refuse(error);
  }

  /** Shows why the text was not sent, or nothing. */
  refuse(error: unknown): void {
    showProblem(this.problem, this.field, error);
    this.hint.hidden = error !== undefined;
  }

  focus(): void {
    this.field.focus();
  }

  private put(text: string): void {
    this.field.value = text;
    keepDraft(this.roomId, text);
    this.refuse(undefined);
    this.fit();
  }

  private fit(): void {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
    const length = [...this.field.value].length;
    this.counter.textContent = length >= this.lengthMax * counterFromShare ? `${length} / ${this.lengthMax}` : "";
    this.counter.classList.toggle("over", length > this.lengthMax);
  }
}

// The client's one timer.
const timeoutMsMax = 2 ** 31 - 1; // setTimeout fires immediately above it

export class Alarm {
  readonly #onDue: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;

  /** `onDue` is called when it is due, or earlier. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Unix time in ms; Infinity: never. An early call does no harm, so a later time leaves the timer as it is. */
  set(due: number): void {
    if (due >= this.#due && due < Infinity) return;
    clearTimeout(this.#timer);
    this.#due = due;
    if (due === Infinity) return;
    const ring = () => {
      this.#due = Infinity;
      this.#onDue();
    };
    this.#timer = setTimeout(ring, Math.min(due - Date.now(), timeoutMsMax));
  }
}

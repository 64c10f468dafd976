// The one timer of a client.
const timeoutMsMax = 2 ** 31 - 1; // setTimeout fires at once above it

export class Alarm {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;

  /** `ring` is called when it is due, or earlier. */
  constructor(readonly ring: () => void) {}

  /** Unix time in ms; Infinity: never. An alarm that rings too early does no harm, so a later time leaves it. */
  set(due: number): void {
    if (due >= this.#due && due < Infinity) return;
    clearTimeout(this.#timer);
    this.#due = due;
    if (due === Infinity) return;
    const ring = () => {
      this.#due = Infinity;
      this.ring();
    };
    this.#timer = setTimeout(ring, Math.min(due - Date.now(), timeoutMsMax));
  }
}

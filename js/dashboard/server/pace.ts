// When the next request may begin: at most two in any second. Pure: the time is an argument.

const requestsMax = 2;
const windowMs = 1_000;

export class Pace {
  #starts: number[] = [];

  /** How many milliseconds after `now` the next request may begin. */
  delay(now: number): number {
    const oldest = this.#starts[this.#starts.length - requestsMax];
    return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - now);
  }

  /** A request begins. */
  begin(now: number): void {
    this.#starts = [...this.#starts.slice(1 - requestsMax), now];
  }
}

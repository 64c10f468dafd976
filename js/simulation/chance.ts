// All chance of a world: numbers that its seed decides (splitmix32).
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
    this.fraction();
  }

  /** From 0 to less than 1. */
  fraction(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.between(1, count) === 1;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)]!;
  }

  /** Another stream of numbers, which does not depend on how many this one gives later. */
  split(): Chance {
    return new Chance(Math.floor(this.fraction() * 2 ** 32));
  }
}

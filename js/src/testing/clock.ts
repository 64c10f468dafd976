// The clocks of a server in a page: one that runs, and one that only moves when a test advances it.

/** What a server has for a clock. */
export interface ServerClock {
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  /** Unix time. */
  unixMs(): number;
  /** Calls `due` at this monotonic time; replaces an earlier call's time. */
  wake(atMs: number, due: () => void): void;
  stop(): void;
}

const longestTimerMs = 2 ** 31 - 1;

/** The platform's clock; in tests with fake timers, theirs. */
export class RealClock implements ServerClock {
  #timer: ReturnType<typeof setTimeout> | undefined;

  monotonicMs(): number {
    return Math.floor(performance.now()) + 1;
  }

  unixMs(): number {
    return Date.now();
  }

  wake(atMs: number, due: () => void): void {
    this.stop();
    if (atMs === Infinity) return;
    const inMs = Math.max(0, atMs - this.monotonicMs());
    this.#timer = setTimeout(due, Math.min(inMs, longestTimerMs));
    (this.#timer as { unref?(): void }).unref?.(); // in Node: a server does not keep the process alive
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Stands still until `advance`. */
export class ManualClock implements ServerClock {
  readonly #startMs: number;
  #nowMs = 1;
  #dueMs = Infinity;
  #due = () => {};

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return this.#startMs + this.#nowMs - 1;
  }

  wake(atMs: number, due: () => void): void {
    this.#dueMs = atMs;
    this.#due = due;
  }

  /** Advances the clock by `ms`, and meets each deadline at its time; `between` is awaited after each deadline. */
  async advance(ms: number, between: () => Promise<void>): Promise<void> {
    const endMs = this.#nowMs + ms;
    while (this.#dueMs <= endMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#dueMs);
      this.#dueMs = Infinity;
      this.#due();
      await between();
    }
    this.#nowMs = endMs;
    this.#due();
    await between();
  }

  stop(): void {
    this.#dueMs = Infinity;
  }
}

// Decides what becomes of one call or stream: which of its frames may be sent, what a reader gets next, and its one end.

/** How it ended: by its result, or by an error. */
export type End = { readonly value: unknown } | { readonly error: unknown };

interface Waiting {
  resolve(): void;
  promise: Promise<void>;
}

const waiting = (): Waiting => {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { resolve, promise };
};

export class Exchange {
  /** The connection attempt that it was sent over; undefined: it waits for a connection. */
  declare sentOver: unknown;
  /** Whether it was sent, so that the server may have handled it. */
  wasSent = false;
  declare end: End | undefined;
  /** The number of the newest item that came, and up to which one more may come. */
  received = 0;
  granted: number;
  readonly window: number;
  /** Items that the client has written, and may write. */
  written = 0;
  allowed = 16;
  readonly #items: unknown[] = [];
  #taken = 0;
  #change = waiting();

  constructor(window: number) {
    this.window = this.granted = window;
  }

  /** Resolved at the next item, allowance or end. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  #notify(): void {
    const { resolve } = this.#change;
    this.#change = waiting();
    resolve();
  }

  /** False: not the next one, or more than was granted. */
  add(number: number, item: unknown): boolean {
    if (number !== this.received + 1 || number > this.granted) return false;
    this.received = number;
    this.#items.push(item);
    this.#notify();
    return true;
  }

  allow(upTo: number): void {
    if (upTo > this.allowed) this.allowed = upTo;
    this.#notify();
  }

  /** The first end counts. */
  finish(end: End): void {
    this.end ??= end;
    this.#notify();
  }

  /** The next item; undefined: none has come. */
  take(): { item: unknown } | undefined {
    if (!this.#items.length) return undefined;
    this.#taken++;
    return { item: this.#items.shift() };
  }

  /** Up to which number items are to be granted now; undefined: enough are. */
  grant(): number | undefined {
    const next = this.#taken + this.window;
    if (this.end || next - this.granted < Math.max(1, this.window / 2)) return undefined;
    return (this.granted = next);
  }
}

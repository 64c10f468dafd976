// A long list of which a part is shown: the end, as long as the reader follows it, or what the reader has scrolled to. What is
// shown and what is kept both have a bound, however long the list becomes.

export interface Bounds {
  /** How many entries are shown. */
  shownMax: number;
  /** How many entries are kept; beyond it the oldest tenth goes. */
  keptMax: number;
  /** By how many entries up() and down() move. */
  step: number;
}

export class SlidingList<T> {
  /** Whether the newest entry is shown, and the next one will be. */
  follows = true;
  private readonly entries: T[] = [];
  private start = 0;
  private end = 0;

  constructor(private readonly bounds: Bounds) {}

  get all(): readonly T[] {
    return this.entries;
  }
  get shown(): readonly T[] {
    return this.entries.slice(this.start, this.end);
  }
  /** How many entries stand before those that are shown, and how many behind. */
  get before(): number {
    return this.start;
  }
  get behind(): number {
    return this.entries.length - this.end;
  }
  get isFull(): boolean {
    return this.entries.length >= this.bounds.keptMax;
  }

  /** Adds an entry; the last `later` ones stay behind it. */
  add(entry: T, later = 0): void {
    const index = this.entries.length - later;
    this.entries.splice(index, 0, entry);
    if (index <= this.end && this.end - this.start < this.bounds.shownMax) this.end += 1;
    if (this.entries.length > this.bounds.keptMax) this.forget(Math.ceil(this.bounds.keptMax / 10));
    if (this.follows) this.toEnd();
  }

  /** Adds the newest of these entries, as many as there is room for, before all others. */
  prepend(earlier: readonly T[]): void {
    const isAtTop = this.start === 0;
    const added = earlier.slice(Math.max(0, earlier.length + this.entries.length - this.bounds.keptMax));
    this.entries.unshift(...added);
    this.start += added.length;
    this.end += added.length;
    if (isAtTop) this.up();
  }

  remove(entry: T): void {
    const index = this.entries.indexOf(entry);
    if (index < 0) return;
    this.entries.splice(index, 1);
    if (index < this.start) this.start -= 1;
    if (index < this.end) this.end -= 1;
  }

  /** Shows earlier entries; false when the first one is shown. */
  up(): boolean {
    if (this.start === 0) return false;
    this.follows = false;
    this.start = Math.max(0, this.start - this.bounds.step);
    this.end = Math.min(this.end, this.start + this.bounds.shownMax);
    return true;
  }

  /** Shows later entries; false when the last one is shown. */
  down(): boolean {
    if (this.end === this.entries.length) return false;
    this.end = Math.min(this.entries.length, this.end + this.bounds.step);
    this.start = Math.max(this.start, this.end - this.bounds.shownMax);
    return true;
  }

  /** Shows the newest entries, and follows them. */
  toEnd(): void {
    this.follows = true;
    this.end = this.entries.length;
    this.start = Math.max(0, this.end - this.bounds.shownMax);
  }

  /** The oldest entries go. A reader who stands among them stands at the oldest that are left. */
  private forget(count: number): void {
    this.entries.splice(0, count);
    this.start = Math.max(0, this.start - count);
    this.end = Math.max(this.end - count, Math.min(this.bounds.shownMax, this.entries.length));
  }
}

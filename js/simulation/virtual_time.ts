// The time of a world: tasks in the order of their times, each run on behalf of a page or of nobody. Microtasks are the
// platform's, and have ended before the next task begins.

/** Whose tasks they are: a frozen page's wait until it is thawed, a dead page's never run. */
export interface Owner {
  isFrozen: boolean;
  isDead: boolean;
}

/** A world that needs more tasks is in a loop, and so is one that needs so many without time passing. */
const tasksMax = 1_000_000;
const tasksAtOnceMax = 50_000;

/** Whoever is neither frozen nor dead: the server, and the network. */
export const nobody: Owner = { isFrozen: false, isDead: false };

/** Something that will be done. */
interface Task {
  atMs: number;
  readonly order: number;
  readonly owner: Owner;
  run: (() => void) | undefined;
}

export class VirtualTime {
  nowMs = 0;
  /** How many tasks have run. */
  count = 0;
  readonly #startMs: number;
  readonly #heap: Task[] = [];
  readonly #timers = new Map<number, Task>();
  /** Tasks of frozen pages. */
  #parked: Task[] = [];
  #order = 0;
  /** How many tasks have run since the time moved on. */
  #atOnce = 0;
  #current = nobody;

  /** `startMs`: the Unix time at which it begins. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get unixMs(): number {
    return this.#startMs + this.nowMs;
  }

  /** Runs `run` in `ms`, for whoever runs now or for `owner`. The number is for cancel(). */
  post(ms: number, run: () => void, owner = this.#current): number {
    const task = { atMs: this.nowMs + Math.max(0, ms || 0), order: ++this.#order, owner, run };
    this.#timers.set(task.order, task);
    this.#push(task);
    return task.order;
  }

  cancel(number: number): void {
    const task = this.#timers.get(number);
    if (task) task.run = undefined;
    this.#timers.delete(number);
  }

  /** The tasks of a page that was frozen are due again. */
  thaw(owner: Owner): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const task of parked) {
      if (task.owner !== owner) {
        this.#parked.push(task);
        continue;
      }
      task.atMs = Math.max(task.atMs, this.nowMs);
      this.#push(task);
    }
  }

  /** Runs what is due within `ms`, and is `ms` later then. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (let task = this.#heap[0]; task && task.atMs <= endMs; task = this.#heap[0]) {
      this.#pop();
      if (task.owner.isDead || !task.run) continue;
      if (task.owner.isFrozen) {
        this.#parked.push(task);
        continue;
      }
      if (task.atMs > this.nowMs) this.#atOnce = 0;
      this.nowMs = task.atMs;
      this.#timers.delete(task.order);
      await this.as(task.owner, task.run);
    }
    this.nowMs = endMs;
  }

  /** Runs `run` on behalf of a page, with all its microtasks. */
  async as(owner: Owner, run: () => void): Promise<void> {
    this.count += 1;
    this.#atOnce += 1;
    if (this.count > tasksMax || this.#atOnce > tasksAtOnceMax)
      throw new Error(`${this.#atOnce} tasks at ${this.nowMs} ms: a loop`);
    this.#current = owner;
    run();
    await new Promise(setImmediate);
    this.#current = nobody;
  }

  #isBefore(one: Task, other: Task): boolean {
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(task, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (!heap.length) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!this.#isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

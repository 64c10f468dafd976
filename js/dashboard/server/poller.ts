// Polls the data of a view: at most twice a second in total, not while the page is hidden or paused, one
// request at a time. What it learns of the server's presence goes to `report`.
import { request } from "./api.js";
import type { Pace } from "./pace.js";
import { Problem } from "./problem.js";

/** One thing that a view shows, and how it gets there. */
export interface Job {
  /** Where from; undefined: nothing at present. */
  url: () => URL | undefined;
  /** Reads the answer's text; by default as JSON. */
  read?: (text: string) => unknown;
  show: (answer: never) => void;
  /** Time between two requests. */
  everyMs: number;
  /** A refusal that only this view can explain. True: it did. */
  refused?: (problem: Problem) => boolean;
}

export type Contact =
  | { state: "loading" | "live" | "paused" }
  /** The server gave no answer, or none that helps, and is asked again. */
  | { state: "lost"; problem: Problem }
  /** It refuses: asking again would not help. */
  | { state: "refused"; problem: Problem };

interface Planned {
  readonly job: Job;
  due: number;
}

const retryMs = [1_000, 2_000, 5_000];

export class Poller {
  #planned: Planned[] = [];
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #failures = 0;
  #isPaused = false;

  constructor(
    private readonly pace: Pace,
    private readonly report: (contact: Contact) => void,
  ) {
    document.addEventListener("visibilitychange", () => this.#schedule());
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (isPaused) this.report({ state: "paused" });
    this.refresh();
  }

  /** Asks for these from now on, instead of those before; an answer that is under way is not waited for. */
  watch(jobs: readonly Job[]): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#isAsking = false;
    this.#failures = 0;
    this.#planned = jobs.map((job) => ({ job, due: 0 }));
    this.#schedule();
  }

  /** Asks for everything as soon as it may. */
  refresh(): void {
    for (const planned of this.#planned) planned.due = 0;
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (document.hidden || this.#isPaused || this.#isAsking) return;
    const next = this.#planned
      .filter(({ job }) => job.url())
      .reduce<Planned | undefined>((first, each) => (first && first.due <= each.due ? first : each), undefined);
    if (!next) return;
    const now = performance.now();
    const wait = Math.max(next.due - now, this.pace.delay(now));
    if (wait > 0) this.#timer = setTimeout(() => this.#schedule(), wait);
    else void this.#ask(next);
  }

  async #ask(planned: Planned): Promise<void> {
    const { job } = planned;
    const { signal } = this.#abort;
    const begun = performance.now();
    this.pace.begin(begun);
    this.#isAsking = true;
    try {
      const answer = await request(job.url()!, { signal, read: job.read as (text: string) => never });
      if (signal.aborted) return;
      this.#failures = 0;
      planned.due = begun + job.everyMs;
      job.show(answer);
      if (!this.#isPaused) this.report({ state: "live" });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.#take(error, planned);
    } finally {
      if (!signal.aborted) {
        this.#isAsking = false;
        this.#schedule();
      }
    }
  }

  #take(problem: Problem, planned: Planned): void {
    if (!problem.isPassing) {
      this.#planned = this.#planned.filter((each) => each !== planned);
      if (!planned.job.refused?.(problem)) this.report({ state: "refused", problem });
      return;
    }
    const pause = retryMs[Math.min(this.#failures, retryMs.length - 1)]!;
    this.#failures += 1;
    planned.due = performance.now() + Math.max(pause, problem.retryAfterMs ?? 0);
    this.report({ state: "lost", problem });
  }
}

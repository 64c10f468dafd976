// A room's log read on and on: what came since the page before. Where more came than the list keeps, the oldest are passed over.
import type { HistoryPage } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import type { TailList } from "./tail_list.js";

const pageRows = 100;
const firstRows = 20;

export class LogTail {
  #after: number | undefined;
  #epoch: number | undefined;

  constructor(
    private readonly room: string,
    private readonly list: TailList,
  ) {}

  /** The next page: the newest events at first, then those since. */
  url(): URL {
    const path = ["rooms", this.room, "history"];
    return this.#after === undefined ? apiUrl(path, { limit: firstRows }) : apiUrl(path, { since: this.#after, limit: pageRows });
  }

  take({ events, epoch, head, base }: HistoryPage): void {
    if (this.#epoch !== undefined && epoch !== this.#epoch) {
      this.list.miss("The room has a new log: it was deleted, or the store was replaced.");
      this.#after = 0;
      this.list.continueAfter(0);
    }
    const isFirst = this.#epoch === undefined;
    this.#epoch = epoch;
    const first = events[0]?.seq;
    if (isFirst) this.list.continueAfter(first === undefined ? head : first - 1);
    this.list.add(events);
    this.#after = events.at(-1)?.seq ?? Math.max(this.#after ?? 0, isFirst ? head : 0);
    if (head - this.#after > 5 * pageRows || this.#after < base - 1) this.#after = undefined; // too far behind: the newest again
  }
}

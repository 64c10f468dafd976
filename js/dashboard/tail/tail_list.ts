// The rows of the tail: bounded, filtered, held while paused. New events come at the end; the list follows them unless one has
// scrolled up. A screen reader gets a count at most every five seconds, never the events themselves.
import { el, set, write } from "../kit/dom.js";
import { plural, shortened, time } from "../kit/format.js";
import { indented, onOneLine } from "../kit/json_text.js";

export interface TailEvent {
  event: string;
  /** JSON. */
  data: string;
  from: string;
  timestamp: number;
  /** 0: a volatile event, which has no place in the log. */
  seq: number;
}

const rowsMax = 500;
const heldMax = 500;
const announceEveryMs = 5_000;
const endPx = 24; // as near counts as the end

export class TailList {
  readonly element: HTMLElement;
  /** Called when a count has changed. */
  changed = (): void => {};
  received = 0;
  /** Events that the room has had and this list has not. */
  missed = 0;
  /** Events that came while the list was paused and full. */
  dropped = 0;

  readonly #log = el("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Events", tabindex: "0" });
  readonly #status = el("p", { class: "unseen", role: "status" });
  readonly #held = el("p", { class: "soft held", hidden: true });
  readonly #empty = el("p", { class: "empty" }, "Waiting for events. Publish one from the form, or from a client.");
  #waiting: HTMLElement[] = [];
  #lastSeq: number | undefined;
  #isPaused = false;
  #event = "";
  #text = "";
  #unannounced = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.element = el("div", { class: "tail" }, this.#log, this.#empty, this.#held, this.#status);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (!isPaused) this.#append(this.#waiting.splice(0));
    this.#showHeld();
  }

  /** Adds events in their order; a hole before one of them becomes a mark. */
  add(events: readonly TailEvent[]): void {
    const rows: HTMLElement[] = [];
    for (const event of events) {
      if (event.seq) {
        if (this.#lastSeq !== undefined && event.seq > this.#lastSeq + 1) rows.push(this.#gap(this.#lastSeq + 1, event.seq - 1));
        this.#lastSeq = event.seq;
      }
      this.received += 1;
      rows.push(this.#row(event));
    }
    if (events.length) this.#announce(events.length);
    this.#append(rows);
  }

  /** Reports events that are missing from this list. `from` and `to` are sequences, if known. */
  miss(reason: string, from?: number, to?: number): void {
    if (from !== undefined && to !== undefined) this.#append([this.#gap(from, to)]);
    else this.#append([el("div", { class: "gap" }, reason)]);
    if (to !== undefined) this.#lastSeq = to;
  }

  /** From which sequence on events are expected. */
  continueAfter(seq: number): void {
    this.#lastSeq = seq;
  }

  filter(event: string, text: string): void {
    this.#event = event;
    this.#text = text.trim().toLowerCase();
    for (const row of this.#log.children) this.#hide(row as HTMLElement);
  }

  clear(): void {
    this.#log.replaceChildren();
    this.#waiting = [];
    this.#showHeld();
    set(this.#empty, { hidden: false });
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #append(rows: HTMLElement[]): void {
    if (this.#isPaused) {
      this.#waiting.push(...rows);
      const over = this.#waiting.length - heldMax;
      if (over > 0) {
        this.dropped += over;
        this.#waiting.splice(0, over);
      }
      this.#showHeld();
      return this.changed();
    }
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - endPx;
    for (const row of rows) this.#hide(row);
    this.#log.append(...rows);
    while (this.#log.children.length > rowsMax) this.#log.firstElementChild!.remove();
    set(this.#empty, { hidden: this.#log.children.length > 0 });
    if (isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
    this.changed();
  }

  #showHeld(): void {
    const rows = plural(this.#waiting.length, "new row");
    const text = `${rows} while paused, at most ${heldMax} are kept. Press Resume to see them.`;
    write(this.#held, text);
    set(this.#held, { hidden: !this.#isPaused || this.#waiting.length === 0 });
  }

  #gap(from: number, to: number): HTMLElement {
    this.missed += to - from + 1;
    const what = from === to ? `event ${from}` : `events ${from} to ${to}`;
    return el("div", { class: "gap" }, `Missed: ${what}. The room's history may have them.`);
  }

  #row({ event, data, from, timestamp, seq }: TailEvent): HTMLElement {
    const text = onOneLine(data);
    const summary = el(
      "summary",
      {},
      el("span", { class: "at" }, time(timestamp)),
      el("span", { class: "seq" }, seq ? String(seq) : "volatile"),
      el("span", { class: "event" }, event),
      el("span", { class: "from" }, from),
      el("span", { class: "data" }, shortened(text)),
    );
    const row = el("details", { class: "row", "data-event": event }, summary);
    row.dataset["text"] = `${event} ${from} ${text}`.toLowerCase();
    row.addEventListener("toggle", () => {
      if (row.open && row.children.length === 1) row.append(el("pre", {}, indented(data)));
    });
    return row;
  }

  #hide(row: HTMLElement): void {
    const { event, text } = row.dataset;
    if (event === undefined) return; // a gap belongs to all
    row.hidden = !!(this.#event && event !== this.#event) || !text!.includes(this.#text);
  }

  #announce(count: number): void {
    this.#unannounced += count;
    if (this.#timer !== undefined) return;
    write(this.#status, plural(this.#unannounced, "new event"));
    this.#unannounced = 0;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#unannounced) this.#announce(0);
    }, announceEveryMs);
  }
}

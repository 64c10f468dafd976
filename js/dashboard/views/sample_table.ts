// The numbers of the charts, one row a minute, for who cannot or does not want to read lines. Filled only while it is open.
import { el, write } from "../kit/dom.js";
import { bytes, compact, none, time } from "../kit/format.js";
import { Table } from "../kit/table.js";
import type { Series } from "../server/answers.js";

const minuteMs = 60_000;
const columns: readonly { series: keyof Series; head: string; format: (value: number) => string }[] = [
  { series: "connections", head: "Connections", format: compact },
  { series: "events", head: "Events/s", format: compact },
  { series: "deliveries", head: "Deliveries/s", format: compact },
  { series: "refusals", head: "Refusals/s", format: compact },
  { series: "lagging", head: "Lagging", format: compact },
  { series: "queuedBytes", head: "Queued", format: bytes },
  { series: "loopBusy", head: "Loop busy", format: (value) => `${Math.round(value * 100)} %` },
  { series: "memoryBytes", head: "Memory", format: bytes },
];

interface Minute {
  at: number;
  index: number;
  series: Series;
}

export class SampleTable {
  readonly element: HTMLDetailsElement;
  readonly #table = new Table<Minute>(
    [
      { head: "Time", show: (cell, { at }) => write(cell, time(at)) },
      ...columns.map(({ series: name, head, format }, position) => ({
        head,
        kind: "number" as const,
        ...(position > 3 ? { extra: 2 as const } : position > 2 ? { extra: 1 as const } : {}),
        show: (cell: HTMLElement, { series, index }: Minute) => {
          const value = series[name]?.[index];
          write(cell, value === undefined ? none : format(value));
        },
      })),
    ],
    ({ at }) => String(Math.round(at / minuteMs)),
    {
      caption: "The last 15 minutes, one row a minute, newest first",
      empty: "The first sample is taken five seconds after the start.",
    },
  );
  #latest: (() => Minute[]) | undefined;

  constructor() {
    this.element = el("details", { class: "disclosed" }, el("summary", {}, "As a table"), this.#table.element);
    this.element.addEventListener("toggle", () => this.#fill());
  }

  show(series: Series, end: number, intervalMs: number): void {
    this.#latest = () => {
      const length = series.connections.length;
      const step = Math.max(1, Math.round(minuteMs / intervalMs));
      const minutes: Minute[] = [];
      for (let index = length - 1; index >= 0; index -= step) {
        minutes.push({ at: end - (length - 1 - index) * intervalMs, index, series });
      }
      return minutes;
    };
    this.#fill();
  }

  #fill(): void {
    if (this.element.open && this.#latest) this.#table.show(this.#latest());
  }
}

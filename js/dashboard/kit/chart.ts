// Lines over time, drawn as SVG. A chart is one picture for a screen reader, with a sentence as its name; the numbers stand in
// a table beside it (tableOfSamples). Nothing here listens or polls.
import { el, set, svg, write } from "./dom.js";

/** Oldest first; there may be fewer than the chart has places for: then the older ones are empty. */
export type Samples = readonly number[];
export const samplesMax = 180;

/** The area below the line is filled; both follow the text colour of the class. */
export class Sparkline {
  readonly element: SVGSVGElement;
  readonly #line = svg("path", { class: "line" });
  readonly #area = svg("path", { class: "area" });

  constructor(
    private readonly width = 120,
    private readonly height = 28,
  ) {
    const box = { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" };
    this.element = svg("svg", { class: "spark", "aria-hidden": "true", focusable: "false", ...box }, this.#area, this.#line);
  }

  /** `max`: the top of the scale; by default the largest sample. */
  show(samples: Samples, max = largest(samples)): void {
    const points = place(samples, this.width, this.height, max);
    set(this.#line, { d: pathOf(points) });
    const [first, last] = [points[0], points.at(-1)];
    const area = first && last ? `${pathOf(points)}L${last[0]} ${this.height}L${first[0]} ${this.height}Z` : "";
    set(this.#area, { d: area });
  }
}

export interface Line {
  name: string;
  className: string;
  samples: Samples;
}
/** Something that happened, as a mark on the time axis. */
export interface Mark {
  at: number;
  text: string;
}

const chartWidth = 720;
const chartHeight = 160;
const labels = ["−15 min", "−12", "−9", "−6", "−3", "now"];

/** Some lines with one scale, a time axis and marks on it. */
export class TimeChart {
  readonly element = el("figure", { class: "chart" });
  readonly #picture = svg("svg", { role: "img", viewBox: `0 0 ${chartWidth} ${chartHeight}`, preserveAspectRatio: "none" });
  readonly #axis = el("div", { class: "axis", "aria-hidden": "true" }, ...labels.map((text) => el("span", {}, text)));
  readonly #legend = el("figcaption", { class: "legend" });
  readonly #top = el("span", { class: "top", "aria-hidden": "true" });

  constructor(private readonly format: (value: number) => string) {
    this.element.append(this.#legend, el("div", { class: "plot" }, this.#picture, this.#top, this.#axis));
  }

  /** The last sample is that of `end`, Unix milliseconds; each covers `intervalMs`. */
  show(lines: readonly Line[], end: number, intervalMs: number, marks: readonly Mark[] = []): void {
    const max = Math.max(1, ...lines.map(({ samples }) => largest(samples)));
    const begin = end - (samplesMax - 1) * intervalMs;
    const x = (at: number): number => ((at - begin) / (end - begin)) * chartWidth;
    const grid = [0.25, 0.5, 0.75].map((part) => svg("path", { class: "grid", d: `M0 ${chartHeight * part}H${chartWidth}` }));
    const flags = marks
      .filter(({ at }) => at >= begin && at <= end)
      .map(({ at, text }) => {
        const mark = svg("path", { class: "mark", d: `M${x(at).toFixed(1)} 0V${chartHeight}` });
        mark.append(svg("title", {}, document.createTextNode(text)));
        return mark;
      });
    const drawn = lines.map(({ className, samples }) =>
      svg("path", { class: `line ${className}`, d: pathOf(place(samples, chartWidth, chartHeight, max)) }),
    );
    this.#picture.replaceChildren(...grid, ...flags, ...drawn);
    set(this.#picture, {
      "aria-label": `${lines.map(({ name }) => name).join(", ")}: the last 15 minutes, also in the table below`,
    });
    write(this.#top, this.format(max));
    this.#showLegend(lines);
  }

  #showLegend(lines: readonly Line[]): void {
    while (this.#legend.children.length < lines.length) {
      this.#legend.append(el("span", { class: "key" }, el("i", {}), el("span"), el("b")));
    }
    for (const [index, { name, className, samples }] of lines.entries()) {
      const [swatch, label, value] = this.#legend.children[index]!.children;
      set(swatch!, { class: className });
      write(label!, name);
      write(value!, this.format(samples.at(-1) ?? 0));
    }
  }
}

const largest = (samples: Samples): number => samples.reduce((max, value) => Math.max(max, value), 0);

type Point = readonly [x: number, y: number];
export function place(samples: Samples, width: number, height: number, max: number): Point[] {
  const step = width / (samplesMax - 1);
  const first = samplesMax - samples.length;
  const scale = max > 0 ? (height - 3) / max : 0; // the line keeps its own width inside
  return samples.map((value, index) => [round((first + index) * step), round(height - 1.5 - value * scale)]);
}
const round = (value: number): number => Math.round(value * 10) / 10;
const pathOf = (points: readonly Point[]): string => points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("");

// One verdict with its reason, eight numbers, the last 15 minutes, and what changed.
import { Sparkline, TimeChart } from "../kit/chart.js";
import { el, set, write } from "../kit/dom.js";
import { ago, bytes, compact, count, dayTime, duration, time, words } from "../kit/format.js";
import { Table } from "../kit/table.js";
import type { Numbers, Overview, Series } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { NodeCard } from "./node_card.js";
import { SampleTable } from "./sample_table.js";
import { everyMs, type MakeView } from "./view.js";

interface Tile {
  name: keyof Numbers;
  text: string;
  href?: string;
  series?: keyof Series;
  format: (value: number) => string;
}
const tiles: readonly Tile[] = [
  { name: "connections", text: "Connections", href: "#/connections", series: "connections", format: count },
  { name: "users", text: "Users online", format: count },
  { name: "rooms", text: "Rooms", href: "#/rooms", format: count },
  { name: "eventsPerSecond", text: "Events per second", href: "#/rooms?by=rate", series: "events", format: compact },
  { name: "deliveriesPerSecond", text: "Deliveries per second", series: "deliveries", format: compact },
  { name: "refusalsPerSecond", text: "Refusals per second", href: "#/refusals", series: "refusals", format: compact },
  { name: "lagging", text: "Lagging members", href: "#/connections?sort=lag", series: "lagging", format: count },
  { name: "memoryBytes", text: "Memory", series: "memoryBytes", format: bytes },
];
const shownFrom = 1.05; // connections of a user: below it is one
const levels = { ok: "Healthy", warning: "Needs attention", critical: "Needs action now" } as const;

export const overview: MakeView = () => {
  const level = el("strong");
  const sentence = el("p");
  const server = el("p", { class: "soft" });
  const verdict = el("section", { class: "verdict", "aria-label": "Verdict" }, el("div", {}, level, sentence), server);

  const shown = tiles.map((tile) => {
    const value = el("span", { class: "value" });
    const note = el("span", { class: "note" });
    const spark = tile.series ? new Sparkline() : undefined;
    const label = el("span", { class: "label" }, tile.href ? el("a", { href: tile.href }, tile.text) : tile.text);
    return {
      tile,
      value,
      note,
      spark,
      element: el("li", { class: "tile" }, label, el("div", { class: "figure" }, value, note), spark?.element as never),
    };
  });

  const chart = new TimeChart(compact);
  const samples = new SampleTable();
  const nodes = new NodeCard();
  const changes = new Table<Overview["changes"][number]>(
    [
      { head: "When", show: (cell, { at }) => (write(cell, ago(at)), set(cell, { title: dayTime(at) })) },
      { head: "What", show: (cell, { name }) => write(cell, words(name)) },
      { head: "Detail", kind: "wide", show: (cell, { detail }) => write(cell, detail ?? "") },
    ],
    ({ at, name, detail }) => `${at} ${name} ${detail ?? ""}`,
    { caption: "Recent changes, newest first", empty: "Nothing has changed since the server started." },
  );

  let answered: { at: number; sentence: string } | undefined;
  const show = (answer: Overview): void => {
    answered = { at: Date.now(), sentence: answer.verdict.sentence };
    set(verdict, { "data-level": answer.verdict.level });
    write(level, levels[answer.verdict.level]);
    write(sentence, answer.verdict.sentence);
    const { version, uptimeMs, draining, dev } = answer.server;
    const facts = [`Dialogue ${version}`, `up ${duration(uptimeMs)}`, draining && "draining", dev && "development mode"];
    facts.push(answer.cluster ? `node of a cluster of ${count(answer.cluster.nodes.length)}` : "one node, no cluster");
    nodes.show(answer.cluster);
    write(server, facts.filter(Boolean).join(" · "));
    const { series, end, intervalMs } = answer.samples;
    for (const { tile, value, note, spark } of shown) {
      write(value, tile.format(answer.numbers[tile.name] ?? 0));
      if (tile.name === "memoryBytes") {
        const limit = answer.numbers.memoryLimitBytes;
        write(note, limit ? `of ${bytes(limit)}` : "no limit set");
      }
      if (tile.name === "users") {
        const each = answer.numbers.connections / Math.max(1, answer.numbers.users);
        write(note, each < shownFrom ? "" : `${compact(each)} connections each`);
      }
      if (tile.series) spark?.show(series[tile.series]);
    }
    const marks = answer.changes.map(({ at, name, detail }) => ({ at, text: `${words(name)} ${detail ?? ""}` }));
    const lines = [
      { name: "Events per second", className: "first", samples: series.events },
      { name: "Deliveries per second", className: "second", samples: series.deliveries },
    ];
    chart.show(lines, end, intervalMs, marks);
    samples.show(series, end, intervalMs);
    changes.show(answer.changes);
  };

  const lost = (): void => {
    set(verdict, { "data-level": "unknown" });
    write(level, "Unknown");
    const last = answered ? `The last answer, at ${time(answered.at)}, was: ${answered.sentence}` : "It has not answered yet.";
    write(sentence, `The server does not answer. ${last}`);
  };

  return {
    title: "Overview",
    element: el(
      "div",
      { class: "stack" },
      verdict,
      el("ul", { class: "tiles", "aria-label": "Numbers" }, ...shown.map(({ element }) => element)),
      el("section", { class: "card" }, el("h2", {}, "Traffic"), chart.element, samples.element),
      nodes.element,
      el("section", { class: "card" }, el("h2", {}, "Recent changes"), changes.element),
    ),
    jobs: [{ url: () => apiUrl(["overview"]), show, everyMs }],
    lost,
  };
};

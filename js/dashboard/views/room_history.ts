// The events of a room's log: the newest, or those before a sequence or a time.
import { field } from "../kit/controls.js";
import { el, set, write, writeLink, writePayload } from "../kit/dom.js";
import { dayTime } from "../kit/format.js";
import { hrefOf, type Route } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { HistoryPage, LogEvent } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { readHistory } from "../server/history.js";
import type { Job } from "../server/poller.js";
import { Problem } from "../server/problem.js";
import { isSeq, seqAt } from "./seq_at.js";
import { type Page, seldomMs } from "./view.js";

const pageRows = 50;

export function historyPart(id: string, route: Route, page: Page): { elements: HTMLElement[]; jobs: Job[] } {
  const before = Number(route.query.get("before")) || undefined;
  const here = ["rooms", id];
  const bySeq = field("Up to sequence", { inputmode: "numeric", value: before ? String(before - 1) : "" });
  const byTime = field("Up to time", { type: "datetime-local", step: 1 });
  const older = el("a", { class: "button", hidden: true }, "Older");
  const newest = el("a", { class: "button", hidden: !before, href: hrefOf(here) }, "Newest");
  const seek = async (event: Event): Promise<void> => {
    event.preventDefault();
    const at = byTime.input.value ? new Date(byTime.input.value).getTime() : undefined;
    if (at === undefined) {
      const seq = bySeq.input.value.trim();
      if (seq && !isSeq(seq)) return page.say(`"${seq}" is not a sequence: sequences are whole numbers from 1.`);
      location.hash = hrefOf(here, { before: seq ? Number(seq) + 1 : undefined });
      return;
    }
    try {
      const seq = await seqAt(id, at);
      if (seq) location.hash = hrefOf(here, { before: seq + 1 });
      else page.say("The log has no event up to that time.");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      page.say(error.message);
    }
  };
  const table = new Table<LogEvent>(
    [
      { head: "Seq", kind: "number", show: (cell, { seq }) => writeLink(cell, hrefOf(["why"], { room: id, seq }), String(seq)) },
      { head: "Time", show: (cell, { timestamp }) => write(cell, dayTime(timestamp)), extra: 1 },
      { head: "Event", kind: "code", show: (cell, { event }) => write(cell, event) },
      { head: "From", kind: "code", show: (cell, { from }) => write(cell, from), extra: 1 },
      { head: "Data", kind: "wide", show: (cell, { data }) => writePayload(cell, data) },
    ],
    ({ seq }) => String(seq),
    { caption: `Events of ${id}, newest first`, empty: "The log has no events here. Volatile events are never in it." },
  );
  const show = ({ events, base, damaged = [] }: HistoryPage): void => {
    const lost = damaged.map(({ first, last }) => ({
      seq: last,
      event: "unreadable",
      data: JSON.stringify({ first, last }),
      from: "",
      timestamp: 0,
    }));
    table.show([...events, ...lost].sort((a, b) => b.seq - a.seq));
    const first = events[0]?.seq;
    const hasOlder = first !== undefined && first > base;
    set(older, { hidden: !hasOlder, href: hasOlder ? hrefOf(here, { before: first }) : undefined });
  };
  const url = () => apiUrl(["rooms", id, "history"], { limit: pageRows, before });
  return {
    elements: [
      el(
        "form",
        { class: "inline tools", onsubmit: seek },
        bySeq.element,
        byTime.element,
        el("button", { class: "button" }, "Show"),
      ),
      table.element,
      el("nav", { class: "pager", "aria-label": "Pages of the history" }, newest, older),
    ],
    jobs: [{ url, read: readHistory, show, everyMs: before ? seldomMs : 2_000 }],
  };
}

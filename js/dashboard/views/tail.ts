// Live events of one room: from its log, which needs no place in the room, or from its stream, which has volatile events too.
import { choices, field, selection } from "../kit/controls.js";
import { el, set, write } from "../kit/dom.js";
import { count, plural } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import type { Definitions } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { eventsOf, roomIds } from "../server/definitions.js";
import { readHistory } from "../server/history.js";
import type { Job } from "../server/poller.js";
import { LogTail } from "../tail/log_tail.js";
import { StreamTail } from "../tail/stream_tail.js";
import { TailList } from "../tail/tail_list.js";
import { roomField } from "./room_field.js";
import { everyMs, type MakeView, seldomMs } from "./view.js";

export const tail: MakeView = (route, page) => {
  const room = route.query.get("room") ?? "";
  // Only who asks for the stream becomes a member of the room, whom other members see.
  const isStream = route.query.get("source") === "stream";
  if (!isStream && !page.rights.may("read")) {
    const text = `The tail shows payloads, which the scope "read" permits. This key has ${page.rights.text}.`;
    return { title: "Tail", element: el("p", { class: "notice" }, text), jobs: [] };
  }
  const list = new TailList();
  const room_ = roomField("Room", [], room);
  const open = (event: Event): void => {
    event.preventDefault();
    location.hash = hrefOf(["tail"], { room: room_.input.value.trim(), source: route.query.get("source") ?? undefined });
  };
  const events = selection("Event", [{ value: "", text: "All" }], "");
  const search = field("Search", { type: "search" });
  const filter = (): void => list.filter(events.input.value, search.input.value);
  events.input.addEventListener("change", filter);
  search.input.addEventListener("input", filter);

  const state = el("span", { class: "soft" });
  const clear = el("button", { type: "button", class: "button", onclick: () => list.clear() }, "Clear");
  const showCounts = (): void => {
    const parts = [
      plural(list.received, "event"),
      list.missed && `${count(list.missed)} missed`,
      list.dropped && `${count(list.dropped)} dropped`,
    ];
    write(state, parts.filter(Boolean).join(" · "));
  };
  list.changed = showCounts;
  showCounts();

  const source = (name: string): string => hrefOf(["tail"], { room, source: name });
  const sources = choices("Source", [
    { text: "Log", href: source("log"), isCurrent: !isStream },
    { text: "Stream", href: source("stream"), isCurrent: isStream },
  ]);
  const about = isStream
    ? "The stream includes volatile events. While it is open, the dashboard is a member of the room, visible to others."
    : "The log has all events except volatile ones. Reading it does not require membership in the room.";
  const problem = el("p", { class: "notice", role: "status", hidden: true });
  const report = (text: string): void => {
    write(problem, text);
    set(problem, { hidden: !text });
  };
  const feed = !room ? undefined : isStream ? new StreamTail(room, list, report) : new LogTail(room, list);

  let isKnown = false;
  const showDefinitions = (definitions: Definitions): void => {
    isKnown = true;
    const ids = roomIds(definitions);
    room_.offer(ids);
    if (!room && ids[0]) return location.replace(hrefOf(["tail"], { room: ids[0] }));
    const names = eventsOf(definitions, room);
    events.input.append(...names.map((name) => el("option", { value: name }, name)));
    if (feed instanceof StreamTail) feed.begin(names);
  };
  const definitions: Job = {
    url: () => (isKnown ? undefined : apiUrl(["definitions"])),
    show: showDefinitions,
    everyMs: seldomMs,
  };
  const polled: Job[] =
    feed instanceof LogTail
      ? [{ url: () => feed.url(), read: readHistory, show: (page_: never) => feed.take(page_), everyMs }]
      : [];
  return {
    title: "Tail",
    element: el(
      "div",
      { class: "stack" },
      el(
        "div",
        { class: "tools" },
        el("form", { class: "inline", onsubmit: open }, room_.element, el("button", { class: "button" }, "Open")),
        el("div", { class: "inline" }, events.element, search.element),
      ),
      el("div", { class: "tools" }, sources, el("div", { class: "inline" }, state, clear)),
      problem,
      list.element,
      el("p", { class: "soft" }, about),
    ),
    jobs: [definitions, ...polled],
    pause: (isPaused) => {
      list.isPaused = isPaused;
    },
    close: () => {
      list.close();
      if (feed instanceof StreamTail) feed.close();
    },
  };
};

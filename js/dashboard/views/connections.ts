// Connections, the most lagging first. Closed ones keep their reason.
import { choices, field, pager } from "../kit/controls.js";
import { el, set, write, writeBadge, writeLink } from "../kit/dom.js";
import { ago, bytes, count, dayTime, duration, words } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { ConnectionRow } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { everyMs, type MakeView } from "./view.js";

const pageRows = 50;
const sorts = [
  ["lag", "Lag"],
  ["queued", "Queued"],
  ["rooms", "Rooms"],
  ["age", "Age"],
] as const;

export const connections: MakeView = (route) => {
  const text = (name: string): string => route.query.get(name) ?? "";
  const query = { sort: text("sort") || "lag", state: text("state") || "open", user: text("user"), room: text("room") };
  const isClosed = query.state === "closed";
  const here = (change: Record<string, string | undefined>): string => hrefOf(["connections"], { ...query, ...change });

  const user = field("User", { value: query.user });
  const room = field("Room", { value: query.room });
  const filter = (event: Event): void => {
    event.preventDefault();
    location.hash = here({ user: user.input.value.trim(), room: room.input.value.trim() });
  };
  const tools = el(
    "div",
    { class: "tools" },
    choices("State", [
      { text: "Open", href: here({ state: "open" }), isCurrent: !isClosed },
      { text: "Closed", href: here({ state: "closed" }), isCurrent: isClosed },
    ]),
    isClosed
      ? null
      : choices(
          "Sorted by",
          sorts.map(([sort, name]) => ({ text: name, href: here({ sort }), isCurrent: query.sort === sort })),
        ),
    el("form", { class: "inline", onsubmit: filter }, user.element, room.element, el("button", { class: "button" }, "Filter")),
  );

  const isFiltered = query.user || query.room;
  const table = new Table<ConnectionRow>(isClosed ? closedColumns : openColumns, ({ id }) => id, {
    caption: isClosed ? "Closed connections, newest first" : `Open connections, sorted by ${query.sort}`,
    empty: isFiltered
      ? "No connection matches. Clear the fields and press Filter."
      : isClosed
        ? "No connection has ended since the server started. The last 1,000 are kept here."
        : "No client is connected. A page that calls createDialogueClient() appears here.",
  });
  const pages = pager();
  const after = text("after");
  const show = ({ connections: rows, next }: { connections: ConnectionRow[]; next?: string }): void => {
    table.show(rows);
    pages.show(after && here({}), next && here({ after: afterOf(next) }));
  };
  const url = () => apiUrl(["connections"], { ...query, limit: pageRows, after });
  return {
    title: "Connections",
    element: el("div", { class: "stack" }, tools, table.element, pages.element),
    jobs: [{ url, show, everyMs }],
  };
};

/** `next` is a place, or an address that has it as its parameter `after`. */
const afterOf = (next: string): string =>
  next.includes("after=") ? new URL(next, location.origin).searchParams.get("after")! : next;

const showUser = (cell: HTMLElement, { id, user }: ConnectionRow): void =>
  writeLink(cell, hrefOf(["connections", id]), user || "not signed in yet");

const openColumns = [
  { head: "User", kind: "code" as const, show: showUser },
  {
    head: "State",
    show: (cell: HTMLElement, { lagging }: ConnectionRow) =>
      writeBadge(cell, lagging ? "Lagging" : "Current", lagging ? "warn" : "quiet"),
  },
  { head: "Behind", kind: "number" as const, show: (cell: HTMLElement, { behind }: ConnectionRow) => write(cell, count(behind)) },
  {
    head: "Queued",
    kind: "number" as const,
    show: (cell: HTMLElement, { queuedBytes }: ConnectionRow) => write(cell, bytes(queuedBytes)),
  },
  {
    head: "Rooms",
    kind: "number" as const,
    extra: 1 as const,
    show: (cell: HTMLElement, { rooms }: ConnectionRow) => write(cell, count(rooms)),
  },
  { head: "Transport", extra: 1 as const, show: (cell: HTMLElement, { transport }: ConnectionRow) => write(cell, transport) },
  {
    head: "Address",
    extra: 2 as const,
    kind: "code" as const,
    show: (cell: HTMLElement, { peer }: ConnectionRow) => write(cell, peer),
  },
  {
    head: "Since",
    kind: "number" as const,
    extra: 2 as const,
    show: (cell: HTMLElement, { since }: ConnectionRow) => (write(cell, ago(since)), set(cell, { title: dayTime(since) })),
  },
];

const closedColumns = [
  { head: "User", kind: "code" as const, show: showUser },
  { head: "Reason", show: (cell: HTMLElement, { code }: ConnectionRow) => write(cell, code ? words(code) : "Closed") },
  {
    head: "Ended by",
    extra: 1 as const,
    show: (cell: HTMLElement, { initiator }: ConnectionRow) => write(cell, initiator ?? ""),
  },
  {
    head: "Ended",
    kind: "number" as const,
    show: (cell: HTMLElement, { closedAt }: ConnectionRow) => (
      write(cell, ago(closedAt)), set(cell, { title: dayTime(closedAt) })
    ),
  },
  {
    head: "Lasted",
    kind: "number" as const,
    extra: 1 as const,
    show: (cell: HTMLElement, { since, closedAt = since }: ConnectionRow) => write(cell, duration(closedAt - since)),
  },
  {
    head: "Behind",
    kind: "number" as const,
    extra: 2 as const,
    show: (cell: HTMLElement, { behind }: ConnectionRow) => write(cell, count(behind)),
  },
  { head: "Transport", extra: 2 as const, show: (cell: HTMLElement, { transport }: ConnectionRow) => write(cell, transport) },
];

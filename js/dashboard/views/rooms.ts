// The rooms that exist, by id; or the busiest ones.
import { choices, field, pager } from "../kit/controls.js";
import { el, write, writeLink } from "../kit/dom.js";
import { compact, count, none } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { RoomRow, Top } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { everyMs, type MakeView, type View } from "./view.js";

const pageRows = 50;

export const rooms: MakeView = (route, page) => {
  if (!page.rights.may("read")) return busiestOnly(page.rights.text);
  const isByRate = route.query.get("by") === "rate";
  const open = field("Room id", { placeholder: "chat", required: true });
  const go = (event: Event): void => {
    event.preventDefault();
    const id = open.input.value.trim();
    if (id) location.hash = hrefOf(["rooms", id]);
  };
  const tools = el(
    "div",
    { class: "tools" },
    choices("Which rooms", [
      { text: "All, by id", href: "#/rooms", isCurrent: !isByRate },
      { text: "Busiest", href: "#/rooms?by=rate", isCurrent: isByRate },
    ]),
    el("form", { class: "inline", onsubmit: go }, open.element, el("button", { class: "button" }, "Open room")),
  );
  const { job, elements } = isByRate ? busiest() : all(route.query.get("after") ?? undefined);
  return { title: "Rooms", element: el("div", { class: "stack" }, tools, ...elements), jobs: [job] };
};

/** The view for a key without the scope `read`: the busiest rooms. It makes no request that such a key may not make. */
function busiestOnly(scopes: string): View {
  const { job, elements } = busiest();
  const text = `These are the busiest rooms. All rooms and their members need the scope "read"; this key has ${scopes}.`;
  return { title: "Rooms", element: el("div", { class: "stack" }, el("p", { class: "notice" }, text), ...elements), jobs: [job] };
}

function all(after: string | undefined) {
  const table = new Table<RoomRow>(
    [
      { head: "Room", kind: "code", show: (cell, { id }) => writeLink(cell, hrefOf(["rooms", id]), id) },
      { head: "Name", show: (cell, { name }) => write(cell, name), extra: 1 },
      { head: "Members", kind: "number", show: (cell, { size }) => write(cell, count(size)) },
      {
        head: "Limit",
        kind: "number",
        extra: 1,
        show: (cell, { maxSize }) => write(cell, maxSize === null ? none : count(maxSize)),
      },
    ],
    ({ id }) => id,
    {
      caption: "Rooms, sorted by id",
      empty: "There are no rooms yet. Rooms of the definitions always exist; others exist while they have members or events.",
    },
  );
  const pages = pager();
  const show = ({ rooms, next }: { rooms: RoomRow[]; next?: string }): void => {
    table.show(rooms);
    pages.show(after && "#/rooms", next && hrefOf(["rooms"], { after: rooms.at(-1)?.id }));
  };
  const url = () => apiUrl(["rooms"], { limit: pageRows, after });
  return { job: { url, show, everyMs }, elements: [table.element, pages.element] };
}

function busiest() {
  const byRoom = new Table<Top["rooms"][number]>(
    [
      { head: "Room", kind: "code", show: (cell, { room }) => writeLink(cell, hrefOf(["rooms", room]), room) },
      { head: "Members", kind: "number", show: (cell, { size }) => write(cell, count(size)) },
      { head: "Events/s", kind: "number", show: (cell, { perSecond }) => write(cell, compact(perSecond)) },
    ],
    ({ room }) => room,
    { caption: "The busiest rooms", empty: "No room has events at present." },
  );
  const byEvent = new Table<Top["events"][number]>(
    [
      { head: "Event", kind: "code", show: (cell, { event }) => write(cell, event) },
      { head: "Rooms", kind: "code", show: (cell, { room }) => write(cell, room) },
      { head: "Events/s", kind: "number", show: (cell, { perSecond }) => write(cell, compact(perSecond)) },
      { head: "Total", kind: "number", show: (cell, { total }) => write(cell, count(total)) },
    ],
    ({ room, event }) => `${room} ${event}`,
    { caption: "The most frequent events", empty: "No event has been published since the server started." },
  );
  const show = (top: Top): void => {
    byRoom.show(top.rooms);
    byEvent.show(top.events);
  };
  return {
    job: { url: () => apiUrl(["top"]), show, everyMs },
    elements: [
      el("section", { class: "card" }, el("h2", {}, "Rooms"), byRoom.element),
      el("section", { class: "card" }, el("h2", {}, "Events, by room pattern"), byEvent.element),
    ],
  };
}

// What the server refused: which code, at which path of the payload, how often.
import { el, set, write } from "../kit/dom.js";
import { ago, count, dayTime, words } from "../kit/format.js";
import { Table } from "../kit/table.js";
import type { RefusalRow } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { everyMs, type MakeView } from "./view.js";

export const refusals: MakeView = () => {
  const table = new Table<RefusalRow>(
    [
      { head: "Code", kind: "code", show: (cell, { code }) => write(cell, code) },
      { head: "Request", show: (cell, { request }) => write(cell, words(request)), extra: 1 },
      { head: "By", show: (cell, { by }) => write(cell, by), extra: 1 },
      { head: "Path", kind: "code", show: (cell, { path }) => write(cell, path) },
      { head: "Event", kind: "code", show: (cell, { event }) => write(cell, event ?? "") },
      { head: "Room", kind: "code", show: (cell, { room }) => write(cell, room ?? ""), extra: 1 },
      { head: "Count", kind: "number", show: (cell, row) => write(cell, count(row.count)) },
      {
        head: "Last",
        kind: "number",
        extra: 1,
        show: (cell, { last }) => (write(cell, ago(last)), set(cell, { title: dayTime(last) })),
      },
    ],
    ({ code, request, by, path, event, room }) => [code, request, by, path, event, room].join(" "),
    { caption: "Refusals, most frequent first", empty: "No request was refused since the server started." },
  );
  const show = (answer: { refusals: RefusalRow[] }): void => table.show(answer.refusals);
  const note = "Rooms are patterns of the definitions. docs/reference/errors.md explains each code.";
  return {
    title: "Refusals",
    element: el("div", { class: "stack" }, table.element, el("p", { class: "soft" }, note)),
    jobs: [{ url: () => apiUrl(["refusals"]), show, everyMs }],
  };
};

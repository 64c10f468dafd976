// The effective configuration: each value, where it comes from, and whether a change needs a restart.
import { field } from "../kit/controls.js";
import { el, write, writeBadge } from "../kit/dom.js";
import { Table } from "../kit/table.js";
import type { SettingRow } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { type MakeView, seldomMs } from "./view.js";

export const settings: MakeView = () => {
  let all: SettingRow[] = [];
  const table = new Table<SettingRow>(
    [
      { head: "Setting", kind: "code", show: (cell, { name }) => write(cell, name) },
      { head: "Value", kind: "code", show: (cell, { value }) => write(cell, String(value)) },
      { head: "Source", show: (cell, { source }) => writeBadge(cell, source, source === "default" ? "quiet" : "plain") },
      {
        head: "A change",
        extra: 1,
        show: (cell, { change }) => write(cell, change === "hot" ? "applies on reload" : "needs a restart"),
      },
    ],
    ({ name }) => name,
    { caption: "Settings", empty: "No setting matches." },
  );
  const search = field("Search", { type: "search" });
  const showMatching = (): void => {
    const text = search.input.value.trim().toLowerCase();
    table.show(all.filter(({ name, value, source }) => `${name} ${value} ${source}`.toLowerCase().includes(text)));
  };
  search.input.addEventListener("input", showMatching);
  const show = (answer: { settings: SettingRow[] }): void => {
    all = answer.settings;
    showMatching();
  };
  return {
    title: "Settings",
    element: el("div", { class: "stack" }, el("div", { class: "tools" }, search.element), table.element),
    jobs: [{ url: () => apiUrl(["settings"]), show, everyMs: seldomMs }],
  };
};

// The HTTP hooks, which ask the application's backend.
import { write, writeBadge } from "../kit/dom.js";
import { count, milliseconds } from "../kit/format.js";
import { Table } from "../kit/table.js";
import type { HookRow } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { everyMs, type MakeView } from "./view.js";

export const hooks: MakeView = () => {
  const table = new Table<HookRow>(
    [
      { head: "Hook", kind: "code", show: (cell, { hook }) => write(cell, hook) },
      {
        head: "State",
        show: (cell, { breakerOpen }) =>
          writeBadge(cell, breakerOpen ? "Suspended: it fails" : "Active", breakerOpen ? "bad" : "good"),
      },
      { head: "Requests", kind: "number", show: (cell, { requests }) => write(cell, count(requests)) },
      { head: "Denied", kind: "number", show: (cell, { denied }) => write(cell, count(denied)), extra: 1 },
      { head: "Failures", kind: "number", show: (cell, { failures }) => write(cell, count(failures)) },
      { head: "p99", kind: "number", show: (cell, { p99Ms }) => write(cell, milliseconds(p99Ms)), extra: 1 },
      { head: "URL", kind: "code", show: (cell, { url }) => write(cell, url), extra: 2 },
    ],
    ({ hook }) => hook,
    { caption: "Hooks", empty: "This server has no hook backend. --hooks-url sets one: see docs/guides/hooks.md." },
  );
  const show = (answer: { hooks: HookRow[] }): void => table.show(answer.hooks);
  return { title: "Hooks", element: table.element, jobs: [{ url: () => apiUrl(["hooks"]), show, everyMs }] };
};

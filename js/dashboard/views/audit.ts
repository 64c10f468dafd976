// The audit: administrative writes, sign-ins and refusals, newest first, or in the order of the chain.
import { choices, field, pager } from "../kit/controls.js";
import { el, write } from "../kit/dom.js";
import { dayTime, words } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { AuditEntry } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { unsupported } from "./unsupported.js";
import { type MakeView, onceMs } from "./view.js";

const pageRows = 50;
const notFields = new Set(["seq", "at", "action"]);

export const audit: MakeView = (route, page) => {
  if (!page.rights.may("admin")) {
    const reason = `The audit needs the scope "admin"; this key has ${page.rights.text}.`;
    return { title: "Audit", element: el("p", { class: "notice" }, reason), jobs: [] };
  }
  const text = (name: string): string => route.query.get(name) ?? "";
  const query = { order: text("order") || "newest", actor: text("actor"), action: text("action") };
  const isOldestFirst = query.order === "oldest";
  const turning = isOldestFirst ? "after" : "before";
  const at = text(turning);
  const here = (change: Record<string, string | number>): string => hrefOf(["audit"], { ...query, ...change });
  const actor = field("Actor", { value: query.actor, placeholder: "key:billing" });
  const action = field("Action", { value: query.action, placeholder: "deleteRoom" });
  const filter = (event: Event): void => {
    event.preventDefault();
    location.hash = here({ actor: actor.input.value.trim(), action: action.input.value.trim() });
  };
  const table = new Table<AuditEntry>(
    [
      { head: "Seq", kind: "number", show: (cell, { record }) => write(cell, String(record.seq)) },
      { head: "Time", show: (cell, { record }) => write(cell, dayTime(record.at)), extra: 1 },
      { head: "Action", show: (cell, { record }) => write(cell, words(record.action)) },
      { head: "Fields", kind: "wide", show: (cell, entry) => write(cell, fieldsOf(entry)) },
      { head: "Hash", kind: "code", extra: 2, show: (cell, { hash }) => write(cell, `${hash.slice(0, 12)}…`) },
    ],
    ({ record }) => String(record.seq),
    { caption: `Audit records, ${query.order} first`, empty: "No record matches." },
  );
  const { element: notice, refused } = unsupported(table, "There are no records.");
  const pages = pager();
  const show = ({ records, next }: { records: AuditEntry[]; next?: number }): void => {
    table.show(records);
    pages.show(at && here({}), next ? here({ [turning]: next }) : undefined);
  };
  return {
    title: "Audit",
    element: el(
      "div",
      { class: "stack" },
      notice,
      el(
        "div",
        { class: "tools" },
        choices("Order", [
          { text: "Newest first", href: here({ order: "newest" }), isCurrent: !isOldestFirst },
          { text: "Oldest first", href: here({ order: "oldest" }), isCurrent: isOldestFirst },
        ]),
        el(
          "form",
          { class: "inline", onsubmit: filter },
          actor.element,
          action.element,
          el("button", { class: "button" }, "Filter"),
        ),
      ),
      table.element,
      pages.element,
    ),
    jobs: [
      {
        url: () =>
          apiUrl(["audit"], {
            actor: query.actor,
            action: query.action,
            limit: pageRows,
            [turning]: at || (isOldestFirst ? 0 : Number.MAX_SAFE_INTEGER),
          }),
        show,
        everyMs: onceMs,
        refused,
      },
    ],
  };
};

/** Personal fields are digests in the chain; their values are in `values`, unless they were erased. */
function fieldsOf({ record, values }: AuditEntry): string {
  const fields = Object.entries({ ...record, ...values }).filter(([name]) => !notFields.has(name));
  return fields.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`).join(" · ");
}

// Who received a room's log from where to where, as far as the audit knows.
import { pager } from "../kit/controls.js";
import { write, writeLink } from "../kit/dom.js";
import { count, dayTime } from "../kit/format.js";
import { hrefOf, type Route } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { Receipt } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import type { Job } from "../server/poller.js";
import { unsupported } from "./unsupported.js";
import { onceMs } from "./view.js";

const pageRows = 50;

export function receiptsPart(id: string, route: Route): { elements: HTMLElement[]; jobs: Job[] } {
  const after = route.query.get("after") ?? undefined;
  const here = ["rooms", id, "receipts"];
  const table = new Table<Receipt>(
    [
      {
        head: "User",
        kind: "code",
        show: (cell, { user }) => writeLink(cell, hrefOf(["connections"], { user }), user),
      },
      { head: "From", kind: "number", show: (cell, { from }) => write(cell, count(from)) },
      { head: "To", kind: "number", show: (cell, { to }) => write(cell, count(to)) },
      { head: "Epoch", kind: "number", show: (cell, { epoch }) => write(cell, String(epoch)), extra: 2 },
      { head: "Since", show: (cell, { since }) => write(cell, dayTime(since)), extra: 2 },
      { head: "Until", show: (cell, { until }) => write(cell, dayTime(until)), extra: 1 },
    ],
    ({ user, epoch, from }) => `${user} ${epoch} ${from}`,
    { caption: `What members of ${id} received, sorted by user`, empty: "No client has received a durable event yet." },
  );
  const { element: notice, refused } = unsupported(table, "There are no receipts.");
  const pages = pager();
  const show = ({ receipts, next }: { receipts: Receipt[]; next?: string }): void => {
    table.show(receipts);
    pages.show(after && hrefOf(here), next && hrefOf(here, { after: next }));
  };
  const url = () => apiUrl(["rooms", id, "receipts"], { limit: pageRows, after });
  return { elements: [notice, table.element, pages.element], jobs: [{ url, show, everyMs: onceMs, refused }] };
}

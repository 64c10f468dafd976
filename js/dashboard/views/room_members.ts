// The view that lists the members of a room.
import { pager } from "../kit/controls.js";
import { write, writeLink } from "../kit/dom.js";
import { count } from "../kit/format.js";
import { hrefOf, type Route } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { Member } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import type { Job } from "../server/poller.js";
import { everyMs } from "./view.js";

const pageRows = 50;

export function membersPart(id: string, route: Route): { elements: HTMLElement[]; jobs: Job[] } {
  const after = route.query.get("after") ?? undefined;
  const table = new Table<Member>(
    [
      {
        head: "User",
        kind: "code",
        show: (cell, { userId }) => writeLink(cell, hrefOf(["connections"], { user: userId }), userId),
      },
      { head: "Name", show: (cell, { name }) => write(cell, name), extra: 1 },
      { head: "Connections", kind: "number", show: (cell, { connections }) => write(cell, count(connections)) },
    ],
    ({ userId }) => userId,
    { caption: `Members of ${id}, sorted by user`, empty: "This room has no members at present." },
  );
  const pages = pager();
  const show = ({ members, next }: { members: Member[]; next?: string }): void => {
    table.show(members);
    const here = ["rooms", id, "members"];
    pages.show(after && hrefOf(here), next && hrefOf(here, { after: members.at(-1)?.userId }));
  };
  const url = () => apiUrl(["rooms", id, "members"], { limit: pageRows, after });
  return { elements: [table.element, pages.element], jobs: [{ url, show, everyMs: 2 * everyMs }] };
}

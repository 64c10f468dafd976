// One connection: its user, its transport, its lag in each room, the server's last decisions about it, and a button to end it.
import { confirmed } from "../kit/controls.js";
import { el, set, write, writeBadge, writeLink } from "../kit/dom.js";
import { Facts } from "../kit/facts.js";
import { ago, bytes, count, dayTime, duration, time, words } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import { Table } from "../kit/table.js";
import type { ConnectionDetail, Decision } from "../server/answers.js";
import { apiUrl, request } from "../server/api.js";
import { adviceFor, Problem } from "../server/problem.js";
import { everyMs, type MakeView } from "./view.js";

type Membership = ConnectionDetail["memberships"][number];

export const connection: MakeView = (route, page) => {
  const id = route.path[1]!;
  let user = id;
  const state = el("span", {});
  const facts = new Facts();
  const limits = new Facts();
  const end = el("button", { type: "button", class: "button danger", disabled: true }, "Disconnect");
  const mayEnd = page.rights.may("operate");
  const hint = mayEnd
    ? null
    : el("p", { class: "soft" }, `Disconnecting needs the scope "operate"; this key has ${page.rights.text}.`);

  const memberships = new Table<Membership>(
    [
      { head: "Room", kind: "code", show: (cell, { room }) => writeLink(cell, hrefOf(["rooms", room]), room) },
      {
        head: "State",
        show: (cell, { lagging }) => writeBadge(cell, lagging ? "Lagging" : "Current", lagging ? "warn" : "quiet"),
      },
      { head: "Position", kind: "number", show: (cell, { position }) => write(cell, count(position)), extra: 1 },
      { head: "Head", kind: "number", show: (cell, { head }) => write(cell, count(head)), extra: 1 },
      { head: "Behind", kind: "number", show: (cell, { behind }) => write(cell, count(behind)) },
    ],
    ({ room }) => room,
    { caption: "Its position against the head of each room", empty: "This connection is in no room." },
  );
  const decisions = new Table<Decision & { key: string }>(
    [
      { head: "Time", show: (cell, { at }) => (write(cell, time(at)), set(cell, { title: dayTime(at) })) },
      {
        head: "What",
        show: (cell, { what, count: times }) => write(cell, times > 1 ? `${words(what)} × ${count(times)}` : words(what)),
      },
      { head: "Room", kind: "code", show: (cell, { room }) => write(cell, room ?? "") },
      {
        head: "Event",
        kind: "code",
        extra: 1,
        show: (cell, { event, seq }) => write(cell, [event, seq].filter(Boolean).join(" ")),
      },
      { head: "Code", kind: "code", show: (cell, { code }) => write(cell, code ?? "") },
    ],
    ({ key }) => key,
    {
      caption: "The server's last 20 decisions about it, newest first",
      empty: "The server has not made a decision about it yet.",
    },
  );

  end.addEventListener("click", async () => {
    const reason = await confirmed(
      `Disconnect ${user}?`,
      "The client is closed permanently and does not reconnect by itself. Other connections of the user stay.",
      "Disconnect",
    );
    if (reason === undefined) return;
    try {
      await request(apiUrl(["connections", id], { reason }), { method: "DELETE" });
      page.say(`${user} was disconnected.`);
      page.refresh();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      page.say(`${error.message} ${adviceFor(error)}`);
    }
  });

  const show = (detail: ConnectionDetail): void => {
    user = detail.user || id;
    const isClosed = detail.closedAt !== undefined;
    if (isClosed) writeBadge(state, "Closed", "plain");
    else writeBadge(state, detail.lagging ? "Lagging" : "Current", detail.lagging ? "warn" : "quiet");
    set(end, { disabled: isClosed || !mayEnd });
    facts.show({
      User: detail.user || "not signed in yet",
      Transport: detail.transport,
      Address: detail.peer,
      Connected: `${dayTime(detail.since)} (${duration((detail.closedAt ?? Date.now()) - detail.since)})`,
      Closed: isClosed
        ? `${ago(detail.closedAt)} by ${detail.initiator ?? "the network"}: ${words(detail.code ?? "closed")}`
        : undefined,
      Reason: detail.reason,
      Queued: bytes(detail.queuedBytes),
      "Events behind": count(detail.behind),
      Id: detail.id,
    });
    limits.show(Object.fromEntries(detail.allowances.map((each) => [words(each.name), allowanceText(each)])));
    memberships.show(detail.memberships);
    decisions.show(detail.decisions.map(withKey));
  };

  return {
    title: "Connection",
    parent: { text: "Connections", href: "#/connections" },
    element: el(
      "div",
      { class: "stack" },
      el("section", { class: "card" }, el("div", { class: "split" }, state, end), hint, facts.element),
      el("section", { class: "card" }, el("h2", {}, "Rooms"), memberships.element),
      el("section", { class: "card" }, el("h2", {}, "Last decisions"), decisions.element),
      el("section", { class: "card" }, el("h2", {}, "Limits left"), limits.element),
    ),
    jobs: [{ url: () => apiUrl(["connections", id]), show, everyMs }],
  };
};

const allowanceText = ({ name, left, limit, windowMs }: ConnectionDetail["allowances"][number]): string => {
  const text = name === "bytes" ? bytes : count;
  return limit ? `${text(left)} of ${text(limit)} in ${duration(windowMs)}` : "no limit";
};

/** Decisions of one millisecond are distinguished by their order from the end, which does not change as others are added. */
const withKey = (decision: Decision, index: number, all: readonly Decision[]): Decision & { key: string } => {
  const older = all.slice(index + 1).filter(({ at }) => at === decision.at).length;
  return { ...decision, key: `${decision.at} ${older} ${decision.what} ${decision.room ?? ""} ${decision.seq ?? ""}` };
};

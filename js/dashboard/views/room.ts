// One room: its log's state, and one of three parts below: history, members or receipts, each with an address of its own.
import { choices } from "../kit/controls.js";
import { el } from "../kit/dom.js";
import { Facts } from "../kit/facts.js";
import { compact, count } from "../kit/format.js";
import { hrefOf } from "../kit/route.js";
import type { RoomDetail } from "../server/answers.js";
import { apiUrl } from "../server/api.js";
import { historyPart } from "./room_history.js";
import { membersPart } from "./room_members.js";
import { receiptsPart } from "./room_receipts.js";
import { everyMs, type MakeView } from "./view.js";

const rateWindow = 10; // answers

export const room: MakeView = (route, page) => {
  const id = route.path[1]!;
  const parent = { text: "Rooms", href: "#/rooms" };
  const toConnections = el("a", { class: "button", href: hrefOf(["connections"], { room: id }) }, "Connections");
  if (!page.rights.may("read")) {
    const text = `A room's state, members and history need the scope "read"; this key has ${page.rights.text}.`;
    const element = el("div", { class: "stack" }, el("p", { class: "notice" }, text), el("div", {}, toConnections));
    return { title: id, parent, element, jobs: [] };
  }
  const mayAudit = page.rights.may("admin");
  const shown = route.path[2] === "members" || (route.path[2] === "receipts" && mayAudit) ? route.path[2] : "history";
  const facts = new Facts();
  const heads: { at: number; head: number; epoch: number }[] = [];
  const rate = (): string => {
    const [first, last] = [heads[0], heads.at(-1)];
    if (!first || !last || last.at - first.at < everyMs) return "measuring";
    return compact(((last.head - first.head) * 1_000) / (last.at - first.at));
  };
  const show = (detail: RoomDetail): void => {
    if (heads.at(-1)?.epoch !== detail.epoch) heads.length = 0;
    heads.push({ at: performance.now(), head: detail.head, epoch: detail.epoch });
    if (heads.length > rateWindow) heads.shift();
    facts.show({
      Name: detail.name,
      Members: detail.maxSize === null ? count(detail.size) : `${count(detail.size)} of ${count(detail.maxSize)}`,
      "Events per second": rate(),
      Head: count(detail.head),
      "Events kept": count(Math.max(0, detail.head - detail.base + 1)),
      "First kept": detail.head >= detail.base ? count(detail.base) : "none",
      Epoch: String(detail.epoch),
    });
  };
  const parts = {
    history: () => historyPart(id, route, page),
    members: () => membersPart(id, route),
    receipts: () => receiptsPart(id, route),
  };
  const part = parts[shown]();
  const links = el(
    "div",
    { class: "tools" },
    choices("Part of the room", [
      { text: "History", href: hrefOf(["rooms", id]), isCurrent: shown === "history" },
      { text: "Members", href: hrefOf(["rooms", id, "members"]), isCurrent: shown === "members" },
      ...(mayAudit ? [{ text: "Receipts", href: hrefOf(["rooms", id, "receipts"]), isCurrent: shown === "receipts" }] : []),
    ]),
    el(
      "div",
      { class: "buttons" },
      el("a", { class: "button", href: hrefOf(["tail"], { room: id }) }, "Tail"),
      el("a", { class: "button", href: hrefOf(["publish"], { room: id }) }, "Publish"),
      toConnections,
    ),
  );
  return {
    title: id,
    parent,
    element: el("div", { class: "stack" }, el("section", { class: "card" }, facts.element), links, ...part.elements),
    jobs: [{ url: () => apiUrl(["rooms", id]), show, everyMs: 2 * everyMs }, ...part.jobs],
  };
};

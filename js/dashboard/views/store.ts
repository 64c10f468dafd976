// The store of the rooms' logs.
import { el, writeBadge } from "../kit/dom.js";
import { Facts } from "../kit/facts.js";
import { bytes, count, milliseconds, words } from "../kit/format.js";
import { apiUrl } from "../server/api.js";
import { everyMs, type MakeView } from "./view.js";

const text = (name: string, value: unknown): string => {
  if (typeof value === "number")
    return /bytes$/i.test(name) ? bytes(value) : /ms$/i.test(name) ? milliseconds(value) : count(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  const errors = Object.entries(value as Record<string, number>).filter(([, times]) => times > 0);
  return errors.map(([operation, times]) => `${operation} ${count(times)}`).join(", ") || "none";
};
const nameOf = (name: string): string => words(name.replace(/(Bytes|Ms|_bytes|_ms)$/, ""));

export const store: MakeView = () => {
  const state = el("span");
  const facts = new Facts();
  const show = (answer: Record<string, unknown>): void => {
    const isReady = answer["ready"] !== false;
    writeBadge(state, isReady ? "Ready" : "Not ready", isReady ? "good" : "bad");
    const entries = Object.entries(answer).filter(([name, value]) => name !== "ready" && value !== undefined && value !== null);
    facts.show(Object.fromEntries(entries.map(([name, value]) => [nameOf(name), text(name, value)])));
  };
  return {
    title: "Store",
    element: el("section", { class: "card" }, el("div", { class: "split" }, state), facts.element),
    jobs: [{ url: () => apiUrl(["store"]), show, everyMs }],
  };
};

// Small helpers over the DOM. Text only ever becomes text nodes, so nothing that a server or a user sends is read as markup.
import { shortened } from "./format.js";
import { indented, onOneLine } from "./json_text.js";

export type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);

/** Sets attributes; functions under `onNAME` become listeners, `true` an empty attribute, false and undefined none. */
export function set<E extends Element>(element: E, attributes: Record<string, Value>): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value === undefined || value === false || value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : String(value));
  }
  return element;
}

/** A new element with attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = set(document.createElement(tag), attributes);
  made.append(...children.filter((child): child is Node | string => !!child));
  return made;
}

/** A new SVG element with attributes and children. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const made = set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  made.append(...children);
  return made;
}

/** Changes an element's text, if it is another one: selections and screen readers keep their place. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows `text` as a link in `cell`; the link of the update before is kept, and with it the focus. */
export function writeLink(cell: Element, href: string, text: string): void {
  let link = cell.firstElementChild;
  if (!(link instanceof HTMLAnchorElement)) cell.replaceChildren((link = el("a", {})));
  set(link, { href });
  write(link, text);
}

const payloads = new WeakMap<Element, string>();

/** Shows a payload, which is JSON, in `cell` on one line, which opens to all of it. */
export function writePayload(cell: Element, json: string): void {
  if (payloads.get(cell) === json) return;
  payloads.set(cell, json);
  let details = cell.firstElementChild;
  if (!(details instanceof HTMLDetailsElement)) {
    details = el("details", { class: "payload" }, el("summary"), el("pre"));
    cell.replaceChildren(details);
  }
  const [line, whole] = details.children;
  write(line!, shortened(onOneLine(json)));
  write(whole!, indented(json));
}

/** Shows a badge in `cell`: a word in the colour of its meaning; `quiet` is text like any other. Empty text shows none. */
export function writeBadge(cell: Element, text: string, tone: "good" | "warn" | "bad" | "plain" | "quiet" = "plain"): void {
  if (!text) return cell.replaceChildren();
  let badge = cell.firstElementChild;
  if (!badge?.classList.contains("badge")) cell.replaceChildren((badge = el("span", {})));
  set(badge, { class: `badge ${tone}` });
  write(badge, text);
}

let ids = 0;
/** An id that no other element of the page has. */
export const newId = (prefix: string): string => `${prefix}-${++ids}`;

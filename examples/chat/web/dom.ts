// Small helpers over the DOM. Text only ever becomes text nodes, so nothing that a person writes is read as markup.

/** The element with this id, of the expected class; a missing one is a fault of the page itself. */
export function find<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page lacks #${id}.`);
  return found;
}

/** A new element with a class and children; strings become text nodes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Changes an element's text, if it is another one. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A round badge with a person's initials, in a colour that stays theirs. */
export function makeAvatar(userId: string, name: string): HTMLElement {
  const badge = make("span", "avatar");
  badge.setAttribute("aria-hidden", "true");
  paintAvatar(badge, userId, name);
  return badge;
}

export function paintAvatar(badge: HTMLElement, userId: string, name: string): void {
  badge.textContent = initials(name || userId);
  badge.style.setProperty("--hue", String(hueOf(userId)));
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0]!, words[words.length - 1]!] : words;
  return letters.map((word) => [...word][0]!.toLocaleUpperCase()).join("");
}

const goldenAngle = 137.508; // neighbouring hashes get hues that are far apart

function hueOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; ++i) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return Math.round((hash % 997) * goldenAngle) % 360;
}

// Who is in the room that is shown, oneself first.
import { find, make, makeAvatar } from "./dom.js";

export interface Person {
  userId: string;
  name: string;
}

export function drawPeople(people: readonly Person[], myId: string): void {
  const sorted = people.toSorted((a, b) => Number(b.userId === myId) - Number(a.userId === myId) || a.name.localeCompare(b.name));
  const rows = sorted.map(({ userId, name }) => {
    const you = userId === myId ? [make("span", "you", "you")] : [];
    return make("li", "", makeAvatar(userId, name), make("span", "name", name), ...you);
  });
  find("people", HTMLUListElement).replaceChildren(...rows);
  find("people-count", HTMLElement).textContent = String(people.length);
  find("invite", HTMLElement).hidden = people.length > 1;
}

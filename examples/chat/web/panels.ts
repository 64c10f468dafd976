// The two side panels, drawn from plain values: the rooms that there are, and who is in the room that is shown.
import type { RoomInfo } from "dialogue-client";
import { find, make, makeAvatar } from "./dom.js";
import type { Person } from "./open_room.js";

/** The list of rooms: name, id, how many are there of how many, what is unread. */
export function drawRooms(
  rooms: RoomInfo[],
  current: string | undefined,
  unreadOf: (id: string) => number,
  open: (id: string) => void,
): void {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["room"] : undefined;
  const list = find("rooms", HTMLUListElement);
  list.replaceChildren(...rooms.map((room) => make("li", "", roomButton(room, room.id === current, unreadOf(room.id), open))));
  if (focused) list.querySelector<HTMLElement>(`[data-room="${CSS.escape(focused)}"]`)?.focus();
}

function roomButton(room: RoomInfo, isCurrent: boolean, unread: number, open: (id: string) => void): HTMLButtonElement {
  const size = make("span", "size", room.maxSize === null ? `${room.size}` : `${room.size} / ${room.maxSize}`);
  size.title = "people here";
  const button = make("button", "", make("span", "name", room.name), size, make("span", "id", room.id));
  button.type = "button";
  button.dataset["room"] = room.id;
  if (isCurrent) button.setAttribute("aria-current", "true");
  if (unread > 0 && !isCurrent) {
    const badge = make("span", "unread", String(unread));
    badge.setAttribute("aria-label", `${unread} unread`);
    button.append(badge);
  }
  button.addEventListener("click", () => open(room.id));
  return button;
}

/** Who is here, oneself first. */
export function drawPeople(people: Person[], myId: string): void {
  const sorted = people.toSorted((a, b) => Number(b.userId === myId) - Number(a.userId === myId) || a.name.localeCompare(b.name));
  const rows = sorted.map(({ userId, name }) => {
    const you = userId === myId ? [make("span", "you", "you")] : [];
    return make("li", "", makeAvatar(userId, name), make("span", "name", name), ...you);
  });
  find("people", HTMLUListElement).replaceChildren(...rows);
  find("people-count", HTMLElement).textContent = String(people.length);
  find("invite", HTMLElement).hidden = people.length > 1;
}

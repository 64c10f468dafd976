// The list of the people in the current room, this user first.
import type { Member } from "dialogue-client";
import { find, make, makeAvatar, write } from "./dom.js";

let drawn: readonly Member[] | undefined;

/** Draws the list. `count` is the number of people in the room; in a large room, `members` is empty. */
export function drawPeople(members: readonly Member[], count: number, myId: string): void {
  write(find("people-count", HTMLElement), String(count));
  find("invite", HTMLElement).hidden = count > 1;
  if (members === drawn) return;
  drawn = members;
  const people = members.map(({ userId, name }) => ({ userId, name: name ?? userId, isMe: userId === myId }));
  people.sort((a, b) => Number(b.isMe) - Number(a.isMe) || a.name.localeCompare(b.name));
  const rows = people.map(({ userId, name, isMe }) => {
    const label = make("span", "name", name);
    label.dir = "auto";
    return make("li", "", makeAvatar(userId, name), label, ...(isMe ? [make("span", "you", "you")] : []));
  });
  find("people", HTMLUListElement).replaceChildren(...rows);
}

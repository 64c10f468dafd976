// The list of rooms: name, id, how many are there of how many, what is unread. Rows are kept and changed in place, so that a
// list that is drawn again takes neither the focus nor a half-done click away.
import type { RoomInfo } from "dialogue-client";
import { find, make, write } from "./dom.js";
import { titleOf } from "./topics.js";

interface Row {
  item: HTMLLIElement;
  button: HTMLButtonElement;
  name: HTMLElement;
  size: HTMLElement;
  unread: HTMLElement;
}

export class RoomList {
  private readonly list = find("rooms", HTMLUListElement);
  private readonly rows = new Map<string, Row>();

  /** `open` is called with the id of a room that was chosen. */
  constructor(private readonly open: (id: string) => void) {}

  draw(rooms: readonly RoomInfo[], current: string, unreadOf: (id: string) => number): void {
    for (const [id, row] of this.rows) {
      if (rooms.some((room) => room.id === id)) continue;
      row.item.remove();
      this.rows.delete(id);
    }
    rooms.forEach((room, index) => {
      const row = this.rows.get(room.id) ?? this.addRow(room.id);
      this.fill(row, room, room.id === current, unreadOf(room.id));
      if (this.list.children[index] !== row.item) this.list.insertBefore(row.item, this.list.children[index] ?? null);
    });
  }

  private addRow(id: string): Row {
    const [name, size, unread] = [make("span", "name"), make("span", "size"), make("span", "unread")];
    size.title = "people here";
    name.dir = "auto";
    const button = make("button", "", name, size, make("span", "id", id), unread);
    button.type = "button";
    button.dataset["room"] = id;
    button.addEventListener("click", () => this.open(id));
    const row = { item: make("li", "", button), button, name, size, unread };
    this.rows.set(id, row);
    return row;
  }

  private fill(row: Row, room: RoomInfo, isCurrent: boolean, unread: number): void {
    write(row.name, titleOf(room));
    write(row.size, room.maxSize === null ? `${room.size}` : `${room.size} / ${room.maxSize}`);
    write(row.unread, String(unread));
    row.unread.setAttribute("aria-label", `${unread} unread`);
    row.unread.hidden = unread === 0 || isCurrent;
    if (isCurrent) row.button.setAttribute("aria-current", "true");
    else row.button.removeAttribute("aria-current");
  }
}

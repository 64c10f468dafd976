// The messages of one room: groups of bubbles by the same person, days, notes, and what is still on its way.
// The element is a live region, so a screen reader says what arrives. Text becomes text nodes only.
import { make, makeAvatar, paintAvatar } from "./dom.js";

export interface Line {
  from: string;
  name: string;
  own: boolean;
  text: string;
  timestamp: number;
  /** Its place in the room's log; unique there. */
  position: string;
}

/** A message that has left the field and is not yet in the room. */
export interface Pending {
  arrived(position: string): void;
  drop(): void;
}

const kGroupMs = 5 * 60_000;
const kNearBottomPx = 80;
const kTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const kDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class RoomLog {
  readonly element = make("div", "log");
  private readonly arrivedOwn = new Set<string>();
  private readonly awaited = new Map<string, HTMLElement>();
  private last: { line: Line; bubbles: HTMLElement } | undefined;
  private empty: HTMLElement | undefined;

  constructor(roomName: string) {
    this.element.setAttribute("role", "log");
    this.element.setAttribute("aria-label", `Messages in ${roomName}`);
    this.element.tabIndex = 0;
    this.empty = make(
      "div",
      "empty",
      make("strong", "", "Nothing said yet"),
      make("p", "", `Be the first to write in ${roomName}.`),
    );
    this.element.append(this.empty);
  }

  /** Adds a message below the others; a new group starts with another person, another day or after a pause. */
  append(line: Line): void {
    this.awaited.get(line.position)?.remove();
    this.awaited.delete(line.position);
    if (line.own) this.arrivedOwn.add(line.position);
    this.keepBottom(() => {
      if (!this.last || dayOf(this.last.line) !== dayOf(line)) this.add(make("p", "day", kDay.format(line.timestamp)));
      if (!this.last || this.startsGroup(line)) this.last = { line, bubbles: this.addGroup(line) };
      this.last.line = line;
      const bubble = make("div", "bubble", line.text);
      bubble.title = kTime.format(line.timestamp);
      this.last.bubbles.append(bubble);
    });
  }

  /** A line about the room itself: who came, what was missed. */
  note(text: string, kind: "" | "warning" = ""): void {
    this.keepBottom(() => this.add(make("p", `note ${kind}`.trim(), text)));
    this.last = undefined;
  }

  /** Shows `text` as on its way, until the room has it under its number or it is dropped. */
  pend(text: string): Pending {
    const element = make("div", "pending", make("div", "bubble", text), make("small", "", "Sending"));
    element.setAttribute("aria-live", "off");
    this.keepBottom(() => this.add(element));
    return {
      arrived: (position) => {
        if (this.arrivedOwn.has(position)) element.remove();
        else this.awaited.set(position, element);
      },
      drop: () => element.remove(),
    };
  }

  /** What somebody wrote stands under the name that they have now: it may become known after their first message. */
  setName(userId: string, name: string): void {
    for (const group of this.element.querySelectorAll<HTMLElement>(`[data-from="${CSS.escape(userId)}"]`)) {
      group.querySelector(".who")!.textContent = name;
      paintAvatar(group.querySelector<HTMLElement>(".avatar")!, userId, name);
    }
  }

  scrollToEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  private startsGroup(line: Line): boolean {
    const before = this.last!.line;
    return before.from !== line.from || line.timestamp - before.timestamp > kGroupMs || dayOf(before) !== dayOf(line);
  }

  private addGroup(line: Line): HTMLElement {
    const time = make("time", "", kTime.format(line.timestamp));
    time.dateTime = new Date(line.timestamp).toISOString();
    const bubbles = make("div", "bubbles");
    const group = make(
      "div",
      line.own ? "group own" : "group",
      makeAvatar(line.from, line.name),
      make("div", "byline", make("span", "who", line.name), time),
      bubbles,
    );
    group.dataset["from"] = line.from;
    this.add(group);
    return bubbles;
  }

  /** Adds above what is pending, so that what is on its way stays last. */
  private add(element: HTMLElement): void {
    this.empty?.remove();
    this.empty = undefined;
    const firstPending = element.classList.contains("pending") ? null : this.element.querySelector(".pending");
    this.element.insertBefore(element, firstPending);
  }

  /** Follows the newest line, unless the reader has scrolled up. */
  private keepBottom(change: () => void): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const follows = scrollHeight - scrollTop - clientHeight < kNearBottomPx;
    change();
    if (follows) this.scrollToEnd();
  }
}

function dayOf(line: Line): string {
  return new Date(line.timestamp).toDateString();
}

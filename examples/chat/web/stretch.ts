// Messages that follow each other, drawn as groups of bubbles: a new group begins with another person, another day or after a
// pause. A stretch grows at its end, and another one can be put before it.
import { make, makeAvatar } from "./dom.js";

export interface Line {
  from: string;
  name: string;
  own: boolean;
  text: string;
  timestamp: number;
  /** Its place in the room's log. */
  epoch: number;
  seq: number;
}

interface Group {
  element: HTMLElement;
  bubbles: HTMLElement;
}

const kGroupMs = 5 * 60_000;
const kTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const kDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class Stretch {
  /** Its oldest and its newest message. */
  first: Line | undefined;
  private last: Line | undefined;
  private firstDay: HTMLElement | undefined;
  private firstGroup: Group | undefined;
  /** Takes the next bubble, if that belongs to it. */
  private open: Group | undefined;

  /** `place` puts an element below all others of this stretch. */
  constructor(private readonly place: (element: HTMLElement) => void) {}

  append(line: Line): void {
    if (!this.last || dayOf(this.last) !== dayOf(line)) this.addDay(line);
    if (!this.open || !continues(this.last!, line)) this.addGroup(line);
    const bubble = make("div", "bubble", line.text);
    bubble.title = kTime.format(line.timestamp);
    this.open!.bubbles.append(bubble);
    this.first ??= line;
    this.last = line;
  }

  /** Something else stands below: the next message begins a group. */
  interrupt(): void {
    this.open = undefined;
  }

  /** Becomes one with `older`, which has just been placed above: what was said in one go and on one day is shown as that. */
  follow(older: Stretch): void {
    const { first, firstGroup } = this;
    if (!first || !firstGroup || !older.last) return;
    if (dayOf(first) === dayOf(older.last)) this.firstDay?.remove();
    this.firstDay = older.firstDay;
    this.firstGroup = older.firstGroup;
    this.first = older.first;
    if (!older.open || !continues(older.last, first)) return;
    older.open.bubbles.append(...firstGroup.bubbles.children);
    firstGroup.element.remove();
    if (this.open === firstGroup) this.open = older.open;
  }

  private addDay(line: Line): void {
    const day = make("p", "day", kDay.format(line.timestamp));
    this.firstDay ??= day;
    this.place(day);
    this.open = undefined;
  }

  private addGroup(line: Line): void {
    const time = make("time", "", kTime.format(line.timestamp));
    time.dateTime = new Date(line.timestamp).toISOString();
    const bubbles = make("div", "bubbles");
    const byline = make("div", "byline", make("span", "who", line.name), time);
    const element = make("div", line.own ? "group own" : "group", makeAvatar(line.from, line.name), byline, bubbles);
    element.dataset["from"] = line.from;
    this.open = { element, bubbles };
    this.firstGroup ??= this.open;
    this.place(element);
  }
}

const continues = (before: Line, line: Line): boolean =>
  before.from === line.from && line.timestamp - before.timestamp <= kGroupMs && dayOf(before) === dayOf(line);

const dayOf = (line: Line): string => new Date(line.timestamp).toDateString();

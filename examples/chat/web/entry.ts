// What stands in a room's log: messages, and notes about the room. Each has an element of its own; how a message looks depends on
// the one above it: a person who continues has no new byline, and another day is named.
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

export interface Note {
  note: string;
  /** A notice is the server's word to this user, a warning says what became of the room. */
  kind: "notice" | "warning";
  /** When the server said it; 0 where it is about what stands above it. */
  at: number;
}

export type Entry = Line | Note;

const groupMs = 5 * 60_000;
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const isLine = (entry: Entry): entry is Line => "text" in entry;

export function makeEntry(entry: Entry): HTMLElement {
  return isLine(entry) ? makeMessage(entry) : make("div", "item", make("p", `note ${entry.kind}`, entry.note));
}

/** A message is an article that says by itself whose it is and when it was said: a screen reader reads them one by one. */
function makeMessage(line: Line): HTMLElement {
  const who = make("span", "who", line.own ? "You" : line.name);
  const time = make("time", "", timeFormat.format(line.timestamp));
  const bubble = make("p", "bubble", line.text);
  who.dir = bubble.dir = "auto";
  time.dateTime = new Date(line.timestamp).toISOString();
  bubble.title = time.textContent;
  const byline = make("header", "byline", who, " ", time);
  const day = make("p", "day", dayFormat.format(line.timestamp));
  const message = make("article", line.own ? "message own" : "message", makeAvatar(line.from, line.name), byline, bubble);
  return make("div", "item", day, message);
}

/** Draws a message's element as it looks below `above`, the message before; `touches`: nothing else stands between them. */
export function joinMessage(element: HTMLElement, line: Line, above: Line | undefined, touches: boolean): void {
  const isNewDay = !above || dayOf(above) !== dayOf(line);
  const isFirst = isNewDay || !touches || !continues(above, line);
  element.querySelector<HTMLElement>(".day")!.hidden = !isNewDay;
  element.querySelector(".message")!.classList.toggle("first", isFirst);
}

const continues = (before: Line, line: Line): boolean =>
  before.from === line.from && before.name === line.name && line.timestamp - before.timestamp <= groupMs;

const dayOf = (line: Line): string => new Date(line.timestamp).toDateString();

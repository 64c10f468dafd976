// The messages of one room: what was said, notes about the room, and below them what is still on its way. Of a long log only a
// part has elements. The element is a live region, so a screen reader says what arrives. Text becomes text nodes only.
import { make } from "./dom.js";
import { Earlier } from "./earlier.js";
import { type Entry, isLine, joinMessage, type Line, makeEntry, type Note } from "./entry.js";
import { Outgoing } from "./outgoing.js";
import { SlidingList } from "./sliding_list.js";
import { soon } from "./soon.js";

const bounds = { shownMax: 300, keptMax: 10_000, step: 50 };
const nearEndPx = 80;
const nearEdgePx = 160;
const quietMs = 2_000;

export class RoomLog {
  readonly element = make("div", "log");
  readonly outgoing = new Outgoing();
  readonly earlier = new Earlier(
    () => this.up(),
    (lines) => this.prepend(lines),
  );
  private readonly entries = new SlidingList<Entry>(bounds);
  private readonly drawn = new Map<Entry, HTMLElement>();
  private readonly list = make("div", "said");
  private readonly empty: HTMLElement;
  private readonly newest = make("button", "quiet newest", "Newest messages");
  private readonly drawSoon = soon(() => this.draw());
  private top = 0;
  private quiet: ReturnType<typeof setTimeout> | undefined;

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
    this.newest.type = "button";
    this.newest.addEventListener("click", () => this.toEnd());
    this.element.append(this.earlier.element, this.empty, this.list, this.outgoing.element, this.newest);
    this.element.addEventListener("scroll", () => this.scrolled());
    // Where the log becomes smaller, as when a phone's keyboard opens, its end stays in view.
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Puts the log into the page, with its newest messages in view. */
  show(place: HTMLElement): void {
    place.replaceChildren(this.element);
    this.quietly();
    this.toEnd();
  }

  /** Adds a message. What the server said to us later than it stays below it. */
  append(line: Line): void {
    if (line.own) this.outgoing.arrived(positionOf(line));
    this.entries.add(line, this.notesAfter(line.timestamp));
    this.drawSoon();
  }

  /** Adds a note. Of what the server says to this user only the last stays; the same again, as after a reconnect, is not news. */
  note(note: Note): void {
    const isNotice = (entry: Note): boolean => entry.kind === "notice" && note.kind === "notice";
    const before = this.entries.all.find((entry): entry is Note => !isLine(entry) && isNotice(entry));
    if (before?.note === note.note) return;
    if (before) this.entries.remove(before);
    this.entries.add(note);
    this.drawSoon();
  }

  /** Shows `text` as on its way, in view whatever the reader was looking at. */
  pend(text: string): ReturnType<Outgoing["pend"]> {
    this.entries.toEnd();
    this.drawSoon();
    return this.outgoing.pend(text);
  }

  /** Shows `text` as refused with `error`. */
  refuse(text: string, error: unknown): void {
    this.outgoing.refuse(text, error);
    this.drawSoon();
  }

  private notesAfter(timestamp: number): number {
    const { all } = this.entries;
    let count = 0;
    for (let entry = all.at(-1); entry && !isLine(entry) && entry.at > timestamp; entry = all.at(-1 - count)) count += 1;
    return count;
  }

  private toEnd(): void {
    this.entries.toEnd();
    this.draw();
  }

  /** Shows earlier messages: those that the page has, or else those that the server has. */
  private up(): void {
    if (this.entries.up()) {
      this.quietly();
      this.draw();
    } else if (this.entries.isFull) this.earlier.say(`This page keeps no more than ${bounds.keptMax} messages.`);
    else void this.earlier.more(this.oldest);
  }

  private prepend(lines: Line[]): void {
    this.quietly();
    this.entries.prepend(lines);
    this.draw();
  }

  private get oldest(): Line | undefined {
    return this.entries.all.find(isLine);
  }

  /** Draws what is to be shown. The reader stays at the end, or at the message that they are looking at. */
  private draw(): void {
    if (!this.element.isConnected) return;
    const { follows } = this.entries;
    const anchor = follows ? undefined : this.firstInView();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    this.drawEntries();
    this.empty.hidden = this.entries.all.length > 0;
    this.earlier.draw(this.oldest, this.entries.before === 0);
    if (follows) this.element.scrollTop = this.element.scrollHeight;
    else if (anchor) this.element.scrollTop += anchor.getBoundingClientRect().top - before;
    this.measure();
  }

  /** Elements are kept, so that neither a selection nor what a screen reader has read is disturbed. */
  private drawEntries(): void {
    const { shown, all, before } = this.entries;
    const wanted = new Set(shown);
    for (const [entry, element] of this.drawn) {
      if (wanted.has(entry)) continue;
      element.remove();
      this.drawn.delete(entry);
    }
    let above = all.findLast((entry, index): entry is Line => index < before && isLine(entry));
    let previous = all[before - 1];
    let place = this.list.firstElementChild;
    for (const entry of shown) {
      const element = this.drawn.get(entry) ?? makeEntry(entry);
      this.drawn.set(entry, element);
      if (isLine(entry)) {
        joinMessage(element, entry, above, previous === above);
        above = entry;
      }
      previous = entry;
      if (element === place) place = place.nextElementSibling;
      else this.list.insertBefore(element, place);
    }
  }

  private firstInView(): Element | undefined {
    const { top } = this.element.getBoundingClientRect();
    return [...this.list.children].find((item) => item.getBoundingClientRect().bottom > top);
  }

  /** Where the log stands now: whether its end is in view, and how many pixels are left below. */
  private measure(): number {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const left = scrollHeight - scrollTop - clientHeight;
    this.top = scrollTop;
    if (left < nearEndPx && this.entries.behind === 0) this.entries.follows = true;
    this.newest.hidden = this.entries.follows;
    return left;
  }

  private scrolled(): void {
    const isUp = this.element.scrollTop < this.top;
    if (isUp) this.entries.follows = false; // measure() corrects this where it was not a reader
    const left = this.measure();
    if (isUp && this.top < nearEdgePx) this.up();
    else if (!isUp && left < nearEdgePx && this.entries.down()) this.draw();
  }

  /** What was said long ago is not read aloud when it comes. */
  private quietly(): void {
    clearTimeout(this.quiet);
    this.element.setAttribute("aria-live", "off");
    this.quiet = setTimeout(() => this.element.setAttribute("aria-live", "polite"), quietMs);
  }
}

/** Sequences begin again when a log is replaced; with the epoch they are unique. */
export const positionOf = ({ epoch, seq }: { epoch: number; seq: number }): string => `${epoch}:${seq}`;

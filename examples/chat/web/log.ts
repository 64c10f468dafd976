// The messages of one room: what was said, notes about the room, and below them what is still on its way.
// The element is a live region, so a screen reader says what arrives. Text becomes text nodes only.
import { make, paintAvatar } from "./dom.js";
import { Earlier } from "./earlier.js";
import { Outgoing } from "./outgoing.js";
import { type Line, Stretch } from "./stretch.js";

/** A note at the end; `at` is when it was said by the server, 0 where it is about what stands above it. */
interface Note {
  element: HTMLElement;
  at: number;
}

const kNearBottomPx = 80;
const kQuietMs = 2_000;

export class RoomLog {
  readonly element = make("div", "log");
  readonly outgoing = new Outgoing();
  readonly earlier: Earlier;
  private readonly said = new Stretch((element) => this.place(element));
  private notes: Note[] = [];
  private empty: HTMLElement | undefined;

  constructor(roomName: string) {
    this.earlier = new Earlier(
      this.element,
      () => this.said.first,
      (lines) => this.prepend(lines),
    );
    this.element.setAttribute("role", "log");
    this.element.setAttribute("aria-label", `Messages in ${roomName}`);
    this.element.tabIndex = 0;
    this.empty = make(
      "div",
      "empty",
      make("strong", "", "Nothing said yet"),
      make("p", "", `Be the first to write in ${roomName}.`),
    );
    this.element.append(this.earlier.element, this.empty, this.outgoing.element);
    this.quietly();
  }

  /** Adds a message below the others. What the server said to us later than it stays below it. */
  append(line: Line): void {
    if (line.own) this.outgoing.arrived(positionOf(line));
    this.keepBottom(() => {
      const later = this.notes.filter(({ at }) => at > line.timestamp);
      if (later.length < this.notes.length) this.said.interrupt();
      this.notes = later;
      const isFirst = !this.said.first;
      this.said.append(line);
      if (isFirst) this.earlier.draw();
    });
  }

  /** A line about the room itself: who came, what was missed. */
  note(text: string, { kind = "", at = 0 }: { kind?: "" | "warning"; at?: number } = {}): void {
    const element = make("p", `note ${kind}`.trim(), text);
    this.keepBottom(() => this.place(element, this.outgoing.element));
    this.notes.push({ element, at });
  }

  /** Shows `text` as on its way, or as refused with `error`. */
  pend(text: string): ReturnType<Outgoing["pend"]> {
    return this.keepBottom(() => this.outgoing.pend(text));
  }
  refuse(text: string, error: unknown): void {
    this.keepBottom(() => this.outgoing.refuse(text, error));
  }

  /** What somebody wrote stands under the name that they have now: it may become known after their first message. */
  setName(userId: string, name: string): void {
    for (const group of this.element.querySelectorAll<HTMLElement>(`[data-from="${CSS.escape(userId)}"]`)) {
      group.querySelector(".who")!.textContent = name;
      paintAvatar(group.querySelector<HTMLElement>(".avatar")!, userId, name);
    }
  }

  scrollToEnd(): void {
    this.scrollTo(this.element.scrollHeight);
  }

  /** Puts earlier messages above all others, and lets the reader stay at the message that they are looking at. */
  private prepend(lines: Line[]): void {
    this.quietly();
    const older = document.createDocumentFragment();
    const stretch = new Stretch((element) => older.append(element));
    for (const line of lines) stretch.append(line);
    const fromEnd = this.element.scrollHeight - this.element.scrollTop;
    this.earlier.element.after(older);
    this.said.follow(stretch);
    this.earlier.draw();
    this.scrollTo(this.element.scrollHeight - fromEnd);
  }

  private scrollTo(top: number): void {
    this.element.scrollTop = top;
    this.earlier.scrolled();
  }

  /** Adds an element below what was said; what the server said later stays below it. */
  private place(element: HTMLElement, before = this.notes[0]?.element ?? this.outgoing.element): void {
    this.empty?.remove();
    this.empty = undefined;
    this.element.insertBefore(element, before);
  }

  /** Follows the newest line, unless the reader has scrolled up. */
  private keepBottom<T>(change: () => T): T {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const follows = scrollHeight - scrollTop - clientHeight < kNearBottomPx;
    const result = change();
    if (follows) this.scrollToEnd();
    return result;
  }

  /** What was said long ago is not read aloud when it comes. */
  private quietly(): void {
    this.element.setAttribute("aria-live", "off");
    setTimeout(() => this.element.setAttribute("aria-live", "polite"), kQuietMs);
  }
}

/** Sequences count anew when a log is replaced; with the epoch they are unique. */
export const positionOf = ({ epoch, seq }: { epoch: number; seq: number }): string => `${epoch}:${seq}`;

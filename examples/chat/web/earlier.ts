// The top of a room's messages: reads what was said before the oldest message that the page has, and offers a button to those who
// do not scroll.
import { DialogueError } from "dialogue-client";
import { make } from "./dom.js";
import type { Line } from "./entry.js";
import { describe } from "./problems.js";

export class Earlier {
  readonly element = make("div", "earlier");
  /** Reads the messages before `oldest`, the oldest first. Set by the membership that the messages belong to. */
  read: (oldest: Line) => Promise<Line[]> = async () => [];
  private readonly button = make("button", "quiet", "Earlier messages");
  private readonly word = make("p", "");
  private isReading = false;
  /** Before this message there is nothing to be read. */
  private first: Line | undefined;

  /** `pressed` is called when the user wants to see more, `show` with earlier messages. */
  constructor(
    pressed: () => void,
    private readonly show: (lines: Line[]) => void,
  ) {
    this.button.type = "button";
    this.button.addEventListener("click", pressed);
    this.element.append(this.button, this.word);
  }

  /** Offers what there is to offer: `oldest` is the oldest message that the page has, `isShown` whether it is in the log now. */
  draw(oldest: Line | undefined, isShown: boolean): void {
    this.button.hidden = isShown && !this.isThere(oldest);
    this.button.disabled = this.isReading;
  }

  /** Shows a word in the place of what there is not. */
  say(words: string): void {
    this.word.replaceChildren(words);
  }

  async more(oldest: Line | undefined): Promise<void> {
    if (!this.isThere(oldest) || this.isReading) return;
    this.isReading = true;
    this.word.replaceChildren();
    this.draw(oldest, true);
    try {
      const lines = await this.read(oldest);
      if (lines.length === 0) this.end(oldest);
      this.isReading = false;
      this.show(lines);
    } catch (error) {
      // The messages above belong to a log that is there no more.
      if (error instanceof DialogueError && error.code === "events_missed") this.end(oldest);
      else this.word.replaceChildren(...describe(error));
      this.isReading = false;
      this.draw(oldest, true);
    }
  }

  private isThere(oldest: Line | undefined): oldest is Line {
    return oldest !== undefined && oldest.seq > 1 && oldest !== this.first;
  }

  private end(oldest: Line): void {
    this.first = oldest;
    this.say("What was said before is not kept any more.");
  }
}

// The top of a room's messages: reads what was said before when somebody scrolls up there, or presses the button that is there
// for keyboards and screen readers.
import { DialogueError } from "dialogue-client";
import { make } from "./dom.js";
import { describe } from "./problems.js";
import type { Line } from "./stretch.js";

const kNearTopPx = 160;

export class Earlier {
  readonly element = make("div", "earlier");
  /** Reads the messages before `oldest`, the oldest first. Set by the membership that the messages belong to. */
  read: (oldest: Line) => Promise<Line[]> = async () => [];
  private readonly button = make("button", "quiet", "Earlier messages");
  private readonly word = make("p", "");
  private isReading = false;
  private isWhole = false;
  private top = 0;

  /** `oldest` is the oldest message that is shown; `show` puts earlier ones above it. */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly oldest: () => Line | undefined,
    private readonly show: (lines: Line[]) => void,
  ) {
    this.button.type = "button";
    this.button.addEventListener("click", () => void this.more());
    this.element.append(this.button, this.word);
    scroller.addEventListener("scroll", () => {
      const isUp = scroller.scrollTop < this.top;
      this.top = scroller.scrollTop;
      if (isUp && this.top < kNearTopPx) void this.more();
    });
    this.draw();
  }

  /** The page itself has scrolled. One event may tell of that and of the reader's next step, so it is not waited for. */
  scrolled(): void {
    this.top = this.scroller.scrollTop;
  }

  /** Offers what there is to offer; called when the first message has come. */
  draw(): void {
    this.button.hidden = this.isWhole || (this.oldest()?.seq ?? 1) === 1;
    this.button.disabled = this.isReading;
  }

  private async more(): Promise<void> {
    const oldest = this.oldest();
    if (!oldest || this.button.hidden || this.isReading) return;
    this.isReading = true;
    this.draw();
    this.word.replaceChildren();
    try {
      const lines = await this.read(oldest);
      this.show(lines);
      if (lines.length === 0) this.end();
    } catch (error) {
      // The messages above belong to a log that is there no more.
      if (error instanceof DialogueError && error.code === "events_missed") this.end();
      else this.word.replaceChildren(...describe(error));
    }
    this.isReading = false;
    this.draw();
  }

  private end(): void {
    this.isWhole = true;
    this.word.replaceChildren("What was said before is not kept any more.");
  }
}

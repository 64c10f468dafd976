// What one has written and the room has not: messages on their way or waiting for the connection, and those that were refused.
// They stand below the room's messages, each with a word about how it is with it.
import { DialogueError } from "dialogue-client";
import { make } from "./dom.js";
import { describe } from "./problems.js";

/** A message that has left the field and is not yet in the room. */
export interface Pending {
  arrived(position: string): void;
  drop(): void;
}

export class Outgoing {
  readonly element = make("div", "outgoing");
  /** Sends a text that was refused before. Set by the membership that the messages belong to. */
  send: (text: string) => void = () => undefined;
  /** Messages of ours that came before their answer, for what is pending now; and answers that came before their message. */
  private readonly early = new Set<string>();
  private readonly awaited = new Map<string, HTMLElement>();
  private pending = 0;
  private isOnline = true;

  /** Shows `text` as on its way, until the room has it under its position or it is dropped. */
  pend(text: string): Pending {
    const element = make("div", "pending", makeBubble(text), make("small", "", this.word));
    element.setAttribute("aria-live", "off");
    this.element.append(element);
    this.pending += 1;
    return {
      arrived: (position) => {
        if (this.early.delete(position)) element.remove();
        else this.awaited.set(position, element);
        this.settled();
      },
      drop: () => {
        element.remove();
        this.settled();
      },
    };
  }

  /** The room has a message of ours at `position`: what was shown for it until now goes. */
  arrived(position: string): void {
    const element = this.awaited.get(position);
    element?.remove();
    this.awaited.delete(position);
    if (!element && this.pending > 0) this.early.add(position);
  }

  /** Whether what is pending is on its way, or has to wait for the connection. */
  setOnline(isOnline: boolean): void {
    this.isOnline = isOnline;
    for (const word of this.element.querySelectorAll(".pending small")) word.textContent = this.word;
  }

  /** Shows a text that the room will not get, or perhaps has not got; why, and what can be done about it. */
  refuse(text: string, error: unknown): void {
    const [again, discard] = [make("button", "quiet", "Send again"), make("button", "quiet", "Discard")];
    const isOpen = error instanceof DialogueError && error.code === "outcome_unknown"; // it may be there: the reader decides
    const why = make("p", "problem", isOpen ? "" : "Not sent. ", ...describe(error));
    const element = make("div", "unsent", makeBubble(text), why, make("div", "choices", again, discard));
    element.setAttribute("role", "alert");
    again.type = discard.type = "button";
    discard.addEventListener("click", () => element.remove());
    again.addEventListener("click", () => {
      element.remove();
      this.send(text);
    });
    this.element.append(element);
  }

  private settled(): void {
    this.pending -= 1;
    if (this.pending === 0) this.early.clear();
  }

  private get word(): string {
    return this.isOnline ? "Sending" : "Waiting to be sent";
  }
}

function makeBubble(text: string): HTMLElement {
  const bubble = make("p", "bubble", text);
  bubble.dir = "auto";
  return bubble;
}

// Decides where a message stands in a list, and which ones are dropped. Accepted messages are sorted by their sequence.
import type { Message } from "../api/messages.js";

/** The members of a message that decide its place in the list. */
type Placed = Pick<Message, "seq" | "epoch">;

export class MessageList<M extends Placed> {
  /** The messages, oldest first. */
  readonly items: M[] = [];

  /**
   * Puts a message in its place among those of its log. Returns whether it is the newest one, or undefined if the list
   * already has it: then the old one stays, or is replaced if `replaced` is set.
   */
  insert(message: M, replaced = false): boolean | undefined {
    const { items } = this;
    const { seq, epoch } = message;
    let at = items.length;
    if (seq) while (at && items[at - 1]!.epoch === epoch && items[at - 1]!.seq > seq) at -= 1;
    const before = items[at - 1];
    if (seq && before?.seq === seq && before.epoch === epoch) {
      if (replaced) items[at - 1] = message;
      return undefined;
    }
    const isNewest = at === items.length;
    items.splice(at, 0, message);
    return isNewest;
  }

  /** Drops the oldest ones until `keep` are left. Returns whether there were any. */
  trim(keep: number): boolean {
    return this.items.splice(0, this.items.length - keep).length > 0;
  }

  /** Takes these out, where they stand. */
  remove(messages: readonly M[]): void {
    this.items.splice(0, Infinity, ...this.items.filter((item) => !messages.includes(item)));
  }

  /** The oldest one that is in the log. */
  get first(): M | undefined {
    return this.items.find(({ seq }) => seq);
  }
}

// What of ours a room has not: messages on their way, those that an earlier page left in the outbox, and those that were refused.
import { signal } from "@preact/signals";
import { DialogueError, type Room, type Unsent } from "dialogue-client";
import type { Events } from "../gen/app.js";
import type { Client } from "./realtime.js";

export interface Outgoing {
  key: string;
  data: Events["message"];
  /** Where the server has put it, until it arrives. */
  seq?: number;
  problem?: string;
}

/** What an error says to people. */
export function wordsOf(error: unknown): string {
  return error instanceof DialogueError ? (error.reason ?? error.message) : String(error);
}

let keys = 0;

export class OutgoingMessages {
  readonly list = signal<readonly Outgoing[]>([]);

  constructor(
    private readonly room: Room<Events>,
    private readonly client: Client,
    private readonly hasArrived: (seq: number) => boolean,
  ) {
    this.takeEarlier();
  }

  drop(key: string): void {
    this.list.value = this.list.value.filter((each) => each.key !== key);
  }

  /** The room has an event at this place. */
  arrived(seq: number): void {
    if (this.list.value.some((each) => each.seq === seq)) this.list.value = this.list.value.filter((each) => each.seq !== seq);
  }

  async send(data: Events["message"]): Promise<void> {
    const key = `sent-${++keys}`;
    this.list.value = [...this.list.value, { key, data }];
    try {
      const { seq } = await this.room.trigger("message", data);
      if (this.hasArrived(seq)) this.drop(key);
      else this.change(key, { seq });
    } catch (error) {
      this.change(key, { problem: wordsOf(error) });
    }
  }

  private change(key: string, changed: Partial<Outgoing>): void {
    this.list.value = this.list.value.map((each) => (each.key === key ? { ...each, ...changed } : each));
  }

  /** What an earlier page has left in the outbox. */
  takeEarlier(): void {
    const known = new Set(this.list.value.map(({ key }) => key));
    const isOurs = (each: Unsent<Events>): boolean => each.roomId === this.room.id && each.event === "message";
    const left = this.client.unsent().filter((each) => isOurs(each) && !known.has(each.id) && !this.isSent(each));
    const added = left.map(({ id, data }) => ({ key: id, data: data as Events["message"] }));
    if (added.length > 0) this.list.value = [...added, ...this.list.value];
  }

  private isSent({ data }: Unsent<Events>): boolean {
    const { text } = data as Events["message"];
    return this.list.value.some((each) => each.key.startsWith("sent-") && each.data.text === text);
  }

  /** Drops those of an earlier page that have their answer. */
  dropAnswered(): void {
    const left = new Set(this.client.unsent().map(({ id }) => id));
    const kept = this.list.value.filter(({ key }) => key.startsWith("sent-") || left.has(key));
    if (kept.length !== this.list.value.length) this.list.value = kept;
  }
}

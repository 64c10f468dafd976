// The log of a room as this tab has it, folded: messages and lines about members in their order, and what later events changed of
// them. Each change names the message and wins by its own place in the log, so that earlier pages may come after later ones.
import { signal } from "@preact/signals";
import type { Events } from "../gen/app.js";

interface Placed {
  epoch: number;
  seq: number;
  at: number;
}
export interface MessageEntry extends Placed {
  kind: "message";
  from: string;
  text: string;
  reply: number | undefined;
  mentions: readonly string[];
  files: NonNullable<Events["message"]["files"]>;
}
export interface MemberEntry extends Placed {
  kind: "member";
  data: Events["member"];
}
export interface NoteEntry extends Placed {
  kind: "note";
  text: string;
}
export type Entry = MessageEntry | MemberEntry | NoteEntry;

/** One event as the client delivers it. */
export interface Incoming {
  event: string;
  from: string;
  data: unknown;
  timestamp: number;
  seq: number;
  epoch: number;
}

interface Toggle {
  seq: number;
  on: boolean;
}
/** What later events changed of a message. */
export interface Changes {
  edit?: { seq: number; text: string };
  isDeleted?: boolean;
  pin?: Toggle;
  /** By emoji and user. */
  reactions: Map<string, Map<string, Toggle>>;
}

const untouched: Changes = { reactions: new Map() };

export class RoomLog {
  readonly entries = signal<readonly Entry[]>([]);
  /** Counts changes of what changesOf() returns. */
  readonly version = signal(0);
  /** The first and the last event that was read; 0: none. */
  oldest = 0;
  newest = 0;
  private epoch = 0;
  private changes = new Map<number, Changes>();

  /** What reads it in a component is drawn again after a change. */
  changesOf(seq: number): Changes {
    void this.version.value;
    return this.changes.get(seq) ?? untouched;
  }

  message(seq: number): MessageEntry | undefined {
    return this.entries.value.find((entry): entry is MessageEntry => entry.kind === "message" && entry.seq === seq);
  }

  /** Appends an event that was just published. Returns false if the log has it already. */
  append(message: Incoming): boolean {
    if (this.epoch !== message.epoch) this.restart(message.epoch);
    if (message.seq <= this.newest) return false;
    this.newest = message.seq;
    this.oldest ||= message.seq;
    const entry = this.fold(message);
    if (entry) this.entries.value = [...this.entries.value, entry];
    return true;
  }

  /** Takes a page of the log that ends where this begins, or reaches into it. */
  prepend(page: readonly Incoming[]): void {
    const epoch = page.at(-1)?.epoch;
    if (epoch === undefined) return;
    if (this.epoch !== epoch) this.restart(epoch);
    const earlier = page.filter(({ seq }) => this.oldest === 0 || seq < this.oldest);
    if (earlier.length === 0) return;
    const entries = earlier.map((message) => this.fold(message)).filter((entry) => entry !== undefined);
    this.oldest = earlier[0]!.seq;
    this.newest = Math.max(this.newest, earlier.at(-1)!.seq);
    this.entries.value = [...entries, ...this.entries.value];
  }

  note(text: string): void {
    const note: NoteEntry = { kind: "note", text, epoch: this.epoch, seq: this.newest, at: 0 };
    this.entries.value = [...this.entries.value, note];
  }

  /** The log was replaced: what was read is not in it any more. */
  private restart(epoch: number): void {
    this.epoch = epoch;
    this.entries.value = [];
    this.changes = new Map();
    this.oldest = this.newest = 0;
  }

  private change(seq: number): Changes {
    const changes: Changes = { ...this.changesOf(seq) };
    this.changes.set(seq, changes);
    this.version.value += 1;
    return changes;
  }

  private fold(message: Incoming): Entry | undefined {
    const { event, from, seq, epoch, timestamp: at } = message;
    if (event === "message") {
      const { text, reply, mentions = [], files = [] } = message.data as Events["message"];
      return { kind: "message", from, seq, epoch, at, text, reply, mentions, files };
    }
    if (event === "member") return { kind: "member", seq, epoch, at, data: message.data as Events["member"] };
    if (event === "message.edit") this.foldEdit(message);
    else if (event === "message.delete") this.change((message.data as Events["message.delete"]).seq).isDeleted = true;
    else if (event === "reaction") this.foldReaction(message);
    else if (event === "pin") this.foldPin(message);
    return undefined;
  }

  private foldEdit({ seq, data }: Incoming): void {
    const { seq: target, text } = data as Events["message.edit"];
    if (seq > (this.changesOf(target).edit?.seq ?? 0)) this.change(target).edit = { seq, text };
  }

  private foldReaction({ seq, from, data }: Incoming): void {
    const { seq: target, emoji, on } = data as Events["reaction"];
    const before = this.changesOf(target).reactions;
    if (seq <= (before.get(emoji)?.get(from)?.seq ?? 0)) return;
    const users = new Map(before.get(emoji)).set(from, { seq, on });
    this.change(target).reactions = new Map(before).set(emoji, users);
  }

  private foldPin({ seq, data }: Incoming): void {
    const { seq: target, on } = data as Events["pin"];
    if (seq > (this.changesOf(target).pin?.seq ?? 0)) this.change(target).pin = { seq, on };
  }
}

/** Who reacted with what, in the order of the first reaction. */
export function reactionsOf(changes: Changes): [string, string[]][] {
  return [...changes.reactions]
    .map(([emoji, users]): [string, string[]] => [emoji, [...users].filter(([, { on }]) => on).map(([user]) => user)])
    .filter(([, users]) => users.length > 0);
}

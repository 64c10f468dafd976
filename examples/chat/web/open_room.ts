// One room that this tab is in: its log, its people, who is typing, and what of ours is on its way.
import type { Events } from "chat-app";
import { DialogueError, type Message, type Position, type RecoveredReason, type Room } from "dialogue-client";
import type { Line } from "./entry.js";
import type { Me } from "./identity.js";
import { positionOf, RoomLog } from "./log.js";
import { titleOf } from "./topics.js";

const typingShownMs = 4_000;
const typingEveryMs = 2_500;
const earlierPage = 50;
const missed: Record<RecoveredReason, string> = {
  trimmed: "While you were away, more was said than is kept here. Some of it is missing above this line.",
  epoch_changed: "The server keeps another history of this room by now. What stands above this line is not in it.",
  ahead: "The server's history of this room ends before what you have seen. Some of what stands above this line is not in it.",
  forbidden: "While you were away, something was said. You may not read this room's history, so it is missing above this line.",
};

export class OpenRoom {
  readonly log: RoomLog;
  unread: number;
  wasDeleted = false;
  private isOnline = true;
  private readonly typists = new Map<string, ReturnType<typeof setTimeout>>();
  private typedAt = 0;

  /**
   * `changed` is called when something that the panels show is different; `earlier` is the membership before, whose log
   * continues, and `read` how far the room was read before a reload.
   */
  constructor(
    readonly room: Room<Events>,
    private readonly me: Me,
    private readonly changed: () => void,
    earlier?: OpenRoom,
    read?: Position,
  ) {
    this.log = earlier?.log ?? new RoomLog(titleOf(room));
    this.log.outgoing.send = (text) => void this.send(text).catch((error) => this.log.refuse(text, error));
    this.log.earlier.read = (oldest) => this.readBefore(oldest);
    this.unread = earlier?.unread ?? 0;
    if (!room.recovered) this.tellMissed();
    room.on("message", (m) => {
      this.stopTyping(m.from);
      this.log.append(this.lineOf(m));
      if (m.epoch !== read?.epoch || m.seq > read.seq) this.unread += 1;
      this.changed();
    });
    room.on("notice", (m) => this.log.note({ note: m.data.text, kind: "notice", at: m.timestamp }));
    room.on("typing", (m) => this.showTyping(m.from));
    room.onMembers(() => this.changed());
    room.onLeave((reason) => {
      this.wasDeleted = reason?.code === "room_deleted";
      if (reason) this.warn(this.wasDeleted ? "This topic was closed." : reason.message);
      this.changed();
    });
  }

  /** Whether this room has ended: nothing can be said in it any more. */
  get isOver(): boolean {
    return !this.room.joined;
  }

  /** "Ann is typing", or nothing. */
  get typing(): string {
    const names = [...this.typists.keys()].map((userId) => this.nameOf(userId));
    if (names.length === 0) return "";
    return names.length > 2 ? "Several people are typing" : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing`;
  }

  /** Whether there is a connection: without one, messages wait. */
  setOnline(isOnline: boolean): void {
    this.isOnline = isOnline;
    this.log.outgoing.setOnline(isOnline);
  }

  /**
   * Publishes a message; rejects, before anything is sent, with what the definition has against it. What goes wrong later is
   * shown at the message itself.
   */
  async send(text: string): Promise<void> {
    this.typedAt = 0;
    const pending = this.log.pend(text);
    try {
      const receipt = await this.room.trigger("message", { text });
      pending.arrived(positionOf(receipt));
    } catch (error) {
      pending.drop();
      if (error instanceof DialogueError && error.path !== undefined) throw error;
      this.log.refuse(text, error);
    }
  }

  /** Notifies the others, now and then, that a message is being written; a lost notification does no harm. */
  tellTyping(): void {
    if (!this.isOnline || Date.now() - this.typedAt < typingEveryMs) return;
    this.typedAt = Date.now();
    this.room.trigger("typing", {}).catch(() => undefined);
  }

  /** Asks the server to end this room for everybody. */
  async close(): Promise<void> {
    await this.room.trigger("topic.close", {});
  }

  /** Says in the log that something is missing there, and why. */
  tellMissed(): void {
    this.warn(missed[this.room.recoveredReason ?? "trimmed"]);
  }

  private warn(words: string): void {
    this.log.note({ note: words, kind: "warning", at: 0 });
  }

  private async readBefore({ epoch, seq }: Line): Promise<Line[]> {
    const lines: Line[] = [];
    for await (const m of this.room.history({ limit: earlierPage, before: { epoch, seq } })) {
      if (m.event === "message") lines.push(this.lineOf(m));
    }
    return lines;
  }

  private lineOf({ from, data, timestamp, epoch, seq }: Message<"message", Events["message"]>): Line {
    const name = data.name ?? this.nameOf(from);
    return { from, name, own: from === this.me.userId, text: data.text, timestamp, epoch, seq };
  }

  /** The name of a user who is present, or else the id. */
  private nameOf(userId: string): string {
    return this.room.members.find((member) => member.userId === userId)?.name ?? userId;
  }

  private showTyping(userId: string): void {
    if (userId === this.me.userId) return;
    clearTimeout(this.typists.get(userId));
    this.typists.set(
      userId,
      setTimeout(() => this.stopTyping(userId), typingShownMs),
    );
    this.changed();
  }

  private stopTyping(userId: string): void {
    clearTimeout(this.typists.get(userId));
    if (this.typists.delete(userId)) this.changed();
  }
}

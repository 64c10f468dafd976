// One room that this tab is in: its log, its people, who is typing, and what of ours is on its way.
import type { Events } from "chat-app";
import type { Room } from "dialogue-client";
import type { Me } from "./identity.js";
import { RoomLog } from "./log.js";
import type { Person } from "./people.js";
import { titleOf } from "./topics.js";

const kTypingShownMs = 4_000;
const kTypingEveryMs = 2_500;

export class OpenRoom {
  readonly log: RoomLog;
  unread = 0;
  /** Names outlive presence: what somebody wrote stays theirs after they have gone. */
  private readonly names = new Map<string, string>();
  private readonly typists = new Map<string, ReturnType<typeof setTimeout>>();
  private typedAt = 0;

  /** `changed` is called when something that the panels show is different; `earlier` is the log of a membership before. */
  constructor(
    readonly room: Room<Events>,
    private readonly me: Me,
    private readonly changed: () => void,
    earlier?: RoomLog,
  ) {
    this.log = earlier ?? new RoomLog(titleOf(room));
    this.rememberNames();
    room.on("message", (m) => {
      this.stopTyping(m.from);
      this.log.append({
        from: m.from,
        name: this.nameOf(m.from),
        own: m.from === me.userId,
        text: m.data.text,
        timestamp: m.timestamp,
        position: positionOf(m),
      });
      this.unread += 1;
      this.changed();
    });
    room.on("notice", (m) => this.log.note(m.data.text));
    room.on("typing", (m) => this.showTyping(m.from));
    room.onMembers(() => {
      this.rememberNames();
      this.changed();
    });
    room.onLeave((reason) => {
      if (reason) this.log.note(reason.code === "room_deleted" ? "This topic was closed." : reason.message, "warning");
      this.changed();
    });
  }

  /** Whether this room has ended: nothing can be said in it any more. */
  get isOver(): boolean {
    return !this.room.joined;
  }

  get people(): Person[] {
    return this.room.members.map(({ userId, name }) => ({ userId, name: name ?? userId }));
  }

  /** "Ann is typing", or nothing. */
  get typing(): string {
    const names = [...this.typists.keys()].map((userId) => this.nameOf(userId));
    if (names.length === 0) return "";
    return names.length > 2 ? "Several people are typing" : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing`;
  }

  /** Publishes a message; rejects, before anything is sent, with what the definition has against it. */
  async send(text: string): Promise<void> {
    this.typedAt = 0;
    const pending = this.log.pend(text);
    try {
      const receipt = await this.room.trigger("message", { text });
      pending.arrived(positionOf(receipt));
    } catch (error) {
      pending.drop();
      throw error;
    }
  }

  /** Tells the others, now and then, that a message is being written; nobody misses it when it is lost. */
  tellTyping(): void {
    if (Date.now() - this.typedAt < kTypingEveryMs) return;
    this.typedAt = Date.now();
    this.room.trigger("typing", {}).catch(() => undefined);
  }

  /** Asks the server to end this room for everybody. */
  async close(): Promise<void> {
    await this.room.trigger("topic.close", {});
  }

  /** Says in the log that something is missing there. */
  tellMissed(): void {
    this.log.note("While you were away, something was missed here.", "warning");
  }

  private nameOf(userId: string): string {
    return this.names.get(userId) ?? userId;
  }

  private rememberNames(): void {
    for (const { userId, name } of this.people) {
      if (this.names.get(userId) === name) continue;
      this.names.set(userId, name);
      this.log.setName(userId, name);
    }
  }

  private showTyping(userId: string): void {
    if (userId === this.me.userId) return;
    clearTimeout(this.typists.get(userId));
    this.typists.set(
      userId,
      setTimeout(() => this.stopTyping(userId), kTypingShownMs),
    );
    this.changed();
  }

  private stopTyping(userId: string): void {
    clearTimeout(this.typists.get(userId));
    if (this.typists.delete(userId)) this.changed();
  }
}

/** Sequences count anew when the server was restarted; with the epoch they are unique. */
const positionOf = ({ epoch, seq }: { epoch: number; seq: number }): string => `${epoch}:${seq}`;

// A room of the user in this tab: joined for as long as the user is a member, so that its counter is right and a turn to it is
// instant. Its history is read when it is shown first.
import { signal } from "@preact/signals";
import type { DialogueError, Room } from "dialogue-client";
import type { Events } from "../gen/app.js";
import { call, me } from "./api.js";
import { OutgoingMessages, wordsOf } from "./outgoing.js";
import { learn } from "./people.js";
import type { Client } from "./realtime.js";
import { type Incoming, RoomLog } from "./room_log.js";
import { readRoomsSoon } from "./rooms.js";
import type { Counts, RoomMember } from "./types.js";

const pageEvents = 100;
const typingShownMs = 4_000;
const typingEveryMs = 2_500;

export class ChatRoom {
  readonly log = new RoomLog();
  readonly outgoing: OutgoingMessages;
  readonly members = signal<readonly RoomMember[]>([]);
  readonly online = signal<ReadonlySet<string>>(new Set());
  readonly typists = signal<readonly string[]>([]);
  readonly hasMore = signal(false);
  /** Why nothing more can be said here; undefined while it can. */
  readonly over = signal<string | undefined>(undefined);
  /** What is not read: counted by the server, and the messages that came since. */
  readonly unread = signal(0);
  readonly mentions = signal(0);
  /** What the composer answers or edits. */
  readonly reply = signal<number | undefined>(undefined);
  readonly editing = signal<number | undefined>(undefined);
  /** What went wrong with something other than a message. */
  readonly problem = signal<string | undefined>(undefined);
  /** The last event that is read. */
  mark = 0;
  private head = 0;
  private isLoaded = false;
  private isReading = false;
  private typedAt = 0;
  private readonly typing = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly room: Room<Events>;
  private readonly offs: (() => void)[];

  constructor(
    readonly id: string,
    client: Client,
    counts: Counts | undefined,
  ) {
    const room = client.room(`room-${id}`);
    this.room = room as Room<Events>;
    this.outgoing = new OutgoingMessages(this.room, client, (seq) => this.log.newest >= seq);
    if (counts) this.setCounts(counts);
    this.offs = [
      room.onAny((_, message) => this.take(message as Incoming)),
      room.onMembers((members) => {
        this.online.value = new Set(members.map(({ userId }) => userId));
      }),
      room.onLeave((reason) => reason && this.end(reason)),
      room.onRecover(({ recovered }) => recovered || this.log.note("Some messages are missing here.")),
      client.on("loaded", () => this.outgoing.takeEarlier()),
      client.on("pending", () => this.outgoing.dropAnswered()),
    ];
    room.join().then(
      () => {
        this.online.value = new Set(this.room.members.map(({ userId }) => userId));
      },
      (error: DialogueError) => this.end(error),
    );
  }

  /** Ends what this tab has of the room. The membership itself stays. */
  close(): void {
    for (const off of this.offs) off();
    this.room.release();
  }

  private end(error: DialogueError): void {
    if (error.code === "closed" || error.code === "not_joined") return;
    const isRemoved = error.code === "denied_by_hook" || error.code === "forbidden";
    this.over.value = isRemoved ? "You are not a member of this room any more." : error.message;
    readRoomsSoon();
  }

  // --- What was said ---

  /** Reads the newest messages and the members, where that was not done. */
  async show(): Promise<void> {
    if (this.isLoaded) return;
    this.isLoaded = true;
    void this.readMembers();
    await this.read().catch((error) => {
      this.isLoaded = false;
      this.problem.value = wordsOf(error);
    });
  }

  async readEarlier(): Promise<void> {
    if (this.hasMore.value) await this.read();
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const before = this.log.oldest;
      const page = this.room.history(before ? { limit: pageEvents, before } : { limit: pageEvents });
      const events: Incoming[] = [];
      for await (const message of page) events.push(message as Incoming);
      this.log.prepend(events);
      this.hasMore.value = page.hasMore ?? false;
    } finally {
      this.isReading = false;
    }
  }

  private take(message: Incoming): void {
    if (message.event === "typing") return this.showTyping(message.from);
    if (message.event === "profile") return this.takeProfile(message.data as Events["profile"]);
    if (!this.log.append(message)) return;
    if (message.event === "member" && this.isLoaded) void this.readMembers();
    if (message.event === "message.delete") readRoomsSoon();
    if (message.event !== "message") return;
    this.outgoing.arrived(message.seq);
    this.stopTyping(message.from);
    if (message.seq > this.head) this.count(message.from, (message.data as Events["message"]).mentions ?? []);
  }

  private takeProfile(user: Events["profile"]): void {
    learn([user]);
    this.members.value = this.members.value.map((member) => (member.id === user.id ? { role: member.role, ...user } : member));
  }

  async readMembers(): Promise<void> {
    const answer = await call<{ members: RoomMember[] }>("rooms.members", { room: this.id }).catch(() => undefined);
    if (!answer) return;
    learn(answer.members);
    this.members.value = answer.members;
  }

  get ownRole(): RoomMember["role"] | undefined {
    return this.members.value.find(({ id }) => id === me.value?.id)?.role;
  }

  // --- What is not read ---

  private count(from: string, mentions: readonly string[]): void {
    if (from === me.value?.id) return;
    this.unread.value += 1;
    if (mentions.includes(me.value?.id ?? "")) this.mentions.value += 1;
  }

  /** What the server counted, up to an event; the messages after it are counted here. */
  setCounts({ mark, unread, mentions, head }: Counts): void {
    this.mark = mark;
    this.head = head;
    this.unread.value = unread;
    this.mentions.value = mentions;
    for (const entry of this.log.entries.value)
      if (entry.kind === "message" && entry.seq > Math.max(head, mark) && !this.log.changesOf(entry.seq).isDeleted)
        this.count(entry.from, entry.mentions);
  }

  /** Everything that this tab has is read. */
  markRead(): void {
    const { newest } = this.log;
    if (newest <= this.mark || this.over.value) return;
    this.setCounts({ room: this.id, mark: newest, unread: 0, mentions: 0, head: newest });
    call<Counts>("messages.read", { room: this.id, seq: newest }).then(
      (counts) => this.setCounts(counts),
      () => undefined,
    );
  }

  async markUnread(seq: number): Promise<void> {
    this.setCounts(await call<Counts>("messages.unread", { room: this.id, seq }));
  }

  // --- What this user does ---

  private act(work: Promise<unknown>): void {
    this.problem.value = undefined;
    work.catch((error) => {
      this.problem.value = wordsOf(error);
    });
  }

  edit(seq: number, text: string): void {
    this.act(this.room.trigger("message.edit", { seq, text }));
  }
  react(seq: number, emoji: string, on: boolean): void {
    this.act(this.room.trigger("reaction", { seq, emoji, on }));
  }
  pin(seq: number, on: boolean): void {
    this.act(this.room.trigger("pin", { seq, on }));
  }
  delete(seq: number): void {
    this.act(call("messages.delete", { room: this.id, seq }));
  }

  /** Says that something is being written; no member misses it when it is lost. */
  tellTyping(): void {
    if (Date.now() - this.typedAt < typingEveryMs || this.room.state !== "joined") return;
    this.typedAt = Date.now();
    this.room.trigger("typing", {}).catch(() => undefined);
  }

  private showTyping(user: string): void {
    if (user === me.value?.id) return;
    clearTimeout(this.typing.get(user));
    this.typing.set(
      user,
      setTimeout(() => this.stopTyping(user), typingShownMs),
    );
    this.typists.value = [...this.typing.keys()];
  }

  private stopTyping(user: string): void {
    clearTimeout(this.typing.get(user));
    if (this.typing.delete(user)) this.typists.value = [...this.typing.keys()];
  }
}

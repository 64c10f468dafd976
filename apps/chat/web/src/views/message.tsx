// One message: its author, text, what it answers, its reactions, and what may be done with it.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { me } from "../api.js";
import type { ChatRoom } from "../chat_room.js";
import { person } from "../people.js";
import { type MessageEntry, reactionsOf } from "../room_log.js";
import { Attachments } from "./attachments.js";
import { Avatar } from "./parts.js";
import { RichText } from "./rich_text.js";

const emojis = ["👍", "❤️", "😂", "🎉", "👀", "✅"];
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Returns the current text of a message, or undefined if it is deleted. */
export function textOf(room: ChatRoom, entry: MessageEntry): string | undefined {
  const changes = room.log.changesOf(entry.seq);
  return changes.isDeleted ? undefined : (changes.edit?.text ?? entry.text);
}

function Quote({ room, seq }: { room: ChatRoom; seq: number }): JSX.Element {
  const target = room.log.message(seq);
  const text = target && textOf(room, target);
  const show = (): void => document.querySelector(`[data-seq="${seq}"] .message`)?.scrollIntoView({ block: "center" });
  if (!target || text === undefined) return <p class="quote">{target ? "A deleted message" : "An earlier message"}</p>;
  return (
    <button class="quote" type="button" onClick={show}>
      <strong dir="auto">{person(target.from).displayName}</strong> <span dir="auto">{text}</span>
    </button>
  );
}

function Reactions({ room, seq }: { room: ChatRoom; seq: number }): JSX.Element | null {
  const reactions = reactionsOf(room.log.changesOf(seq));
  const own = me.value!.id;
  if (reactions.length === 0) return null;
  return (
    <div class="reactions">
      {reactions.map(([emoji, users]) => (
        <button
          key={emoji}
          type="button"
          class="reaction"
          aria-pressed={users.includes(own)}
          aria-label={`${emoji} by ${users.map((id) => person(id).displayName).join(", ")}`}
          title={users.map((id) => person(id).displayName).join(", ")}
          onClick={() => room.react(seq, emoji, !users.includes(own))}
        >
          {emoji} {users.length}
        </button>
      ))}
    </div>
  );
}

function Actions({ room, entry, isDirect }: { room: ChatRoom; entry: MessageEntry; isDirect: boolean }): JSX.Element {
  const isAsked = useSignal(false);
  const isOwn = entry.from === me.value?.id;
  const role = room.ownRole;
  const isModerator = role === "owner" || role === "moderator";
  const isPinned = room.log.changesOf(entry.seq).pin?.on ?? false;
  const own = me.value!.id;
  const hasOwn = (emoji: string): boolean => room.log.changesOf(entry.seq).reactions.get(emoji)?.get(own)?.on ?? false;
  const choose = (work: () => void) => (event: MouseEvent) => {
    (event.currentTarget as HTMLElement).closest("details")?.removeAttribute("open");
    work();
  };
  return (
    <details class="menu actions">
      <summary aria-label="What to do with this message">⋯</summary>
      <ul>
        <li class="emojis">
          {emojis.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={`React with ${emoji}`}
              onClick={choose(() => room.react(entry.seq, emoji, !hasOwn(emoji)))}
            >
              {emoji}
            </button>
          ))}
        </li>
        <li>
          <button
            type="button"
            onClick={choose(() => {
              room.editing.value = undefined;
              room.reply.value = entry.seq;
            })}
          >
            Reply
          </button>
        </li>
        {isOwn && (
          <li>
            <button
              type="button"
              onClick={choose(() => {
                room.reply.value = undefined;
                room.editing.value = entry.seq;
              })}
            >
              Edit
            </button>
          </li>
        )}
        {(isModerator || isDirect) && (
          <li>
            <button type="button" onClick={choose(() => room.pin(entry.seq, !isPinned))}>
              {isPinned ? "Unpin" : "Pin"}
            </button>
          </li>
        )}
        {!isOwn && (
          <li>
            <button type="button" onClick={choose(() => void room.markUnread(entry.seq))}>
              Mark unread from here
            </button>
          </li>
        )}
        {(isOwn || isModerator) && (
          <li>
            <button
              type="button"
              class="danger"
              onClick={isAsked.value ? choose(() => room.delete(entry.seq)) : () => (isAsked.value = true)}
            >
              {isAsked.value ? "Delete for everybody?" : "Delete"}
            </button>
          </li>
        )}
      </ul>
    </details>
  );
}

interface MessageProps {
  room: ChatRoom;
  entry: MessageEntry;
  goesOn: boolean;
  isDirect: boolean;
}

export function Message({ room, entry, goesOn, isDirect }: MessageProps): JSX.Element {
  const author = person(entry.from);
  const changes = room.log.changesOf(entry.seq);
  const text = textOf(room, entry);
  const isOwn = entry.from === me.value?.id;
  return (
    <article class={`message${goesOn ? "" : " first"}${isOwn ? " own" : ""}`}>
      {!goesOn && <Avatar user={author} />}
      <header class={goesOn ? "sr-only" : "byline"}>
        <strong dir="auto">{author.displayName}</strong>{" "}
        <time dateTime={new Date(entry.at).toISOString()}>{time.format(entry.at)}</time>
      </header>
      {text === undefined ? (
        <p class="deleted">This message was deleted.</p>
      ) : (
        <div class="said">
          <div class="bubble">
            {entry.reply !== undefined && <Quote room={room} seq={entry.reply} />}
            {text !== "" && (
              <p class="text" dir="auto">
                <RichText text={text} members={room.members.value} ownName={me.value!.name} />
              </p>
            )}
            <Attachments files={entry.files} />
          </div>
          {(changes.edit || changes.pin?.on) && (
            <small class="facts">
              {changes.pin?.on && "pinned "}
              {changes.edit && "edited"}
            </small>
          )}
          <Actions room={room} entry={entry} isDirect={isDirect} />
        </div>
      )}
      {text !== undefined && <Reactions room={room} seq={entry.seq} />}
    </article>
  );
}

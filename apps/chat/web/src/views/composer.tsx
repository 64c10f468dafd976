// The field at the foot of a room: new messages, answers and edits. What is begun in it is kept for each room, and survives a
// reload.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { me } from "../api.js";
import type { ChatRoom } from "../chat_room.js";
import { Uploads } from "../files.js";
import { person } from "../people.js";
import { UploadList } from "./attachments.js";
import { textOf } from "./message.js";
import { mentionsIn } from "./rich_text.js";

const charsMax = 4_096; // chat.json decides; this is for the counter
const counterFrom = 3_500;

const draftKey = (room: string): string => `chat-draft-${me.value?.id}-${room}`;

function About({ room }: { room: ChatRoom }): JSX.Element | null {
  const seq = room.reply.value ?? room.editing.value;
  if (seq === undefined) return null;
  const target = room.log.message(seq);
  const isReply = room.reply.value !== undefined;
  const cancel = (): void => {
    room.reply.value = room.editing.value = undefined;
  };
  return (
    <p class="about">
      <span dir="auto">
        {isReply ? `Answering ${target ? person(target.from).displayName : "a message"}` : "Editing your message"}
      </span>
      <button class="link" type="button" onClick={cancel}>
        Cancel
      </button>
    </p>
  );
}

export function Composer({ room, name }: { room: ChatRoom; name: string }): JSX.Element {
  const [text, setText] = useState(() => localStorage.getItem(draftKey(room.id)) ?? "");
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useRef("");
  const chars = [...text].length;
  const isOver = room.over.value !== undefined;
  const uploads = useMemo(() => new Uploads(room.id), [room.id]);
  const picker = useRef<HTMLInputElement>(null);
  const hasFiles = uploads.list.value.length > 0;
  const maySend = !isOver && (text.trim() !== "" || hasFiles) && uploads.areDone && chars <= charsMax;
  const editing = room.editing.value;

  useEffect(() => field.current?.focus(), [room, room.reply.value]);
  useEffect(() => {
    if (editing === undefined) return;
    const target = room.log.message(editing);
    draft.current = text;
    setText((target && textOf(room, target)) ?? "");
    field.current?.focus();
    return () => setText(draft.current); // what was begun before continues
  }, [editing]);
  // Before the next key, which may leave the room: an effect after the paint would be too late.
  useLayoutEffect(() => {
    if (editing === undefined) {
      if (text) localStorage.setItem(draftKey(room.id), text);
      else localStorage.removeItem(draftKey(room.id));
    }
    const element = field.current!;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text, room, editing]);

  const send = (): void => {
    if (!maySend) return;
    if (editing !== undefined) {
      room.edit(editing, text.trim());
      room.editing.value = undefined;
      return;
    }
    const files = uploads.take();
    const mentions = mentionsIn(text, room.members.value);
    const reply = room.reply.value;
    void room.outgoing.send({
      text: text.trim(),
      ...(reply && { reply }),
      ...(mentions.length > 0 && { mentions }),
      ...(files.length > 0 && { files }),
    });
    room.reply.value = undefined;
    setText("");
  };
  const editLast = (): void => {
    const own = [...room.log.entries.value]
      .reverse()
      .find((entry) => entry.kind === "message" && entry.from === me.value?.id && !room.log.changesOf(entry.seq).isDeleted);
    if (own) room.editing.value = own.seq;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes a word, its keys are its own.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") room.reply.value = room.editing.value = undefined;
    if (event.key === "ArrowUp" && text === "" && !event.altKey) {
      event.preventDefault();
      editLast();
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <About room={room} />
      <UploadList uploads={uploads} />
      <div class="compose-box">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files to send"
          onChange={({ currentTarget }) => {
            uploads.add(currentTarget.files ?? []);
            currentTarget.value = "";
          }}
        />
        <button
          class="attach"
          type="button"
          aria-label="Attach files"
          disabled={isOver || editing !== undefined}
          onClick={() => picker.current?.click()}
        >
          +
        </button>
        <label class="sr-only" for="composer-text">
          Message
        </label>
        <textarea
          id="composer-text"
          ref={field}
          dir="auto"
          rows={1}
          placeholder={`Message ${name}`}
          enterkeyhint="send"
          value={text}
          disabled={isOver}
          onInput={(event) => {
            setText(event.currentTarget.value);
            if (event.currentTarget.value) room.tellTyping();
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (!files?.length || editing !== undefined) return;
            event.preventDefault();
            uploads.add(files);
          }}
          aria-describedby="composer-hint"
        />
        <button class="send" type="submit" disabled={!maySend} aria-label="Send">
          ↑
        </button>
      </div>
      <p class="under">
        <span class="hint" id="composer-hint">
          <Typing room={room} />
        </span>
        {chars > counterFrom && <output class={chars > charsMax ? "counter over" : "counter"}>{charsMax - chars}</output>}
      </p>
    </form>
  );
}

function Typing({ room }: { room: ChatRoom }): JSX.Element {
  const names = room.typists.value.map((id) => person(id).displayName);
  if (names.length === 0) return <>Enter sends, Shift+Enter starts a new line, ↑ edits your last message</>;
  if (names.length > 2) return <>Several people are typing</>;
  return (
    <span dir="auto">
      {names.join(" and ")} {names.length === 1 ? "is" : "are"} typing
    </span>
  );
}

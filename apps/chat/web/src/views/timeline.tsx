// What was said in a room, and below it what of ours is on its way. Stays at its end while the reader is there, and keeps the row
// under the eye in its place while earlier ones come. What was on the screen for a second of a focused page is read.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { me } from "../api.js";
import type { ChatRoom } from "../chat_room.js";
import type { Outgoing } from "../outgoing.js";
import { person } from "../people.js";
import { connection } from "../realtime.js";
import type { Entry, MemberEntry } from "../room_log.js";
import { Message } from "./message.js";

const closeMs = 300_000; // messages of one author within it stand together
const nearEndPx = 80;
const nearStartPx = 300;
const readAfterMs = 1_000;
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

const sameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();

function memberWords({ data }: MemberEntry): string {
  const who = person(data.user).displayName;
  const by = data.by ? person(data.by).displayName : "";
  if (data.change === "joined") return `${who} joined`;
  if (data.change === "left") return `${who} left`;
  if (data.change === "removed") return `${by} removed ${who}`;
  if (data.change === "banned") return `${by} banned ${who}`;
  return `${by} made ${who} ${data.role === "member" ? "a member" : data.role === "owner" ? "an owner" : "a moderator"}`;
}

interface RowProps {
  room: ChatRoom;
  entry: Entry;
  before: Entry | undefined;
  isDirect: boolean;
  isFirstUnread: boolean;
}

function Row({ room, entry, before, isDirect, isFirstUnread }: RowProps): JSX.Element {
  const isNewDay = entry.at > 0 && (!before || !sameDay(before.at, entry.at));
  const goesOn =
    entry.kind === "message" &&
    !isNewDay &&
    !isFirstUnread &&
    before?.kind === "message" &&
    before.from === entry.from &&
    entry.at - before.at < closeMs;
  return (
    <li class="row" data-seq={entry.seq}>
      {isNewDay && <h3 class="day">{day.format(entry.at)}</h3>}
      {isFirstUnread && <p class="divider">New</p>}
      {entry.kind === "message" && <Message room={room} entry={entry} goesOn={goesOn} isDirect={isDirect} />}
      {entry.kind === "member" && (
        <p class="note" dir="auto">
          {memberWords(entry)}
        </p>
      )}
      {entry.kind === "note" && <p class="note warning">{entry.text}</p>}
    </li>
  );
}

function Pending({ room, each }: { room: ChatRoom; each: Outgoing }): JSX.Element {
  const again = (): void => {
    room.outgoing.drop(each.key);
    void room.outgoing.send(each.data);
  };
  const bubble = (
    <p class="bubble" dir="auto">
      {each.data.text}
    </p>
  );
  if (each.problem === undefined) {
    return (
      <li class="row pending">
        {bubble}
        <small>{connection.value === "connected" ? "Sending" : "Waiting to be sent"}</small>
      </li>
    );
  }
  return (
    <li class="row pending unsent" role="alert">
      {bubble}
      <p class="problem">Not sent. {each.problem}</p>
      <div class="choices">
        <button class="quiet" type="button" onClick={again}>
          Send again
        </button>
        <button class="quiet" type="button" onClick={() => room.outgoing.drop(each.key)}>
          Discard
        </button>
      </div>
    </li>
  );
}

/** Marks the room as read while its end is on the screen of a focused page. */
function useReading(room: ChatRoom, isAtEnd: () => boolean, newest: number): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      clearTimeout(timer);
      if (!document.hidden && document.hasFocus() && isAtEnd())
        timer = setTimeout(() => document.hasFocus() && isAtEnd() && room.markRead(), readAfterMs);
    };
    const onKeyDown = ({ key }: KeyboardEvent): void => void (key === "Escape" && room.markRead());
    look();
    addEventListener("focus", look);
    addEventListener("scroll", look, true);
    addEventListener("keydown", onKeyDown);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      removeEventListener("focus", look);
      removeEventListener("scroll", look, true);
      removeEventListener("keydown", onKeyDown);
      document.removeEventListener("visibilitychange", look);
    };
  }, [room, newest]);
}

export function Timeline({ room, isDirect }: { room: ChatRoom; isDirect: boolean }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const seen = useRef({ first: 0, height: 0, count: 0 });
  const missed = useSignal(0);
  const firstUnread = useRef(room.unread.value > 0 ? room.mark : undefined);
  const entries = room.log.entries.value;
  const outgoing = room.outgoing.list.value;
  const version = room.log.version.value;

  useReading(room, () => isAtEnd.current, room.log.newest);
  useLayoutEffect(() => {
    const element = list.current!;
    const first = entries[0]?.seq ?? 0;
    const hasEarlier = first < seen.current.first;
    if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    else if (hasEarlier) element.scrollTop += element.scrollHeight - seen.current.height;
    else missed.value += Math.max(0, entries.length - seen.current.count);
    seen.current = { first, height: element.scrollHeight, count: entries.length };
  }, [entries, outgoing, version]);

  const onScroll = (): void => {
    const element = list.current!;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPx;
    if (isAtEnd.current) missed.value = 0;
    if (element.scrollTop < nearStartPx) void room.readEarlier();
  };
  const toEnd = (): void => {
    list.current!.scrollTop = list.current!.scrollHeight;
  };
  const divider = entries.find(
    ({ kind, seq, ...rest }) =>
      firstUnread.current !== undefined &&
      kind === "message" &&
      seq > firstUnread.current &&
      (rest as { from: string }).from !== me.value?.id,
  );

  return (
    <div class="timeline">
      <div class="scroller" ref={list} onScroll={onScroll} role="log" aria-label="Messages">
        {room.hasMore.value && (
          <button class="quiet earlier" type="button" onClick={() => void room.readEarlier()}>
            Show earlier messages
          </button>
        )}
        <ol class="rows">
          {entries.map((entry, i) => (
            <Row
              key={`${entry.epoch}-${entry.kind}-${entry.seq}`}
              room={room}
              entry={entry}
              before={entries[i - 1]}
              isDirect={isDirect}
              isFirstUnread={entry === divider}
            />
          ))}
          {outgoing.map((each) => (
            <Pending key={each.key} room={room} each={each} />
          ))}
        </ol>
      </div>
      {missed.value > 0 && (
        <button class="newest" type="button" onClick={toEnd}>
          {missed.value === 1 ? "1 new message" : `${missed.value} new messages`} ↓
        </button>
      )}
    </div>
  );
}

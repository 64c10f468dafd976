// The left column: the user's rooms with what is not read of them, the way to others, and who is signed in.
import type { JSX } from "preact";
import { me } from "../api.js";
import { live } from "../live_rooms.js";
import { currentId, direct, grouped, invitations, mine, others, place, titleOf } from "../rooms.js";
import type { RoomInfo } from "../types.js";
import { Avatar } from "./parts.js";

const countMax = 999;

function Badge({ count, isMention }: { count: number; isMention: boolean }): JSX.Element | null {
  if (count === 0) return null;
  const shown = count > countMax ? `${countMax}+` : String(count);
  return (
    <span class={isMention ? "badge mention-badge" : "badge"}>
      {shown}
      <span class="sr-only">{isMention ? " not read, some name you" : " not read"}</span>
    </span>
  );
}

function RoomLink({ room }: { room: RoomInfo }): JSX.Element {
  const open = live.value.get(room.id);
  const unread = open?.unread.value ?? room.counts?.unread ?? 0;
  const mentions = open?.mentions.value ?? room.counts?.mentions ?? 0;
  return (
    <li>
      <a
        class={unread > 0 ? "room-link unread" : "room-link"}
        href={`#rooms/${room.id}`}
        aria-current={room.id === currentId.value ? "page" : undefined}
      >
        {room.partner ? (
          <Avatar user={room.partner} isOnline={open?.online.value.has(room.partner.id) ?? false} />
        ) : (
          <span class="sign" aria-hidden="true">
            {room.private ? "🔒" : "#"}
          </span>
        )}
        <span class="name" dir="auto">
          {titleOf(room)}
        </span>
        <Badge count={unread} isMention={mentions > 0 || room.partner !== undefined} />
      </a>
    </li>
  );
}

function PageLink({ to, sign, words, count = 0 }: { to: string; sign: string; words: string; count?: number }): JSX.Element {
  return (
    <li>
      <a class="room-link" href={`#${to}`} aria-current={place.value === to ? "page" : undefined}>
        <span class="sign" aria-hidden="true">
          {sign}
        </span>
        <span class="name">{words}</span>
        <Badge count={count} isMention />
      </a>
    </li>
  );
}

export function Rail(): JSX.Element {
  const user = me.value!;
  return (
    <aside class="rail" aria-label="Rooms">
      <header class="brand">
        <img src="icon.svg" alt="" width="30" height="30" />
        <span>Dialogue Chat</span>
      </header>
      <nav aria-labelledby="rooms-title">
        <h2 id="rooms-title">Your rooms</h2>
        <ul class="rooms">
          {grouped.value.map((room) => (
            <RoomLink key={room.id} room={room} />
          ))}
        </ul>
        {mine.value.length === 0 && <p class="hint">You are in no room yet.</p>}
        {direct.value.length > 0 && <h2>Direct messages</h2>}
        <ul class="rooms">
          {direct.value.map((room) => (
            <RoomLink key={room.id} room={room} />
          ))}
        </ul>
        <ul class="rooms more">
          {invitations.value.length > 0 && (
            <PageLink to="invitations" sign="✉" words="Invitations" count={invitations.value.length} />
          )}
          <PageLink to="search" sign="⌕" words="Search" />
          <PageLink
            to="browse"
            sign="≡"
            words={others.value.length > 0 ? `Browse rooms (${others.value.length})` : "Browse rooms"}
          />
          <PageLink to="new" sign="+" words="New room" />
          <PageLink to="direct" sign="@" words="New direct message" />
        </ul>
      </nav>
      <a class="me" href="#account" aria-current={place.value === "account" ? "page" : undefined}>
        <Avatar user={user} isOnline />
        <span class="who">
          <strong dir="auto">{user.displayName}</strong>
          <small>@{user.name}</small>
        </span>
      </a>
    </aside>
  );
}

// The whole of the page for a user who is signed in: the connection, the rail, and what the address names.
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { me } from "../api.js";
import { closeAll, keepLive, live } from "../live_rooms.js";
import { learn, learnAgain } from "../people.js";
import { connectAs, connections } from "../realtime.js";
import {
  bans,
  current,
  currentId,
  direct,
  go,
  mine,
  neighbour,
  place,
  readInvitations,
  readRooms,
  readRoomsSoon,
  rooms,
  titleOf,
} from "../rooms.js";
import type { User } from "../types.js";
import { Account } from "./account.js";
import { Invitations, JoinByLink, NewDirect } from "./invitation_pages.js";
import { Rail } from "./rail.js";
import { Browse, NewRoom } from "./room_list_pages.js";
import { Preview, RoomPage } from "./room_page.js";
import { Search } from "./search.js";

const pageTitle = "Dialogue Chat";

function Nothing(): JSX.Element {
  return (
    <main class="page centred">
      <h1>Welcome</h1>
      {mine.value.length > 0 ? (
        <p>Choose a room on the left.</p>
      ) : (
        <p>
          <a href="#browse">Browse the rooms</a> of this server, or <a href="#new">make a new one</a>.
        </p>
      )}
    </main>
  );
}

/** Alt with an arrow goes to the next room, and with Shift to the next one that is not read. */
function onKeyDown(event: KeyboardEvent): void {
  const step = event.altKey && !event.ctrlKey && (event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0);
  if (!step) return;
  const isWanted = (id: string): boolean => !event.shiftKey || (live.value.get(id)?.unread.value ?? 0) > 0;
  const room = neighbour(step, isWanted);
  if (!room) return;
  event.preventDefault();
  go(`rooms/${room.id}`);
}

function pageOf(): JSX.Element {
  const info = current.value;
  const room = live.value.get(currentId.value ?? "");
  const [, code] = /^join\/([\w-]{1,64})$/.exec(place.value) ?? [];
  if (code) return <JoinByLink code={code} />;
  if (place.value === "browse") return <Browse />;
  if (place.value === "new") return <NewRoom />;
  if (place.value === "search") return <Search />;
  if (place.value === "direct") return <NewDirect />;
  if (place.value === "invitations") return <Invitations />;
  if (place.value === "account") return <Account />;
  if (info?.role && room) return <RoomPage key={info.id} info={info} room={room} />;
  const ban = bans.value.find(({ room: id }) => id === currentId.value);
  if (ban)
    return (
      <main class="page">
        <h1 dir="auto">{info?.name ?? "A private room"}</h1>
        <p class="problem" role="alert" dir="auto">
          {ban.words}
        </p>
      </main>
    );
  if (info && !info.role) return <Preview info={info} />;
  if (currentId.value && rooms.value && !info)
    return (
      <main class="page">
        <h1>There is no such room</h1>
        <p>It may be private, or gone.</p>
      </main>
    );
  return <Nothing />;
}

export function Shell({ user }: { user: User }): JSX.Element {
  const client = useMemo(() => connectAs(user), [user.id]);
  useEffect(() => {
    const offs = [
      client.onDirect("rooms.changed", () => readRoomsSoon()),
      client.onDirect("invitations.changed", () => void readInvitations().catch(() => undefined)),
      client.onDirect("profile", ({ data }) => {
        learn([data]);
        if (me.value?.id === data.id) me.value = data;
      }),
      client.onDirect("mark", ({ data }) => live.value.get(data.room)?.setCounts(data)),
    ];
    addEventListener("keydown", onKeyDown);
    return () => {
      for (const off of offs) off();
      removeEventListener("keydown", onKeyDown);
      closeAll();
      rooms.value = undefined;
      client.close();
    };
  }, [client]);
  useEffect(() => {
    void readRooms().catch(() => undefined);
    void readInvitations().catch(() => undefined);
    learnAgain();
  }, [connections.value]);
  useEffect(() => {
    if (rooms.value) keepLive(client, mine.value, currentId.value);
  }, [client, rooms.value, currentId.value]);

  const info = current.value;
  const waiting = useComputed(() => {
    const directIds = new Set(direct.value.map(({ id }) => id));
    const counts = [...live.value].map(([id, { unread, mentions }]) => (directIds.has(id) ? unread.value : mentions.value));
    return counts.reduce((sum, count) => sum + count, 0);
  });
  useEffect(() => {
    const count = waiting.value > 0 ? `(${waiting.value}) ` : "";
    document.title = `${count}${info ? `${titleOf(info)} · ` : ""}${pageTitle}`;
  }, [info, waiting.value]);
  return (
    <div class={place.value && place.value !== "rooms" ? "app inside" : "app"}>
      <Rail />
      {pageOf()}
    </div>
  );
}

// The page of one room.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../api.js";
import type { ChatRoom } from "../chat_room.js";
import { person } from "../people.js";
import { connection } from "../realtime.js";
import { joinRoom, titleOf } from "../rooms.js";
import type { RoomInfo } from "../types.js";
import { Composer } from "./composer.js";
import { General, problemOf } from "./parts.js";
import { PeoplePanel } from "./people_panel.js";
import { Timeline } from "./timeline.js";

interface PinnedMessage {
  seq: number;
  from: string;
  text: string;
}

function Pins({ room }: { room: ChatRoom }): JSX.Element {
  const pins = useSignal<readonly PinnedMessage[]>([]);
  const version = room.log.version.value;
  useEffect(() => {
    call<{ messages: PinnedMessage[] }>("messages.pins", { room: room.id }).then(
      ({ messages }) => {
        pins.value = messages;
      },
      () => undefined,
    );
  }, [room, version]);
  return (
    <section class="pins" aria-label="Pinned messages">
      {pins.value.length === 0 && <p class="hint">No message is pinned.</p>}
      {pins.value.map(({ seq, from, text }) => (
        <p key={seq} dir="auto">
          <strong dir="auto">{person(from).displayName}</strong> {text}
        </p>
      ))}
    </section>
  );
}

export function RoomPage({ info, room }: { info: RoomInfo; room: ChatRoom }): JSX.Element {
  const [hasPeople, setPeople] = useState(false);
  const [hasPins, setPins] = useState(false);
  const isDirect = info.partner !== undefined;
  useEffect(() => void room.show(), [room]);
  return (
    <>
      <main class="talk" aria-labelledby="room-name">
        <header class="room-bar">
          <a class="back" href="#rooms" aria-label="Back to the rooms">
            ‹
          </a>
          <div class="room-title">
            <h1 id="room-name" dir="auto">
              {titleOf(info)}
            </h1>
            {info.topic && (
              <p dir="auto" title={info.topic}>
                {info.topic}
              </p>
            )}
          </div>
          <button class="quiet" type="button" aria-expanded={hasPins} onClick={() => setPins(!hasPins)}>
            <span aria-hidden="true">Pinned</span>
            <span class="sr-only">Pinned messages</span>
          </button>
          <button class="quiet people-toggle" type="button" aria-expanded={hasPeople} onClick={() => setPeople(!hasPeople)}>
            {room.members.value.length} <span class="sr-only">members, show them</span>
            <span aria-hidden="true">people</span>
          </button>
        </header>
        {hasPins && <Pins room={room} />}
        {connection.value === "reconnecting" && (
          <p class="banner" role="status">
            The connection is gone. What you write now is sent as soon as it is back.
          </p>
        )}
        <Timeline key={room.id} room={room} isDirect={isDirect} />
        {room.over.value && (
          <p class="banner over" role="status">
            {room.over.value}
          </p>
        )}
        {(info.muted ?? info.slowSeconds) && !room.over.value && (
          <p class="banner" role="status">
            {info.muted ?? `Slow mode: members may write every ${info.slowSeconds} s.`}
          </p>
        )}
        {room.problem.value && (
          <p class="banner" role="alert">
            {room.problem.value}
          </p>
        )}
        <Composer key={room.id} room={room} name={titleOf(info)} />
      </main>
      <PeoplePanel room={room} isOpen={hasPeople} isDirect={isDirect} slowSeconds={info.slowSeconds ?? 0} />
    </>
  );
}

/** A public room that the user is not in. */
export function Preview({ info }: { info: RoomInfo }): JSX.Element {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <main class="page">
      <h1 dir="auto">{info.name}</h1>
      {info.topic && <p dir="auto">{info.topic}</p>}
      <p class="hint">{info.members === 1 ? "1 member" : `${info.members} members`}. Members see what was said here.</p>
      <General problem={problem} />
      <button
        class="primary"
        type="button"
        onClick={() => void joinRoom(info.id).catch((error) => setProblem(problemOf(error).message))}
      >
        Join this room
      </button>
    </main>
  );
}
